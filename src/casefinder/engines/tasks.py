"""A task that Spark runs for each of several numbers, in a Python worker: what goes there and what comes back."""

import pickle
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa

from casefinder.engines.duck import DuckEngine
from casefinder.engines.interface import PieceWork
from casefinder.errors import CasefinderError

TASK_COLUMNS = "place long, result binary"
"""Columns of what comes back, as Spark names their types."""


@dataclass(frozen=True)
class Tasks:
    """Runs a task for the numbers whose places arrive in Arrow batches, however many batches a partition comes in."""

    task: Callable[[int], Any]
    numbers: tuple[int, ...]

    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Yield a row for each place: the place and the result, or the mistake of a user that the task met."""
        for batch in batches:
            for place in batch.column(0).to_pylist():
                written = pickle.dumps(self._result(place))
                yield pa.record_batch([pa.array([place], pa.int64()), pa.array([written], pa.binary())], ["place", "result"])

    def _result(self, place: int) -> Any:
        try:
            return self.task(self.numbers[place])
        except CasefinderError as error:
            # Raised here, it would reach the user as an error of Spark, and be tried again in vain.
            return error


@dataclass(frozen=True)
class OnDuckDB:
    """A task that does relational work on one piece, with a DuckDB that lives as long as it and spills where it runs."""

    work: PieceWork
    memory: str

    def __call__(self, piece: int) -> Any:
        """Return what the work gives."""
        with TemporaryDirectory(prefix="casefinder-") as scratch, DuckEngine(self.memory, 1, f"{scratch}/spill") as engine:
            return self.work(engine, piece)


def result_of(written: bytes) -> Any:
    """Return a result that came back.

    Raises:
        CasefinderError: the task met it.
    """
    result = pickle.loads(written)
    if isinstance(result, CasefinderError):
        raise result
    return result
