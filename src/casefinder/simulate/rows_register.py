"""General practice, who is registered: people, addresses, registrations and appointments; caseloads; the cleaned list."""

from typing import Final

import numpy as np

from casefinder.simulate.arrays import Days, Names, Rows, drawn
from casefinder.simulate.chunk import Chunk, weekday
from casefinder.simulate.population import ETHNIC_CODES
from casefinder.simulate.rows import Extract, constant, dates, numbers, words
from casefinder.simulate.rows_admitted import sex
from casefinder.simulate.settings import NEVER

SERVICE: Final = "community_case_management"
NATIONAL_OPT_OUT: Final = 0.05
"""Share of people with a national data opt-out (NHS England, National data opt-out, 2024: 5.4 %)."""

_OBJECTORS: Final = 0.028
_TAKEN_BACK: Final = 0.12
"""Share of people with a type 1 objection, and of those who take it back (sizes chosen; areas differ widely)."""

_STATUSES: Final = (("attended", 0.885), ("dna", 0.045), ("cancelled", 0.070))
_SEEN_BY: Final = (("gp", 0.47), ("nurse", 0.27), ("pharmacist", 0.04), ("other practice staff", 0.22))
"""Who is seen (NHS England, Appointments in General Practice 2023/24, rounded)."""

_BOOKED_AHEAD_DAYS: Final = 35


def registers(chunk: Chunk) -> list[Extract]:
    """Return the extracts of who is who and where, known when the practice wrote them."""
    return [_patients(chunk), _addresses(chunk), _registrations(chunk), _cleaned_list(chunk), _caseloads(chunk)]


def first_seen(chunk: Chunk) -> Days:
    """Return the day on which each person's record at a practice began: years before, for those there from the start."""
    people, chance = chunk.people, chunk.chance("first seen")
    years = chance.exponential(14.0, len(people)) * 365
    before = np.maximum(people.birth + 20, chunk.months.first - 30 - years)
    return np.where(people.entry > chunk.months.first, people.entry, before).astype(np.int32)


def _death_recorded(chunk: Chunk) -> Days:
    """Return the day on which each practice recorded a death: mostly within two weeks; ``NEVER`` for the living."""
    death = chunk.course.death
    dies_here = (death < NEVER) & (death < chunk.people.exit)
    lag = 2 + chunk.chance("death recorded").geometric(0.12, len(death))
    return np.where(dies_here, death + lag, NEVER).astype(np.int32)


def _patients(chunk: Chunk) -> Extract:
    people, everybody = chunk.people, np.arange(len(chunk.people))
    recorded = _death_recorded(chunk)
    dead = recorded <= chunk.months.last
    months = people.birth.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    death = np.where(dead, chunk.course.death, 0).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    no = constant("0", len(people))
    columns = {
        "NHS_NUMBER": chunk.identifier(everybody),
        "BIRTH_YEAR": numbers(1970 + months // 12),
        "BIRTH_MONTH": numbers(months % 12 + 1),
        "GENDER": sex(chunk, everybody),
        "ETHNIC_CATEGORY": words(people.ethnic, ETHNIC_CODES),
        "DEATH_YEAR": numbers(np.where(dead, 1970 + death // 12, -1)),
        "DEATH_MONTH": numbers(np.where(dead, death % 12 + 1, -1)),
        "DEATH_RECORDED": dates(np.where(dead, recorded, NEVER)),
        "IS_DUMMY_PATIENT": no,
        "IS_SPINE_SENSITIVE": no,
        "IS_CONFIDENTIAL": no,
        "DATE_RECORDED": dates(first_seen(chunk)),
    }
    return Extract("gp_patients", columns, people.entry, person="NHS_NUMBER", about=everybody)


def _addresses(chunk: Chunk) -> Extract:
    people, chance = chunk.people, chunk.chance("addresses")
    moved = np.flatnonzero((people.move_day < chunk.gone) & (people.move_day > people.entry))
    stays = np.arange(len(people))
    arrived = np.zeros(len(people), np.int32)
    late = chance.integers(0, 40, len(moved)).astype(np.int32)
    known = np.concatenate([first_seen(chunk), people.move_day[moved] + late])
    end = np.full(len(people), NEVER, np.int32)
    end[moved] = np.where(people.move_day[moved] + late <= chunk.months.last, people.move_day[moved], NEVER)
    person = np.concatenate([stays, moved])
    start = np.concatenate([np.maximum(arrived, first_seen(chunk)), people.move_day[moved]])
    from_home = (people.entry >= people.move_day).astype(np.int64)
    areas = np.concatenate([people.area[stays, from_home], people.area[moved, 1]])
    columns = {
        "NHS_NUMBER": chunk.identifier(person),
        "LSOA_CODE": words(areas.astype(np.int32), chunk.district.areas.code),
        "START_DATE": dates(start),
        "END_DATE": dates(np.concatenate([end, np.full(len(moved), NEVER, np.int32)])),
        "DATE_RECORDED": dates(known),
    }
    rows = Extract("gp_addresses", columns, known.astype(np.int32), person="NHS_NUMBER", about=person)
    return rows.take(known <= chunk.months.last)


def _registrations(chunk: Chunk) -> Extract:
    """Return registrations: one ends where the next begins, on leaving (known some weeks late) or on death."""
    people, chance = chunk.people, chunk.chance("registrations")
    changes = people.practice[:, 0] != people.practice[:, 1]
    moved = np.flatnonzero(changes & (people.move_day < chunk.gone) & (people.move_day > people.entry))
    end, noted = np.full(len(people), NEVER, np.int32), np.full(len(people), NEVER, np.int32)
    left = people.exit < chunk.course.death
    end[left], noted[left] = people.exit[left], people.exit[left] + chance.integers(3, 60, left.sum())
    recorded = _death_recorded(chunk)
    dead = recorded < NEVER
    end[dead], noted[dead] = chunk.course.death[dead], recorded[dead]
    first_end, first_noted = end.copy(), noted.copy()
    first_end[moved] = people.move_day[moved]
    first_noted[moved] = people.move_day[moved] + chance.integers(0, 15, len(moved))
    everybody = np.arange(len(people))
    person = np.concatenate([everybody, moved])
    start = np.concatenate([first_seen(chunk), people.move_day[moved]]).astype(np.int32)
    ends, notes = np.concatenate([first_end, end[moved]]), np.concatenate([first_noted, noted[moved]])
    own = (people.entry >= people.move_day).astype(np.int64)
    practice = np.concatenate([people.practice[everybody, own], people.practice[moved, 1]])
    seen = (notes <= chunk.months.last) & (ends <= notes)
    columns = {
        "NHS_NUMBER": chunk.identifier(person),
        "PRACTICE_CODE": words(practice.astype(np.int32), chunk.district.practices.code),
        "START_DATE": dates(start),
        "END_DATE": dates(np.where(seen, ends, NEVER)),
        "END_DATE_RECORDED": dates(np.where(seen, notes, NEVER)),
        "DATE_RECORDED": dates(start),
    }
    rows = Extract("gp_registrations", columns, start, person="NHS_NUMBER", about=person)
    return rows.take(start <= chunk.months.last)


def _cleaned_list(chunk: Chunk) -> Extract:
    """Return the people who did not opt out nationally, of all who were ever here: every number on file is checked."""
    here = chunk.people.entry <= chunk.months.last
    objects = chunk.chance("opt-outs").random(len(here)) < NATIONAL_OPT_OUT * chunk.settings.plants("national_opt_outs")
    kept = np.flatnonzero(here & ~objects)
    columns = {"NHS_NUMBER": chunk.identifier(kept)}
    known = np.full(len(kept), chunk.months.last, np.int32)
    return Extract("national_cleaned_list", columns, known, person="NHS_NUMBER", about=kept)


def _caseloads(chunk: Chunk) -> Extract:
    """Return enrolments in the service, recorded within days; an end is there once it has come."""
    spans = chunk.course.enrolments
    spans = spans.take(chunk.present(spans.person, spans.start))
    end = np.minimum(spans.end, chunk.gone[spans.person] - 1)
    known = (spans.start + chunk.chance("caseloads").integers(0, 8, len(spans))).astype(np.int32)
    columns = {
        "NHS_NUMBER": chunk.identifier(spans.person),
        "SERVICE": constant(SERVICE, len(spans)),
        "START_DATE": dates(spans.start),
        "END_DATE": dates(np.where(end <= chunk.months.last, end, NEVER)),
        "DATE_RECORDED": dates(known),
    }
    rows = Extract("caseloads", columns, known, person="NHS_NUMBER", about=spans.person)
    return rows.take(known <= chunk.months.last)


def appointments(chunk: Chunk) -> Extract:
    """Return appointments in general practice, about 5.5 a person-year, and bookings after the extract."""
    chance, grid = chunk.chance("appointments"), chunk.grid
    rate = grid.by_age((0, 5.5), (4, 2.8), (12, 2.0), (20, 3.2), (35, 3.9), (50, 4.2), (65, 5.4), (80, 7.4), (92, 7.6))
    lift = np.exp(0.085 * np.minimum(grid.burden, 8) + 0.22 * grid.need + 0.30 * grid.recent + 0.13)
    person, day = grid.events((rate * lift).astype(np.float32), chance)
    day = weekday(day)
    booked = (day - np.minimum(chance.geometric(0.13, len(day)) - 1, 60)).astype(np.int32)
    ahead = (chance.random(len(day)) < 0.25) & (day > chunk.months.last - _BOOKED_AHEAD_DAYS)
    day = np.where(ahead, weekday(day + _BOOKED_AHEAD_DAYS), day).astype(np.int32)
    booked = np.where(ahead, np.minimum(booked, chunk.months.last), booked)
    status, statuses = drawn(_STATUSES, len(day), chance)
    status = np.where(day > chunk.months.last, len(statuses), status)
    who, seen_by = drawn(_SEEN_BY, len(day), chance)
    columns = {
        "NHS_NUMBER": chunk.identifier(person),
        "PRACTICE_CODE": chunk.practice(person, day),
        "START_DATE": dates(day),
        "APPOINTMENT_STATUS": words(status.astype(np.int8), (*statuses, "booked")),
        "HCP_TYPE": words(who.astype(np.int8), seen_by),
        "DATE_RECORDED": dates(booked),
    }
    return Extract("gp_appointments", columns, booked, person="NHS_NUMBER", about=person)


def objections(chunk: Chunk) -> tuple[Rows, Days, Names]:
    """Return people, days and code lists of type 1 dissents, and of some withdrawals."""
    chance = chunk.chance("type 1")
    said = np.flatnonzero(chance.random(len(chunk.people)) < _OBJECTORS * chunk.settings.plants("type1_dissents"))
    day = chance.integers(chunk.months.first - 2500, chunk.months.last, len(said)).astype(np.int32)
    day = np.maximum(day, first_seen(chunk)[said] + 1)
    back = chance.random(len(said)) < _TAKEN_BACK * chunk.settings.plants("type1_withdrawals")
    later = day[back] + chance.integers(60, 900, back.sum()).astype(np.int32)
    lists = [np.full(len(said), "type1_opt_out:type1_dissent"), np.full(back.sum(), "type1_opt_out:type1_withdrawn")]
    return np.concatenate([said, said[back]]), np.concatenate([day, later]), np.concatenate(lists).astype(object)
