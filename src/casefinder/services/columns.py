"""Columns that scores are fitted on and balance is judged by, made of features as a record has them.

A date of something ("years since a diagnosis") stands for whether it is on record. A category becomes one 0/1 column each
but the commonest. Where nobody knows a value it takes the mean of those known, and a column of its own says so.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from casefinder.definitions import Absent, DaysSince, Feature

RUN_UP_SUM = "emergency_admissions_run_up"
_BEFORE = "_days_before"


def run_up_name(near: int, far: int) -> str:
    """Return the name of the column of a window before time zero.

    >>> run_up_name(30, 90)
    'emergency_admissions_31_to_90_days_before'
    """
    return f"emergency_admissions_{near + 1 if near else 0}_to_{far}{_BEFORE}"


def run_up_words(name: str) -> str:
    """Return what a table says for a window.

    >>> run_up_words(run_up_name(30, 90))
    'emergency admissions 31 to 90 days before'
    """
    return name.replace("_", " ")


def run_up_names(names: Sequence[str]) -> list[str]:
    """Return the names of the windows before time zero."""
    return [name for name in names if name.endswith(_BEFORE)]


@dataclass(frozen=True)
class Columns:
    """Named columns, float32, a row each; and the words that a table says for each name."""

    names: tuple[str, ...]
    words: tuple[str, ...]
    values: np.ndarray

    def __getitem__(self, name: str) -> np.ndarray:
        return np.asarray(self.values[:, self.names.index(name)], dtype=np.float64)

    def only(self, chosen: np.ndarray) -> "Columns":
        """Return some rows."""
        return Columns(self.names, self.words, self.values[chosen])

    def of(self, names: Sequence[str]) -> np.ndarray:
        """Return some columns as an array."""
        return self.values[:, [self.names.index(name) for name in names]]

    def varied(self) -> "Columns":
        """Return the columns in which not every row is the same."""
        keep = [place for place in range(len(self.names)) if np.ptp(self.values[:, place]) > 0]
        if len(keep) == len(self.names):
            return self
        return Columns(
            tuple(self.names[place] for place in keep), tuple(self.words[place] for place in keep), self.values[:, keep]
        )

    def with_columns(self, more: Sequence[tuple[str, str, np.ndarray]]) -> "Columns":
        """Return these columns and more, each a name, words and values."""
        values = np.column_stack([self.values, *(column.astype(np.float32) for _, _, column in more)])
        names = tuple(name for name, _, _ in more)
        return Columns((*self.names, *names), (*self.words, *(words for _, words, _ in more)), values)


@dataclass(frozen=True)
class Recipe:
    """How features become columns, settled on some rows and then the same for all others.

    ``fills`` holds for each feature the value of those not known, or NaN; ``levels`` the categories that get a column.
    """

    features: tuple[Feature, ...]
    wanted: tuple[str, ...]
    run_up: tuple[str, ...]
    fills: tuple[float, ...]
    levels: tuple[tuple[int, ...], ...]

    @classmethod
    def settled_on(
        cls, features: tuple[Feature, ...], wanted: tuple[str, ...], run_up: tuple[str, ...], rows: np.ndarray
    ) -> "Recipe":
        """Return the recipe; ``rows`` are (rows, features) in an order settled by their labels, so means do not wander."""
        fills, levels = [], []
        for place, feature in enumerate(features):
            known = rows[~np.isnan(rows[:, place]), place].astype(np.float64)
            fills.append(float(known.mean()) if len(known) else 0.0)
            counts = (
                np.bincount(known.astype(np.int64)) if feature.categories and len(known) else np.zeros(0, dtype=np.int64)
            )
            common = int(counts.argmax()) if len(counts) else -1
            levels.append(tuple(int(level) for level in np.flatnonzero(counts) if level != common))
        return cls(features, wanted, run_up, tuple(fills), tuple(levels))

    def columns(self, features: np.ndarray, run_up: np.ndarray) -> Columns:
        """Return the columns of rows."""
        told = [(name, words) for name, words, _ in self._made(features[:0], run_up[:0])]
        values = np.empty((len(features), len(told)), dtype=np.float32)
        for place, (_, _, column) in enumerate(self._made(features, run_up)):
            values[:, place] = column
        return Columns(tuple(name for name, _ in told), tuple(words for _, words in told), values)

    def _made(self, features: np.ndarray, run_up: np.ndarray) -> Iterator[tuple[str, str, np.ndarray]]:
        yield from self._run_up(run_up)
        yield from self._covariates(features)

    def _run_up(self, run_up: np.ndarray) -> Iterator[tuple[str, str, np.ndarray]]:
        for place, name in enumerate(self.run_up):
            yield name, run_up_words(name), run_up[:, place]

    def _covariates(self, features: np.ndarray) -> Iterator[tuple[str, str, np.ndarray]]:
        for place, feature in enumerate(self.features):
            if feature.name in self.wanted:
                yield from self._of(feature, features[:, place], self.fills[place], self.levels[place])

    def _of(
        self, feature: Feature, column: np.ndarray, fill: float, levels: tuple[int, ...]
    ) -> Iterator[tuple[str, str, np.ndarray]]:
        unknown, words = np.isnan(column), feature.meaning
        if isinstance(feature.measure, DaysSince) and feature.absent is Absent.UNKNOWN:
            yield feature.name, f"on record: {words.partition(': ')[2] or words}", ~unknown
            return
        if feature.categories:
            for level in levels:
                yield f"{feature.name}_{feature.categories[level]}", f"{words}: {feature.categories[level]}", column == level
            return
        yield feature.name, words, np.where(unknown, fill, column)
        if feature.absent is Absent.UNKNOWN and feature.name != "age":
            yield f"{feature.name}_not_known", f"{words}: not known", unknown


def varying(columns: Columns, rows: np.ndarray) -> tuple[str, ...]:
    """Return the names of columns that differ among some rows and do not repeat an earlier one there."""
    values = columns.values[rows].astype(np.float64)
    kept: list[int] = []
    for place in range(values.shape[1]):
        column = values[:, place]
        if np.ptp(column) > 0 and not any(_repeats(column, values[:, other]) for other in kept):
            kept.append(place)
    return tuple(columns.names[place] for place in kept)


def _repeats(one: np.ndarray, other: np.ndarray) -> bool:
    return abs(float(np.corrcoef(one, other)[0, 1])) > 1 - 1e-9
