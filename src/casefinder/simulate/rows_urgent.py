"""Emergency departments, calls to NHS 111 and ambulance responses: with each emergency stay, and on their own."""

from typing import Final

import numpy as np

from casefinder.simulate import codes
from casefinder.simulate.arrays import Days, Flags, Floats, Rows, drawn
from casefinder.simulate.chunk import Chunk
from casefinder.simulate.places import HOSPITALS
from casefinder.simulate.rows import Extract, Text, constant, dates, numbers, words
from casefinder.simulate.spells import METHODS, Spells

_DEPARTMENTS: Final = (("01", 0.62), ("03", 0.31), ("02", 0.02), ("04", 0.02), ("05", 0.03))
"""Departments of attendances that end at home (NHS England, Hospital Accident and Emergency Activity 2023/24, rounded)."""

_CATEGORIES: Final = (("1", 0.93), ("2", 0.035), ("3", 0.005), ("4", 0.03))
_ACUITY_ADMITTED: Final = (0.04, 0.24, 0.52, 0.19, 0.01)
_ACUITY_OTHERS: Final = (0.003, 0.06, 0.30, 0.55, 0.087)
_CALL_OUTCOMES: Final = ("ambulance", "ed", "primary_care", "self_care", "other")
_BY_HOUR: Final = np.cumsum(
    (2.2, 1.8, 1.5, 1.3, 1.2, 1.3, 1.9, 3.0, 4.6, 6.0, 6.8, 6.9, 6.6, 6.3, 6.1, 6.0, 6.0, 6.0, 5.9, 5.6, 5.0, 4.3, 3.5, 2.8)
)
"""Arrivals by hour of the day (NHS England, A&E activity by hour, rounded)."""

_FROM_DEPARTMENT: Final = (METHODS.index("21"), METHODS.index("2A"))
ARRIVES_WITHIN_DAYS: Final = 7


def _times(count: int, chance: np.random.Generator) -> Text:
    hour = np.searchsorted(_BY_HOUR / _BY_HOUR[-1], chance.random(count), side="right")
    minute = chance.integers(0, 60, count)
    return words((hour * 60 + minute).astype(np.int32), tuple(f"{m // 60:02d}:{m % 60:02d}" for m in range(24 * 60)))


def _arrival(day: Days, chance: np.random.Generator) -> Days:
    """Return the day on which each row of a feed arrived: within a week, most within three days."""
    return (day + 1 + np.minimum(chance.geometric(0.5, len(day)), ARRIVES_WITHIN_DAYS - 1)).astype(np.int32)


def urgent(chunk: Chunk, spells: Spells) -> list[Extract]:
    """Return attendances, calls and responses."""
    chance = chunk.chance("urgent")
    admitted = spells.take(np.isin(spells.method, _FROM_DEPARTMENT))
    alone, alone_day = _attendances(chunk, chance)
    person = np.concatenate([admitted.person, alone])
    day = np.concatenate([admitted.start, alone_day])
    came_in = np.arange(len(person)) < len(admitted)
    age = chunk.age(person, day)
    by_ambulance = chance.random(len(person)) < np.where(came_in, 0.30, 0.08) + np.where(came_in, 0.45, 0.40) * _old(age)
    ecds = _departments(chunk, person, day, came_in, by_ambulance, chance)
    return [ecds, *_calls_and_responses(chunk, person, day, came_in, by_ambulance, chance)]


def _old(age: Floats) -> Floats:
    return np.clip((age - 40) / 50, 0, 1)


def _attendances(chunk: Chunk, chance: np.random.Generator) -> tuple[Rows, Days]:
    """Return attendances that do not end in an admission: with those that do, about 0.4 a person-year in types 1 and 3."""
    grid = chunk.grid
    rate = grid.by_age(
        (0, 0.62), (4, 0.40), (8, 0.30), (16, 0.34), (22, 0.36), (35, 0.28), (60, 0.23), (75, 0.25), (90, 0.34)
    )
    dear = 1 + 0.03 * chunk.people.fixed.deprived
    lift = 0.45 * grid.need + 0.06 * np.minimum(grid.burden, 7) + 0.5 * grid.recent + 0.22
    return grid.events((rate * dear * np.exp(lift)).astype(np.float32), chance)


def _departments(
    chunk: Chunk,
    person: Rows,
    day: Days,
    came_in: Flags,
    by_ambulance: Flags,
    chance: np.random.Generator,
) -> Extract:
    count = len(person)
    department, kinds = drawn(_DEPARTMENTS, count, chance)
    department = np.where(came_in | by_ambulance, 0, department)
    category, categories = drawn(_CATEGORIES, count, chance)
    category = np.where(came_in, 0, category)
    acuity = np.where(came_in, chance.choice(5, count, p=_ACUITY_ADMITTED), chance.choice(5, count, p=_ACUITY_OTHERS))
    left = ~came_in & (chance.random(count) < 0.05)
    status = np.where(left, 1, 0)
    columns = {
        "NHS_Number": chunk.identifier(person),
        "Attendance_Identifier": numbers(np.arange(count, dtype=np.int64) + (chunk.number + 1) * 10**8),
        "Provider_Code": words(chance.choice(3, count, p=(0.90, 0.07, 0.03)).astype(np.int8), HOSPITALS),
        "Arrival_Date": dates(day),
        "Arrival_Time": _times(count, chance),
        "EC_Department_Type": words(department.astype(np.int8), kinds),
        "EC_AttendanceCategory": words(category.astype(np.int8), categories),
        "EC_Arrival_Mode_SNOMED_CT": words(_arrival_mode(by_ambulance, chance), _arrival_modes()),
        "EC_Acuity_SNOMED_CT": words(acuity.astype(np.int8), tuple(codes.nhs(f"ae_acuity:{n}", 1)[0] for n in range(1, 6))),
        "EC_Chief_Complaint_SNOMED_CT": words(np.full(count, -1, np.int8), ("",)),
        "EC_Discharge_Status_SNOMED_CT": words(
            status.astype(np.int8),
            (codes.nhs("ae_discharge_status:completed", 1)[0], codes.nhs("ae_discharge_status:left", 1)[0]),
        ),
        "GP_Practice_Code": chunk.practice(person, day),
    }
    known = _arrival(day, chance)
    rows = Extract("ecds", columns, known, person="NHS_Number", key="Attendance_Identifier", about=person)
    return rows.take(known <= chunk.months.last)


def _arrival_modes() -> tuple[str, ...]:
    return (*codes.nhs("ae_arrival_mode:ambulance", 2), *codes.nhs("ae_arrival_mode:other", 4)[::-1])


def _arrival_mode(by_ambulance: Flags, chance: np.random.Generator) -> Rows:
    """Return places among the arrival modes: an emergency ambulance mostly, or own and public transport."""
    first = (chance.random(len(by_ambulance)) < 0.93).astype(np.int8)
    other = 2 + (chance.random(len(by_ambulance)) < 0.15).astype(np.int8)
    return np.where(by_ambulance, first, other).astype(np.int8)


def _calls_and_responses(
    chunk: Chunk,
    person: Rows,
    day: Days,
    came_in: Flags,
    by_ambulance: Flags,
    chance: np.random.Generator,
) -> list[Extract]:
    """Return calls and ambulances that led to a department, and those that led nowhere near one."""
    grid = chunk.grid
    lift = np.exp(0.45 * grid.need + 0.05 * np.minimum(grid.burden, 7) + 0.3 * grid.recent)
    rate = grid.by_age((0, 0.75), (3, 0.35), (10, 0.16), (25, 0.24), (50, 0.17), (75, 0.24), (90, 0.45))
    caller, call_day = grid.events((rate * lift).astype(np.float32), chance)
    fallen, fall_day = grid.events((0.020 + 0.055 * grid.frailty) * lift, chance)
    before = chance.random(len(person)) < np.where(by_ambulance, 0.18, 0.14)
    outcome = np.where(by_ambulance[before], 0, 1)
    calls = _calls(
        chunk,
        np.concatenate([caller, person[before]]),
        np.concatenate([call_day, day[before]]),
        np.concatenate([chance.choice(5, len(caller), p=(0.06, 0.05, 0.56, 0.21, 0.12)), outcome]),
        chance,
    )
    who, when = np.concatenate([person[by_ambulance], fallen]), np.concatenate([day[by_ambulance], fall_day])
    taken = np.arange(len(who)) < by_ambulance.sum()
    return [calls, _responses(chunk, who, when, taken, chance)]


def _calls(chunk: Chunk, person: Rows, day: Days, outcome: Rows, chance: np.random.Generator) -> Extract:
    columns = {
        "NHS_Number": chunk.identifier(person),
        "Call_Identifier": numbers(np.arange(len(person), dtype=np.int64) + (chunk.number + 1) * 10**8),
        "Call_Date": dates(day),
        "Call_Time": _times(len(person), chance),
        "Outcome": words(outcome.astype(np.int8), tuple(codes.nhs(f"call_outcome:{one}", 1)[0] for one in _CALL_OUTCOMES)),
    }
    known = _arrival(day, chance)
    rows = Extract("nhs_111", columns, known, person="NHS_Number", key="Call_Identifier", about=person)
    return rows.take(known <= chunk.months.last)


def _responses(chunk: Chunk, person: Rows, day: Days, taken: Flags, chance: np.random.Generator) -> Extract:
    outcomes = (*codes.nhs("ambulance_outcome:conveyed", 1), *codes.nhs("ambulance_outcome:not_conveyed", 2))
    advice = 1 + (chance.random(len(person)) < 0.35)
    columns = {
        "NHS_Number": chunk.identifier(person),
        "Incident_Identifier": numbers(np.arange(len(person), dtype=np.int64) + (chunk.number + 1) * 10**8),
        "Response_Date": dates(day),
        "Outcome": words(np.where(taken, 0, advice).astype(np.int8), outcomes),
        "Reason": constant("not stated", len(person)),
    }
    known = _arrival(day, chance)
    rows = Extract("ambulance", columns, known, person="NHS_Number", key="Incident_Identifier", about=person)
    return rows.take(known <= chunk.months.last)
