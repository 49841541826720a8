"""Histories: blocks of people, and one compiled pass that answers every measure at every index date."""

import datetime as dt
from collections.abc import Sequence

import numpy as np

from casefinder.dates import to_day
from casefinder.histories.kernel import sweep
from casefinder.histories.program import Concepts, Program, compile_measures
from casefinder.histories.store import Block, Histories

__all__ = ["Block", "Concepts", "Histories", "Program", "compile_measures", "measure"]


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
