"""Columns and rows of raw files while they are being made: text as small numbers that point into a list of words.

A column of a few words costs four bytes a row, can be changed in a few places for a planted fault, and goes to Parquet as it
is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from casefinder.dates import to_date
from casefinder.simulate.arrays import Days, Flags, Floats, Rows

Ints = NDArray[np.integer[Any]]

FIRST_DATE: Final = -60 * 366
"""The earliest day that a column of dates can hold: in 1909."""
_LAST_DATE: Final = 60 * 366


@dataclass(frozen=True)
class Text:
    """A column: ``words[codes]``, or the number itself where there are no words; a negative code is an empty cell."""

    codes: Ints
    words: pa.Array | None = None

    def __len__(self) -> int:
        return len(self.codes)

    def take(self, rows: Rows | Flags) -> "Text":
        """Return the cells of chosen rows."""
        return Text(self.codes[rows], self.words)

    @property
    def vocabulary(self) -> pa.Array:
        """The words that the codes point into.

        Raises:
            TypeError: the column holds bare numbers.
        """
        if self.words is None:
            raise TypeError("a column of numbers has no words")
        return self.words

    def arrow(self) -> pa.Array:
        """Return the column as a dictionary array, or as text where it has no words."""
        empty = self.codes < 0
        mask = empty if empty.any() else None
        if self.words is None:
            return pa.array(self.codes, mask=mask).cast(pa.string())
        return pa.DictionaryArray.from_arrays(pa.array(self.codes.astype(np.int32, copy=False), mask=mask), self.words)

    def with_codes(self, rows: Rows, cells: Ints) -> "Text":
        """Return the column with some cells pointing elsewhere; -1 empties them."""
        changed = self.codes.copy() if self.codes.dtype != np.int8 else self.codes.astype(np.int32)
        changed[rows] = cells
        return Text(changed, self.words)

    def with_cells(self, rows: Rows, word: str) -> "Text":
        """Return the column with one word written into some of its cells."""
        column = self if self.words is not None else _spelt(self)
        codes = column.codes.astype(np.int32, copy=True)
        known = column.vocabulary.index(word).as_py()
        codes[rows] = len(column.vocabulary) if known < 0 else known
        return Text(codes, column.words if known >= 0 else pa.concat_arrays([column.words, pa.array([word])]))


def _spelt(column: Text) -> Text:
    """Return a column of bare numbers as a column with words."""
    coded = column.arrow().dictionary_encode()
    return Text(np.asarray(coded.indices.fill_null(-1)), coded.dictionary)


@cache
def _date_words() -> pa.Array:
    return pa.array([to_date(day).isoformat() for day in range(FIRST_DATE, _LAST_DATE)])


@cache
def _words(words: tuple[str, ...]) -> pa.Array:
    return pa.array(words, pa.string())


def words(codes: Ints, values: Sequence[str]) -> Text:
    """Return a column of words."""
    return Text(codes, _words(tuple(values)))


def dates(days: Ints) -> Text:
    """Return a column of dates, YYYY-MM-DD; days outside the range that a column can hold (never, before 1909) are empty."""
    held = (days >= FIRST_DATE) & (days < _LAST_DATE)
    return Text(np.where(held, days - FIRST_DATE, -1).astype(np.int32), _date_words())


@cache
def _decimals(places: int, most: int) -> pa.Array:
    scale = 10**places
    return pa.array([f"{number / scale:.{places}f}" for number in range(most)])


def decimals(values: Floats, places: int, most: int = 50_000) -> Text:
    """Return a column of numbers of at least 0 with so many decimal places; not-a-number is an empty cell."""
    scaled = np.clip(np.round(np.nan_to_num(values) * 10**places), 0, most - 1).astype(np.int32)
    return Text(np.where(np.isnan(values), -1, scaled).astype(np.int32), _decimals(places, most))


def numbers(values: Ints) -> Text:
    """Return a column of whole numbers; a negative one is an empty cell."""
    return Text(values)


def constant(word: str, count: int) -> Text:
    """Return a column that says the same everywhere."""
    return words(np.zeros(count, np.int8), (word,))


@dataclass(frozen=True)
class Extract:
    """Rows of one raw file: columns by name, the day on which each row became known, and whom it is about.

    ``person``: the column that holds the identifier. ``key``: the column whose values are unique, if there is one.
    """

    name: str
    columns: Mapping[str, Text]
    known: Days
    person: str = ""
    key: str = ""
    about: Rows = field(default_factory=lambda: np.empty(0, np.int64))

    def __len__(self) -> int:
        return len(self.known)

    def take(self, rows: Rows | Flags) -> "Extract":
        """Return chosen rows."""
        columns = {name: column.take(rows) for name, column in self.columns.items()}
        about = self.about[rows] if len(self.about) else self.about
        return Extract(self.name, columns, self.known[rows], self.person, self.key, about)

    def with_cells(self, column: str, rows: Rows, word: str) -> "Extract":
        """Return the rows with one word written into some cells of a column."""
        changed = {**self.columns, column: self.columns[column].with_cells(rows, word)}
        return Extract(self.name, changed, self.known, self.person, self.key, self.about)

    def moved_days(self, column: str, rows: Rows, days: int) -> "Extract":
        """Return the rows with some dates of a column so many days later; empty cells stay empty."""
        dated = self.columns[column]
        cells = dated.codes[rows]
        return self.with_column(column, dated.with_codes(rows, np.where(cells >= 0, cells + days, -1)))

    def emptied(self, column: str, rows: Rows) -> "Extract":
        """Return the rows with some cells of a column emptied."""
        return self.with_column(column, self.columns[column].with_codes(rows, np.full(len(rows), -1)))

    def with_column(self, column: str, values: Text) -> "Extract":
        """Return the rows with another column in place of one, or added."""
        return Extract(self.name, {**self.columns, column: values}, self.known, self.person, self.key, self.about)

    def joined(self, more: "Extract") -> "Extract":
        """Return these rows with more after them."""
        columns = {name: _joined(column, more.columns[name]) for name, column in self.columns.items()}
        known, about = np.concatenate([self.known, more.known]), np.concatenate([self.about, more.about])
        return Extract(self.name, columns, known, self.person, self.key, about)


def _joined(first: Text, second: Text) -> Text:
    if first.words is second.words:
        return Text(np.concatenate([first.codes, second.codes]), first.words)
    first, second = (column if column.words is not None else _spelt(column) for column in (first, second))
    every = pa.concat_arrays([first.words, second.words]).dictionary_encode()
    place = np.asarray(every.indices)
    cells = [_moved(first.codes, place), _moved(second.codes, place[len(first.vocabulary) :])]
    return Text(np.concatenate(cells), every.dictionary)


def _moved(cells: Ints, place: Ints) -> Rows:
    """Return codes that point into another list of words; empty cells stay empty."""
    return (
        np.where(cells >= 0, place[np.maximum(cells, 0)], -1).astype(np.int32)
        if len(place)
        else np.full(len(cells), -1, np.int32)
    )
