"""The one place that opens, reads, writes and removes files and folders which may lie on a disk or in a store.

A path is a ``pathlib.Path``, or a ``StorePath``, which has the same methods and is typed as one. What takes a path's text
(pyarrow, pandas, shutil) is called here and nowhere else in rooms that read or write data.
"""

import datetime as dt
import hashlib
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, cast

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from casefinder.config.places import is_url
from casefinder.engines.stores import StorePath, reached

DBFS, MOUNT = "dbfs:/", "/dbfs/"
"""The file system of Databricks as Spark names it, and where Python sees it."""


def place(text: str) -> Path:
    """Return the path of a folder or of a URL.

    >>> place("raw"), str(place("s3://bucket/raw"))
    (PosixPath('raw'), 's3://bucket/raw')
    """
    if text.startswith(DBFS):
        return Path(MOUNT + text.removeprefix(DBFS))
    return cast(Path, StorePath(text)) if is_url(text) else Path(text)


def in_store(path: object) -> bool:
    """Say whether a path lies in a store and not on a disk."""
    return isinstance(path, StorePath)


def located(path: Path) -> tuple[str, Any]:
    """Return a path as pyarrow and pandas take it: its text, and its file system (None for the local one)."""
    if isinstance(path, StorePath):
        system, key = path.located()
        return key, system
    return str(path), None


def _doing(path: object, writing: bool = False) -> Any:
    return reached(path, writing) if in_store(path) else nullcontext()


def parquet_files(path: Path) -> list[Path]:
    """Return the Parquet files of a folder and the folders in it, in order; a file's own path for a file."""
    return sorted(path.rglob("*.parquet")) if path.is_dir() else [path]


def read_table(path: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """Read a Parquet file, or a folder of them."""
    name, system = located(path)
    with _doing(path):
        return pq.read_table(name, columns=columns, filesystem=system)


def read_frame(path: Path, columns: Sequence[str] | None = None, filters: Any = None) -> pd.DataFrame:
    """Read a Parquet file, or a folder of them, as a data frame."""
    name, system = located(path)
    with _doing(path):
        return pd.read_parquet(name, columns=None if columns is None else list(columns), filters=filters, filesystem=system)


def read_schema(path: Path) -> pa.Schema:
    """Return the columns of a Parquet file."""
    name, system = located(path)
    with _doing(path):
        return pq.read_schema(name, filesystem=system)


def parquet_file(path: Path, **how: Any) -> pq.ParquetFile:
    """Open a Parquet file; ``how`` is pyarrow's."""
    name, system = located(path)
    with _doing(path):
        return pq.ParquetFile(name, filesystem=system, **how)


def write_table(table: pa.Table, path: Path, compression: str = "zstd") -> None:
    """Write rows to one Parquet file, and make its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    name, system = located(path)
    with _doing(path, writing=True):
        pq.write_table(table, name, compression=compression, filesystem=system)


def write_frame(frame: pd.DataFrame, path: Path, compression: str = "zstd") -> None:
    """Write a data frame to one Parquet file, without its index, and make its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    name, system = located(path)
    with _doing(path, writing=True):
        frame.to_parquet(name, index=False, compression=cast(Any, compression), filesystem=system)


@contextmanager
def parquet_writer(path: Path, schema: pa.Schema, compression: str = "lz4") -> Iterator[pq.ParquetWriter]:
    """Yield a writer of one Parquet file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    name, system = located(path)
    with _doing(path, writing=True), pq.ParquetWriter(name, schema, compression=compression, filesystem=system) as writer:
        yield writer


@contextmanager
def text_stream(path: Path) -> Iterator[Any]:
    """Yield what pyarrow's reader of CSV reads from, which undoes gzip by the file's name."""
    if not in_store(path):
        yield path
        return
    from pyarrow.fs import FSSpecHandler, PyFileSystem

    name, system = located(path)
    with reached(path), PyFileSystem(FSSpecHandler(system)).open_input_stream(name) as stream:
        yield stream


def claim(folder: Path) -> bool:
    """Begin a folder that must not be there yet; False where another process has it already."""
    try:
        if not isinstance(folder, StorePath):
            folder.mkdir()
        elif folder.exists():
            return False
        else:
            with reached(folder, writing=True), (folder / "begun").open("xb") as stream:
                stream.write(b"Another version begins here.\n")
    except FileExistsError:
        return False
    return True


def publish(path: Path, text: str) -> None:
    """Write a text that readers see whole or not at all: by a rename on a disk, in one request to a store."""
    if in_store(path):
        path.write_text(text, encoding="utf-8")
        return
    partial = path.with_name(f"{path.name}.partial")
    partial.write_text(text, encoding="utf-8")
    partial.rename(path)


def move(source: Path, target: Path) -> None:
    """Move one file within a disk or a store."""
    if not isinstance(source, StorePath):
        shutil.move(source, target)
        return
    name, system = located(source)
    with reached(source, writing=True):
        system.mv(name, located(target)[0])


def remove(folder: Path) -> None:
    """Remove a folder with everything in it; one that is not there is no error."""
    if not isinstance(folder, StorePath):
        shutil.rmtree(folder, ignore_errors=True)
        return
    name, system = located(folder)
    with reached(folder):
        try:
            system.rm(name, recursive=True)
        except FileNotFoundError:
            return


def last_change(folder: Path) -> dt.date:
    """Return the day on which anything in a folder was changed last; today where nothing is there."""
    if not isinstance(folder, StorePath):
        return dt.date.fromtimestamp(folder.stat().st_mtime)
    _name, system = located(folder)
    with reached(folder):
        times: list[dt.datetime] = [system.modified(located(cast(Path, one))[0]) for one in folder.rglob("*")]
    return max(times).date() if times else dt.date.today()


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    digest = hashlib.sha256()
    with _doing(path), path.open("rb") as stream:
        while chunk := stream.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()
