"""Registered deaths: most within ten days, some months later after an inquest."""

from typing import Final

import numpy as np

from casefinder.simulate import codes
from casefinder.simulate.chunk import Chunk, chosen
from casefinder.simulate.rows import Extract, dates, words
from casefinder.simulate.settings import NEVER

_CAUSES: Final[tuple[tuple[str, float, float, dict[str, float]], ...]] = (
    ("conditions:cancer", 0.5, 0.25, {"cancer": 16.0}),
    ("conditions:coronary_heart_disease", 0.9, 0.8, {"coronary_heart_disease": 3.0}),
    ("conditions:dementia", 0.0, 0.6, {"dementia": 14.0}),
    ("conditions:stroke_tia", 0.3, 0.5, {"stroke_tia": 3.0}),
    ("conditions:copd", 0.1, 0.3, {"copd": 6.0}),
    ("conditions:heart_failure", 0.1, 0.4, {"heart_failure": 4.0}),
    ("emergency_reasons:chest_infection", 0.2, 0.7, {}),
    ("conditions:chronic_liver_disease", 0.2, 0.02, {"chronic_liver_disease": 10.0}),
    ("conditions:parkinsons", 0.0, 0.05, {"parkinsons": 10.0}),
    ("emergency_reasons:fall_injury", 0.8, 0.12, {}),
    ("emergency_reasons:poisoning", 0.6, 0.01, {"substance_misuse": 5.0}),
    ("emergency_reasons:other_signs_symptoms", 0.3, 0.6, {}),
)
"""Underlying causes: weight at 40 and at 85, and how many times likelier with a condition (ONS, Deaths registered in England
and Wales 2023, rounded)."""

_INQUESTS: Final = 0.05
"""Share of deaths registered only after an inquest, five months later on average (ONS, Impact of registration delays)."""


def deaths(chunk: Chunk) -> Extract:
    """Return deaths of people who were here when they died, known on the day of registration."""
    chance, people = chunk.chance("deaths"), chunk.people
    death = chunk.course.death
    person = np.flatnonzero((death < NEVER) & (death < people.exit) & (death >= people.entry))
    day = death[person]
    age = chunk.age(person, day)
    share = np.clip((age - 40) / 45, 0, 1)
    weights = np.empty((len(person), len(_CAUSES)))
    for place, (_, at_40, at_85, times) in enumerate(_CAUSES):
        weights[:, place] = at_40 + (at_85 - at_40) * share
        for condition, more in times.items():
            weights[:, place] *= np.where(chunk.had(condition, person, day), more, 1.0)
    cause = tuple(codes.icd10(name, 1)[0] for name, *_ in _CAUSES)
    inquest = chance.random(len(person)) < _INQUESTS + 0.20 * (age < 50)
    wait = np.where(inquest, 60 + chance.exponential(100, len(person)), 3 + chance.poisson(4.5, len(person)))
    known = (day + wait).astype(np.int32)
    columns = {
        "NHS_NUMBER": chunk.identifier(person),
        "DEATH_DATE": dates(day),
        "REGISTRATION_DATE": dates(known),
        "UNDERLYING_CAUSE": words(chosen(weights, chance).astype(np.int8), cause),
    }
    rows = Extract("deaths", columns, known, person="NHS_NUMBER", about=person)
    return rows.take(known <= chunk.months.last)
