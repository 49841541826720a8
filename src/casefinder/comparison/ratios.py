"""Indirectly standardised ratios: observed over expected, with limits.

Limits are those of the observed count divided by the expected one: below 10 observed exact Poisson limits (Garwood 1936
Biometrika 28:437), from there on Byar's approximation (Breslow and Day 1987, Statistical Methods in Cancer Research II,
p. 69), whose lower limit is clipped at 0. A ratio compares a practice with the reference, not one practice with another.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from casefinder.evaluation.inputs import FloatArray
from casefinder.evaluation.intervals import Interval, normal_deviate, poisson_interval

EXACT_BELOW: Final = 10
"""Counts below this get exact limits."""


@dataclass(frozen=True)
class StandardisedRatios:
    """One value a practice: the ratio, its limits, and which limits they are (exact or Byar); NaN where none is expected."""

    ratio: FloatArray
    low: FloatArray
    high: FloatArray
    method: tuple[str, ...]


def byar_interval(count: float, level: float = 0.95) -> Interval:
    """Return Byar's limits for a Poisson count.

    >>> [round(limit, 3) for limit in byar_interval(10)], byar_interval(1, 0.998).low
    ([4.787, 18.391], 0.0)
    """
    deviate = normal_deviate(level)
    low = 0.0
    if count > 0:
        low = count * max(0.0, 1 - 1 / (9 * count) - deviate / (3 * np.sqrt(count))) ** 3
    above = count + 1
    high = above * (1 - 1 / (9 * above) + deviate / (3 * np.sqrt(above))) ** 3
    return Interval(float(low), float(high))


def usual_interval(count: float, level: float = 0.95) -> Interval:
    """Return exact limits for a count below 10, and Byar's from there on.

    >>> [round(limit, 3) for limit in usual_interval(9)]
    [4.115, 17.085]
    """
    return poisson_interval(count, level=level) if count < EXACT_BELOW else byar_interval(count, level)


def standardised_ratios(observed: npt.ArrayLike, expected: npt.ArrayLike, level: float = 0.95) -> StandardisedRatios:
    """Return observed over expected with limits.

    Args:
        observed: (practices,) counts.
        expected: (practices,) expected counts; a ratio is NaN where it is not above 0.
        level: coverage of the limits, such as 0.95 or 0.998.

    Raises:
        ValueError: the arrays differ in length, or a count is negative or missing.
    """
    seen, due = counts_of(observed, expected)
    limits = np.array([usual_interval(count, level) for count in seen]).reshape(-1, 2)
    over = np.where(due > 0, due, np.nan)
    method = tuple("exact" if count < EXACT_BELOW else "Byar" for count in seen)
    return StandardisedRatios(seen / over, limits[:, 0] / over, limits[:, 1] / over, method)


def counts_of(observed: npt.ArrayLike, expected: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Return observed and expected counts as arrays, once they are sound.

    Raises:
        ValueError: the arrays differ in length, or a count is negative or missing.
    """
    seen, due = np.asarray(observed, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    if seen.shape != due.shape or seen.ndim != 1:
        raise ValueError(f"one observed and one expected count a practice; got {seen.shape} and {due.shape}")
    if not (seen >= 0).all() or not (due >= 0).all():
        raise ValueError("observed and expected counts are 0 or more, and none is missing")
    return seen, due
