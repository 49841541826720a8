"""Outpatient appointments: specialties that follow a person's conditions, attended, missed, cancelled or still to come."""

from typing import Final

import numpy as np

from casefinder.simulate import codes
from casefinder.simulate.arrays import Days, Rows
from casefinder.simulate.chunk import Chunk, chosen, weekday
from casefinder.simulate.places import HOSPITALS
from casefinder.simulate.population import ETHNIC_CODES
from casefinder.simulate.rows import Extract, numbers, words
from casefinder.simulate.rows import dates as date_column
from casefinder.simulate.rows_admitted import sex

_CLINICS: Final[tuple[tuple[str, float, float, dict[str, float]], ...]] = (
    ("eyes", 0.5, 3.0, {"diabetes": 1.5}),
    ("orthopaedics", 1.2, 1.4, {"osteoarthritis": 2.0}),
    ("therapy", 1.5, 1.2, {"osteoarthritis": 1.5, "stroke_tia": 1.5}),
    ("cardiology", 0.3, 0.8, {"coronary_heart_disease": 3.0, "atrial_fibrillation": 3.0, "heart_failure": 4.0}),
    ("respiratory", 0.3, 0.5, {"copd": 4.0, "asthma": 1.5}),
    ("diabetes", 0.05, 0.05, {"diabetes": 12.0}),
    ("kidney", 0.02, 0.05, {"chronic_kidney_disease": 8.0}),
    ("cancer", 0.05, 0.1, {"cancer": 25.0}),
    ("haematology", 0.2, 0.5, {"anaemia": 3.0, "atrial_fibrillation": 2.0}),
    ("neurology", 0.4, 0.3, {"epilepsy": 6.0, "multiple_sclerosis": 12.0, "parkinsons": 6.0}),
    ("rheumatology", 0.3, 0.3, {"rheumatoid_arthritis": 15.0}),
    ("general_surgery", 1.0, 0.9, {}),
    ("urology", 0.4, 0.9, {"urinary_incontinence": 2.0}),
    ("gastroenterology", 0.7, 0.6, {"inflammatory_bowel": 8.0, "chronic_liver_disease": 6.0}),
    ("dermatology", 0.7, 1.0, {}),
    ("ent", 0.6, 0.8, {"hearing_loss": 3.0}),
    ("older_people", 0.0, 0.5, {"dementia": 2.0, "parkinsons": 3.0}),
    ("general_medicine", 0.3, 0.4, {}),
    ("maternity_gynaecology", 1.4, 0.2, {}),
    ("pain", 0.2, 0.15, {"osteoarthritis": 2.0}),
    ("mental_health", 0.3, 0.2, {"severe_mental_illness": 5.0, "dementia": 2.0}),
)
"""Treatment function, weight at 40 and at 80, and how many times likelier with a condition (NHS England, Hospital Outpatient
Activity 2023/24, rounded)."""

_BOOKED_AHEAD_DAYS: Final = 60
ARRIVES_WITHIN_DAYS: Final = 40


def outpatients(chunk: Chunk) -> Extract:
    """Return appointments: about 1.5 attended a person-year, about 7 % of those due missed, and bookings after the
    extract."""
    chance, grid = chunk.chance("outpatients"), chunk.grid
    rate = grid.by_age((0, 0.9), (15, 0.75), (30, 1.0), (50, 1.25), (65, 1.75), (78, 2.35), (88, 1.9), (98, 1.1))
    lift = np.exp(0.12 * np.minimum(grid.burden, 7) + 0.18 * grid.need + 0.35 * grid.recent + 0.17)
    person, day = grid.events((rate * lift).astype(np.float32), chance)
    day = weekday(day)
    soon = chance.random(len(person)) < 0.012
    ahead = soon & (day > chunk.months.last - 60)
    day = np.where(ahead, chunk.months.last + chance.integers(1, _BOOKED_AHEAD_DAYS, len(day)), day).astype(np.int32)
    known = np.where(ahead, chunk.months.last, day + chance.integers(14, ARRIVES_WITHIN_DAYS + 1, len(day))).astype(np.int32)
    kept = known <= chunk.months.last
    return _rows(chunk, person[kept], day[kept], known[kept], ahead[kept], chance)


def _rows(chunk: Chunk, person: Rows, day: Days, known: Days, ahead: np.ndarray, chance: np.random.Generator) -> Extract:
    functions = tuple(codes.nhs(f"treatment_functions:{name}", 1)[0] for name, *_ in _CLINICS)
    first = chance.random(len(person)) < 0.32
    remote = chance.random(len(person)) < 0.20
    statuses = (
        *codes.nhs("attended:attended", 2), *codes.nhs("attended:missed", 2), *codes.nhs("attended:cancelled", 2),
        *codes.nhs("attended:future", 1),
    )  # fmt: skip
    columns = {
        "NEWNHSNO": chunk.identifier(person),
        "ATTENDKEY": numbers(np.arange(len(person), dtype=np.int64) + (chunk.number + 1) * 10**8),
        "PROCODE3": words(chance.choice(3, len(person), p=(0.82, 0.13, 0.05)).astype(np.int8), HOSPITALS),
        "APPTDATE": date_column(day),
        "ATTENDED": words(np.where(ahead, 6, _status(chunk, person, day, chance)).astype(np.int8), statuses),
        "FIRSTATT": words((np.where(first, 0, 1) + 2 * remote).astype(np.int8), ("1", "2", "3", "4")),
        "TRETSPEF": words(_clinic(chunk, person, day, chance).astype(np.int8), functions),
        "SEX": sex(chunk, person),
        "ETHNOS": words(chunk.people.ethnic[person], ETHNIC_CODES),
        "GPPRAC": chunk.practice(person, day),
    }
    return Extract("hes_op", columns, known, person="NEWNHSNO", key="ATTENDKEY", about=person)


def _clinic(chunk: Chunk, person: Rows, day: Days, chance: np.random.Generator) -> np.ndarray:
    share = np.clip((chunk.age(person, day) - 40) / 40, 0, 1).astype(np.float32)
    weights = np.empty((len(person), len(_CLINICS)), np.float32)
    for place, (_, at_40, at_80, times) in enumerate(_CLINICS):
        weights[:, place] = at_40 + (at_80 - at_40) * share
        for condition, more in times.items():
            weights[:, place] *= np.where(chunk.had(condition, person, day), np.float32(more), np.float32(1))
    weights[:, [name for name, *_ in _CLINICS].index("maternity_gynaecology")] *= ~chunk.people.sex_male[person]
    return chosen(weights, chance)


def _status(chunk: Chunk, person: Rows, day: Days, chance: np.random.Generator) -> np.ndarray:
    """Return how each appointment went: missed more often by young people, in deprived areas and in mental illness."""
    age = chunk.age(person, day)
    odds = np.log(0.068) - 0.018 * (age - 50) + 0.06 * chunk.people.fixed.deprived[person]
    odds += 0.6 * chunk.had("severe_mental_illness", person, day) + 0.6 * chunk.had("substance_misuse", person, day)
    missed = chance.random(len(person)) < 1 / (1 + np.exp(-odds))
    cancelled = chance.random(len(person)) < 0.10
    which = chance.random(len(person))
    return np.where(
        missed, np.where(which < 0.93, 3, 2), np.where(cancelled, np.where(which < 0.5, 4, 5), np.where(which < 0.96, 0, 1))
    )
