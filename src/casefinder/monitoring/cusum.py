"""CUSUM charts of observed against expected outcomes (``comparison.cusum``), and the limit that keeps false alarms rare.

Each chart has two sides: one for R, one for 1/R. One limit serves all charts and both sides. It is found by
simulating years in which every risk is right, so it allows for the number of charts and of looks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from casefinder.comparison import LEAST_LIMIT, poisson_scores
from casefinder.evaluation.inputs import FloatArray

RATIOS: Final = (1.2, 1.3, 1.5, 1.6, 1.8, 2.0, 3.0)
"""Errors that charts may be set to find, smallest first: expected over observed, or observed over expected."""
LOOKS: Final = 12
"""Looks in a year."""
FALSE_ALARMS: Final = 0.05
"""Most years, of those in which every risk is right, in which any chart may signal."""
AIMED_AT: Final = 0.04
"""The rate that the simulation is set to, so that its own chance error stays below the stated one."""
FOUND: Final = 0.9
"""The power for which an error counts as one that the charts can find."""
YEARS: Final = 3
"""Years simulated; the limit holds in each of them."""
RUNS: Final = 10_000
"""Simulated runs."""


@dataclass(frozen=True)
class Design:
    """How charts are set.

    Attributes:
        ratio: the error that they look for.
        limit: the value at which a chart signals.
        false_alarms: share of simulated years, all risks right, in which any chart signalled: the worst of the years.
        power: for each error of ``RATIOS``, the share of simulated years in which over-prediction of that size in the
            cluster of median size was found, by charts set for that error.
        smallest: the smallest error found with power ``FOUND``; None where none was.
        expected: outcomes expected a year in that cluster.
    """

    ratio: float
    limit: float
    false_alarms: float
    power: dict[float, float]
    smallest: float | None
    expected: float


def design(
    expected: npt.ArrayLike,
    variance: npt.ArrayLike,
    ratios: Sequence[float] = RATIOS,
    seed: int = 1,
    runs: int = RUNS,
    aimed_at: float = AIMED_AT,
) -> Design:
    """Set charts for some clusters and their sum: for the smallest error that can be found, with the limit for it.

    Args:
        expected: (clusters,) outcomes expected at each look.
        variance: (clusters,) variance of their number where every risk is right, the sum of p(1 - p).
        ratios: errors to choose from, smallest first.
        seed: same seed, same limit.
        runs: simulated runs.
        aimed_at: the rate of false alarms to set the limit for.
    """
    due, spread = np.asarray(expected, dtype=np.float64), np.asarray(variance, dtype=np.float64)
    if not len(due) or (due <= 0).any():
        raise ValueError("each cluster needs some outcome that is expected")
    generator = np.random.default_rng(seed)
    highest = _highest(due, spread, ratios, runs, generator)
    limits = {ratio: _limit(found, aimed_at) for ratio, found in highest.items()}
    middle = int(np.argsort(due, kind="stable")[len(due) // 2])
    power = {ratio: _power(due[middle], spread[middle], ratio, limits[ratio], runs, generator) for ratio in ratios}
    smallest = next((ratio for ratio in ratios if power[ratio] >= FOUND), None)
    ratio = smallest or ratios[-1]
    false = float((highest[ratio] >= limits[ratio]).mean(axis=0).max())
    return Design(ratio, limits[ratio], false, power, smallest, float(due[middle] * LOOKS))


def _limit(highest: FloatArray, rate: float) -> float:
    """Return the lowest limit that no more than a share of the runs reaches in any year."""
    needed = float(np.quantile(highest, 1 - rate, axis=0, method="higher").max())
    return max(LEAST_LIMIT, needed * (1 + 1e-9))


def counts(expected: FloatArray, variance: FloatArray, runs: int, generator: np.random.Generator) -> FloatArray:
    """Draw (runs, clusters) numbers of outcomes: binomial, with the mean and the variance of the sum of people's risks."""
    share = np.clip(1 - variance / expected, 1e-6, 1.0)
    trials = np.maximum(np.rint(expected / share), np.ceil(expected))
    return generator.binomial(trials.astype(np.int64), expected / trials, (runs, len(expected))).astype(np.float64)


def _highest(
    expected: FloatArray, variance: FloatArray, ratios: Sequence[float], runs: int, generator: np.random.Generator
) -> dict[float, FloatArray]:
    """Return, by error looked for, the highest value that any chart reaches in each simulated year: (runs, years).

    Charts here do not start again at a signal, so they signal no less often than those that do.
    """
    due = _with_sum(expected[None, :])
    values = {(ratio, way): np.zeros((runs, due.shape[1])) for ratio in ratios for way in (ratio, 1 / ratio)}
    highest = {ratio: np.zeros((runs, YEARS)) for ratio in ratios}
    for look in range(YEARS * LOOKS):
        seen = _with_sum(counts(expected, variance, runs, generator))
        for (ratio, way), value in values.items():
            np.maximum(value + poisson_scores(seen, due, way), 0.0, out=value)
            year = highest[ratio][:, look // LOOKS]
            np.maximum(year, value.max(axis=1), out=year)
    return highest


def _with_sum(clusters: FloatArray) -> FloatArray:
    """Return the columns of clusters and, where there are several, their sum."""
    return clusters if clusters.shape[1] == 1 else np.hstack([clusters, clusters.sum(axis=1, keepdims=True)])


def _power(expected: float, variance: float, ratio: float, limit: float, runs: int, generator: np.random.Generator) -> float:
    """Return the share of years in which a cluster's chart finds that its risks are ``ratio`` times too high."""
    due = np.array([expected])
    true = due / ratio
    # p becomes p / ratio, and p(1 - p) accordingly.
    spread = true - (due - variance) / ratio**2
    value, found = np.zeros((runs, 1)), np.zeros((runs, 1), dtype=bool)
    for _look in range(LOOKS):
        value = np.maximum(value + poisson_scores(counts(true, spread, runs, generator), due, 1 / ratio), 0.0)
        found |= value >= limit
    return float(found.mean())
