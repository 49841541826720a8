"""Items issued by practices: repeats that follow conditions, every four or eight weeks, and acute items."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from casefinder.simulate import codes
from casefinder.simulate.arrays import Days, Rows
from casefinder.simulate.chunk import Chunk
from casefinder.simulate.conditions import INDEX
from casefinder.simulate.population import YEAR
from casefinder.simulate.rows import Extract, dates, decimals, numbers, words
from casefinder.simulate.settings import NEVER

_REPEATS: Final[tuple[tuple[str, str, float], ...]] = (
    ("hypertension", "ace_inhibitor_arb", 0.75),
    ("hypertension", "calcium_channel_blocker", 0.56),
    ("hypertension", "thiazide", 0.25),
    ("hypertension", "statin", 0.50),
    ("diabetes", "oral_diabetes", 0.92),
    ("diabetes", "oral_diabetes", 0.44),
    ("diabetes", "insulin", 0.16),
    ("diabetes", "statin", 0.69),
    ("coronary_heart_disease", "statin", 0.69),
    ("coronary_heart_disease", "antiplatelet", 0.92),
    ("coronary_heart_disease", "beta_blocker", 0.75),
    ("coronary_heart_disease", "nitrate", 0.44),
    ("coronary_heart_disease", "ace_inhibitor_arb", 0.44),
    ("atrial_fibrillation", "anticoagulant", 0.92),
    ("atrial_fibrillation", "beta_blocker", 0.69),
    ("atrial_fibrillation", "digoxin", 0.15),
    ("heart_failure", "loop_diuretic", 0.90),
    ("heart_failure", "ace_inhibitor_arb", 0.62),
    ("heart_failure", "beta_blocker", 0.56),
    ("stroke_tia", "antiplatelet", 0.81),
    ("stroke_tia", "statin", 0.56),
    ("peripheral_arterial_disease", "antiplatelet", 0.62),
    ("chronic_kidney_disease", "vitamin_d", 0.19),
    ("copd", "bronchodilator", 0.92),
    ("copd", "bronchodilator", 0.75),
    ("copd", "inhaled_steroid", 0.69),
    ("copd", "oxygen", 0.04),
    ("asthma", "bronchodilator", 0.75),
    ("asthma", "inhaled_steroid", 0.75),
    ("depression", "antidepressant", 0.69),
    ("anxiety", "antidepressant", 0.38),
    ("anxiety", "hypnotic", 0.10),
    ("severe_mental_illness", "antipsychotic", 0.92),
    ("severe_mental_illness", "lithium", 0.10),
    ("epilepsy", "antiepileptic", 0.92),
    ("epilepsy", "antiepileptic", 0.38),
    ("dementia", "dementia_drug", 0.50),
    ("dementia", "antipsychotic", 0.10),
    ("parkinsons", "parkinsons_drug", 0.92),
    ("multiple_sclerosis", "gabapentinoid", 0.38),
    ("thyroid", "thyroid_hormone", 0.92),
    ("osteoporosis", "bone_protection", 0.69),
    ("osteoporosis", "vitamin_d", 0.75),
    ("osteoarthritis", "opioid", 0.35),
    ("osteoarthritis", "nsaid", 0.25),
    ("osteoarthritis", "proton_pump_inhibitor", 0.44),
    ("rheumatoid_arthritis", "immunosuppressant", 0.69),
    ("rheumatoid_arthritis", "oral_steroid", 0.19),
    ("inflammatory_bowel", "immunosuppressant", 0.38),
    ("cancer", "strong_opioid", 0.12),
    ("cancer", "laxative", 0.19),
    ("palliative", "strong_opioid", 0.69),
    ("palliative", "anticipatory", 0.38),
    ("palliative", "laxative", 0.50),
    ("urinary_incontinence", "urinary_anticholinergic", 0.31),
    ("urinary_incontinence", "catheter", 0.07),
    ("chronic_liver_disease", "proton_pump_inhibitor", 0.50),
    ("anaemia", "proton_pump_inhibitor", 0.25),
    ("housebound", "wound_dressing", 0.19),
    ("housebound", "nutrition_supplement", 0.15),
    ("housebound", "laxative", 0.38),
)
"""Condition, group of medicines, share of people with it who take it (from clinical guidance and audits, rounded)."""

_BY_AGE: Final[tuple[tuple[str, float, float, float], ...]] = (
    ("proton_pump_inhibitor", 25, 0.0288, 0.15),
    ("statin", 45, 0.0288, 0.0),
    ("vitamin_d", 60, 0.0324, 0.15),
    ("gabapentinoid", 35, 0.0072, 0.20),
    ("antidepressant", 18, 0.0108, 0.10),
    ("opioid", 40, 0.0108, 0.20),
    ("laxative", 60, 0.0252, 0.30),
    ("hypnotic", 40, 0.0045, 0.20),
    ("antiplatelet", 55, 0.0072, 0.0),
    ("beta_blocker", 45, 0.0054, 0.0),
    ("inhaled_steroid", 30, 0.0036, 0.1),
    ("loop_diuretic", 65, 0.0108, 0.2),
)
"""Medicines that start for reasons not held here: from this age on, starts a person-year, and what need adds to the log
rate."""

_BRIEF: Final = ("antidepressant", "opioid", "hypnotic", "proton_pump_inhibitor", "gabapentinoid", "nsaid", "laxative")
"""Groups of which a course lasts about eight years; others about for life."""

_ACUTE: Final[tuple[tuple[str, float, float, float, float], ...]] = (
    ("antibiotic", 0.48, 0.30, 0.72, 0.25),
    ("opioid", 0.0, 0.16, 0.24, 0.30),
    ("nsaid", 0.02, 0.15, 0.06, 0.15),
    ("oral_steroid", 0.04, 0.06, 0.14, 0.25),
    ("anti_emetic", 0.01, 0.05, 0.10, 0.30),
    ("bronchodilator", 0.20, 0.10, 0.10, 0.20),
    ("laxative", 0.05, 0.05, 0.25, 0.25),
    ("proton_pump_inhibitor", 0.01, 0.12, 0.14, 0.20),
    ("vitamin_d", 0.01, 0.05, 0.10, 0.00),
    ("hypnotic", 0.0, 0.05, 0.05, 0.30),
    ("wound_dressing", 0.0, 0.03, 0.35, 0.10),
)
"""Acute items a person-year at 5, 40 and 80, and what need adds to the log rate (NHSBSA English prescribing data,
rounded)."""

_GROUPS: Final = tuple(
    dict.fromkeys([*(one[1] for one in _REPEATS), *(one[0] for one in _BY_AGE), *(one[0] for one in _ACUTE)])
)
_PRICES: Final = {"anticoagulant": 38.0, "insulin": 33.0, "inhaled_steroid": 24.0, "strong_opioid": 16.0, "oxygen": 19.0,
                  "nutrition_supplement": 48.0, "catheter": 30.0, "wound_dressing": 24.0, "immunosuppressant": 12.0,
                  "bone_protection": 6.0, "parkinsons_drug": 14.0, "antiepileptic": 9.0, "oral_diabetes": 14.0,
                  "urinary_anticholinergic": 8.0, "bronchodilator": 9.0, "anticipatory": 9.0}  # fmt: skip
"""Invented cost of four weeks, pounds; others cost two."""
_USUAL_PRICE: Final = 2.0
_FOUR_WEEKS: Final = 28


@dataclass(frozen=True)
class Regimens:
    """Repeat medicines: who takes which group, from when, until when, and every how many days."""

    person: Rows
    drug: Rows
    start: Days
    end: Days
    every: Rows


def prescriptions(chunk: Chunk) -> Extract:
    """Return items issued: about 19 a person-year, mostly repeats (NHSBSA: 1.1 billion items a year in England)."""
    chance = chunk.chance("prescriptions")
    taken = _regimens(chunk, chance)
    person, day, drug, days = _issues(chunk, taken, chance)
    acute_person, acute_day, acute_drug = _acute(chunk, chance)
    person, day = np.concatenate([person, acute_person]), np.concatenate([day, acute_day])
    drug = np.concatenate([drug, acute_drug])
    days = np.concatenate([days, np.where(chance.random(len(acute_drug)) < 0.7, 7, 28)])
    return _rows(chunk, person, day, drug, days, chance)


def _regimens(chunk: Chunk, chance: np.random.Generator) -> Regimens:
    people = chunk.people
    who: list[Rows] = []
    drugs: list[Rows] = []
    starts: list[Days] = []
    for condition, drug, share in _REPEATS:
        onset = people.onset[INDEX[condition]]
        able = np.flatnonzero((onset < chunk.months.last) & (chance.random(len(people)) < share))
        wait = chance.exponential(90 if share > 0.5 else 500, len(able))
        _note(who, drugs, starts, able, drug, onset[able] + wait)
    for drug, age, rate, need in _BY_AGE:
        yearly = rate * np.exp(need * people.need)
        start = people.birth + age * YEAR + chance.standard_exponential(len(people)) / yearly * YEAR
        able = np.flatnonzero(start < chunk.months.last)
        _note(who, drugs, starts, able, drug, start[able])
    person, taken, start = _once(np.concatenate(who), np.concatenate(drugs), np.concatenate(starts).astype(np.int32))
    brief = np.isin(taken, [_GROUPS.index(name) for name in _BRIEF])
    end = start + chance.standard_exponential(len(start)) * np.where(brief, 8, 60) * YEAR
    every = np.where(chance.random(len(start)) < 0.90, 28, 56)
    return Regimens(person, taken, start, np.minimum(end, NEVER).astype(np.int32), every)


def _note(who: list[Rows], drugs: list[Rows], starts: list[Rows], able: Rows, drug: str, start: Rows) -> None:
    who.append(able)
    drugs.append(np.full(len(able), _GROUPS.index(drug)))
    starts.append(start)


def _once(person: Rows, drug: Rows, start: Days) -> tuple[Rows, Rows, Days]:
    """Keep the first start of a group for each person, and of groups that are given twice the second too."""
    order = np.lexsort((start, drug, person))
    person, drug, start = person[order], drug[order], start[order]
    again = np.append(False, (person[1:] == person[:-1]) & (drug[1:] == drug[:-1]))
    twice = np.isin(drug, [_GROUPS.index(name) for name in ("bronchodilator", "oral_diabetes", "antiepileptic")])
    third = np.append([False, False], again[2:] & again[1:-1]) if len(again) > 2 else again
    kept = ~again | (twice & ~third)
    return person[kept], drug[kept], start[kept]


def _issues(chunk: Chunk, taken: Regimens, chance: np.random.Generator) -> tuple[Rows, Days, Rows, Rows]:
    """Return every issue of each repeat while the person is here: person, day, group and days supplied."""
    first = np.maximum(np.maximum(taken.start, chunk.people.entry[taken.person]), chunk.months.first)
    first = (first + chance.integers(0, taken.every)).astype(np.int64)
    last = np.minimum(np.minimum(taken.end, chunk.gone[taken.person] - 1), chunk.months.last)
    count = np.maximum((last - first) // taken.every + 1, 0)
    regimen = np.repeat(np.arange(len(count)), count)
    turn = np.arange(len(regimen)) - np.repeat(np.cumsum(count) - count, count)
    shift = chance.integers(-3, 4, len(regimen), dtype=np.int8)
    day = np.clip(first[regimen] + turn * taken.every[regimen] + shift, first[regimen], last[regimen]).astype(np.int32)
    missed = chance.random(len(regimen), np.float32) < 0.04
    kept = ~missed
    regimen, day = regimen[kept], day[kept]
    return taken.person[regimen], day, taken.drug[regimen], taken.every[regimen]


def _acute(chunk: Chunk, chance: np.random.Generator) -> tuple[Rows, Days, Rows]:
    grid = chunk.grid
    lift = 0.04 * np.minimum(grid.burden, 7) + 0.4 * grid.recent
    people, days, drugs = [], [], []
    for name, at_5, at_40, at_80, need in _ACUTE:
        rate = grid.by_age((5, at_5), (40, at_40), (80, at_80)) * np.exp(lift + need * grid.need)
        person, day = grid.events(rate.astype(np.float32), chance)
        people.append(person)
        days.append(day)
        drugs.append(np.full(len(person), _GROUPS.index(name)))
    return np.concatenate(people), np.concatenate(days), np.concatenate(drugs)


def _rows(chunk: Chunk, person: Rows, day: Days, drug: Rows, days: Rows, chance: np.random.Generator) -> Extract:
    order = np.lexsort((day, person))
    person, day, drug, days = person[order], day[order], drug[order], days[order]
    code, vocabulary = _substances(person, drug)
    price = np.array([_PRICES.get(name, _USUAL_PRICE) for name in _GROUPS])
    cost = price[drug] * days / _FOUR_WEEKS * (0.8 + 0.1 * ((person * 7 + drug) % 5))
    columns = {
        "NHS_NUMBER": chunk.identifier(person),
        "PRACTICE_CODE": chunk.practice(person, day),
        "CLINICAL_EFFECTIVE_DATE": dates(day),
        "BNF_REFERENCE": words(code, vocabulary),
        "QUANTITY_VALUE": numbers(days * np.where(drug % 3 == 0, 2, 1)),
        "DURATION_DAYS": numbers(days),
        "ESTIMATED_COST": decimals(cost, 2, 40_000),
        "DATE_RECORDED": dates(day),
    }
    return Extract("gp_medications", columns, day, person="NHS_NUMBER", about=person)


def _substances(person: Rows, drug: Rows) -> tuple[Rows, tuple[str, ...]]:
    """Return which substance of its group each item holds: always the same one for the same person and group."""
    known = [codes.bnf(name) for name in _GROUPS]
    vocabulary = tuple(dict.fromkeys(code for group in known for code in group))
    table = np.array([[vocabulary.index(group[turn % len(group)]) for turn in (0, 0, 0, 0, 1, 1, 2)] for group in known])
    return table[drug, (person * 31 + drug * 17) % 7].astype(np.int32), vocabulary
