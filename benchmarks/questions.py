"""Measures as questions about rows of a block: which concepts each looks at, and how it tells their codes apart.

This is what the kernel's compiler also settles before the first block is read; pandas and polars are given it ready, so that
only the work on the rows is compared.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from benchmarks.forty import horizons, lookbacks
from casefinder.codelists import CodeLists
from casefinder.dates import to_day
from casefinder.definitions import measures as m
from casefinder.histories import Concepts
from casefinder.histories.kernel import STAY
from casefinder.histories.program import groups_of

ZERO = (m.Count, m.CountDays, m.Distinct, m.Total, m.Weighed, m.DaysWithin, m.Inside, m.Returns)
"""Measures that are 0 where there is nothing; the others are unknown."""


@dataclass(frozen=True)
class Question:
    """One measure of a record.

    ``numbers`` are the concepts that it looks at. ``keys`` holds, by concept number, the category or the cut code, -1 for
    none. ``groups`` has a row for each concept and group of its code list, with the group's weight.
    """

    name: str
    measure: m.Measure
    numbers: np.ndarray
    keys: np.ndarray | None = None
    groups: pd.DataFrame | None = None

    @property
    def nothing(self) -> float:
        """The value of a person of whom nothing is on record."""
        return 0.0 if isinstance(self.measure, ZERO) else np.nan


@dataclass(frozen=True)
class Asked:
    """All forty questions on one index date."""

    back: tuple[Question, ...]
    ahead: tuple[Question, ...]
    is_stay: np.ndarray
    index_date: dt.date

    @property
    def day(self) -> int:
        """Day number of the index date."""
        return to_day(self.index_date)

    @property
    def month(self) -> int:
        """Month number of the index date."""
        return self.index_date.year * 12 + self.index_date.month - 1

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(one.name for one in (*self.back, *self.ahead))

    @property
    def empty(self) -> list[float]:
        """The row of a person of whom nothing is on record."""
        return [one.nothing for one in (*self.back, *self.ahead)]

    @cached_property
    def used(self) -> np.ndarray:
        """True for each concept that any question looks at."""
        return _flags(np.concatenate([one.numbers for one in (*self.back, *self.ahead)]), len(self.is_stay))

    def flags(self, question: Question) -> np.ndarray:
        """Return True for each concept that a question looks at."""
        return _flags(question.numbers, len(self.is_stay))


def asked(concepts: Concepts, codelists: CodeLists, index_date: dt.date) -> Asked:
    """Return the forty questions for a record."""
    back, ahead = (_questions(measures, concepts, codelists) for measures in (lookbacks(), horizons()))
    return Asked(back, ahead, (concepts.table["row_kind"] == STAY).to_numpy(), index_date)


def by_selection(questions: Sequence[Question]) -> list[list[Question]]:
    """Return questions that look at the same facts together."""
    found: dict[m.Select, list[Question]] = {}
    for one in questions:
        found.setdefault(one.measure.of, []).append(one)
    return list(found.values())


def _questions(measures: Mapping[str, m.Measure], concepts: Concepts, codelists: CodeLists) -> tuple[Question, ...]:
    return tuple(_question(name, measure, concepts, codelists) for name, measure in measures.items())


def _question(name: str, measure: m.Measure, concepts: Concepts, codelists: CodeLists) -> Question:
    numbers = concepts.chosen(measure.of, codelists)
    part = concepts.table.iloc[numbers]
    match measure:
        case m.Distinct(length=length):
            cut = part["code"].str.slice(0, length) if length else part["code"]
            return Question(name, measure, numbers, _keys(len(concepts), numbers, pd.factorize(cut)[0]))
        case m.Category(categories=categories, of=of) if categories:
            place = {code: number for number, codes in enumerate(categories.values()) for code in codes}
            order = {group: number for number, group in enumerate(categories)}
            if of.codes:
                values = [order.get(groups[0], -1) if groups else -1 for groups in groups_of(part, codelists[of.codes])]
            else:
                values = [place.get(code, -1) for code in part["code"]]
            return Question(name, measure, numbers, _keys(len(concepts), numbers, np.array(values)))
        case m.Category():
            return Question(name, measure, numbers, _keys(len(concepts), numbers, numbers))
        case m.Weighed(of=of):
            return Question(name, measure, numbers, groups=_groups(numbers, part, codelists, of.codes))
    return Question(name, measure, numbers)


def _groups(numbers: np.ndarray, part: pd.DataFrame, codelists: CodeLists, name: str) -> pd.DataFrame:
    """Return each concept's groups and their weights, long."""
    weight = {code.group: code.weight for code in codelists[name].codes}
    place = {group: number for number, group in enumerate(codelists[name].groups)}
    lines = [
        (concept, place[group], weight[group])
        for concept, groups in zip(numbers, groups_of(part, codelists[name]), strict=True)
        for group in groups
    ]
    return pd.DataFrame(lines, columns=["concept", "group", "weight"]).astype({"concept": "int32", "group": "int32"})


def _keys(concepts: int, numbers: np.ndarray, values: np.ndarray) -> np.ndarray:
    keys = np.full(concepts, -1, dtype=np.int32)
    keys[numbers] = values
    return keys


def _flags(numbers: np.ndarray, concepts: int) -> np.ndarray:
    flags = np.zeros(concepts, dtype=bool)
    flags[numbers] = True
    return flags
