"""Share of each arm that comes to an event within a horizon in a world where people also die, and its difference.

Aalen and Johansen's estimate in each arm (1978 Scand J Stat 5:141), never 1 - Kaplan-Meier, which is the share in a world
without death. Intervals are percentiles of a bootstrap over matched sets (Austin and Small 2014 Stat Med 33:4306); with
replacement the sets share people, and such intervals are too narrow.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from casefinder.evaluation.censoring import CENSORED, DEATH, EVENT
from casefinder.evaluation.inputs import BoolArray, FloatArray, IntArray, numbers
from casefinder.evaluation.intervals import Estimate
from casefinder.evaluation.resampling import REPLICATES, drawn_counts, percentile_interval
from casefinder.matching.effects import Matched, matched

HORIZONS = (183, 365)
"""About six months and a year, in days."""


@dataclass(frozen=True)
class IncidenceDifference:
    """Cumulative incidence before a horizon in both arms, and treated - control."""

    horizon: int
    treated: Estimate
    control: Estimate
    difference: Estimate


def incidence_difference(
    time: npt.ArrayLike,
    cause: npt.ArrayLike,
    treated: npt.ArrayLike,
    matched_set: npt.ArrayLike | Sequence[object],
    weight: npt.ArrayLike | None = None,
    horizons: Sequence[int] = HORIZONS,
    of: Sequence[int] = (EVENT,),
    replicates: int = REPLICATES,
    seed: int = 0,
    level: float = 0.95,
) -> list[IncidenceDifference]:
    """Return the cumulative incidence of both arms and its difference at each horizon.

    Args:
        time: days from time zero, day 0, to the first of event, death and loss.
        cause: 0 censored, 1 event, 2 death.
        treated: 1 for the treated member of a set.
        matched_set: number of the set: sets are drawn, whole.
        weight: of each row, as ``Members.weight``.
        horizons: first days that do not count.
        of: causes that count; (1, 2) for event or death together.
        replicates: bootstrap samples.
        seed: of the bootstrap.
        level: coverage.

    Raises:
        ValueError: unequal lengths, missing or negative times, an unknown cause, an empty arm, one set.
    """
    given, causes = matched(time, treated, matched_set, weight, None, None), numbers(cause, "cause")
    if (given.outcome < 0).any() or len(causes) != len(given.outcome) or not np.isin(causes, (CENSORED, EVENT, DEATH)).all():
        raise ValueError("time must be 0 days or more, and cause 0 (censored), 1 (event) or 2 (death), one each a row")
    arms = [_Arm(given, causes, arm, of) for arm in (given.treated, ~given.treated)]
    units = int(given.clusters[0].max()) + 1
    once = [arm.incidence(np.ones((1, units)), horizons)[0] for arm in arms]
    drawn: list[list[FloatArray]] = [[], []]
    for counts in drawn_counts(units, replicates, seed):
        for place, arm in enumerate(arms):
            drawn[place].append(arm.incidence(counts, horizons))
    one, other = (np.concatenate(parts) for parts in drawn)
    return [
        IncidenceDifference(
            horizon,
            _estimate(once[0][place], one[:, place], level),
            _estimate(once[1][place], other[:, place], level),
            _estimate(once[0][place] - once[1][place], one[:, place] - other[:, place], level),
        )
        for place, horizon in enumerate(horizons)
    ]


def _estimate(value: float, drawn: FloatArray, level: float) -> Estimate:
    low, high = percentile_interval(drawn, level)
    return Estimate(float(value), low, high, float(np.nanstd(drawn, ddof=1)), "bootstrap over matched sets")


class _Arm:
    """One arm as tables of (set, day): weights of the events, of all ends by event or death, and of everyone who ends."""

    def __init__(self, given: Matched, cause: FloatArray, arm: BoolArray, of: Sequence[int]) -> None:
        self._days, place = np.unique(given.outcome[arm], return_inverse=True)
        sets, weight, causes = given.clusters[0][arm], given.weight[arm], cause[arm]
        shape = (int(given.clusters[0].max()) + 1, len(self._days))
        self._events = _table(sets, place, weight * np.isin(causes, list(of)), shape)
        self._ended = _table(sets, place, weight * (causes != CENSORED), shape)
        self._gone = _table(sets, place, weight, shape)

    def incidence(self, counts: FloatArray, horizons: Sequence[int]) -> FloatArray:
        """Return (samples, horizons) incidences, for samples of (samples, sets) counts."""
        events, ended, gone = (np.asarray(counts @ table) for table in (self._events, self._ended, self._gone))
        total = gone.sum(axis=1, keepdims=True)
        at_risk = np.maximum(total - np.cumsum(gone, axis=1) + gone, 1e-12 * total)
        with np.errstate(invalid="ignore", divide="ignore"):
            free = np.cumprod(1 - np.minimum(ended / at_risk, 1), axis=1)
            before = np.concatenate([np.ones((len(counts), 1)), free[:, :-1]], axis=1)
            reached = np.cumsum(before * events / at_risk, axis=1)
        places = np.searchsorted(self._days, np.asarray(horizons, dtype=np.float64), side="left")
        return np.concatenate([np.zeros((len(counts), 1)), reached], axis=1)[:, places]


def _table(sets: IntArray, place: IntArray, weight: FloatArray, shape: tuple[int, int]) -> Any:
    from scipy.sparse import csr_array

    return csr_array((weight, (sets, place)), shape=shape)
