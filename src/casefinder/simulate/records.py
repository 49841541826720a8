"""Coded entries in GP records: diagnoses, circumstances, frailty, falls; the day each applies to and was written."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from casefinder.simulate.arrays import Days, Floats, Rows
from casefinder.simulate.chunk import Chunk
from casefinder.simulate.conditions import INDEX, ONSETS
from casefinder.simulate.rows_register import first_seen, objections
from casefinder.simulate.settings import NEVER


@dataclass(frozen=True)
class Entries:
    """Entries of one kind: its code list or group, people, the day each applies to, the day it was written, perhaps
    values."""

    name: str
    person: Rows
    day: Days
    recorded: Days
    value: Floats | None = None

    def __len__(self) -> int:
        return len(self.person)


_CODED: Final = {
    "dementia": (0.68, 240),
    "depression": (0.85, 60),
    "anxiety": (0.80, 60),
    "obesity": (0.70, 400),
    "chronic_kidney_disease": (0.80, 300),
    "alcohol_problems": (0.65, 300),
    "substance_misuse": (0.75, 120),
    "chronic_liver_disease": (0.85, 120),
    "osteoporosis": (0.75, 200),
    "osteoarthritis": (0.75, 200),
    "anaemia": (0.70, 60),
    "hearing_loss": (0.60, 300),
    "urinary_incontinence": (0.45, 400),
    "heart_failure": (0.85, 90),
    "copd": (0.82, 200),
    "palliative": (0.72, 25),
    "housebound": (0.55, 150),
    "lives_alone": (0.38, 500),
    "carer": (0.45, 400),
}
"""Share of people whose condition a practice ever codes, and how late on average in days; others 0.94 and 40 (register
completeness: Public Health England estimates of diagnosed against expected prevalence, rounded)."""

_USUALLY: Final = (0.94, 40)
_OWN_LIST: Final = {
    "palliative": "palliative",
    "housebound": "housebound",
    "lives_alone": "lives_alone",
    "carer": "is_carer",
}
_BACK_DATED: Final = 0.30
"""Share of diagnoses that are entered under the day on which they began, weeks or months later: letters and catching up."""

_FRAILTY_LEVELS: Final = (("mild", 1.25, 0.50), ("moderate", 2.15, 0.58), ("severe", 3.05, 0.66))
"""Level, the score from which it holds, and the share of people of 65 and over who are coded: late and not all (NHS England,
frailty in the GP contract)."""

_SIGNS: Final[tuple[tuple[str, float, float, dict[str, float]], ...]] = (
    ("falls", 0.035, 0.55, {"parkinsons": 2.0, "dementia": 1.4}),
    ("mobility:problem", 0.012, 0.75, {"stroke_tia": 1.5, "osteoarthritis": 1.4}),
    ("mobility:aid", 0.006, 0.80, {"stroke_tia": 1.5}),
    ("activities_of_living", 0.004, 0.95, {"dementia": 1.8}),
    ("memory:concern", 0.008, 0.50, {"dementia": 3.0}),
    ("memory:delirium", 0.001, 0.70, {"dementia": 3.0}),
    ("weight_loss", 0.006, 0.40, {"cancer": 3.0, "palliative": 3.0, "dementia": 1.6}),
    ("loneliness", 0.003, 0.20, {"lives_alone": 3.0}),
    ("conditions:constipation", 0.020, 0.35, {}),
    ("conditions:fragility_fracture", 0.004, 0.50, {"osteoporosis": 3.0}),
    ("conditions:pressure_ulcer", 0.0006, 1.00, {"housebound": 4.0}),
    ("conditions:painful_condition", 0.045, 0.10, {"osteoarthritis": 1.5}),
    ("conditions:irritable_bowel", 0.006, -0.20, {"anxiety": 2.0}),
    ("conditions:peptic_ulcer", 0.0015, 0.10, {}),
    ("has_carer", 0.004, 0.60, {"dementia": 4.0, "housebound": 2.0}),
)
"""Entries a person-year for adults without frailty, what each step of frailty adds to the log rate, and how many times
likelier with a condition (sizes chosen; falls near the shares coded in the Clinical Practice Research Datalink)."""


def entries(chunk: Chunk) -> list[Entries]:
    """Return every coded entry that is not a measurement."""
    chance = chunk.chance("entries")
    found = [*_diagnoses(chunk, chance), *_frailty(chunk, chance), *_signs(chunk, chance), *_reviews(chunk, chance)]
    found += [*_homes(chunk, chance), *_smoking(chunk, chance), *_objections(chunk)]
    return [one for one in found if len(one)]


def _coding(chunk: Chunk, person: Rows) -> Rows:
    """Return by how much each person's first practice codes more or less than others."""
    return chunk.district.practices.coding[chunk.people.practice[person, 0]]


def _diagnoses(chunk: Chunk, chance: np.random.Generator) -> list[Entries]:
    people, found = chunk.people, []
    joined = first_seen(chunk)
    for one in ONSETS:
        name = _OWN_LIST.get(one.name, f"conditions:{one.name}")
        onset = people.onset[INDEX[one.name]]
        share, late = _CODED.get(one.name, _USUALLY)
        odds = np.log(share / (1 - share)) + _coding(chunk, np.arange(len(people)))
        coded = np.flatnonzero((onset < chunk.months.last) & (chance.random(len(people)) < 1 / (1 + np.exp(-odds))))
        written = onset[coded] + chance.exponential(late, len(coded))
        from_letter = chance.random(len(coded)) < _BACK_DATED
        day = np.where(from_letter, onset[coded] + 0.0, written)
        recorded = np.maximum(written, np.where(people.entry[coded] > chunk.months.first, joined[coded] + 5, -NEVER))
        gone = recorded >= chunk.gone[coded]
        found.append(_kept(coded, day, recorded, name, ~gone))
    return found


def _kept(person: Rows, day: Rows, recorded: Rows, name: str, kept: Rows) -> Entries:
    day = np.minimum(day[kept], recorded[kept])
    return Entries(name, person[kept], day.astype(np.int32), recorded[kept].astype(np.int32))


def _frailty(chunk: Chunk, chance: np.random.Generator) -> list[Entries]:
    """Return codes of frailty: the month in which a level was reached, and one to two years until some practice says so."""
    grid, found = chunk.grid, []
    score = grid.frailty + 0.11 * grid.diseases
    score[grid.age < 65] = 0
    for level, threshold, share in _FRAILTY_LEVELS:
        reached = score >= threshold
        month = np.argmax(reached, axis=0)
        odds = np.log(share / (1 - share)) + _coding(chunk, np.arange(len(month)))
        person = np.flatnonzero(reached.any(axis=0) & (chance.random(len(month)) < 1 / (1 + np.exp(-odds))))
        already = np.where(month[person] == 0, chance.integers(0, 700, len(person)), 0)
        day = chunk.months.recorded[month[person]] - already + 30 + chance.exponential(330, len(person))
        gone = day >= chunk.gone[person]
        found.append(_kept(person, day, day, f"frailty:{level}", ~gone & (day >= chunk.people.entry[person] - 700)))
    return found


def _signs(chunk: Chunk, chance: np.random.Generator) -> list[Entries]:
    grid, found = chunk.grid, []
    adult = grid.age >= 18
    for name, rate, frailty, times in _SIGNS:
        log = np.log(rate) + frailty * grid.frailty + 0.2 * grid.need + 0.2 * grid.recent
        for condition, more in times.items():
            log = log + np.log(more) * grid.has(condition)
        person, day = grid.events(np.where(adult, np.exp(log), 0).astype(np.float32), chance)
        late = np.where(chance.random(len(person)) < 0.15, chance.exponential(25, len(person)), 0)
        found.append(Entries(name, person, day, (day + late).astype(np.int32)))
    return found


def _reviews(chunk: Chunk, chance: np.random.Generator) -> list[Entries]:
    """Return medication reviews and care plans: for people with several conditions, and in the months after enrolment."""
    grid = chunk.grid
    rate = np.where(grid.age >= 40, 0.10 + 0.14 * np.minimum(grid.diseases, 6), 0.02)
    person, day = grid.events(rate.astype(np.float32), chance)
    few = chance.random(len(person)) < 0.15
    found = [Entries("medication_review:review", person[~few], day[~few], day[~few])]
    found.append(Entries("medication_review:structured", person[few], day[few], day[few]))
    planned = grid.resident * 0.35 + grid.has("palliative") * 0.6 + grid.has("dementia") * 0.12
    person, day = grid.events(planned.astype(np.float32), chance)
    spans = chunk.course.enrolments
    after = (spans.start + 20).astype(np.int32)
    inside = chunk.present(spans.person, after) & (chance.random(len(spans)) < 0.6)
    person, day = np.concatenate([person, spans.person[inside]]), np.concatenate([day, after[inside]])
    advance = chance.random(len(person)) < 0.4
    found.append(Entries("care_plan:advance_care_plan", person[advance], day[advance], day[advance]))
    found.append(Entries("care_plan:care_plan", person[~advance], day[~advance], day[~advance]))
    return found


def _homes(chunk: Chunk, chance: np.random.Generator) -> list[Entries]:
    """Return care-home codes: for three in four residents, whoever pays, some weeks or months after they moved in."""
    home = chunk.course.home_day
    person = np.flatnonzero((home < NEVER) & (chance.random(len(home)) < 0.75))
    day = np.maximum(home[person] + 5 + chance.exponential(75, len(person)), chunk.people.entry[person] + 3)
    kept = day < chunk.gone[person]
    groups = ("care_home_resident:nursing", "care_home_resident:residential", "care_home_resident:care_home")
    which = np.where(chance.random(len(person)) < 0.4, 2, nursing(chunk)[person] == 0)
    return [_kept(person, day, day, name, kept & (which == place)) for place, name in enumerate(groups)]


def nursing(chunk: Chunk) -> Rows:
    """Return for each person whether a care home, if ever, is one with nursing: about four in ten."""
    return (chunk.chance("nursing").random(len(chunk.people)) < 0.4).astype(np.int64)


def _smoking(chunk: Chunk, chance: np.random.Generator) -> list[Entries]:
    grid = chunk.grid
    person, day = grid.events(np.where(grid.age >= 16, np.float32(0.22), np.float32(0)), chance)
    now = chunk.people.fixed.smoked[person] & (chance.random(len(chunk.people))[person] < 0.40)
    status = np.where(now, 0, np.where(chunk.people.fixed.smoked[person], 1, 2))
    groups = ("smoking:current", "smoking:ex", "smoking:never")
    return [Entries(name, person[status == n], day[status == n], day[status == n]) for n, name in enumerate(groups)]


def _objections(chunk: Chunk) -> list[Entries]:
    person, day, lists = objections(chunk)
    kept = (day < chunk.gone[person]) & (day <= chunk.months.last)
    names = list(dict.fromkeys(lists))
    return [Entries(n, person[kept & (lists == n)], day[kept & (lists == n)], day[kept & (lists == n)]) for n in names]
