"""Each person's true risk over the next twelve months, worked out from what is true of them on a day.

The course of lives moves in months, and so does this: a recursion over months and over the months since the last emergency
admission, with deaths and care-home entries competing. Conditions, packages of care and enrolments that may begin in the
year count by their expected effect. Leaving the district is left out: the risk is that of a life, seen or not. Nothing
here reads what happens after the day.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from casefinder.simulate import hazards
from casefinder.simulate.arrays import Floats, weighed
from casefinder.simulate.conditions import INDEX, ONSETS, rate, shape
from casefinder.simulate.course import Lives
from casefinder.simulate.hazards import AT_HOME, FAR, RESIDENT
from casefinder.simulate.settings import RUN_IN_MONTHS

MONTHS: Final = 12
NOW: Final = 2**29
"""Any day that has come is before this one."""

_PRESENTS: Final = np.array([one.presents for one in ONSETS], np.float32)


@dataclass(frozen=True)
class Risks:
    """True risks over twelve months, one value a person; of care-home entry for people who do not live in one."""

    emergency: Floats
    death: Floats
    care_home: Floats


@dataclass(frozen=True)
class Coming:
    """What may begin in a month: the rate of onsets that show in an admission, and how much onsets raise each rate.

    ``deadly``: how many times likelier to die than before are those in whom something began, for those it matters to.
    """

    acute: Floats
    deadly: Floats
    emergency: Floats
    death: Floats
    care_home: Floats
    home_care: Floats


@dataclass(frozen=True)
class Month:
    """The parts of a month's log rates that do not depend on recent admissions, and what scales the admissions."""

    emergency: Floats
    death: Floats
    care_home: Floats
    home_care: Floats
    admitting: Floats
    acute: Floats


def true_risks(lives: Lives, month: int) -> Risks:
    """Return true risks over the twelve months that begin with ``month``, whose start the lives have reached."""
    coming = _coming(lives, month)
    first, clear = np.zeros(len(lives.people), np.float32), np.ones(len(lives.people), np.float32)
    at_home = (lives.state.care_day < NOW).astype(np.float32)
    resident = (lives.state.home_day < NOW).astype(np.float32)
    enrolled = np.zeros_like(first)
    begun, states = np.zeros_like(first), _States(lives)
    for step in range(MONTHS):
        now = _month(lives, month, step, coming, at_home, resident, begun)
        since = np.minimum(lives.state.since + step, FAR)
        served = _served(lives, month, step, enrolled)
        expected = np.exp(now.emergency + hazards.recent("emergency")[since]) * served * now.admitting
        none = np.exp(-expected - now.acute * now.admitting)
        moved = np.log1p(resident * np.expm1(RESIDENT["death"]))
        dying = np.exp(now.death + moved + hazards.recent("death")[since])
        dies = -np.expm1(-dying)
        first += clear * (1 - none * (1 - dies * hazards.IN_HOSPITAL_DEATHS))
        clear *= none * (1 - dies)
        begins = states.step(now)
        at_home += (1 - at_home) * begins - hazards.HOME_CARE_ENDS * at_home
        resident = np.maximum(resident, states.share_resident())
        enrolled += (1 - enrolled) * _joins(lives, month, step)
        begun = begun * np.exp(-dying * coming.deadly / (1 + begun)) + coming.death
    return Risks(emergency=first, death=1 - states.alive(), care_home=states.entered)


def _coming(lives: Lives, month: int) -> Coming:
    """Return what may begin in each of the months ahead, at the rates of the middle of the year."""
    age = lives.age(month) + 0.5
    had = lives.people.onset < lives.months.start(month)
    chances = np.zeros((len(ONSETS), len(age)), np.float32)
    for place, one in enumerate(ONSETS):
        able = np.flatnonzero(~had[place] & (age > one.first_age))
        log = shape(one.name)[1] * (age[able] - one.first_age)
        for name, more in one.after.items():
            log = log + more * had[INDEX[name], able]
        chances[place, able] = lives_rates(lives)[place, able] * np.exp(log) / 12
    raised = {
        name: weighed(np.expm1(hazards.condition_effects(name)), chances)
        for name in ("emergency", "death", "care_home", "home_care")
    }
    excess = np.expm1(hazards.condition_effects("death"))
    deadly = weighed(excess * (1 + excess), chances) / np.maximum(raised["death"], 1e-9)
    return Coming(acute=weighed(_PRESENTS, chances), deadly=deadly, **raised)


def lives_rates(lives: Lives) -> Floats:
    """Return each person's yearly rate of onset of each condition at its first age; worked out once."""
    if lives.rates is None:
        lives.rates = np.stack([rate(one.name, lives.people.fixed) for one in ONSETS]).astype(np.float32)
    return lives.rates


def _month(lives: Lives, month: int, step: int, coming: Coming, at_home: Floats, resident: Floats, begun: Floats) -> Month:
    """Return the rates of the month ``step`` months on; effects of care are weighed by the chance of having it by then.

    ``begun``: how much conditions that began meanwhile raise the rate of death among those still alive.
    """
    age = lives.age(month) + np.float32(step / 12)
    frailty = hazards.frailty_level(age, lives.inborn)
    load, start = lives.state.load, lives.months.start(month + step)
    grown = {name: np.log1p(step * getattr(coming, name)) for name in ("emergency", "care_home", "home_care")}
    cared = {name: np.log1p(at_home * np.expm1(size)) for name, size in AT_HOME.items()}
    area, _ = lives.people.place(lives.months.start(month))
    season = hazards.season(int(lives.months.month_of[month + step + RUN_IN_MONTHS]))
    return Month(
        emergency=hazards.log_emergency(load.emergency, age, frailty) + grown["emergency"] + cared["emergency"]
        + np.log1p(resident * np.expm1(RESIDENT["emergency"])) + np.float32(season),
        death=hazards.log_death(load.death, age, lives.male, frailty) + np.log1p(begun) + cared["death"],
        care_home=hazards.log_care_home(load.care_home, age, frailty) + grown["care_home"] + cared["care_home"]
        + lives.district.areas.care_home_effect[area].astype(np.float32),
        home_care=hazards.log_home_care(load.home_care, age, frailty) + grown["home_care"],
        admitting=lives.outside(start, lives.months.start(month + step + 1)),
        acute=coming.acute,
    )  # fmt: skip


def _served(lives: Lives, month: int, step: int, enrolled: Floats) -> Floats:
    """Return what the service does to the rate of admission: for those enrolled now, and by chance for others."""
    start, end = lives.months.start(month + step), lives.months.start(month + step + 1)
    return 1 - (1 - lives.settings.service_rate_ratio) * np.maximum(lives.served(start, end), enrolled)


def _joins(lives: Lives, month: int, step: int) -> Floats:
    """Return the chance of being enrolled in the month ``step`` months on, without an admission before."""
    age = lives.age(month)
    chance = lives.enrolment_chance(month + step, age, hazards.frailty_level(age, lives.inborn), waited=step)
    return np.where(lives.state.enrolled < NOW, 0, chance)


class _States:
    """Where people may be: months since the last emergency admission, at home or in a care home; one column a person."""

    def __init__(self, lives: Lives) -> None:
        people = np.arange(len(lives.people))
        self.home = np.zeros((FAR + 1, len(people)), np.float32)
        self.resident = np.zeros_like(self.home)
        lives_in = lives.state.home_day < NOW
        self.home[lives.state.since[~lives_in], people[~lives_in]] = 1
        self.resident[lives.state.since[lives_in], people[lives_in]] = 1
        self.entered = np.zeros(len(people), np.float32)

    def step(self, now: Month) -> Floats:
        """Go one month on; return the chance of a package of care beginning, for people at home."""
        here = np.maximum(self.home.sum(axis=0), 1e-9)
        packages = np.exp(now.home_care) * weighed(np.exp(hazards.recent("home_care")), self.home) / here
        lives = np.exp(-np.exp(now.death + hazards.recent("death")[:, None]))
        enters = -np.expm1(-np.exp(now.care_home + hazards.recent("care_home")[:, None]))
        rate = (np.exp(now.emergency + hazards.recent("emergency")[:, None]) + now.acute) * now.admitting
        admitted = -np.expm1(-rate)
        staying = self.home * lives
        moving = staying * enters
        self.entered += moving.sum(axis=0)
        self.home = _aged(staying - moving, admitted)
        self.resident = _aged(self.resident * lives ** np.float32(np.exp(RESIDENT["death"])) + moving, admitted)
        return -np.expm1(-packages)

    def share_resident(self) -> Floats:
        """Return the share of those alive who live in a care home."""
        living = self.home.sum(axis=0) + self.resident.sum(axis=0)
        return self.resident.sum(axis=0) / np.maximum(living, 1e-9)

    def alive(self) -> Floats:
        """Return the chance of being alive."""
        return self.home.sum(axis=0) + self.resident.sum(axis=0)


def _aged(share: Floats, admitted: Floats) -> Floats:
    """Return the shares a month later: back to the first state for those admitted, one further for the others."""
    later = np.empty_like(share)
    moves = share * admitted
    rest = share - moves
    later[0] = moves.sum(axis=0)
    later[1:] = rest[:-1]
    later[FAR] += rest[FAR]
    return later
