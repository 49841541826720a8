"""Measurements in GP records: values that follow age and disease, taken more often from people who are ill."""

from typing import Final

import numpy as np

from casefinder.simulate.arrays import Days, Floats, Rows
from casefinder.simulate.chunk import Chunk
from casefinder.simulate.conditions import INDEX
from casefinder.simulate.population import YEAR
from casefinder.simulate.records import Entries

_BLOODS: Final = ("egfr", "creatinine", "haemoglobin", "sodium", "potassium", "albumin", "hba1c", "cholesterol", "crp")
_SHARE: Final = {"egfr": 0.80, "creatinine": 0.40, "haemoglobin": 0.75, "sodium": 0.45, "potassium": 0.45, "albumin": 0.45,
                 "hba1c": 0.40, "cholesterol": 0.35, "crp": 0.18}  # fmt: skip
"""Share of blood tests that hold each result; HbA1c more in diabetes."""

UNITS: Final = {
    "egfr": "mL/min/1.73m2", "creatinine": "umol/L", "haemoglobin": "g/L", "sodium": "mmol/L", "potassium": "mmol/L",
    "albumin": "g/L", "hba1c": "mmol/mol", "cholesterol": "mmol/L", "crp": "mg/L", "systolic_bp": "mmHg",
    "diastolic_bp": "mmHg", "bmi": "kg/m2", "weight": "kg", "pulse": "/min", "oxygen_saturation": "%",
}  # fmt: skip


_LATE: Final = 0.05
"""Share of results that are entered days or weeks after the day they apply to."""


def _results(name: str, person: Rows, day: Days, value: Floats, chance: np.random.Generator) -> Entries:
    """Return results of one measure, written on the day they apply to or, now and then, later."""
    late = np.where(chance.random(len(person)) < _LATE, chance.integers(1, 45, len(person)), 0)
    return Entries(f"measures:{name}", person, day, (day + late).astype(np.int32), value)


def measurements(chunk: Chunk) -> list[Entries]:
    """Return blood results, blood pressures, pulses, weights and oxygen saturations: about nine values a person-year."""
    chance, grid = chunk.chance("measurements"), chunk.grid
    bloods = grid.by_age((0, 0.05), (18, 0.20), (40, 0.33), (60, 0.50), (80, 0.75))
    bloods = bloods * np.exp(0.10 * np.minimum(grid.burden, 8) + 0.15 * grid.need + 0.45 * grid.recent)
    person, day = grid.events(bloods.astype(np.float32), chance)
    found = [_bloods(chunk, name, person, day, chance) for name in _BLOODS]
    pressures = grid.by_age((0, 0.02), (18, 0.25), (40, 0.40), (65, 0.85), (85, 1.0)) * np.exp(
        0.07 * np.minimum(grid.burden, 8)
    )
    person, day = grid.events(pressures.astype(np.float32), chance)
    found += _pressures(chunk, person, day, chance)
    weights = grid.by_age((0, 0.25), (5, 0.08), (18, 0.22), (60, 0.38), (85, 0.55)) * np.exp(
        0.07 * np.minimum(grid.burden, 8)
    )
    person, day = grid.events(weights.astype(np.float32), chance)
    return [*found, *_weights(chunk, person, day, chance), _saturation(chunk, chance)]


def _own(chunk: Chunk, name: str, spread: float) -> Floats:
    """Return what sets each person's results of a measure apart from other people's, the same at every test."""
    return chunk.chance(f"own {name}").standard_normal(len(chunk.people)) * spread


def _years(chunk: Chunk, condition: str, person: Rows, day: Days) -> Floats:
    """Return the years since a condition began; 0 before."""
    return np.maximum(day - chunk.people.onset[INDEX[condition], person].astype(float), 0) / YEAR


def _bloods(chunk: Chunk, name: str, person: Rows, day: Days, chance: np.random.Generator) -> Entries:
    share = np.full(len(person), _SHARE[name])
    if name == "hba1c":
        share = np.where(chunk.had("diabetes", person, day), 0.85, share)
    tested = chance.random(len(person)) < share
    person, day = person[tested], day[tested]
    return _results(name, person, day, _blood_value(chunk, name, person, day, chance), chance)


def _blood_value(chunk: Chunk, name: str, person: Rows, day: Days, chance: np.random.Generator) -> Floats:
    age, male = chunk.age(person, day), chunk.people.sex_male[person]
    frailty, noise = chunk.frailty(person, day), chance.standard_normal(len(person))
    had = {one: chunk.had(one, person, day) for one in ("anaemia", "diabetes", "palliative", "cancer", "heart_failure")}
    if name in ("egfr", "creatinine"):
        kidney = _years(chunk, "chronic_kidney_disease", person, day)
        egfr = 118 - 0.60 * age + _own(chunk, "egfr", 8)[person] + 4 * noise
        egfr = np.where(kidney > 0, np.minimum(egfr, 54 - 1.1 * kidney + 5 * noise + _own(chunk, "kidney", 6)[person]), egfr)
        egfr = np.clip(egfr, 6, 120)
        return egfr.round() if name == "egfr" else np.clip(np.where(male, 7200, 5600) / (egfr + 5), 30, 700)
    if name == "haemoglobin":
        level = np.where(male, 147, 134) - 3.5 * frailty - 24 * had["anaemia"] - 9 * had["palliative"]
        return np.clip(level + _own(chunk, name, 7)[person] + 5 * noise, 55, 190)
    if name == "albumin":
        level = 43.5 - 1.6 * frailty - 5.5 * had["palliative"] - 1.5 * had["cancer"]
        return np.clip(level + _own(chunk, name, 1.6)[person] + 1.5 * noise, 15, 55)
    if name == "hba1c":
        level = np.where(had["diabetes"], 54 + 0.5 * _years(chunk, "diabetes", person, day), 37.5)
        spread = np.where(had["diabetes"], 11.0, 2.4)
        return np.clip(level + spread * (0.8 * _own(chunk, name, 1)[person] + 0.4 * noise), 22, 140)
    if name == "sodium":
        return np.clip(140 - 0.6 * frailty - 1.2 * had["heart_failure"] + 2.2 * noise, 115, 155)
    if name == "potassium":
        return np.clip(4.3 + 0.3 * had["heart_failure"] * noise + 0.38 * noise, 2.4, 7.0)
    if name == "cholesterol":
        return np.clip(5.2 - 0.9 * had["diabetes"] + _own(chunk, name, 0.8)[person] + 0.4 * noise, 2.0, 10.0)
    return np.clip(np.exp(1.0 + 0.35 * frailty + 0.9 * had["palliative"] + 1.0 * noise), 1, 400)


def _pressures(chunk: Chunk, person: Rows, day: Days, chance: np.random.Generator) -> list[Entries]:
    age, noise = chunk.age(person, day), chance.standard_normal(len(person))
    high = chunk.had("hypertension", person, day)
    low = 5 * np.maximum(chunk.frailty(person, day) - 1.5, 0)
    upper = 117 + 0.28 * np.minimum(age, 75) + 9 * high - low + _own(chunk, "systolic_bp", 9)[person] + 10 * noise
    lower = 0.42 * upper + 22 + 5 * chance.standard_normal(len(person)) - 0.10 * np.maximum(age - 60, 0)
    beats = (
        73
        + 5 * chunk.had("heart_failure", person, day)
        + _own(chunk, "pulse", 7)[person]
        + 6 * chance.standard_normal(len(person))
    )
    pulsed = chance.random(len(person)) < 0.4
    return [
        _results("systolic_bp", person, day, np.clip(upper, 75, 230).round(), chance),
        _results("diastolic_bp", person, day, np.clip(lower, 38, 130).round(), chance),
        _results("pulse", person[pulsed], day[pulsed], np.clip(beats[pulsed], 38, 150).round(), chance),
    ]


def _weights(chunk: Chunk, person: Rows, day: Days, chance: np.random.Generator) -> list[Entries]:
    """Return body mass index and weight; people lose weight as frailty grows, in cancer, dementia and at the end of life."""
    age = chunk.age(person, day)
    lost = 0.9 * np.maximum(chunk.frailty(person, day) - 1.0, 0) + 1.0 * np.minimum(
        _years(chunk, "dementia", person, day), 5
    )
    lost += 1.6 * chunk.had("cancer", person, day) + 2.5 * chunk.had("palliative", person, day)
    adult = 27.0 + 4.7 * chunk.people.fixed.weight[person] - lost + 0.5 * chance.standard_normal(len(person))
    index = np.clip(np.where(age < 18, 15.5 + 0.4 * age + 1.5 * chunk.people.fixed.weight[person], adult), 12, 65)
    metres = np.where(chunk.people.sex_male[person], 1.76, 1.62) + _own(chunk, "height", 0.065)[person]
    metres = np.where(age < 17, metres * (0.32 + 0.68 * np.clip(age, 0, 17) / 17), metres)
    grown = age >= 2
    both = chance.random(len(person)) < 0.75
    return [
        _results("bmi", person[grown], day[grown], index[grown], chance),
        _results("weight", person[both], day[both], np.clip(index * metres**2, 3, 220)[both], chance),
    ]


def _saturation(chunk: Chunk, chance: np.random.Generator) -> Entries:
    grid = chunk.grid
    rate = grid.by_age((0, 0.10), (20, 0.05), (60, 0.10), (85, 0.25)) * np.where(grid.has("copd"), 6, 1)
    person, day = grid.events(rate.astype(np.float32), chance)
    level = 97.2 - 2.6 * chunk.had("copd", person, day) - 1.0 * chunk.had("heart_failure", person, day)
    value = np.clip(level + 1.1 * chance.standard_normal(len(person)), 80, 100)
    return _results("oxygen_saturation", person, day, value, chance)
