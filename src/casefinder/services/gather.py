"""The rows of a design: the treated at their own time zero, and everyone who could have started then and had not.

One task a block. Index dates come by the hundred, so only people are asked for at a date who share sex and age band with
somebody who starts on it, and dates are taken a few at a time: memory holds the rows that can be matched and no others.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from casefinder.config.service import ServiceProtocol
from casefinder.dates import NEVER, to_date, to_day
from casefinder.histories import Block, measure
from casefinder.modelling.stored_rows import Storage
from casefinder.services.compiled import Compiled
from casefinder.services.landmarks import landmark_days
from casefinder.services.starts import Starts

MOST_CELLS = 2_000_000
"""People times dates that are looked at together."""
_NOT_THERE = -1
"""The rule of those who had died or left by time zero, as is known today."""


@dataclass(frozen=True)
class Rows:
    """Rows of a design, one a person and landmark.

    Attributes:
        person: pseudonym.
        landmark: day number of time zero.
        treated: whether the person starts at it.
        start: day number of the person's own start, ``dates.NEVER`` for none.
        rule: 0 for those eligible, else the rule of eligibility that leaves them out (-1: had died or left by then).
        practice: concept number of the practice.
        said: (rows, columns): age, sex, deprivation decile, living in a care home.
        run_up: (rows, windows).
        features: (rows, features).
    """

    person: np.ndarray
    landmark: np.ndarray
    treated: np.ndarray
    start: np.ndarray
    rule: np.ndarray
    practice: np.ndarray
    said: np.ndarray
    run_up: np.ndarray
    features: np.ndarray

    def __len__(self) -> int:
        return len(self.person)

    def only(self, chosen: np.ndarray) -> "Rows":
        """Return some rows."""
        return Rows(**{name: values[chosen] for name, values in vars(self).items()})


def together(parts: list[Rows]) -> Rows:
    """Return rows of several parts as one; the parts are used up on the way, so that memory holds the rows once."""
    given = [dict(vars(one)) for one in parts]
    parts.clear()
    return Rows(**{name: np.concatenate([one.pop(name) for one in given]) for name in tuple(given[0])})


def moved(rows: dict[str, np.ndarray], order: np.ndarray) -> Rows:
    """Return rows in another order, or some of them; the columns given are used up on the way."""
    return Rows(**{name: rows.pop(name)[order] for name in tuple(rows)})


@dataclass(frozen=True)
class Grid:
    """Landmarks, and which of them have a treated person of each age band and sex.

    ``chosen`` says which starts count; the others are known only so that nobody is a control after their own start.
    """

    starts: Starts
    chosen: np.ndarray
    landmarks: np.ndarray
    own: np.ndarray
    bands: np.ndarray
    by_band: bool
    by_sex: bool
    wanted: np.ndarray | None = None

    @classmethod
    def of(cls, protocol: ServiceProtocol, starts: Starts, chosen: np.ndarray) -> "Grid":
        """Return the grid of a protocol, before it is known who stands where."""
        own = landmark_days(starts.days, protocol.landmarks)
        exact = protocol.exact
        return cls(
            starts, chosen, np.unique(own[chosen]), own, np.array(protocol.age_bands, dtype=float), "age_band" in exact,
            "sex" in exact,
        )  # fmt: skip

    @property
    def dates(self) -> list[dt.date]:
        """The landmarks as dates."""
        return [to_date(int(day)) for day in self.landmarks]

    def band(self, age: np.ndarray) -> np.ndarray:
        """Return the age band of each age; 0 where bands play no part."""
        return np.searchsorted(self.bands, age, side="right") if self.by_band else np.zeros(age.shape, dtype=np.int64)

    def sex(self, sex: np.ndarray) -> np.ndarray:
        """Return the sex of each person as a number; 0 where it plays no part."""
        return np.nan_to_num(sex, nan=-1).astype(np.int64) + 1 if self.by_sex else np.zeros(len(sex), dtype=np.int64)

    def of_people(self, people: np.ndarray) -> np.ndarray:
        """Return the place of each person among the starts, -1 for those never served."""
        return pd.Index(self.starts.people).get_indexer(pd.Index(people))


@dataclass(frozen=True)
class Strata:
    """Says where the treated of a block stand: called with its number."""

    ready: Compiled
    grid: Grid

    def __call__(self, number: int) -> np.ndarray:
        """Return (treated, 3): place of the landmark, age band and sex."""
        block = self.ready.histories.block(number)
        place = self.grid.of_people(block.people.to_numpy(zero_copy_only=False))
        own = np.asarray((place >= 0) & self.grid.chosen[place], dtype=np.bool_)
        if not own.any():
            return np.empty((0, 3))
        landmark = np.searchsorted(self.grid.landmarks, self.grid.own[place[own]])
        months, sex = _stable(block.only(own), self.ready, self.grid.dates[-1])
        age = (_months(self.grid.landmarks)[landmark] - months) / 12
        return np.column_stack([landmark, self.grid.band(age), self.grid.sex(sex)])


@dataclass(frozen=True)
class BlockRows:
    """Works out the rows of a block: called with its number."""

    ready: Compiled
    grid: Grid

    def __call__(self, number: int) -> list[Rows]:
        """Return treated and candidates, some landmarks at a time."""
        block, grid = self.ready.histories.block(number), self.grid
        people = block.people.to_numpy(zero_copy_only=False)
        place = grid.of_people(people)
        own = np.where(place >= 0, grid.own[place], NEVER)
        chosen = (place >= 0) & grid.chosen[place]
        months, sex = _stable(block, self.ready, grid.dates[-1])
        number_of_sex = grid.sex(sex)
        parts = []
        for first, last in _steps(len(grid.landmarks), len(block)):
            days = grid.landmarks[first:last]
            age = (_months(days)[None, :] - months[:, None]) / 12
            assert grid.wanted is not None
            stratum = grid.wanted[np.arange(first, last)[None, :], grid.band(age), number_of_sex[:, None]]
            keep = (stratum & (own[:, None] > days[None, :])) | (chosen[:, None] & (own[:, None] == days[None, :]))
            if keep.any():
                parts.append(_rows(block, self.ready, days, keep, own, place, grid.starts.days))
        return parts


@dataclass(frozen=True)
class AskedRows:
    """Works out the rows of people at one day of their own each: called with the number of a block.

    ``days`` is the day of each of ``people``, and ``own`` that of their start: the same day for the treated.
    """

    ready: Compiled
    people: tuple[str, ...]
    days: np.ndarray
    own: np.ndarray

    def __call__(self, number: int) -> list[Rows]:
        """Return the rows of the block, some days at a time."""
        block = self.ready.histories.block(number)
        place = pd.Index(self.people).get_indexer(pd.Index(block.people.to_numpy(zero_copy_only=False)))
        asked = place >= 0
        if not asked.any():
            return []
        block, place = block.only(asked), place[asked]
        every, parts = np.unique(self.days[place]), []
        for first, last in _steps(len(every), len(block)):
            keep = self.days[place][:, None] == every[first:last][None, :]
            if keep.any():
                parts.append(_rows(block, self.ready, every[first:last], keep, self.own[place], place, self.own))
        return parts


def _steps(dates: int, people: int) -> Iterator[tuple[int, int]]:
    size = max(1, MOST_CELLS // max(1, people))
    return pairwise([*range(0, dates, size), dates])


def _stable(block: Block, ready: Compiled, date: dt.date) -> tuple[np.ndarray, np.ndarray]:
    """Return month of birth (as months since year 0, NaN for unknown) and sex of each person."""
    age, sex = measure(block, ready.person, [date]).T
    return float(_months(np.array([to_day(date)]))[0]) - age * 12, sex


def _months(days: np.ndarray) -> np.ndarray:
    dates = [to_date(int(day)) for day in days]
    return np.array([date.year * 12 + date.month - 1 for date in dates], dtype=float)


def _rows(
    block: Block, ready: Compiled, days: np.ndarray, keep: np.ndarray, own: np.ndarray, place: np.ndarray, starts: np.ndarray
) -> Rows:
    """Return the rows of some landmarks. People who are not eligible stay only where they start."""
    dates, wanted = [to_date(int(day)) for day in days], np.asarray(keep.any(axis=1))
    block, keep, own, place = block.only(wanted), keep[wanted], own[wanted], place[wanted]
    cohort = ready.cohort.rows(block, dates)
    keep &= (cohort.rule == 0) | (own[:, None] == days[None, :])
    counts, there = ready.run_up.rows(block, dates, keep)
    person, date = np.nonzero(keep)
    rule = np.where(
        there, cohort.rule[person, date], np.where(cohort.rule[person, date] == 0, _NOT_THERE, cohort.rule[person, date])
    )
    found = Rows(
        np.asarray(block.people.to_numpy(zero_copy_only=False), dtype=object)[person],
        days[date],
        own[person] == days[date],
        np.where(place[person] >= 0, starts[place[person]], NEVER),
        rule,
        cohort.practice[person, date],
        ready.said.rows(block, dates, keep),
        counts.astype(np.float32),
        ready.features.rows(block, dates, keep),
    )
    return found.only((found.rule == 0) | found.treated)


def gather(
    ready: Compiled, grid: Grid, storage: Storage, tell: Callable[[int, int], None] = lambda _done, _all: None
) -> Rows:
    """Return every row of a design: eligible candidates, and the treated, eligible or not.

    Args:
        ready: compiled for the record.
        grid: starts and landmarks.
        storage: runs the tasks.
        tell: called with blocks done and all blocks.
    """
    numbers = ready.histories.numbers
    parts: list[Rows] = []
    with storage.tasks() as each:
        filled = _wanted(grid, list(each(Strata(ready, grid), numbers)))
        tell(0, len(numbers))
        for done, own in enumerate(each(BlockRows(ready, filled), numbers), start=1):
            parts += own
            tell(done, len(numbers))
    return together(parts)


def gather_asked(
    ready: Compiled, people: tuple[str, ...], days: np.ndarray, own: np.ndarray, storage: Storage
) -> Rows | None:
    """Return the rows of people at a day of their own each, ineligible ones only where they start on it; None for none.

    Args:
        ready: compiled for the record.
        people: pseudonyms, each once.
        days: day of each.
        own: day of each one's start, ``dates.NEVER`` for none.
        storage: runs the tasks.
    """
    with storage.tasks() as each:
        parts = [
            one for own_parts in each(AskedRows(ready, people, days, own), ready.histories.numbers) for one in own_parts
        ]
    return together(parts) if parts else None


def _wanted(grid: Grid, strata: list[np.ndarray]) -> Grid:
    """Return the grid with the landmarks, bands and sexes in which somebody starts."""
    wanted = np.zeros((len(grid.landmarks), len(grid.bands) + 1, 16), dtype=bool)
    every = np.concatenate(strata).astype(np.int64)
    wanted[every[:, 0], every[:, 1], every[:, 2]] = True
    return Grid(**{**vars(grid), "wanted": wanted})


@dataclass(frozen=True)
class Earlier:
    """People at an earlier date, and what happened to them before the first start: the prognostic score is fitted on it."""

    said: np.ndarray
    run_up: np.ndarray
    features: np.ndarray
    time: np.ndarray
    cause: np.ndarray


@dataclass(frozen=True)
class EarlierRows:
    """Works out the rows of a block for the prognostic score: called with its number."""

    ready: Compiled
    date: dt.date
    bands: frozenset[int]
    grid: Grid

    def __call__(self, number: int) -> Earlier:
        """Return everyone eligible at the date, with their outcome, which closed before anybody was served."""
        ready, block, dates = self.ready, self.ready.histories.block(number), [self.date]
        keep = ready.cohort.rows(block, dates).included
        counts, there = ready.run_up.rows(block, dates, keep)
        seen = ready.prognosis.rows(block, dates, keep)
        time, cause = seen.time_and_cause(ready.prognosis.days)
        said = ready.said.rows(block, dates, keep)
        own = there & np.isin(self.grid.band(said[:, ready.said.names.index("age")].astype(float)), list(self.bands))
        return Earlier(
            said[own], counts[own].astype(np.float32), ready.features.rows(block, dates, keep)[own], time[own], cause[own]
        )


def gather_earlier(ready: Compiled, date: dt.date, grid: Grid, bands: frozenset[int], storage: Storage) -> Earlier:
    """Return people of the same age bands at an earlier date."""
    with storage.tasks() as each:
        parts = list(each(EarlierRows(ready, date, bands, grid), ready.histories.numbers))
    return Earlier(**{name: np.concatenate([getattr(one, name) for one in parts]) for name in vars(parts[0])})
