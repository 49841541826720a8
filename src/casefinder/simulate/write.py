"""Files: the parts that chunks leave behind, and the whole files made of them, the same bytes for the same rows."""

import gzip
import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.csv as pcsv
import pyarrow.ipc as ipc
import pyarrow.parquet as pq

from casefinder.simulate.rows import Extract
from casefinder.sources import extracts

EXTRA: Final = {"hes_apc": ("SUBDATE",), "budgets": ("BASIS",)}
"""Columns beyond those of the layout."""

_PARQUET: Final = ("gp_medications", "gp_observations")
_ZIPPED: Final = ("deaths",)
_PLAIN: Final = pcsv.WriteOptions(include_header=False, quoting_style="none")


def column_names(name: str) -> tuple[str, ...]:
    """Return the columns of a raw file in order: those of its layout, then what it has beyond them."""
    if name not in extracts():
        return ("Person_ID", "NHS_NUMBER")
    return (*extracts()[name].names, *EXTRA.get(name, ()))


def file_name(name: str) -> str:
    """Return the name of a raw file: the two largest are Parquet, the deaths compressed, all others plain."""
    if name in _PARQUET:
        return f"{name}.parquet"
    return f"{name}.csv.gz" if name in _ZIPPED else f"{name}.csv"


def write_part(rows: Extract, folder: Path, chunk: int) -> None:
    """Leave the rows of a chunk for its file."""
    table = pa.table({name: rows.columns[name].arrow() for name in column_names(rows.name)})
    if rows.name in _PARQUET:
        write_table(table, folder, rows.name, chunk)
    else:
        pcsv.write_csv(table, folder / f"{rows.name}.{chunk:05d}.csv", _PLAIN)


def write_table(table: pa.Table, folder: Path, name: str, chunk: int) -> None:
    """Leave the rows of a chunk for a Parquet file."""
    with ipc.new_file(folder / f"{name}.{chunk:05d}.arrow", table.schema) as sink:
        sink.write_table(table)


def assemble(name: str, parts: Path, raw: Path) -> None:
    """Make one raw file of the parts of every chunk, in the order of chunks."""
    path = raw / file_name(name)
    if name in _PARQUET:
        assemble_table(name, parts, path)
        return
    with path.open("wb") as plain:
        whole = gzip.GzipFile("", "wb", 6, plain, mtime=0) if name in _ZIPPED else plain
        whole.write((",".join(column_names(name)) + "\n").encode())
        for part in sorted(parts.glob(f"{name}.*.csv")):
            with part.open("rb") as rows:
                shutil.copyfileobj(rows, whole, 1 << 20)
            part.unlink()
        if whole is not plain:
            whole.close()


def assemble_table(name: str, parts: Path, path: Path) -> None:
    """Make one Parquet file of the tables of every chunk; text is stored as text, whatever it was while being made."""
    assemble_tables([name], parts, path)


def assemble_tables(names: Sequence[str], parts: Path, path: Path) -> None:
    """Make one Parquet file of several tables of one shape, each left in parts by chunk."""
    writer: pq.ParquetWriter | None = None
    for name in names:
        for part in sorted(parts.glob(f"{name}.*.arrow")):
            with pa.memory_map(str(part)) as source:
                table = ipc.open_file(source).read_all()
                writer = writer or pq.ParquetWriter(path, table.schema, compression="zstd", store_schema=False)
                writer.write_table(table, row_group_size=max(len(table), 1))
            part.unlink()
    if writer:
        writer.close()


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a small record of facts."""
    path.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n", encoding="utf-8")
