"""What a step wrote, held to the contract before its manifest makes it readable.

Columns, types and empty cells are read from the footers of the Parquet files, allowed values from their dictionaries, so the
check costs next to nothing however many rows there are. Only a table with a key is read, and only its key.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from casefinder.engines.files import parquet_file, parquet_files, read_schema
from casefinder.errors import ContractError, Problem
from casefinder.tables import Column, Table


def check_written(written: Iterable[tuple[Table, Path]]) -> None:
    """Raise unless every table is what the contract says.

    Args:
        written: tables with where each was written: one Parquet file, or a folder of them with the same columns.

    Raises:
        ContractError: naming every table and column at fault, with how many cells or rows, and never what stands in them.
    """
    problems = [problem for table, path in written for problem in faults(table, path)]
    if problems:
        remedy = "If the source can be mended, mend it and run this again; otherwise report it as a defect of casefinder."
        raise ContractError("What was written breaks the contract between two steps, so it is not used:", problems, remedy)


def faults(table: Table, path: Path) -> list[Problem]:
    """Return what is wrong with a written table."""
    limited = [column.name for column in table if column.allowed]
    paths = parquet_files(path)
    files = [parquet_file(one, read_dictionary=limited) for one in paths]
    found = [problem for one in paths[:1] for problem in _shape(table, read_schema(one))]
    if found:
        return found
    for column in table:
        empty = 0 if column.null else sum(_empty_cells(file, column.name) for file in files)
        if empty:
            found.append(_problem(table, column.name, f"is empty in {empty:,} rows, and may not be"))
        strange = len(set(_values(files, column)) - set(column.allowed)) if column.allowed else 0
        if strange:
            found.append(_problem(table, column.name, f"holds {strange} values that are not allowed"))
    return [*found, *_repeated(table, files)]


def _problem(table: Table, column: str, what: str) -> Problem:
    return Problem(f"{table.name}.{column}", what)


def _shape(table: Table, schema: pa.Schema) -> list[Problem]:
    """Return columns that are missing, not of the contract, or of another type."""
    wanted = table.schema
    found = [_problem(table, name, "is missing") for name in wanted.names if name not in schema.names]
    found += [_problem(table, name, "is not in the contract") for name in schema.names if name not in wanted.names]
    both = [name for name in wanted.names if name in schema.names]
    return found + [
        _problem(table, name, f"is {schema.field(name).type}, and should be {wanted.field(name).type}")
        for name in both
        if schema.field(name).type != wanted.field(name).type
    ]


def _empty_cells(file: pq.ParquetFile, column: str) -> int:
    place = file.schema_arrow.names.index(column)
    groups = (file.metadata.row_group(group).column(place).statistics for group in range(file.metadata.num_row_groups))
    return sum(one.null_count for one in groups if one is not None and one.has_null_count)


def _values(files: Iterable[pq.ParquetFile], column: Column) -> Iterator[str]:
    """Yield the values of a column, each once for every group of rows."""
    for file in files:
        for group in range(file.metadata.num_row_groups):
            for chunk in file.read_row_group(group, columns=[column.name], use_threads=False)[column.name].chunks:
                yield from chunk.dictionary.to_pylist()


def _repeated(table: Table, files: list[pq.ParquetFile]) -> list[Problem]:
    """Return the problem that rows share a key.

    Memory is 16 bytes a row: equal keys have equal hashes, so keys themselves are read only where two hashes are equal.
    """
    if not table.key:
        return []
    key = list(table.key)
    marks = [_marks(batch) for file in files for batch in file.iter_batches(columns=key)]
    ordered = np.sort(np.concatenate([np.empty(0, dtype=np.uint64), *marks]))
    if not np.any(ordered[1:] == ordered[:-1]):
        return []
    keys = pa.concat_tables([file.read(columns=key) for file in files])
    extra = len(keys) - len(keys.group_by(key).aggregate([]))
    return [_problem(table, "/".join(key), f"{extra:,} rows repeat the key of another")] if extra else []


def _marks(keys: pa.RecordBatch) -> np.ndarray:
    """Return a hash of 64 bits for each row."""
    return np.asarray(pd.util.hash_pandas_object(keys.to_pandas(), index=False, categorize=False))
