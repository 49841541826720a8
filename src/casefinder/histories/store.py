"""Blocks of histories on disk: about 50,000 people each, one row type, a person's rows together and in order.

A block file has the columns of ``ROW_COLUMNS``, all integers but ``value`` (NaN for none), and nothing null; ``person``
counts people within the block in the order of their ids, which stand in ``people/``. ``concepts.parquet`` says what each
concept number stands for.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa

from casefinder.engines import Version
from casefinder.engines.files import parquet_file, read_frame, read_table
from casefinder.histories.kernel import Rows
from casefinder.histories.program import Concepts

ROW_COLUMNS = ("person", "concept", "start", "end", "known", "end_known", "superseded", "value", "cost")
CONCEPT_COLUMNS = ("row_kind", "kind", "code_system", "code", "position", "method")


@dataclass(frozen=True)
class Block:
    """Everyone whose hash falls in this block, and all their rows."""

    number: int
    people: pa.Array
    rows: Rows

    def __len__(self) -> int:
        return len(self.people)

    def only(self, wanted: np.ndarray) -> "Block":
        """Return the block with only the people for whom ``wanted`` is True."""
        counts = np.diff(self.rows.offsets)
        keep = np.repeat(wanted, counts)
        offsets = np.concatenate([[0], np.cumsum(counts[wanted])]).astype(np.int64)
        columns = [column[keep] for column in self.rows[1:]]
        return Block(self.number, self.people.filter(pa.array(wanted)), Rows(offsets, *columns))


@dataclass(frozen=True)
class Histories:
    """The histories of a linked record."""

    version: Version

    @property
    def folder(self) -> Path:
        """Where the blocks lie."""
        return self.version.folder

    @cached_property
    def concepts(self) -> Concepts:
        """What the concept numbers stand for."""
        return Concepts(read_frame(self.folder / "concepts.parquet"))

    @property
    def numbers(self) -> list[int]:
        """The numbers of the blocks, in order."""
        return sorted(int(path.stem) for path in (self.folder / "blocks").glob("*.parquet"))

    def block(self, number: int) -> Block:
        """Read one block."""
        people = read_table(self.folder / "people" / f"{number:05d}.parquet")["person_id"].combine_chunks()
        return read_block(self.folder / "blocks" / f"{number:05d}.parquet", people, number)

    def __iter__(self) -> Iterator[Block]:
        for number in self.numbers:
            yield self.block(number)


def read_block(path: Path, people: pa.Array, number: int = 0) -> Block:
    """Read the rows of a block, a column at a time, so that memory holds the rows once; every person has at least one."""
    with parquet_file(path) as file:
        columns = {name: file.read([name], use_threads=False)[name].to_numpy() for name in ROW_COLUMNS}
    offsets = np.searchsorted(columns.pop("person"), np.arange(len(people) + 1, dtype=np.int32)).astype(np.int64)
    return Block(number, people, Rows(offsets, *columns.values()))
