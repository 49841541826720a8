"""What people had in a year, month by month, and where they were registered: one pass over the histories.

People are of the practice where they were registered, as it was known then, on the first of each month; their time in that
month lasts until they leave or die. What happens in a month counts for that practice. Everything known by the day of the
extracts is seen.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from casefinder.codelists import CodeLists
from casefinder.cohorts import Cohort
from casefinder.config.model import CohortSettings
from casefinder.dates import EVER
from casefinder.definitions import DaysSince, DaysWithin, Measure
from casefinder.definitions.measures import select
from casefinder.features import FeatureTable
from casefinder.histories import Block, Histories, compile_measures, measure
from casefinder.practices.case_mix import AGES, CaseMix, CaseMixTable, case_mix_features
from casefinder.practices.measures import PracticeMeasure
from casefinder.practices.year import MONTHS, Year

EVERYONE = CohortSettings(min_age=0, min_registered_days=0)


@dataclass(frozen=True)
class Trials:
    """What a measure is a share of, a value a person and month with any: people in the order of ``Counted``.

    ``person`` and ``practice`` are places, ``month`` a number from 0; of ``count`` trials, ``outcomes`` had the outcome.
    """

    person: np.ndarray
    practice: np.ndarray
    month: np.ndarray
    count: np.ndarray
    outcomes: np.ndarray


@dataclass(frozen=True)
class Counted:
    """A year of people and practices.

    Attributes:
        practices: codes of the practices with people, in order.
        measures: names of the measures.
        practice: (people, months) place of the practice, -1 where registered with none on the first of the month.
        days: (people, months) days of the month that the person spent there.
        amount: (people, measures) what they had in those months, in the measure's unit.
        had: (practices, months, measures) people who had any by the end of each month; the last are those of the year.
        in_month: (months, measures) people who had any in each month, over all practices.
        monthly: (practices, months, measures) what their people had.
        by_age: (practices, bands, measures) the same by age band, over the year.
        case_mix: of the people, at the first of their first month.
        terms: names of the columns of the case mix.
        elsewhere: (measures,) what people had in months on whose first day they were registered with no practice.
        trials: of each measure that is a share of something, by its name.
    """

    practices: tuple[str, ...]
    measures: tuple[str, ...]
    practice: np.ndarray
    days: np.ndarray
    amount: np.ndarray
    had: np.ndarray
    in_month: np.ndarray
    monthly: np.ndarray
    by_age: np.ndarray
    case_mix: CaseMix
    terms: tuple[str, ...]
    elsewhere: np.ndarray
    trials: Mapping[str, Trials] = field(default_factory=dict)


@dataclass(frozen=True)
class _Passed:
    """One block: people with any time in the year."""

    practice: np.ndarray
    days: np.ndarray
    months: np.ndarray
    case_mix: CaseMix
    elsewhere: np.ndarray
    tried: np.ndarray


def count_year(
    histories: Histories,
    codelists: CodeLists,
    asked: Sequence[PracticeMeasure],
    year: Year,
    codes: Mapping[int, str],
    tell: Callable[[int, int], None] = lambda _done, _all: None,
) -> Counted:
    """Count measures over a year, block by block.

    Args:
        histories: of the linked record.
        codelists: of the site.
        asked: the measures.
        year: complete in every feed that they need.
        codes: practice code of each registration concept.
        tell: called with blocks done and all blocks.
    """
    extract = dt.date.fromisoformat(histories.version.manifest["extract_date"])
    reader = _Reader(histories, codelists, asked, year, extract)
    places = {code: place for place, code in enumerate(sorted(set(codes.values())))}
    of_concept = np.full(max(codes, default=-1) + 2, -1, dtype=np.int16)
    for concept, code in codes.items():
        of_concept[concept] = places[code]
    gathered = _Gathered(len(places), len(asked), reader.shares)
    for number, block in enumerate(histories, start=1):
        gathered.add(reader.read(block, of_concept))
        tell(number, len(histories.numbers))
    return gathered.counted(tuple(places), tuple(one.name for one in asked), reader.mix.names)


class _Reader:
    """Measures, registrations and case mix compiled for one record and year."""

    def __init__(
        self, histories: Histories, codelists: CodeLists, asked: Sequence[PracticeMeasure], year: Year, extract: dt.date
    ) -> None:
        manifest, concepts = histories.version.manifest, histories.concepts
        self.year, self.seen_from, self.many = year, extract, len(asked)
        self.shares = {place: one.name for place, one in enumerate(asked) if one.trials}
        windows = year.windows(extract)
        wanted: dict[str, Measure] = {
            f"{one.name} {number}": one.of(window) for one in asked for number, window in enumerate(windows)
        }
        wanted |= {
            f"trials of {one.name} {number}": one.trials(window)
            for one in asked if one.trials for number, window in enumerate(windows)
        }  # fmt: skip
        wanted |= {f"here {number}": DaysWithin(select("registration"), window) for number, window in enumerate(windows)}
        wanted["death"] = DaysSince(select("death"), EVER)
        self.program = compile_measures(wanted, concepts, codelists)
        self.cohort = Cohort(EVERYONE, concepts, codelists)
        self.mix = CaseMixTable(FeatureTable(case_mix_features(), concepts, codelists, manifest["supplied"]))

    def read(self, block: Block, of_concept: np.ndarray) -> _Passed:
        """Return the people of a block who had time in the year."""
        cohort = self.cohort.rows(block, self.year.months)
        here = np.asarray(cohort.included)
        some = np.asarray(here.any(axis=1))
        found = measure(block, self.program, [self.seen_from], some[:, None])
        counted_to = (self.many + len(self.shares)) * MONTHS
        every = np.nan_to_num(found[:, :counted_to]).reshape(len(found), -1, MONTHS).transpose(0, 2, 1)
        amounts, tried = every[:, :, : self.many], every[:, :, self.many :]
        registered, death = found[:, counted_to:-1], found[:, -1]
        days = np.where(here[some], np.minimum(registered, self._alive(death)), 0)
        practice = np.where(days > 0, of_concept[cohort.practice[some]], -1).astype(np.int16)
        first = np.zeros_like(here)
        first[np.flatnonzero(some), here[some].argmax(axis=1)] = True
        mix = self.mix.rows(self.mix.features.rows(block, self.year.months, first))
        counted = amounts * (practice >= 0)[:, :, None]
        return _Passed(practice, days.astype(np.uint8), counted, mix, (amounts - counted).sum(axis=(0, 1)), tried)

    def _alive(self, death: np.ndarray) -> np.ndarray:
        """Return (people, months) days of each month up to the day of death; all of them where it is not known."""
        starts = np.array([(self.seen_from - month).days for month in self.year.months])
        lived = np.where(np.isnan(death)[:, None], np.inf, starts[None, :] - death[:, None])
        return np.clip(lived, 0, np.array(self.year.month_days())[None, :])


class _Gathered:
    """The blocks put together as they come."""

    def __init__(self, practices: int, measures: int, shares: Mapping[int, str]) -> None:
        self.shares, self.people = shares, 0
        self.parts: list[tuple[np.ndarray, np.ndarray, np.ndarray, CaseMix]] = []
        self.trials: dict[str, list[Trials]] = {name: [] for name in shares.values()}
        self.had = np.zeros((practices, MONTHS, measures), dtype=np.int64)
        self.in_month = np.zeros((MONTHS, measures), dtype=np.int64)
        self.monthly = np.zeros((practices, MONTHS, measures))
        self.by_age = np.zeros((practices, len(AGES), measures))
        self.elsewhere = np.zeros(measures)

    def add(self, one: _Passed) -> None:
        """Add one block: sums by practice, and what is needed of each person."""
        person, month = np.nonzero(one.practice >= 0)
        practice, amount = one.practice[person, month], one.months[person, month]
        np.add.at(self.monthly, (practice, month), amount)
        np.add.at(self.by_age, (practice, one.case_mix.band[person]), amount)
        had, place = np.nonzero(amount > 0)
        np.add.at(self.in_month, (month[had], place), 1)
        triples = np.stack([practice[had], person[had], place])
        _every, first = np.unique(triples, axis=1, return_index=True)  # months come in order, so the first is the earliest
        np.add.at(self.had, (triples[0, first], month[had[first]], triples[2, first]), 1)
        for number, (own, name) in enumerate(self.shares.items()):
            self.trials[name].append(_trials(one, number, own, self.people))
        self.people += len(one.practice)
        self.elsewhere += one.elsewhere
        self.parts.append((one.practice, one.days, one.months.sum(axis=1).astype(np.float32), one.case_mix))

    def counted(self, codes: tuple[str, ...], names: tuple[str, ...], terms: tuple[str, ...]) -> Counted:
        """Return the year."""
        practice, days, amount = (np.concatenate([part[number] for part in self.parts]) for number in range(3))
        mixes = [part[3] for part in self.parts]
        mix = CaseMix(
            *(np.concatenate([getattr(one, name) for one in mixes]) for name in ("band", "columns", "decile", "conditions"))
        )
        trials = {
            name: Trials(*(np.concatenate(values) for values in zip(*(vars(one).values() for one in parts), strict=True)))
            for name, parts in self.trials.items()
        }
        return Counted(
            codes, names, practice, days, amount, self.had.cumsum(axis=1), self.in_month, self.monthly, self.by_age, mix,
            terms, self.elsewhere, trials,
        )  # fmt: skip


def _trials(one: _Passed, number: int, place: int, people: int) -> Trials:
    """Return the trials of a block; ``place`` is that of the measure, ``people`` how many came before the block."""
    tried = np.where(one.practice >= 0, one.tried[:, :, number], 0)
    person, month = np.nonzero(tried > 0)
    count = tried[person, month]
    outcomes = np.minimum(one.months[person, month, place], count)
    return Trials(people + person, one.practice[person, month], month, count.astype(np.int64), outcomes.astype(np.int64))
