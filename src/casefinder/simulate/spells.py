"""Hospital spells: emergencies from the course of lives; planned, regular and maternity spells; births; transfers."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from casefinder.simulate.arrays import Days, Flags, Floats, Names, Rows, drawn
from casefinder.simulate.chunk import Chunk, chosen
from casefinder.simulate.conditions import INDEX, NAMES

METHODS: Final = ("21", "22", "23", "24", "25", "2A", "2B", "2C", "2D", "11", "12", "13", "31", "32", "81", "82", "83")
"""Methods of admission, as the value set of the NHS has them; spells hold places in this tuple."""
_CODE: Final = {method: place for place, method in enumerate(METHODS)}
_EMERGENCY_ROUTES: Final = (
    ("21", 0.74),
    ("22", 0.11),
    ("24", 0.05),
    ("2D", 0.05),
    ("2A", 0.03),
    ("23", 0.015),
    ("25", 0.005),
)

ORDINARY, DAY_CASE, REGULAR = 1, 2, 3

_REASONS: Final[tuple[tuple[str, float, float, float, dict[str, float]], ...]] = (
    ("chest_infection", 1.6, 0.9, 1.8, {"copd": 1.6, "dementia": 1.3}),
    ("copd_asthma", 0.8, 0.25, 0.1, {"copd": 9.0, "asthma": 4.0}),
    ("heart", 0.1, 0.9, 1.2, {"heart_failure": 3.5, "coronary_heart_disease": 2.5, "atrial_fibrillation": 2.0}),
    ("stroke", 0.0, 0.15, 0.5, {"stroke_tia": 1.8}),
    ("urinary_infection", 0.5, 0.5, 1.0, {"urinary_incontinence": 1.6, "dementia": 1.6}),
    ("sepsis", 0.2, 0.3, 0.7, {"cancer": 1.6}),
    ("dehydration_aki", 0.1, 0.15, 0.5, {"chronic_kidney_disease": 2.0}),
    ("delirium_dementia", 0.0, 0.02, 0.25, {"dementia": 6.0, "parkinsons": 1.8}),
    ("fall_injury", 1.5, 1.3, 1.5, {"housebound": 1.3, "parkinsons": 1.6}),
    ("hip_fracture", 0.0, 0.02, 0.45, {"osteoporosis": 2.5}),
    ("syncope", 0.1, 0.3, 0.6, {}),
    ("gi_bleed", 0.05, 0.3, 0.35, {"chronic_liver_disease": 5.0, "alcohol_problems": 2.0}),
    ("abdominal_pain", 1.0, 1.5, 0.5, {"inflammatory_bowel": 3.5}),
    ("cellulitis", 0.3, 0.5, 0.5, {"obesity": 1.5, "peripheral_arterial_disease": 2.0}),
    ("diabetes", 0.05, 0.05, 0.05, {"diabetes": 6.0}),
    ("seizure", 0.6, 0.15, 0.1, {"epilepsy": 14.0}),
    ("mental_health", 0.2, 0.35, 0.1, {"severe_mental_illness": 5.0, "alcohol_problems": 4.0, "substance_misuse": 3.0}),
    ("poisoning", 0.4, 0.6, 0.1, {"depression": 1.8, "substance_misuse": 3.0, "severe_mental_illness": 2.0}),
    ("cancer", 0.02, 0.03, 0.03, {"cancer": 12.0}),
    ("other_signs_symptoms", 3.0, 3.4, 2.2, {}),
)
"""Why people are admitted as an emergency: relative weight for children, adults and people over 75, and how many times
likelier with a condition (NHS England, Hospital Admitted Patient Care Activity 2023/24, primary diagnoses, rounded)."""

REASONS: Final = tuple(f"emergency_reasons:{name}" for name, *_ in _REASONS)
_BEGINS_AS: Final = {"palliative": "emergency_reasons:cancer"}

_PLANNED: Final[tuple[tuple[str, str, float, float, dict[str, float]], ...]] = (
    ("eyes", "conditions:visual_impairment", 0.05, 6.0, {}),
    ("general_surgery", "emergency_reasons:abdominal_pain", 2.0, 1.5, {}),
    ("gastroenterology", "conditions:inflammatory_bowel", 1.5, 2.0, {"inflammatory_bowel": 5.0, "anaemia": 2.0}),
    ("orthopaedics", "conditions:osteoarthritis", 1.0, 2.2, {"osteoarthritis": 3.0}),
    ("urology", "conditions:urinary_incontinence", 0.6, 1.8, {}),
    (
        "cardiology",
        "conditions:coronary_heart_disease",
        0.1,
        0.4,
        {"coronary_heart_disease": 8.0, "atrial_fibrillation": 6.0},
    ),
    ("cancer", "conditions:cancer", 0.02, 0.02, {"cancer": 60.0}),
    ("maternity_gynaecology", "emergency_reasons:abdominal_pain", 1.0, 0.4, {}),
    ("dermatology", "emergency_reasons:cellulitis", 0.5, 1.6, {}),
    ("haematology", "conditions:anaemia", 0.1, 0.2, {"anaemia": 6.0}),
    ("pain", "conditions:painful_condition", 0.4, 0.3, {"osteoarthritis": 2.0}),
)
"""Planned work: treatment function, list of diagnoses, weight at 40 and at 80, and how many times likelier with a
condition."""

PLANNED_REASONS: Final = tuple(reason for _, reason, *_ in _PLANNED)
_FUNCTION_OF: Final = {
    "hip_fracture": "orthopaedics",
    "fall_injury": "orthopaedics",
    "stroke": "stroke",
    "heart": "cardiology",
    "copd_asthma": "respiratory",
    "chest_infection": "respiratory",
    "abdominal_pain": "general_surgery",
    "gi_bleed": "gastroenterology",
    "cancer": "cancer",
    "delirium_dementia": "older_people",
}
_TRANSFERRED: Final = 0.055
"""Share of emergency stays of four nights and more that go on at another hospital: two in a hundred of all."""

_MIN_DIALYSIS_YEARS: Final = 3


@dataclass(frozen=True)
class Spells:
    """Hospital spells, one value each. ``reason`` names a code list; ``end``: the day of discharge, perhaps after the
    records.

    ``origin`` and ``destination``: 'home', 'care_home', 'hospital', 'born', 'died'. ``died``: in this spell. ``stay``:
    the number of the continuous stay that the spell is part of.
    """

    person: Rows
    start: Days
    end: Days
    method: Rows
    patient: Rows
    provider: Rows
    reason: Names
    function: Names
    origin: Names
    destination: Names
    stay: Rows

    def __len__(self) -> int:
        return len(self.person)

    def take(self, rows: Rows | Flags) -> "Spells":
        """Return chosen spells."""
        return Spells(*(getattr(self, name)[rows] for name in Spells.__annotations__))


def _spells(chunk: Chunk, person: Rows, start: Days, end: Days, method: Rows, patient: int, reason: Names,
            function: Names, origin: str = "") -> Spells:  # fmt: skip
    """Return spells with what follows from the person: where they came from and went, and whether they died."""
    count = len(person)
    home = chunk.course.home_day[person]
    died = chunk.course.death[person] == end
    origins = np.where(home < start, "care_home", "home") if not origin else np.full(count, origin)
    return Spells(
        person=person,
        start=start.astype(np.int32),
        end=end.astype(np.int32),
        method=method.astype(np.int16),
        patient=np.full(count, patient, np.int8),
        provider=np.zeros(count, np.int8),
        reason=reason,
        function=function,
        origin=origins.astype(object),
        destination=np.where(died, "died", np.where(home <= end, "care_home", "home")).astype(object),
        stay=np.zeros(count, np.int64),
    )


def spells(chunk: Chunk) -> Spells:
    """Return every spell of a chunk in order of person and day; planned ones give way to emergencies."""
    emergencies = _emergencies(chunk)
    planned = _joined([_planned(chunk), _regular(chunk), *_maternity(chunk)])
    free = _clear_of(planned, emergencies)
    every = _joined([emergencies, planned.take(free)])
    every = every.take(np.lexsort((every.start, every.person)))
    return _transferred(chunk, every.take(chunk.present(every.person, every.start)))


def _joined(parts: list[Spells]) -> Spells:
    return Spells(*(np.concatenate([getattr(part, name) for part in parts]) for name in Spells.__annotations__))


def _emergencies(chunk: Chunk) -> Spells:
    chance, course = chunk.chance("emergencies"), chunk.course
    stays = course.admissions
    inside = chunk.present(stays.person, stays.start)
    stays, cause = stays.take(inside), course.cause[inside]
    weights = _reason_weights(chunk, stays.person, stays.start)
    usual = np.array(REASONS, object)[chosen(weights, chance)]
    begun = np.array([_BEGINS_AS.get(name, f"conditions:{name}") for name in NAMES], object)
    reason = np.where(cause >= 0, begun[cause], usual)
    named = np.array([str(one).split(":")[1] for one in reason], object) if len(reason) else reason
    older = chunk.age(stays.person, stays.start) >= 80
    general = np.where(older, "older_people", "general_medicine").astype(object)
    function = np.array([_FUNCTION_OF.get(name, other) for name, other in zip(named, general, strict=True)], object)
    route, routes = drawn(_EMERGENCY_ROUTES, len(stays), chance)
    method = np.array([_CODE[name] for name in routes])[route]
    return _spells(chunk, stays.person, stays.start, stays.end, method, ORDINARY, reason, function)


def _reason_weights(chunk: Chunk, person: Rows, day: Days) -> Floats:
    """Return the weight of each reason for each admission: by age, and by what the person has."""
    age = chunk.age(person, day)
    group = np.where(age < 16, 0, np.where(age < 75, 1, 2))
    weights = np.empty((len(person), len(_REASONS)))
    for place, (_, child, adult, older, times) in enumerate(_REASONS):
        weights[:, place] = np.array((child, adult, older))[group]
        for condition, more in times.items():
            weights[:, place] *= np.where(chunk.had(condition, person, day), more, 1.0)
    return weights


def _planned(chunk: Chunk) -> Spells:
    """Return elective admissions and day cases (about 0.15 a person-year, four fifths of them day cases)."""
    chance, grid = chunk.chance("planned"), chunk.grid
    rate = grid.by_age((0, 0.04), (20, 0.065), (40, 0.11), (60, 0.21), (75, 0.33), (85, 0.25), (95, 0.09))
    rate = rate * np.exp(0.13 * np.minimum(grid.burden, 6) + 0.12 * grid.need - 0.18)
    person, day = grid.events(rate, chance)
    weights = np.empty((len(person), len(_PLANNED)))
    share = np.clip((chunk.age(person, day) - 40) / 40, 0, 1)
    for place, (_, _, at_40, at_80, times) in enumerate(_PLANNED):
        weights[:, place] = at_40 + (at_80 - at_40) * share
        for condition, more in times.items():
            weights[:, place] *= np.where(chunk.had(condition, person, day), more, 1.0)
    kind = chosen(weights, chance)
    function, reason = np.array([one[0] for one in _PLANNED], object)[kind], np.array(PLANNED_REASONS, object)[kind]
    overnight = chance.random(len(person)) < np.where(function == "orthopaedics", 0.45, 0.14)
    nights = np.where(overnight, 1 + np.floor(chance.exponential(2.2, len(person))), 0)
    end = np.minimum(day + nights, chunk.course.death[person])
    method = np.array([_CODE["11"], _CODE["12"], _CODE["13"]])[chance.choice(3, len(person), p=(0.6, 0.25, 0.15))]
    found = _spells(chunk, person, day, end, method, DAY_CASE, reason, function)
    found.patient[overnight] = ORDINARY
    return found


def _regular(chunk: Chunk) -> Spells:
    """Return regular day attendances: a course after a cancer began, and dialysis for a few with kidney disease."""
    chance, people = chunk.chance("regular"), chunk.people
    begun = people.onset[INDEX["cancer"]]
    treated = np.flatnonzero((begun < chunk.months.last) & (chance.random(len(people)) < 0.30))
    kidney = people.onset[INDEX["chronic_kidney_disease"]]
    failed = np.flatnonzero((kidney < chunk.months.last) & (chance.random(len(people)) < 0.012))
    from_day = kidney[failed] + int(_MIN_DIALYSIS_YEARS * 365)
    first = np.concatenate([np.repeat(begun[treated] + 30, 8), np.repeat(np.maximum(from_day, chunk.months.first), 300)])
    person = np.concatenate([np.repeat(treated, 8), np.repeat(failed, 300)])
    turn = np.concatenate([np.tile(np.arange(8) * 21, len(treated)), np.tile(np.arange(300) * 7 // 3, len(failed))])
    day = (first + turn).astype(np.int32)
    kept = chunk.present(person, day)
    cancer = np.arange(len(person)) < 8 * len(treated)
    reason = np.where(cancer, "conditions:cancer", "conditions:chronic_kidney_disease").astype(object)[kept]
    function = np.where(cancer, "cancer", "kidney").astype(object)[kept]
    method = np.full(kept.sum(), _CODE["13"])
    return _spells(chunk, person[kept], day[kept], day[kept], method, REGULAR, reason, function)


def _maternity(chunk: Chunk) -> list[Spells]:
    """Return deliveries, admissions before them, and the spells of the newborn; a few babies are born at home as
    intended."""
    chance, people = chunk.chance("maternity"), chunk.people
    baby = np.flatnonzero(people.mother >= 0)
    mother, day = people.mother[baby], people.birth[baby]
    nights = np.minimum(chance.geometric(0.55, len(baby)) - 1 + (chance.random(len(baby)) < 0.5), 9)
    at_home = chance.random(len(baby)) < 0.02
    reason, function = _same("icd10_chapters:pregnancy", len(baby)), _same("maternity_gynaecology", len(baby))
    method = np.where(chance.random(len(baby)) < 0.96, _CODE["31"], _CODE["32"])
    delivery = _spells(chunk, mother, day, day + nights, method, ORDINARY, reason, function).take(~at_home)
    before = chance.random(len(baby)) < 0.35
    early = (day - chance.integers(3, 120, len(baby))).astype(np.int32)
    antenatal = _spells(chunk, mother, early, early + (chance.random(len(baby)) < 0.4), np.full(len(baby), _CODE["31"]),
                        ORDINARY, reason, function).take(before)  # fmt: skip
    how = np.where(at_home, _CODE["2C"], np.where(chance.random(len(baby)) < 0.99, _CODE["82"], _CODE["83"]))
    out = np.minimum(day + nights * ~at_home, chunk.course.death[baby])
    newborn = _same("icd10_chapters:perinatal", len(baby))
    born = _spells(chunk, baby, day, out, how, ORDINARY, newborn, function, origin="born")
    return [delivery, antenatal, born]


def _same(value: str, count: int) -> Names:
    return np.full(count, value, object)


def _clear_of(planned: Spells, emergencies: Spells) -> Flags:
    """Say which planned spells meet neither an emergency stay nor one another."""
    person = np.concatenate([emergencies.person, planned.person])
    start, end = np.concatenate([emergencies.start, planned.start]), np.concatenate([emergencies.end, planned.end])
    soft = np.arange(len(person)) >= len(emergencies)
    keep = np.ones(len(person), bool)
    for _ in range(4):
        order = np.lexsort((soft, start, person))
        order = order[keep[order]]
        meets = (person[order][1:] == person[order][:-1]) & (start[order][1:] <= end[order][:-1])
        later = np.where(soft[order][1:], order[1:], order[:-1])[meets]
        keep[later[soft[later]]] = False
    return keep[len(emergencies) :]


def _transferred(chunk: Chunk, every: Spells) -> Spells:
    """Number the continuous stays and cut some long emergency stays in two: the second part at another hospital."""
    chance = chunk.chance("transfers")
    every = replace(every, stay=np.arange(len(every)))
    every.provider[:] = chance.choice(3, len(every), p=(0.90, 0.07, 0.03))
    nights = every.end - every.start
    long = (every.method < _CODE["2B"]) & (nights >= 4) & chunk.settings.plants("transfers")
    long &= chance.random(len(every)) < _TRANSFERRED
    rows = np.flatnonzero(long)
    first, second = every.take(np.arange(len(every))), every.take(rows)
    moved = (every.start[rows] + 1 + np.floor(chance.random(len(rows)) * (nights[rows] - 2))).astype(np.int32)
    first.end[rows] = moved
    first.destination[rows] = "hospital"
    second.start[:] = moved
    second.origin[:] = "hospital"
    second.provider[:] = (second.provider + 1) % 3
    second.method[:] = np.where(chance.random(len(rows)) < 0.6, _CODE["2B"], _CODE["81"])
    both = _joined([first, second])
    return both.take(np.lexsort((both.start, both.stay)))
