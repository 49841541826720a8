"""What every engine can do: the few steps that an Ibis expression cannot say itself."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar

import ibis
import pyarrow as pa

Result = TypeVar("Result")

Each = Callable[[Callable[[int], Any], Sequence[int]], Iterable[Any]]
"""Runs a task for every number and gives the results in the order of the numbers."""


class PieceWork(Protocol):
    """Relational work on one piece (a block, a raw file): reads it, writes its files, and returns something small."""

    def __call__(self, engine: "Engine", piece: int, /) -> Any:
        """Do the work on one piece."""


class Engine(Protocol):
    """Runs Ibis expressions, and reads and writes what they read and write.

    Every engine gives the same rows for the same expression; the bytes of the files it writes are its own.
    """

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def close(self) -> None:
        """Let go of the engine and of what it spilled."""

    def read(self, paths: Path | Sequence[Path]) -> ibis.Table:
        """Return a table over Parquet files with the same columns.

        Raises:
            WorkspaceError: there are no files.
        """

    def register(self, rows: pa.Table | pa.RecordBatchReader) -> ibis.Table:
        """Return a table over Arrow rows; a reader can be read once."""

    def stage(self, table: ibis.Table) -> ibis.Table:
        """Name a step, so that the engine works each of its values out once however often later steps mention it."""

    def keep(self, table: ibis.Table, name: str) -> ibis.Table:
        """Work a step out once, keep it for a while, and return it as a table; for steps that several others read."""

    def block_of(self, person: ibis.Value, blocks: int) -> ibis.Value:
        """Return the block of each person: the first 28 bits of the SHA-256 of the id, modulo the number of blocks."""

    def write(self, table: ibis.Table, path: Path, compression: str = "zstd") -> None:
        """Write a table as Parquet: a sorted one to one file, in its order; ``read`` reads what this wrote.

        Raises:
            WorkspaceError: the engine ran out of memory or disk.
        """

    def write_parts(self, table: ibis.Table, folder: Path) -> None:
        """Write a table with a column ``block`` as a folder of files for each block; the files do not hold that column."""

    def part(self, folder: Path, block: int) -> ibis.Table | None:
        """Return one block of what ``write_parts`` wrote, or None where it has no rows."""

    def fetch(self, table: ibis.Table) -> pa.Table:
        """Return a small result as Arrow."""

    def batches(self, table: ibis.Table, rows: int) -> Iterator[pa.RecordBatch]:
        """Yield a large result in batches."""

    @property
    def elsewhere(self) -> bool:
        """Whether tasks run in other processes, perhaps of other machines."""

    def each(self, task: Callable[[int], Result], numbers: Sequence[int]) -> Iterator[Result]:
        """Yield in order what a task gives for each number: small, for it is gathered here.

        On a cluster each task runs where there is room, and again where it is lost, so running it twice must do no harm.
        """

    def in_pieces(self, work: PieceWork, pieces: Sequence[int]) -> Iterator[Any]:
        """Yield in order what some work gives for each piece, on an engine that the piece's process has to itself.

        A piece fits one process, so on a cluster a worker runs the same expressions as one machine does, and moves no rows.
        """
