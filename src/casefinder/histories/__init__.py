"""Histories: blocks of people, and one compiled pass that answers every measure at every index date."""

import datetime as dt
from collections.abc import Sequence

import numpy as np
import pandas as pd

from casefinder.dates import NEVER, Window, to_day
from casefinder.histories.kernel import STAY, mark_visible, sweep
from casefinder.histories.program import Concepts, Program, compile_measures
from casefinder.histories.store import Block, Histories

__all__ = ["Block", "Concepts", "Histories", "Program", "compile_measures", "happened", "measure", "visible_facts"]


def measure(block: Block, program: Program, index_dates: Sequence[dt.date], keep: np.ndarray | None = None) -> np.ndarray:
    """Return every measure for every kept person and index date of a block, in one pass.

    Args:
        block: the people and their rows.
        program: measures compiled for the concepts of the block's record.
        index_dates: one or more, in any order.
        keep: (people, dates) of True and False; all by default.

    Returns:
        float64, one row for each True of ``keep`` (by person, then date), one column a measure; NaN where unknown.
    """
    wanted = np.ones((len(block), len(index_dates)), dtype=np.bool_) if keep is None else keep
    out = np.empty((int(wanted.sum()), len(program.names)))
    days = np.array([to_day(date) for date in index_dates], dtype=np.int64)
    months = np.array([date.year * 12 + date.month - 1 for date in index_dates], dtype=np.int64)
    sweep(program.operations, block.rows, wanted, days, months, out)
    return out


def visible_facts(
    block: Block, concepts: Concepts, index_date: dt.date, window: Window, kinds: Sequence[str]
) -> pd.DataFrame:
    """Return the facts of some kinds that were visible on the index date and touch a lookback.

    Returns:
        one row a fact: ``person`` (place in the block), ``kind``, ``method``, ``code``, ``start`` and ``end`` in days before
        the index date (0 or less; ``end`` is 0 for a stay that reads as open and equals ``start`` for a point), ``value``.
    """
    rows, day = block.rows, to_day(index_date)
    is_stay = (concepts.table["row_kind"] == STAY).to_numpy()
    wanted = concepts.table["kind"].isin(kinds).to_numpy()[rows.concept]
    seen, ends = np.empty(len(rows.concept), dtype=np.bool_), np.empty(len(rows.concept), dtype=np.int64)
    mark_visible(rows, is_stay, day, window.start, window.end, seen, ends)
    place = np.flatnonzero(seen & wanted)
    about = concepts.table.iloc[rows.concept[place]]
    start = rows.start[place] - day
    end = np.where(is_stay[rows.concept[place]], np.minimum(ends[place] - day, 0), start)
    person = np.repeat(np.arange(len(block)), np.diff(rows.offsets))[place]
    return pd.DataFrame(
        {
            "person": person,
            "kind": about["kind"].to_numpy(),
            "method": about["method"].to_numpy(),
            "code": about["code"].to_numpy(),
            "start": start,
            "end": end,
            "value": rows.value[place],
        }
    )


def happened(block: Block, concepts: Concepts, kinds: Sequence[str]) -> pd.DataFrame:
    """Return the facts of some kinds as last corrected, whenever they happened and became known.

    Returns:
        one row a fact: ``person`` (place in the block), ``kind``, ``method``, ``code``, ``start`` and ``end`` as day numbers
        (``end`` is ``dates.NEVER`` for a stay that is open and equals ``start`` for a point), ``cost`` in pence.
    """
    rows = block.rows
    wanted = concepts.table["kind"].isin(kinds).to_numpy()
    is_stay = (concepts.table["row_kind"] == STAY).to_numpy()
    place = np.flatnonzero(wanted[rows.concept] & (rows.superseded == NEVER))
    concept = rows.concept[place]
    about = concepts.table.iloc[concept]
    start = rows.start[place].astype(np.int64)
    return pd.DataFrame(
        {
            "person": np.repeat(np.arange(len(block)), np.diff(rows.offsets))[place],
            "kind": about["kind"].to_numpy(),
            "method": about["method"].to_numpy(),
            "code": about["code"].to_numpy(),
            "start": start,
            "end": np.where(is_stay[concept], rows.end[place].astype(np.int64), start),
            "cost": rows.cost[place].astype(np.int64),
        }
    )
