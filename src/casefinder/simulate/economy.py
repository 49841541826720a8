"""The whole economy: places, chunks of people in parallel, files, and the truth beside them."""

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from casefinder.dates import to_date
from casefinder.errors import ConfigError, Problem
from casefinder.simulate import faults, truth, write
from casefinder.simulate.arrays import Rows
from casefinder.simulate.chunk import Chunk, course
from casefinder.simulate.course import SERVICE_CLUSTERS, Lives
from casefinder.simulate.nhs_numbers import allotted, valid_numbers
from casefinder.simulate.places import CLUSTERS, District, district
from casefinder.simulate.planter import Counts
from casefinder.simulate.population import people_of_chunk
from casefinder.simulate.rows import Extract
from casefinder.simulate.rows_admitted import admitted
from casefinder.simulate.rows_community import community, mental_health
from casefinder.simulate.rows_deaths import deaths
from casefinder.simulate.rows_medicines import prescriptions
from casefinder.simulate.rows_observations import observations
from casefinder.simulate.rows_outpatients import outpatients
from casefinder.simulate.rows_reference import reference
from casefinder.simulate.rows_register import SERVICE, appointments, registers
from casefinder.simulate.rows_social_care import USABLE_AFTER_DAYS, social_care
from casefinder.simulate.rows_urgent import urgent
from casefinder.simulate.settings import FAULTS, RUN_IN_MONTHS, Calendar, EconomySettings, calendar
from casefinder.simulate.spells import spells
from casefinder.simulate.worker import in_processes

Progress = Callable[[str, float], None]

FEED_LAGS: Final = {
    "gp_patients": "column DATE_RECORDED",
    "gp_addresses": "column DATE_RECORDED",
    "gp_registrations": "column DATE_RECORDED",
    "gp_observations": "column DATE_RECORDED",
    "gp_appointments": "the day of the appointment",
    "gp_medications": "column DATE_RECORDED",
    "caseloads": "column DATE_RECORDED",
    "hes_apc": "column SUBDATE",
    "ecds": 7,
    "nhs_111": 7,
    "ambulance": 7,
    "hes_op": 40,
    "csds_contacts": "column EFFECTIVE FROM",
    "mhsds_contacts": "column EFFECTIVE_FROM",
    "mhsds_referrals": "column EFFECTIVE_FROM",
    "mhsds_spells": "column EFFECTIVE_FROM",
    "social_care": f"column Reporting Period End Date and {USABLE_AFTER_DAYS} days",
    "deaths": "column REGISTRATION_DATE",
}
"""When each source is known: the column that says so, or the days within which every row had arrived."""

_SPARE_NUMBERS: Final = 400
_FEWEST: Final = 500


@dataclass(frozen=True)
class Task:
    """One chunk to be made: its number, how many people, the seeds of the economy, and where to leave the parts."""

    number: int
    people: int
    all_people: int
    entropy: int
    settings: EconomySettings
    parts: Path


@dataclass(frozen=True)
class Seeds:
    """The seeds of an economy: one for numbers, one for places, one for prices, and one for each chunk."""

    numbers: np.random.SeedSequence
    places: np.random.SeedSequence
    reference: np.random.SeedSequence
    chunks: list[np.random.SeedSequence]


def simulate(
    out: Path, people: int, seed: int, settings: EconomySettings | None = None, progress: Progress | None = None
) -> None:
    """Write a made-up health economy: raw extract files under ``out/raw``, and the truth about it under ``out/truth``.

    Args:
        out: the folder; what an earlier run left in its two sub-folders is replaced.
        people: how many people are registered at any time.
        seed: the same seed, people and settings give the same bytes, whatever the number of processes and threads.
        settings: effects, calendar, faults.
        progress: told the name of the stage and the share of it that is done.

    Raises:
        ConfigError: there are fewer people than 500, or more than there are numbers for.
    """
    settings, told = settings or EconomySettings(), progress or _quiet
    if people < _FEWEST:
        raise ConfigError("So few people make no economy:", [Problem("people", f"give at least {_FEWEST}")])
    tasks = _tasks(out, people, seed, settings)
    parts, whole = out / "parts", out / "being made"
    raw, kept = whole / "raw", whole / "truth"
    for folder in (parts, whole):
        shutil.rmtree(folder, ignore_errors=True)
    for folder in (parts, raw, kept):
        folder.mkdir(parents=True)
    counts: Counts = Counter()
    for done, found in enumerate(_made(tasks, settings.processes), start=1):
        counts += found
        told("people", done / len(tasks))
    _reference(tasks[0])
    _assemble(parts, raw, kept, told)
    write.write_json(kept / "effects.json", _effects(tasks[0]))
    write.write_json(kept / "faults.json", _fault_counts(counts, tasks[0]))
    for made in (raw, kept):
        shutil.rmtree(out / made.name, ignore_errors=True)
        made.rename(out / made.name)
    for folder in (parts, whole):
        shutil.rmtree(folder)


def _quiet(stage: str, done: float) -> None:
    """Say nothing."""


def _tasks(out: Path, people: int, seed: int, settings: EconomySettings) -> list[Task]:
    """Return the chunks: as many as are needed, of nearly equal size."""
    count = -(-people // settings.chunk_people)
    sizes = [people // count + (number < people % count) for number in range(count)]
    tasks = [Task(number, size, people, seed, settings, out / "parts") for number, size in enumerate(sizes)]
    _rooms(tasks[0])
    return tasks


def _seeds(task: Task) -> Seeds:
    count = -(-task.all_people // task.settings.chunk_people)
    numbers, places, prices, *chunks = np.random.SeedSequence(task.entropy).spawn(3 + count)
    return Seeds(numbers, places, prices, chunks)


def _rooms(task: Task) -> tuple[Rows, list[int]]:
    """Return every number in order, and how many each chunk may use for people and for strangers; the first is over-full.

    Raises:
        ConfigError: there are not enough numbers.
    """
    count = -(-task.all_people // task.settings.chunk_people)
    largest = -(-task.all_people // count)
    rooms = [int(largest * (1 + 0.085 * task.settings.years)) + 60 + _SPARE_NUMBERS] * count
    numbers = valid_numbers(_seeds(task).numbers)
    allotted(numbers[1:], rooms)
    return numbers, rooms


def _made(tasks: list[Task], processes: int) -> Iterator[Counts]:
    """Make every chunk, in this process or in several; the results come in the order of chunks."""
    if processes == 1 or len(tasks) == 1:
        yield from map(_make, tasks)
        return
    yield from in_processes(_make, tasks, min(processes, len(tasks)))


def _places(task: Task) -> tuple[Calendar, District]:
    months = calendar(task.settings)
    return months, district(task.settings, task.all_people, months.last, _seeds(task).places)


def _make(task: Task) -> Counts:
    """Make one chunk, leave its parts, and return the faults planted in it."""
    months, places = _places(task)
    numbers, rooms = _rooms(task)
    own = allotted(numbers[1:], rooms)[task.number]
    mine, spare = own[:-_SPARE_NUMBERS], own[-_SPARE_NUMBERS:]
    born, lived, written = _seeds(task).chunks[task.number].spawn(3)
    people = people_of_chunk(task.people, mine, places, months, task.settings.unrecorded_sd, born)
    lives = Lives(people, places, months, task.settings, np.random.Generator(np.random.PCG64(lived)))
    risks = list(_live(lives))
    chunk = Chunk(task.number, people, places, months, task.settings, course(lives), written)
    for table in risks:
        write.write_table(table[1], task.parts, f"{truth.RISKS}_{table[0]:03d}", task.number)
    for name, table_of in ((truth.EVENTS, truth.events), (truth.SERVICE, truth.service), (truth.PEOPLE, truth.people)):
        write.write_table(table_of(chunk), task.parts, name, task.number)
    events = task.settings.over_full_events * task.people // task.all_people
    made, counts = faults.plant(chunk, _extracts(chunk), spare, (str(numbers[0]), events))
    for rows in made:
        write.write_part(rows, task.parts, task.number)
    return counts


def _live(lives: Lives) -> Iterator[tuple[int, Any]]:
    """Live through the months, and give the true risks of each index date when it comes."""
    ask = set(lives.months.index_months())
    for month in range(-RUN_IN_MONTHS, lives.months.months):
        if month in ask:
            yield month, truth.risks_on(lives, month)
        lives.month(month)
    lives.finish()
    if lives.months.months in ask:
        yield lives.months.months, truth.risks_on(lives, lives.months.months)


def _extracts(chunk: Chunk) -> list[Extract]:
    """Return every extract of a chunk as it would be without faults."""
    stays = spells(chunk)
    return [
        *registers(chunk),
        observations(chunk),
        appointments(chunk),
        prescriptions(chunk),
        admitted(chunk, stays),
        *urgent(chunk, stays),
        outpatients(chunk),
        community(chunk),
        *mental_health(chunk),
        social_care(chunk),
        deaths(chunk),
    ]


def _reference(task: Task) -> None:
    months, places = _places(task)
    for rows in reference(places, task.all_people, months.last, _seeds(task).reference):
        write.write_part(rows, task.parts, 0)


def _assemble(parts: Path, raw: Path, kept: Path, told: Progress) -> None:
    """Make the whole files of the parts."""
    names = sorted({path.name.split(".")[0] for path in parts.iterdir()})
    tables = [name for name in names if name in (truth.EVENTS, truth.SERVICE, truth.PEOPLE)]
    risks = [name for name in names if name.startswith(f"{truth.RISKS}_")]
    files = [name for name in names if name not in tables and name not in risks]
    for done, name in enumerate(files, start=1):
        write.assemble(name, parts, raw)
        told("files", done / len(files))
    for name in tables:
        write.assemble_table(name, parts, kept / f"{name}.parquet")
    write.assemble_tables(risks, parts, kept / f"{truth.RISKS}.parquet")
    told("truth", 1.0)


def _effects(task: Task) -> dict[str, Any]:
    """Return the effects that were planted, on the log rate of emergency admission unless said otherwise."""
    months, places = _places(task)
    areas, practices, settings = places.areas, places.practices, task.settings
    return {
        "practice": dict(zip(practices.code, practices.effect.tolist(), strict=True)),
        "practice_coding": dict(zip(practices.code, practices.coding.tolist(), strict=True)),
        "cluster": dict(zip(CLUSTERS, places.cluster_effect.tolist(), strict=True)),
        "supply_on_emergency_admission": dict(zip(areas.code, areas.emergency_effect.tolist(), strict=True)),
        "supply_on_care_home_entry": dict(zip(areas.code, areas.care_home_effect.tolist(), strict=True)),
        "service": {
            "name": SERVICE,
            "from": settings.service_start.isoformat(),
            "clusters": [CLUSTERS[place] for place in SERVICE_CLUSTERS],
            "rate_ratio": settings.service_rate_ratio,
            "enrolment_on_unrecorded": settings.enrolment_on_unrecorded,
        },
        "self_funded": {
            "most_deprived": settings.self_funded_most_deprived,
            "least_deprived": settings.self_funded_least_deprived,
        },
        "unrecorded_sd": settings.unrecorded_sd,
        "feed_lags": FEED_LAGS,
        "calendar": {"first": to_date(months.first).isoformat(), "last": to_date(months.last).isoformat()},
        "silent_practice": practices.code[places.silent_practice],
    }


def _fault_counts(counts: Counts, task: Task) -> dict[str, Any]:
    """Return each kind of fault with how many rows of each file hold it, and whether reading should refuse them."""
    _, places = _places(task)
    found: dict[str, Any] = {}
    for kind, meaning in FAULTS.items():
        files = {file: number for (one, file), number in sorted(counts.items()) if one == kind and number}
        found[kind] = {
            "meaning": meaning,
            "rows": files,
            "count": sum(files.values()),
            "refused": kind in faults.QUARANTINED,
        }
    if task.settings.plants("silent_practice"):
        code = places.practices.code[places.silent_practice]
        found["silent_practice"] |= {"practice": code, "from": to_date(places.silent_from).isoformat(), "practices": 1}
    if task.settings.plants("over_full_identifier"):
        found["over_full_identifier"]["identifiers"] = 1
    return found
