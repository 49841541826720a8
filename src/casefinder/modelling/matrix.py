"""Features and outcomes of a cohort put side by side, block by block. This is the one place where they meet.

Each block is a task of the engine: it writes the features of its rows to a file of their own, and the few other columns to a
second one. Only those few columns are ever put together in memory; features stay on disk (``stored_rows``).
"""

import datetime as dt
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from casefinder.cohorts import Cohort, attrition
from casefinder.engines.apart import write_whole
from casefinder.evaluation.censoring import ipcw
from casefinder.features import FeatureTable
from casefinder.histories import Block, Histories
from casefinder.modelling.sampling import left_out, stands_for
from casefinder.modelling.served_people import days_of, weights
from casefinder.modelling.service_starts import ServedPeople
from casefinder.modelling.splits import PARTS, Plan, parts_of
from casefinder.modelling.stored_rows import Storage, StoredRows, write_rows
from casefinder.outcomes import OutcomeTable

_PEOPLE: Final = "people"


@dataclass(frozen=True)
class Matrix:
    """Rows of people at index dates: features (float32, on disk), outcome (0/1), weight, part, practice and date of each.

    ``stands_for`` says how many rows each one stands for where rows without the outcome were left out by chance; weights
    hold that already. ``served`` holds the days until a service began inside the window, NaN for none; None where nothing is
    known of services.
    """

    names: tuple[str, ...]
    features: StoredRows
    outcome: np.ndarray
    weight: np.ndarray
    stands_for: np.ndarray
    part: np.ndarray
    date: np.ndarray
    practice: np.ndarray
    people: np.ndarray
    notes: dict[str, object]
    served: np.ndarray | None = None

    def of(self, part: int) -> np.ndarray:
        """Return the rows of one part."""
        return np.flatnonzero(self.part == part)


@dataclass(frozen=True)
class Ingredients:
    """What a matrix is made of, compiled for one record."""

    histories: Histories
    cohort: Cohort
    features: FeatureTable
    outcome: OutcomeTable
    served: ServedPeople | None = None


@dataclass(frozen=True)
class BlockWritten:
    """What one block wrote: rows with features, and its people at the test date by the rule that leaves them out."""

    rows: int
    excluded: np.ndarray


@dataclass(frozen=True)
class WriteRows:
    """Writes the rows of a block: called with its number, wherever the record can be read and ``folder`` written."""

    ready: Ingredients
    plan: Plan
    folder: Path

    def __call__(self, number: int) -> BlockWritten:
        """Work out cohort, outcome and features of one block, and write them."""
        ready, plan, block = self.ready, self.plan, self.ready.histories.block(number)
        dates, part = plan.index_dates, parts_of(block.people, plan.settings)
        cohort = ready.cohort.rows(block, dates)
        keep = cohort.included & plan.wanted(part)
        columns = _columns(ready, plan, block, keep, part, cohort.practice)
        person, date = (place[columns["stands_for"] == 0] for place in np.nonzero(keep))
        keep[person, date] = False
        write_rows(self.features(number), ready.features.rows(block, dates, keep))
        self._write_columns(number, columns)
        rule = cohort.rule[:, dates.index(plan.test_date)]
        return BlockWritten(int(keep.sum()), np.bincount(rule, minlength=len(ready.cohort.rules) + 1))

    def features(self, number: int) -> Path:
        """Return the file of a block's features."""
        return self.folder / f"{number:05d}.features"

    def columns(self, number: int) -> Path:
        """Return the file of a block's other columns."""
        return self.folder / f"{number:05d}.parquet"

    def _write_columns(self, number: int, columns: dict[str, np.ndarray]) -> None:
        types, written = {_PEOPLE: pa.string()}, io.BytesIO()
        pq.write_table(pa.table({name: pa.array(values, types.get(name)) for name, values in columns.items()}), written)
        write_whole(self.columns(number), written.getvalue())


def assemble(
    ready: Ingredients, plan: Plan, storage: Storage, tell: Callable[[int, int], None] = lambda _done, _all: None
) -> Matrix:
    """Return the rows of every part of a plan, with censoring weights worked out at each index date.

    Where a model is fitted on those held out, rows that a list reached are left out, and those held out weigh for them.
    Where only a share of the rows without the outcome is fitted on, those that are kept weigh for the others.

    Args:
        ready: what rows are made of.
        plan: index dates and shares of people.
        storage: where features are kept; the matrix can be read as long as that stands.
        tell: called with blocks done and all blocks.

    Raises:
        ModelError: the hold-out does not cover the windows.
    """
    write, numbers = WriteRows(ready, plan, storage.new_folder()), ready.histories.numbers
    written: list[BlockWritten] = []
    tell(0, len(numbers))
    with storage.tasks() as each:
        for block in each(write, numbers):
            written.append(block)
            tell(len(written), len(numbers))
    features = StoredRows.of(
        [write.features(number) for number in numbers], [block.rows for block in written], len(ready.features.names)
    )
    rows = _together([write.columns(number) for number in numbers])
    excluded = np.sum([block.excluded for block in written], axis=0)
    return _matrix(ready, plan, rows, features, {"attrition": attrition(ready.cohort.rules, excluded)})


def _columns(
    ready: Ingredients, plan: Plan, block: Block, keep: np.ndarray, part: np.ndarray, practice: np.ndarray
) -> dict[str, np.ndarray]:
    """Return everything but the features of the rows of one block, column by column."""
    dates = plan.index_dates
    person, date = np.nonzero(keep)
    seen = ready.outcome.rows(block, dates, keep)
    time, cause = seen.time_and_cause(ready.outcome.days)
    people = np.asarray(block.people.to_numpy(zero_copy_only=False))[person]
    share, seed = plan.settings.without_outcome_share, plan.settings.seed
    at_test = date == dates.index(plan.test_date)
    found = {
        "outcome": seen.observed,
        "stands_for": stands_for(people, seen.observed, part[person], at_test, share, seed),
        "time": time,
        "cause": cause.astype(np.int8),
        "part": part[person].astype(np.int8),
        "date": date.astype(np.int16),
        "practice": practice[person, date].astype(np.int32),
        _PEOPLE: people,
    }
    return {**found, "served": ready.served.starts.rows(block, dates, keep)} if ready.served else found


def _together(files: Sequence[Path]) -> dict[str, np.ndarray]:
    """Return the columns of all blocks, the id of a person once however many rows it has."""
    tables = [pq.read_table(pa.BufferReader(file.read_bytes()), read_dictionary=[_PEOPLE]) for file in files]
    return {
        name: np.concatenate([_values(table[name].combine_chunks()) for table in tables]) for name in tables[0].column_names
    }


def _values(column: pa.Array) -> np.ndarray:
    if isinstance(column, pa.DictionaryArray):
        return np.asarray(column.dictionary.to_numpy(zero_copy_only=False), dtype=object)[column.indices.to_numpy()]
    return np.asarray(column.to_numpy(zero_copy_only=False))


def _matrix(
    ready: Ingredients, plan: Plan, rows: dict[str, np.ndarray], features: StoredRows, notes: dict[str, object]
) -> Matrix:
    """Return weighted rows: censoring is worked out from all of them, and everything else from those that are kept."""
    dates, days, share = plan.index_dates, ready.outcome.days, plan.settings.without_outcome_share
    rows["weight"], notes["censoring"] = _weights(rows.pop("time"), rows.pop("cause"), rows["date"], dates, days)
    if share < 1:
        notes["sampling"] = left_out(rows["stands_for"], rows["part"], share)
        kept = rows["stands_for"] > 0
        rows = {name: values[kept] for name, values in rows.items()}
        rows["weight"] = rows["weight"] * rows["stands_for"]
    if ready.served and ready.served.hold_out:
        own = weights(ready.served.record, rows[_PEOPLE], days_of(dates)[rows["date"]], days)
        notes["hold_out"] = {"reached_by_a_list": int(np.sum(own == 0)), "held_out_in_their_stead": int(np.sum(own > 1))}
        rows["weight"] = rows["weight"] * own
        rows, features = {name: values[own > 0] for name, values in rows.items()}, features[np.flatnonzero(own > 0)]
    notes["rows"] = {name: int(np.sum(rows["part"] == place)) for place, name in enumerate(PARTS)}
    notes["events"] = {name: int(rows["outcome"][rows["part"] == place].sum()) for place, name in enumerate(PARTS)}
    rows["outcome"] = rows["outcome"].astype(np.float64)
    return Matrix(ready.features.names, features, **rows, notes=notes)


def _weights(
    time: np.ndarray, cause: np.ndarray, date: np.ndarray, dates: Sequence[dt.date], days: int
) -> tuple[np.ndarray, list[dict[str, object]]]:
    """Return censoring weights at each index date, and what they were worked out from."""
    weight = np.zeros(len(time))
    notes: list[dict[str, object]] = []
    for place, when in enumerate(dates):
        here = np.flatnonzero(date == place)
        if not len(here):
            continue
        found = ipcw(time[here], cause[here], days)
        weight[here] = found.weight
        notes.append(
            {
                "index_date": str(when),
                "people": len(here),
                "lost": found.lost,
                "largest_weight": round(found.maximum, 6),
                "truncated_at": round(found.limit, 6),
            }
        )
    return weight, notes
