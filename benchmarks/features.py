"""Features from blocks beside a bare scan of the columns that they need, and forty of them beside pandas and polars."""

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks import by_kernel, by_pandas, by_polars
from benchmarks.given import Given
from benchmarks.measure import Pairs, in_pairs
from benchmarks.questions import Asked, asked
from benchmarks.report import Figure, write
from casefinder.codelists import load_codelists
from casefinder.dates import add_months
from casefinder.engines import Workspace
from casefinder.features import FeatureTable, chosen
from casefinder.histories import Histories
from casefinder.histories.store import ROW_COLUMNS

PAIRS = 8
TOLERANCE = 1e-12
"""Sums of fractions may be added in another order: the largest relative difference allowed between cells."""


def run(given: Given) -> None:
    """Measure and write ``features.json``."""
    histories = Histories(Workspace(given.linked()).newest("histories"))
    extract = dt.date.fromisoformat(histories.version.manifest["extract_date"])
    numbers = histories.numbers
    rows = sum(pq.read_metadata(_path(histories, one)).num_rows for one in numbers)
    table, scanned = against_scan(histories, extract + dt.timedelta(days=1))
    forty = against_libraries(histories, add_months(extract, -12))
    figures = [Figure(f"CPU of all {len(table.names)} features, for each second of scanning their columns",
                      scanned.ratio, "", 5)]  # fmt: skip
    for name, bound in (("pandas", 4), ("polars", 1.5)):
        figures.append(Figure(f"CPU of {name} on the forty measures, for each second of casefinder's",
                              forty[name].ratio, "", bound, "at least"))  # fmt: skip
    figures += [
        Figure("cells compared, each library", forty["cells"], ""),
        Figure("cells that differ", forty["different"], "", 0),
    ]
    notes = [
        f"{PAIRS} pairs each, over {len(numbers)} blocks in turn, of {rows:,} rows in all; each pair is one block.",
        "Each way begins at the Parquet file of the same block and ends with a table of a row a person. Reading counts.",
        "pandas and polars are given the same rows with the same numbered codes, sorted by person and date, and which codes "
        "each measure looks at; they are not charged for text, dates, joins or sorting that the blocks have paid for.",
        "Compiling and the first use of each way come before the pairs and are not counted.",
        f"Cells are equal where both are unknown, or differ by no more than {TOLERANCE:g} of their size (sums of fractions "
        "are added in another order).",
    ]
    details = {"scan": scanned.content(), **{name: forty[name].content() for name in ("pandas", "polars")}}
    write(given.results, "features", "features from blocks", figures, notes, details)


def against_scan(histories: Histories, index_date: dt.date) -> tuple[FeatureTable, Pairs]:
    """Measure the scan (first) and the features of everyone (second)."""
    supplied = histories.version.manifest["supplied"]
    table = FeatureTable(chosen(), histories.concepts, load_codelists(), supplied)
    numbers = histories.numbers

    def scan(pair: int) -> None:
        path = _path(histories, numbers[pair % len(numbers)])
        rows = pq.read_table(path, columns=list(ROW_COLUMNS), use_threads=False)
        for name in ROW_COLUMNS:
            pc.sum(rows[name])

    def features(pair: int) -> None:
        table.rows(histories.block(numbers[pair % len(numbers)]), [index_date])

    features(0)
    return table, in_pairs(scan, features, PAIRS)


def against_libraries(histories: Histories, index_date: dt.date) -> dict[str, Any]:
    """Measure casefinder (first) and each library (second) on the forty measures, and compare every cell of one block."""
    codelists, numbers = load_codelists(), histories.numbers
    questions = asked(histories.concepts, codelists, index_date)
    compiled = by_kernel.programs(histories.concepts, codelists)

    def kernel(pair: int) -> np.ndarray:
        return by_kernel.measured(histories.block(numbers[pair % len(numbers)]), compiled, index_date)

    found: dict[str, Any] = {"different": 0}
    expected = kernel(0)
    people = {number: len(histories.block(number)) for number in numbers}
    for name, module in (("pandas", by_pandas), ("polars", by_polars)):

        def library(pair: int, module: Any = module) -> np.ndarray:
            number = numbers[pair % len(numbers)]
            return module.measured(_path(histories, number), people[number], questions)

        found["different"] += int((~same(expected, library(0))).sum())
        found[name] = in_pairs(kernel, library, PAIRS)
    return {**found, "cells": expected.size}


def same(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Say for each cell whether two tables hold the same."""
    return np.isclose(first, second, rtol=TOLERANCE, atol=0.0, equal_nan=True)


def agree(histories: Histories, number: int, questions: Asked) -> dict[str, np.ndarray]:
    """Return the forty measures of one block by each of the three ways."""
    block = histories.block(number)
    compiled = by_kernel.programs(histories.concepts, load_codelists())
    path = _path(histories, number)
    return {
        "kernel": by_kernel.measured(block, compiled, questions.index_date),
        "pandas": by_pandas.measured(path, len(block), questions),
        "polars": by_polars.measured(path, len(block), questions),
    }


def _path(histories: Histories, number: int) -> Path:
    return histories.folder / "blocks" / f"{number:05d}.parquet"
