"""Admitted patient care in the columns of HES: spells cut into consultant episodes, coded, and submitted month by month."""

from typing import Final

import numpy as np

from casefinder.dates import to_date
from casefinder.simulate import codes
from casefinder.simulate.arrays import Days, Flags, Names, Rows, between
from casefinder.simulate.chunk import Chunk
from casefinder.simulate.conditions import NAMES
from casefinder.simulate.places import HOSPITALS
from casefinder.simulate.population import ETHNIC_CODES
from casefinder.simulate.rows import Extract, Text, constant, dates, numbers, words
from casefinder.simulate.settings import NEVER
from casefinder.simulate.spells import METHODS, ORDINARY, Spells
from casefinder.sources import extracts

_MORE_THAN_ONE: Final = ((0, 0.05), (1, 0.14), (2, 0.22), (4, 0.31), (7, 0.42), (14, 0.55))
"""Nights in hospital, then the share of ordinary spells with more than one episode: about 14 % of all spells."""

_MOST_EPISODES: Final = 6
_CODED: Final = 0.78
"""Share of a person's conditions that an episode mentions (depth of coding in HES)."""

_COMPLICATIONS: Final = (
    "urinary_infection",
    "dehydration_aki",
    "delirium_dementia",
    "fall_injury",
    "syncope",
    "chest_infection",
)
_UNKNOWN_PRACTICE: Final = "V81999"
_SUBMITTED_ON: Final = 15
_WAITS: Final = 14
_COMORBID: Final = tuple(f"conditions:{name}" for name in NAMES)
_CHANGE_OF_CODES: Final = 19083
"""2022-04-01, from which on the codes for care homes are new ones."""


def admitted(chunk: Chunk, spells: Spells) -> Extract:
    """Return consultant episodes, known on the day of the submission that held them."""
    chance = chunk.chance("episodes")
    spell, order, count, start, end = _episodes(spells, chance)
    part = spells.take(spell)
    finished, known = _submissions(chunk, end, start, chance)
    last = order == count
    over = finished & last
    columns = {
        "NEWNHSNO": chunk.identifier(part.person),
        "EPIKEY": numbers(np.arange(len(part), dtype=np.int64) + (chunk.number + 1) * 10**8),
        "PROCODE3": words(part.provider, HOSPITALS),
        "ADMIDATE": dates(part.start),
        "ADMIMETH": words(part.method, METHODS),
        "ADMISORC": _place("admission_source", part.origin, part.start, chance),
        "CLASSPAT": words(part.patient, ("", "1", "2", "3")),
        "EPIORDER": numbers(order),
        "EPISTART": dates(start),
        "EPIEND": dates(np.where(finished, end, NEVER)),
        "EPISTAT": words(finished.astype(np.int8), ("1", "3")),
        "DISDATE": dates(np.where(over, end, NEVER)),
        "DISDEST": _place("discharge_destination", np.where(over, part.destination, "unknown"), end, chance),
        "DISMETH": _discharge(over, part.destination == "died", chance),
        "STARTAGE": _start_age(chunk, part.person, start),
        **_diagnoses(chunk, part, order, start, chance),
        **_about_person(chunk, part, chance),
        "SUBDATE": dates(known),
    }
    empty = [name for name in extracts()["hes_apc"].names if name.startswith("OPERTN")]
    columns |= {name: constant("-", len(part)) for name in empty}
    rows = Extract("hes_apc", columns, known, person="NEWNHSNO", key="EPIKEY", about=part.person)
    return rows.take(known <= chunk.months.last)


def _episodes(spells: Spells, chance: np.random.Generator) -> tuple[Rows, Rows, Rows, Days, Days]:
    """Return for each episode its spell, its place in the spell, how many there are, its first and its last day."""
    nights = np.minimum(spells.end.astype(np.int64) - spells.start, 400)
    share = between(_MORE_THAN_ONE, nights) * np.where(spells.patient == ORDINARY, 1.0, 0.02)
    several = chance.random(len(spells)) < share
    count = np.where(several, np.minimum(1 + chance.geometric(0.72, len(spells)), _MOST_EPISODES), 1)
    spell = np.repeat(np.arange(len(spells)), count)
    order = np.arange(len(spell)) - np.repeat(np.cumsum(count) - count, count) + 1
    total = count[spell]
    start = spells.start[spell] + nights[spell] * (order - 1) // total
    end = np.where(order == total, spells.end[spell], spells.start[spell] + nights[spell] * order // total)
    return spell, order, total, start.astype(np.int32), end.astype(np.int32)


def submission_day(day: Days, waits: int = _WAITS) -> Days:
    """Return the first monthly submission, on the 15th, at least ``waits`` days after each day."""
    months = (np.asarray(day, np.int64) + waits - _SUBMITTED_ON + 1).astype("datetime64[D]").astype("datetime64[M]") + 1
    days = (months.astype("datetime64[D]").astype(np.int64) + _SUBMITTED_ON - 1).astype(np.int32)
    return np.where(day >= NEVER // 2, NEVER, days).astype(np.int32)


def _submissions(chunk: Chunk, end: Days, start: Days, chance: np.random.Generator) -> tuple[Flags, Days]:
    """Return whether each episode was sent as finished, and when. What has not ended is in the last submission,
    unfinished."""
    late = 30 * (chance.random(len(end)) < 0.03)
    known = submission_day((end + late).astype(np.int32))
    newest = int(submission_day(np.array([chunk.months.last - 31 - _WAITS], np.int32))[0])
    finished = known <= chunk.months.last
    known = np.where(finished, known, np.where(start <= newest - _WAITS, newest, NEVER)).astype(np.int32)
    return finished, known


def _place(values: str, kind: Names, day: Days, chance: np.random.Generator) -> Text:
    """Return codes for where people came from or went; care homes by the generation of codes in use on the day."""
    groups = {"home": "home", "hospital": "hospital", "born": "born", "died": "died", "unknown": "unknown"}
    known = {name: codes.nhs(f"{values}:{group}", 1)[0] for name, group in groups.items() if codes.has(f"{values}:{group}")}
    if "hospital" in known:
        known["hospital"] = next(code for code in codes.nhs(f"{values}:hospital", 20) if code == "51")
    old = codes.in_use(f"{values}:care_home", _CHANGE_OF_CODES - 1)
    new = codes.in_use(f"{values}:care_home", _CHANGE_OF_CODES)
    vocabulary = (*known.values(), *old, *new)
    cells = np.full(len(kind), -1, np.int32)
    for place, name in enumerate(known):
        cells[kind == name] = place
    home = np.flatnonzero(kind == "care_home")
    choice = chance.random(len(home))
    later = day[home] >= _CHANGE_OF_CODES
    cells[home] = len(known) + np.where(later, len(old) + (choice * len(new)), choice * len(old)).astype(int)
    return words(cells, vocabulary)


def _discharge(over: Flags, died: Flags, chance: np.random.Generator) -> Text:
    alive, dead = codes.nhs("discharge_method:alive", 2), codes.nhs("discharge_method:died", 1)
    going_on = codes.nhs("discharge_method:not_ended", 1)
    own = (chance.random(len(over)) < 0.02).astype(np.int8)
    return words(np.where(over, np.where(died, 2, own), 3), (*alive, *dead, *going_on))


_INFANT_AGES: Final = ((0, "7001"), (1, "7002"), (7, "7003"), (29, "7004"), (91, "7005"), (182, "7006"), (273, "7007"))
"""Days of age from which each code for an infant holds (HES data dictionary, STARTAGE)."""


def _start_age(chunk: Chunk, person: Rows, day: Days) -> Text:
    years = np.maximum(chunk.age(person, day), 0)
    days = np.maximum(day - chunk.people.birth[person], 0)
    infant = np.searchsorted([first for first, _ in _INFANT_AGES], days, side="right") - 1
    vocabulary = (*(code for _, code in _INFANT_AGES), *(str(age) for age in range(1, 120)))
    return words(np.where(years < 1, infant, len(_INFANT_AGES) - 1 + years.astype(int)), vocabulary)


def _diagnoses(chunk: Chunk, part: Spells, order: Rows, start: Days, chance: np.random.Generator) -> dict[str, Text]:
    """Return the diagnosis columns: the reason first, then what else the person has; '-' where there is no more."""
    lists = [*dict.fromkeys(part.reason), *(name for name in _COMORBID if codes.has(name) and codes.icd10(name))]
    lists += [f"emergency_reasons:{name}" for name in _COMPLICATIONS]
    known = {name: codes.icd10(name) for name in dict.fromkeys(lists)}
    vocabulary = ("-", *dict.fromkeys(code for found in known.values() for code in found))
    place = {code: number for number, code in enumerate(vocabulary)}
    cells = np.zeros((len(part), 20), np.int32)
    filled = np.ones(len(part), np.int64)
    for name in dict.fromkeys(part.reason):
        rows = np.flatnonzero(part.reason == name)
        cells[rows, 0] = _coded(known[name], place, len(rows), chance)
    for name, condition in zip(_COMORBID, NAMES, strict=True):
        if name in known:
            has = chunk.had(condition, part.person, start) & (part.reason != name)
            _append(cells, filled, has & (chance.random(len(part)) < _CODED), known[name], place, chance)
    stays = (part.patient == ORDINARY) & (part.end - part.start > 0)
    often = 0.09 * chunk.frailty(part.person, start) * stays
    for name in _COMPLICATIONS:
        reason = f"emergency_reasons:{name}"
        _append(cells, filled, (chance.random(len(part)) < often) & (part.reason != reason), known[reason], place, chance)
    return {f"DIAG_4_{number + 1:02d}": words(cells[:, number], vocabulary) for number in range(20)}


def _append(cells: Rows, filled: Rows, here: Flags, known: tuple[str, ...], place: dict[str, int],
            chance: np.random.Generator) -> None:  # fmt: skip
    """Write one more diagnosis at the next free place of some episodes."""
    rows = np.flatnonzero(here & (filled < cells.shape[1]))
    cells[rows, filled[rows]] = _coded(known, place, len(rows), chance)
    filled[rows] += 1


def _coded(known: tuple[str, ...], place: dict[str, int], count: int, chance: np.random.Generator) -> Rows:
    return np.array([place[code] for code in known])[codes.pick(count, len(known), chance)]


def _about_person(chunk: Chunk, part: Spells, chance: np.random.Generator) -> dict[str, Text]:
    people = chunk.people
    function = {name: codes.nhs(f"treatment_functions:{name}", 1)[0] for name in dict.fromkeys(part.function)}
    names = tuple(dict.fromkeys(function.values()))
    specialty = words(np.array([names.index(function[name]) for name in part.function], np.int32), names)
    practice = chunk.practice(part.person, part.start)
    unknown = np.flatnonzero(chance.random(len(part)) < 0.01)
    moved = (people.move_day[part.person] <= part.start).astype(np.int64)
    return {
        "MAINSPEF": specialty,
        "TRETSPEF": specialty,
        "SEX": sex(chunk, part.person),
        "ETHNOS": words(people.ethnic[part.person], ETHNIC_CODES),
        "MYDOB": _month_of_birth(people.birth[part.person]),
        "GPPRAC": practice.with_cells(unknown, _UNKNOWN_PRACTICE),
        "LSOA11": words(people.area[part.person, moved], chunk.district.areas.code),
    }


def sex(chunk: Chunk, person: Rows) -> Text:
    """Return the column of sexes in the national codes."""
    both = (codes.nhs("sex:female", 1)[0], codes.nhs("sex:male", 1)[0])
    return words(chunk.people.sex_male[person].astype(np.int8), both)


def _month_of_birth(birth: Days) -> Text:
    months = birth.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    first = to_date(-61 * 366)
    earliest = (first.year - 1970) * 12
    vocabulary = tuple(f"{month % 12 + 1:02d}{1970 + month // 12}" for month in range(earliest, 12 * 60))
    return words(np.clip(months - earliest, 0, len(vocabulary) - 1), vocabulary)
