"""DuckDB behind Ibis: one process, bounded memory, spilling to disk."""

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import duckdb
import ibis
import pyarrow as pa

from casefinder.engines.dialect import duck_block
from casefinder.engines.files import in_store, parquet_files
from casefinder.engines.interface import PieceWork, Result
from casefinder.engines.stores import StorePath, fault
from casefinder.errors import WorkspaceError

if TYPE_CHECKING:
    from casefinder.engines.duck_stores import DuckStore


class DuckEngine:
    """Runs Ibis expressions on an in-memory DuckDB whose work spills to ``scratch``."""

    def __init__(self, memory: str, threads: int, scratch: str) -> None:
        self.scratch = Path(scratch)
        self.scratch.mkdir(parents=True, exist_ok=True)
        self._ibis = ibis.duckdb.connect(
            memory_limit=memory, threads=threads, temp_directory=str(self.scratch), preserve_insertion_order=True
        )
        # A store is read through fsspec: DuckDB must fetch no extension of its own for one.
        for setting in ("enable_progress_bar", "autoinstall_known_extensions", "autoload_known_extensions"):
            self._ibis.raw_sql(f"SET {setting} = false")
        self._stores: dict[str, DuckStore] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the engine and of what it spilled."""
        self._ibis.disconnect()

    def read(self, paths: Path | Sequence[Path]) -> ibis.Table:
        """Return a table over Parquet files with the same columns.

        Raises:
            WorkspaceError: there are no files.
        """
        chosen = list(paths) if isinstance(paths, Sequence) else [paths]
        files = sorted(self._named(file) for path in chosen for file in parquet_files(path))
        if not files:
            raise WorkspaceError(f"There are no tables in {', '.join(path.name for path in chosen)}.")
        with self._explained():
            return self._ibis.read_parquet(files, table_name=_name(), hive_partitioning=False)

    def _named(self, path: Path) -> str:
        """Return a path as DuckDB knows it, once it knows the store of one."""
        if isinstance(path, StorePath):
            from casefinder.engines.duck_stores import DuckStore, duck_name

            scheme = path.url.partition("://")[0]
            if scheme not in self._stores:
                self._stores[scheme] = DuckStore(path)
                self._ibis.con.register_filesystem(self._stores[scheme])
            return duck_name(path)
        return str(path)

    def register(self, rows: pa.Table | pa.RecordBatchReader) -> ibis.Table:
        """Return a table over Arrow rows; a reader can be read once."""
        name = _name()
        self._ibis.con.register(name, rows)
        return self._ibis.table(name)

    def stage(self, table: ibis.Table) -> ibis.Table:
        """Name a step, so that the engine works each of its values out once however often later steps mention it."""
        name = _name()
        self._ibis.con.sql(str(ibis.to_sql(table, dialect="duckdb"))).create_view(name)
        return self._ibis.table(name)

    def keep(self, table: ibis.Table, name: str) -> ibis.Table:
        """Work a step out once, keep it for a while, and return it as a table; for steps that several others read."""
        path = self.scratch.parent / "kept" / f"{name}-{uuid.uuid4().hex[:8]}.parquet"
        self.write(table, path, compression="lz4")
        return self.read(path)

    def block_of(self, person: ibis.Value, blocks: int) -> ibis.Value:
        """Return the block of each person: the first 28 bits of the SHA-256 of the id, modulo the number of blocks."""
        return duck_block(person, blocks)

    def write(self, table: ibis.Table, path: Path, compression: str = "zstd") -> None:
        """Write a table to one Parquet file, in the table's own order.

        Raises:
            WorkspaceError: the engine ran out of memory or disk.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        # An object is put in place whole when it is closed; DuckDB would write one beside it first, and cannot move it.
        whole: dict[str, Any] = {"use_tmp_file": False} if in_store(path) else {}
        with self._explained():
            self._ibis.to_parquet(table, self._named(path), compression=compression, row_group_size=122_880, **whole)

    def write_parts(self, table: ibis.Table, folder: Path) -> None:
        """Write a table with a column ``block`` as a folder of files for each block; the files do not hold that column."""
        folder.mkdir(parents=True, exist_ok=True)
        with self._explained():
            self._ibis.to_parquet(table, self._named(folder), partition_by="block", compression="snappy")

    def part(self, folder: Path, block: int) -> ibis.Table | None:
        """Return one block of what ``write_parts`` wrote, or None where it has no rows."""
        files = folder / f"block={block}"
        return self.read(files) if files.is_dir() else None

    def fetch(self, table: ibis.Table) -> pa.Table:
        """Return a small result as Arrow."""
        with self._explained():
            return self._ibis.to_pyarrow(table)

    def batches(self, table: ibis.Table, rows: int) -> Iterator[pa.RecordBatch]:
        """Yield a large result in batches."""
        with self._explained():
            yield from self._ibis.con.sql(str(ibis.to_sql(table, dialect="duckdb"))).to_arrow_reader(rows)

    @property
    def elsewhere(self) -> bool:
        """Whether tasks run in other processes: they do not."""
        return False

    def each(self, task: Callable[[int], Result], numbers: Sequence[int]) -> Iterator[Result]:
        """Yield in order what a task gives for each number, one after the other."""
        yield from map(task, numbers)

    def in_pieces(self, work: PieceWork, pieces: Sequence[int]) -> Iterator[Any]:
        """Yield in order what some work gives for each piece, one after the other, in this engine."""
        for piece in pieces:
            yield work(self, piece)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn the engine's resource errors, and those of a store, into words; others are defects and pass through."""
        try:
            yield
        except duckdb.OutOfMemoryException:
            raise WorkspaceError(
                "The engine ran out of memory or of disk for what does not fit in memory.",
                remedy="Raise 'memory' in the site file, or free disk space under the workspace.",
            ) from None
        except duckdb.Error as error:
            told = next((store.error for store in self._stores.values() if store.error), None)
            told = told or (fault(str(error)) if self._stores else None)
            if told:
                raise told from None
            raise


def _name() -> str:
    """Return a fresh table name."""
    return f"t_{uuid.uuid4().hex}"
