"""Rows that could not be used: where each stood and why, with a keyed hash by which it can be found, and no raw value."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from casefinder.engines import Engine
from casefinder.engines.files import parquet_writer
from casefinder.record.identity import row_hash
from casefinder.record.intake import SourceCounts
from casefinder.record.reading import SourceFiles
from casefinder.sources import TORN, FileCount
from casefinder.tables import QUARANTINE

_ROWS = 65_536


def quarantined(
    engine: Engine, source: SourceFiles, typed: Path, files: Sequence[FileCount], counts: SourceCounts, key: bytes
) -> Iterator[pa.Table]:
    """Yield the quarantined rows of one source, some at a time, as tables of the contract."""
    torn = _torn_rows(source, files)
    if counts.quarantined > len(torn):
        yield from _bad_rows(engine, source, typed, key)
    if len(torn):
        yield torn


def _bad_rows(engine: Engine, source: SourceFiles, typed: Path, key: bytes) -> Iterator[pa.Table]:
    """Yield the typed rows with a problem."""
    rows = engine.read(typed)
    bad = rows.filter(rows.problem.notnull()).order_by("file", "line")
    for part in engine.batches(bad.select("file", "line", "problem_column", "problem", "raw_text"), _ROWS):
        yield pa.table(
            {
                "source": [source.name] * len(part),
                "file": part["file"],
                "line": part["line"],
                "column": part["problem_column"],
                "problem": part["problem"],
                "row_hash": [row_hash(text or "", key) for text in part["raw_text"].to_pylist()],
            },
            schema=QUARANTINE.schema,
        )


def _torn_rows(source: SourceFiles, files: Sequence[FileCount]) -> pa.Table:
    """Return the rows of one source that have more or fewer values than their heading, as a table of the contract."""
    torn = [(file.name, number, what) for file in files for number, what in file.torn]
    return pa.table(
        {
            "source": [source.name] * len(torn),
            "file": [name for name, _number, _what in torn],
            "line": [number for _name, number, _what in torn],
            "column": [TORN] * len(torn),
            "problem": [what for _name, _number, what in torn],
            "row_hash": [""] * len(torn),
        },
        schema=QUARANTINE.schema,
    )


def write_quarantine(parts: Iterable[pa.Table], path: Path) -> None:
    """Write the quarantine of all sources, as it comes."""
    with parquet_writer(path, QUARANTINE.schema, compression="zstd") as writer:
        for part in parts:
            writer.write_table(part)
