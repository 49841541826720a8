"""The extracts of a chunk while faults are being planted in them: which rows are free, what is added, what is counted."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

import numpy as np

from casefinder.simulate.arrays import Flags, Rows
from casefinder.simulate.chunk import Chunk
from casefinder.simulate.rows import Extract, Text

Counts = Counter[tuple[str, str]]
"""How many rows of a file hold a kind of fault, by kind and file."""

_NEW_KEYS: Final = 5 * 10**7
"""Keys of added rows begin here within a chunk."""


class Planter:
    """The extracts of a chunk while faults are being planted in them."""

    def __init__(self, chunk: Chunk, made: Sequence[Extract], spare: Rows) -> None:
        self.chunk, self.chance, self.counts = chunk, chunk.chance("faults"), Counts()
        self.files = {rows.name: rows for rows in made}
        self.added: dict[str, list[Extract]] = {name: [] for name in self.files}
        self._free = {name: np.ones(len(rows), bool) for name, rows in self.files.items()}
        self._spare, self._keys = iter(spare.tolist()), 0

    def number(self) -> str:
        """Return a valid number that nobody here has."""
        return str(next(self._spare))

    def some(self, file: str, per_1000: float, where: Flags | None = None) -> Rows:
        """Return rows of a file that carry no fault yet, so many for each thousand people, and at least one if there is."""
        return self.exactly(file, max(1, round(per_1000 * len(self.chunk.people) / 1000)), where)

    def exactly(self, file: str, wanted: int, where: Flags | None = None) -> Rows:
        """Return so many rows of a file that carry no fault yet, or as many as there are."""
        able = np.flatnonzero(self._free[file] if where is None else self._free[file] & where)
        rows = np.sort(self.chance.choice(able, min(wanted, len(able)), replace=False))
        self._free[file][rows] = False
        return rows

    def drop(self, kind: str, file: str, rows: Flags) -> None:
        """Take rows out of a file and count them."""
        self.files[file], self._free[file] = self.files[file].take(~rows), self._free[file][~rows]
        self.counts[kind, file] += int(rows.sum())

    def say(self, kind: str, file: str, column: str, word: str, rows: Rows) -> None:
        """Write a word into cells and count them."""
        self.files[file] = self.files[file].with_cells(column, rows, word)
        self.counts[kind, file] += len(rows)

    def add(self, kind: str, rows: Extract) -> None:
        """Put more rows into a file and count them."""
        self.added[rows.name].append(rows)
        self.counts[kind, rows.name] += len(rows)

    def copies(self, file: str, rows: Rows, fresh: bool) -> Extract:
        """Return copies of rows, with keys of their own where ``fresh``."""
        copied = self.files[file].take(rows)
        if fresh and copied.key:
            start = (self.chunk.number + 1) * 10**8 + _NEW_KEYS + self._keys
            self._keys += len(rows)
            copied = copied.with_column(copied.key, Text(np.arange(start, start + len(rows), dtype=np.int64)))
        return copied

    def finish(self) -> list[Extract]:
        """Return every extract with what was added to it, in a new order so that nothing stands at the end."""
        return [self._mixed(name) for name in self.files]

    def _mixed(self, name: str) -> Extract:
        whole = self.files[name]
        if not self.added[name]:
            return whole
        places = [np.arange(len(whole), dtype=float)]
        for more in self.added[name]:
            places.append(self.chance.random(len(more)) * len(whole))
            whole = whole.joined(more)
        return whole.take(np.argsort(np.concatenate(places), kind="stable"))
