"""A chunk of people with the course of their lives, as the writers of rows see it."""

import zlib
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from casefinder.simulate import hazards
from casefinder.simulate.arrays import Days, Flags, Floats, Rows
from casefinder.simulate.conditions import INDEX, ONSETS, effects
from casefinder.simulate.course import Lives
from casefinder.simulate.places import District
from casefinder.simulate.population import YEAR, People
from casefinder.simulate.rows import Text, words
from casefinder.simulate.settings import NEVER, Calendar, EconomySettings

_OLDEST: Final = 125
_DISEASES: Final = np.array([not one.trait for one in ONSETS])


@dataclass(frozen=True)
class Spans:
    """Intervals of people: who, first day, last day (``NEVER`` while open)."""

    person: Rows
    start: Days
    end: Days

    def __len__(self) -> int:
        return len(self.person)

    def take(self, rows: Rows | Flags) -> "Spans":
        """Return chosen intervals."""
        return Spans(self.person[rows], self.start[rows], self.end[rows])


@dataclass(frozen=True)
class Course:
    """What happened to the people of a chunk. ``cause``: the condition that began with an admission, or -1."""

    admissions: Spans
    cause: Rows
    death: Days
    home_day: Days
    care_at_home: Spans
    reablement: Spans
    enrolments: Spans
    since: Rows


def course(lives: Lives) -> Course:
    """Return what happened, with stays cut where a person died or moved into a care home, in order of person and day."""
    happened = lives.happened
    who, start, end, cause = (np.concatenate(parts) for parts in zip(*happened.admissions, strict=True))
    end = np.minimum(end, lives.death[who])
    home = lives.state.home_day[who]
    end = np.where((start <= home) & (home < end), home, end)
    order = np.lexsort((start, who))
    who, start, end, cause = who[order], start[order], end[order], cause[order]
    follows = np.append(who[1:] == who[:-1], False)
    end[follows] = np.minimum(end[follows], np.append(start[1:], 0)[follows])
    return Course(
        admissions=Spans(who, start.astype(np.int32), end.astype(np.int32)),
        cause=cause,
        death=lives.death,
        home_day=lives.state.home_day,
        care_at_home=_spans(happened.care_at_home),
        reablement=_spans(happened.reablement),
        enrolments=_spans(happened.enrolments),
        since=np.stack(happened.since),
    )


def _spans(parts: list[tuple[Rows, Days, Days]]) -> Spans:
    if not parts:
        return Spans(np.empty(0, np.int64), np.empty(0, np.int32), np.empty(0, np.int32))
    who, start, end = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((start, who))
    return Spans(who[order], start[order].astype(np.int32), end[order].astype(np.int32))


@dataclass(frozen=True)
class Chunk:
    """A chunk of people, ready to be written down."""

    number: int
    people: People
    district: District
    months: Calendar
    settings: EconomySettings
    course: Course
    seed: np.random.SeedSequence

    def chance(self, stage: str) -> np.random.Generator:
        """Return a generator of its own for each stage, so that one stage never moves another."""
        key = (*self.seed.spawn_key, zlib.crc32(stage.encode()))
        return np.random.Generator(np.random.PCG64(np.random.SeedSequence(self.seed.entropy, spawn_key=key)))

    @cached_property
    def gone(self) -> Days:
        """The first day on which each person is no longer there: left, or the day after death."""
        return np.minimum(self.people.exit, np.where(self.course.death < NEVER, self.course.death + 1, NEVER))

    def present(self, person: Rows, day: Days) -> Flags:
        """Say whether each person was alive and in the district on a day within the records."""
        return (
            (day >= self.people.entry[person])
            & (day < self.gone[person])
            & (day >= self.months.first)
            & (day <= self.months.last)
        )

    def age(self, person: Rows, day: Days) -> Floats:
        """Return exact ages on days."""
        return (day - self.people.birth[person]) / YEAR

    def had(self, condition: str, person: Rows, day: Days) -> Flags:
        """Say whether a condition had begun by a day."""
        return self.people.onset[INDEX[condition], person] <= day

    def frailty(self, person: Rows, day: Days) -> Floats:
        """Return latent frailty on days."""
        inborn = self.people.fixed.frailty[person].astype(np.float32)
        return hazards.frailty_level(self.age(person, day).astype(np.float32), inborn)

    @cached_property
    def identifiers(self) -> tuple[str, ...]:
        """The NHS number of each person."""
        return tuple(str(number) for number in self.people.number)

    def identifier(self, person: Rows) -> Text:
        """Return the column of identifiers of people."""
        return words(person.astype(np.int32), self.identifiers)

    def practice(self, person: Rows, day: Days) -> Text:
        """Return the column of the practices at which people were registered on days."""
        moved = (self.people.move_day[person] <= day).astype(np.int64)
        return words(self.people.practice[person, moved].astype(np.int32), self.district.practices.code)

    @cached_property
    def grid(self) -> "Grid":
        """The people by the month of the records."""
        return Grid(self)


class Grid:
    """What drives the use of care: one row a month of the records, one column a person."""

    def __init__(self, chunk: Chunk) -> None:
        self.chunk, people, months = chunk, chunk.people, chunk.months
        self.starts = months.recorded
        self.ends = np.append(self.starts[1:], months.last + 1).astype(np.int32)
        self.shape = (months.months, len(people))
        self.age = ((self.starts[:, None] + 15 - people.birth) / YEAR).astype(np.float32)
        self.frailty = hazards.frailty_level(self.age, people.fixed.frailty.astype(np.float32))
        self.here = (people.entry < self.ends[:, None]) & (chunk.gone > self.starts[:, None])
        self.recent = np.exp(-chunk.course.since / np.float32(2.5)).astype(np.float32)
        self.recent[chunk.course.since >= hazards.FAR] = 0
        self.need = people.need

    @cached_property
    def burden(self) -> Floats:
        """The weight of conditions that each person has in each month."""
        return self.total(effects("burden").astype(np.float32))

    @cached_property
    def diseases(self) -> Floats:
        """How many conditions each person has in each month."""
        return self.total(_DISEASES.astype(np.float32))

    def total(self, weights: Floats) -> Floats:
        """Return, for each month and person, the sum of a weight over the conditions that the person has by then."""
        added = np.zeros(self.shape, np.float32)
        which, person = np.nonzero((self.chunk.people.onset < self.ends[-1]) & (weights != 0)[:, None])
        month = np.maximum(np.searchsorted(self.starts, self.chunk.people.onset[which, person], side="left"), 0)
        inside = month < self.shape[0]
        np.add.at(added, (month[inside], person[inside]), weights[which[inside]])
        return np.cumsum(added, axis=0, dtype=np.float32)

    def has(self, condition: str) -> Flags:
        """Say whether each person has a condition in each month."""
        return self.chunk.people.onset[INDEX[condition]] < self.starts[:, None]

    @cached_property
    def resident(self) -> Flags:
        """Whether each person lives in a care home in each month."""
        return self.chunk.course.home_day < self.starts[:, None]

    def by_age(self, *points: tuple[float, float]) -> Floats:
        """Return a rate that runs straight between ages, at whole years of age."""
        ages, rates = zip(*points, strict=True)
        table = np.interp(np.arange(_OLDEST) + 0.5, ages, rates).astype(np.float32)
        return table[self.years]

    @cached_property
    def years(self) -> Rows:
        """Completed years of age; 0 before birth."""
        return np.clip(self.age, 0, _OLDEST - 1).astype(np.int16)

    def events(self, rate: Floats, chance: np.random.Generator) -> tuple[Rows, Days]:
        """Return people and days of events that happen at a yearly rate, while people are there, in order of day of month.

        A Poisson number of points falls on the line of all person-months laid end to end.
        """
        line = np.cumsum(np.where(self.here, rate, 0).ravel() / 12, dtype=np.float64)
        count = chance.poisson(line[-1])
        cell = np.searchsorted(line, np.sort(chance.random(count)) * line[-1], side="right").clip(0, len(line) - 1)
        month, person = np.divmod(cell, self.shape[1])
        length = self.ends[month] - self.starts[month]
        day = (self.starts[month] + chance.random(count) * length).astype(np.int32)
        kept = self.chunk.present(person, day)
        return person[kept], day[kept]


def weekday(day: Days) -> Days:
    """Return the same day, or the Friday before where it falls on a weekend."""
    return (day - np.clip((day + 3) % 7 - 4, 0, 2)).astype(np.int32)


def chosen(weights: Floats, chance: np.random.Generator) -> Rows:
    """Return one column for each row of weights, in proportion to them."""
    reached = np.cumsum(weights, axis=1)
    drawn = chance.random(len(weights)) * reached[:, -1]
    return (reached <= drawn[:, None]).sum(axis=1).clip(0, weights.shape[1] - 1)
