"""Rates of emergency admission, death, care-home entry and care at home: log-linear, by the month.

Sizes were set once from published figures (see ``conditions``) and the age curves solved so that the whole population meets
``published``; nothing here was chosen by looking at a fitted model. How much risk the unrecorded part holds is a setting.
"""

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from casefinder.simulate.arrays import Flags, Floats, Rows
from casefinder.simulate.conditions import NAMES, effects

FAR: Final = 12
"""Months since the last emergency admission from which on it no longer matters how long ago it was."""

_BASES: Final[dict[str, tuple[tuple[float, float], ...]]] = {
    "emergency": (
        (0.5, -4.47), (2, -4.86), (5, -5.68), (10, -5.92), (15, -5.75), (20, -5.68), (30, -5.77), (40, -5.76), (50, -5.68),
        (60, -5.68), (65, -5.69), (70, -5.67), (75, -5.61), (80, -5.54), (85, -5.39), (90, -5.32), (100, -5.32),
    ),
    "death_male": (
        (0.5, -9.60), (2, -11.25), (5, -11.70), (10, -11.45), (15, -10.74), (20, -10.15), (30, -9.77), (40, -8.98),
        (50, -8.30), (60, -7.92), (65, -7.74), (70, -7.63), (75, -7.47), (80, -7.28), (85, -7.11), (90, -6.88), (100, -6.65),
    ),
    "death_female": (
        (0.5, -9.90), (2, -11.50), (5, -11.95), (10, -11.80), (15, -11.35), (20, -10.98), (30, -10.43), (40, -9.57),
        (50, -8.71), (60, -8.29), (65, -8.16), (70, -8.00), (75, -7.79), (80, -7.62), (85, -7.42), (90, -7.08), (100, -6.64),
    ),
}  # fmt: skip
"""Age, then the log rate a month of a person with no condition, no frailty, no recent admission, in a middling place."""

_CARE_HOME_BASE: Final = -9.15
_HOME_CARE_BASE: Final = -7.8
_ENROLMENT_BASE: Final = -9.05
_AGE_IN_CARE: Final = 0.055
"""What each year of age above 80 adds to the log rates of care-home entry and care at home."""

CARE_HOME_AGE: Final = 65
FRAILTY: Final = {"emergency": 0.30, "death": 0.50, "care_home": 0.60, "home_care": 0.60, "enrolment": 0.90}
DEPRIVED: Final = {"emergency": 0.035, "death": 0.03, "care_home": 0.0, "home_care": 0.04, "enrolment": 0.0}
RECENT: Final = {
    "emergency": ((1.15, 1.0), (0.75, 8.0)),
    "death": ((1.0, 4.0),),
    "care_home": ((1.3, 3.0),),
    "home_care": ((1.6, 2.0),),
}
"""What a recent emergency admission adds to each log rate in the month after it, and the months in which that fades to a
third: admissions cluster (QAdmissions: hazard ratios of 1.9 to 3.7 for one to three admissions in the last year; about 14 %
of people come back within 30 days, NHS England, Emergency readmissions 2022/23)."""

RESIDENT: Final = {"emergency": 0.20, "death": 0.75}
AT_HOME: Final = {"emergency": 0.12, "death": 0.20, "care_home": 0.70}
"""What living in a care home, and having care at home, adds to each log rate."""

_SEASON: Final = 0.07
IN_HOSPITAL_DEATHS: Final = 0.45
"""Share of deaths outside hospital care that come at the end of a last, short emergency stay; with deaths during other stays
about 43 % of people die in hospital (ONS, Deaths registered in England and Wales, 2023)."""

HOME_CARE_ENDS: Final = 0.02
"""Share of packages of care at home that end in a month for reasons other than death or a care home."""


def frailty_level(age: Floats, inborn: Floats) -> Floats:
    """Return latent frailty: nothing at 50, near 0.8 at 65 and 1.9 at 85 for most, and further apart with age."""
    return (0.055 * np.maximum(age - 50, 0) * np.exp(0.35 * inborn)).astype(np.float32)


def base(outcome: str, age: Floats) -> Floats:
    """Return the log rate a month at exact ages, before anything else is counted."""
    ages, logs = _knots(outcome)
    return np.interp(age, ages, logs).astype(np.float32)


@cache
def _knots(outcome: str) -> tuple[Floats, Floats]:
    ages, logs = zip(*_BASES[outcome], strict=True)
    return np.array(ages, float), np.array(logs, float)


@cache
def recent(outcome: str) -> Floats:
    """Return what an emergency admission 0, 1, ... ``FAR`` months ago adds to a log rate; nothing from ``FAR`` on."""
    faded = np.sum([size * np.exp(-np.arange(FAR + 1) / months) for size, months in RECENT[outcome]], axis=0)
    faded[FAR] = 0.0
    return faded.astype(np.float32)


def season(month_of_year: int) -> float:
    """Return what the time of year adds to the log rate of emergency admission: most in January, least in July."""
    return _SEASON * float(np.cos(2 * np.pi * (month_of_year - 1) / 12))


@cache
def home_care_effects() -> Floats:
    """Return what each condition adds to the log rate of starting care at home."""
    added = {"dementia": 0.6, "housebound": 0.7, "stroke_tia": 0.6, "parkinsons": 0.6, "lives_alone": 0.6,
             "multiple_sclerosis": 1.2, "heart_failure": 0.2, "learning_disability": 1.0, "palliative": 0.7}  # fmt: skip
    return np.array([added.get(name, 0.0) for name in NAMES], np.float32)


@cache
def condition_effects(outcome: str) -> Floats:
    """Return what each condition adds to the log rate of an outcome."""
    return home_care_effects() if outcome == "home_care" else effects(outcome).astype(np.float32)


@dataclass(frozen=True)
class Load:
    """The parts of each person's log rates that stay as they are through a month, before age and recent admissions."""

    emergency: Floats
    death: Floats
    care_home: Floats
    home_care: Floats


def log_death(load: Floats, age: Floats, male: Flags, frailty: Floats) -> Floats:
    """Return the log rate of death a month, leaving out a recent admission and where the person lives."""
    return np.where(male, base("death_male", age), base("death_female", age)) + load + FRAILTY["death"] * frailty


def log_emergency(load: Floats, age: Floats, frailty: Floats) -> Floats:
    """Return the log rate of emergency admission a month, leaving out a recent admission, season and service."""
    return base("emergency", age) + load + FRAILTY["emergency"] * frailty


def log_care_home(load: Floats, age: Floats, frailty: Floats) -> Floats:
    """Return the log rate of care-home entry a month at 65 and over, leaving out a recent admission; younger, nothing."""
    log = _CARE_HOME_BASE + _AGE_IN_CARE * (age - 80) + load + FRAILTY["care_home"] * frailty
    return np.where(age >= CARE_HOME_AGE, log, -50.0).astype(np.float32)


def log_home_care(load: Floats, age: Floats, frailty: Floats) -> Floats:
    """Return the log rate of starting care at home a month for adults, leaving out a recent admission."""
    log = _HOME_CARE_BASE + _AGE_IN_CARE * np.maximum(age - 80, -15) + load + FRAILTY["home_care"] * frailty
    return np.where(age >= 18, log, -50.0).astype(np.float32)


def enrolment_chance(age: Floats, frailty: Floats, since: Rows, unrecorded: Floats) -> Floats:
    """Return the chance of being enrolled in a month where the service runs; ``unrecorded`` is added to the log odds."""
    lately = np.where(since <= 2, 3.0, np.where(since <= 5, 1.8, np.where(since < FAR, 0.9, 0.0)))
    odds = np.exp(_ENROLMENT_BASE + lately + FRAILTY["enrolment"] * frailty + unrecorded)
    return np.where(age >= 18, odds / (1 + odds), 0.0).astype(np.float32)
