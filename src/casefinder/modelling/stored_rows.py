"""Rows of features that lie on disk, a file for each block, and are read a few at a time: the whole is never in memory.

A file holds 32-bit floats, little-endian, row after row, and nothing else. ``StoredRows`` are some rows of some files, in
any order and as often as wanted, with some of their columns. Like an array, they are asked by places for other rows, which
reads nothing, and by a slice for an array, which reads those rows. So what is written for one works with the other.
"""

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Final, overload

import numpy as np

from casefinder.engines import Each
from casefinder.engines.apart import write_whole

BATCH: Final = 16_384
"""Rows that stand in memory at once where all are gone through."""
_FLOAT: Final = np.dtype("<f4")


@dataclass(frozen=True)
class StoredRows:
    """Some rows of files, and some of their columns.

    Attributes:
        files: of one block each.
        ends: rows up to and with each file.
        width: columns of the files.
        places: of the rows, counted through all files.
        columns: of these rows, by their places in the files.
    """

    files: tuple[Path, ...]
    ends: np.ndarray
    width: int
    places: np.ndarray
    columns: np.ndarray

    @classmethod
    def of(cls, files: Sequence[Path], rows: Sequence[int], width: int) -> "StoredRows":
        """Return every row and column of some files, which hold so many rows each."""
        ends = np.cumsum(np.asarray(rows, dtype=np.int64))
        return cls(tuple(files), ends, width, np.arange(sum(rows), dtype=np.int64), np.arange(width))

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return len(self.places), len(self.columns)

    def __len__(self) -> int:
        return len(self.places)

    @overload
    def __getitem__(self, chosen: slice) -> np.ndarray: ...

    @overload
    def __getitem__(self, chosen: np.ndarray | tuple[slice, Sequence[int] | np.ndarray]) -> "StoredRows": ...

    def __getitem__(
        self, chosen: slice | np.ndarray | tuple[slice, Sequence[int] | np.ndarray]
    ) -> "np.ndarray | StoredRows":
        """Return the rows of a slice as float32, or the rows at some places, or (``rows[:, columns]``) some columns."""
        if isinstance(chosen, slice):
            return self._read(self.places[chosen])
        if isinstance(chosen, tuple):
            rows, columns = chosen
            return StoredRows(self.files, self.ends, self.width, self.places[rows], self.columns[columns])
        return StoredRows(self.files, self.ends, self.width, self.places[chosen], self.columns)

    def _read(self, places: np.ndarray) -> np.ndarray:
        found = np.empty((len(places), len(self.columns)), dtype=_FLOAT)
        own = np.searchsorted(self.ends, places, side="right")
        for number in np.unique(own):
            here = np.flatnonzero(own == number)
            first = self.ends[number - 1] if number else 0
            self._read_file(self.files[number], places[here] - first, found, here)
        return found

    def _read_file(self, path: Path, wanted: np.ndarray, found: np.ndarray, here: np.ndarray) -> None:
        """Put the wanted rows of one file where they belong, passing over it once, some rows at a time."""
        with path.open("rb") as file:
            for start in range(int(wanted.min()), int(wanted.max()) + 1, BATCH):
                inside = np.flatnonzero((wanted >= start) & (wanted < start + BATCH))
                if not len(inside):
                    continue
                file.seek(start * self.width * _FLOAT.itemsize)
                rows = np.frombuffer(file.read(BATCH * self.width * _FLOAT.itemsize), dtype=_FLOAT).reshape(-1, self.width)
                found[here[inside]] = rows[wanted[inside] - start][:, self.columns]


FeatureRows = np.ndarray | StoredRows
"""Rows of features: (rows, features)."""

Rows = tuple[FeatureRows, np.ndarray, np.ndarray]
"""Features, outcome (0/1) and weight of some rows."""


def batches(rows: FeatureRows) -> Iterator[np.ndarray]:
    """Yield rows as arrays, a few at a time and in order; one empty array where there are none."""
    for start in range(0, max(1, len(rows)), BATCH):
        yield rows[start : start + BATCH]


def write_rows(path: Path, rows: np.ndarray) -> None:
    """Write the rows of one block: all of them, or nothing that bears the name."""
    write_whole(path, rows.astype(_FLOAT, copy=False).tobytes())


def _here() -> AbstractContextManager[Each]:
    return nullcontext(map)


@dataclass(frozen=True)
class Storage:
    """Where rows are kept while a command needs them, and what runs the tasks that write them.

    Attributes:
        folder: of this command alone; tasks must see it under the same path.
        tasks: opens what runs a task for every block; here, one after the other, unless told otherwise.
    """

    folder: Path
    tasks: Callable[[], AbstractContextManager[Each]] = _here

    def new_folder(self) -> Path:
        """Return an empty folder for the rows of one matrix."""
        found = self.folder / uuid.uuid4().hex
        found.mkdir(parents=True)
        return found
