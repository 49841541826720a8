"""The forty measures by casefinder's own compiled pass."""

import datetime as dt
from dataclasses import dataclass

import numpy as np

from benchmarks.forty import horizons, lookbacks
from casefinder.codelists import CodeLists
from casefinder.histories import Block, Concepts, Program, compile_measures, measure


@dataclass(frozen=True)
class Programs:
    """The forty measures compiled: lookbacks and horizons."""

    back: Program
    ahead: Program


def programs(concepts: Concepts, codelists: CodeLists) -> Programs:
    """Compile the forty measures for a record."""
    return Programs(*(compile_measures(one, concepts, codelists) for one in (lookbacks(), horizons())))


def measured(block: Block, compiled: Programs, index_date: dt.date) -> np.ndarray:
    """Return the forty measures of everyone of a block: (people, 40)."""
    return np.hstack([measure(block, one, [index_date]) for one in (compiled.back, compiled.ahead)])
