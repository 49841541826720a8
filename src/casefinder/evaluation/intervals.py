"""Estimates with their intervals, and the intervals that have a formula.

Sources: exact Poisson limits by the chi-squared distribution (Garwood 1936 Biometrika 28:437); for a weighted count the
gamma limits of Fay and Feuer (1997 Stat Med 16:791), which equal Garwood's where every weight is 1.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

from casefinder.evaluation.inputs import checked_level


class Interval(NamedTuple):
    """Lower and upper limit; NaN where the interval is not defined."""

    low: float
    high: float


UNKNOWN = Interval(math.nan, math.nan)


@dataclass(frozen=True)
class Estimate:
    """A figure with its interval, its standard error where it has one, and how the interval was made."""

    value: float
    low: float = math.nan
    high: float = math.nan
    standard_error: float = math.nan
    method: str = ""

    @property
    def interval(self) -> Interval:
        """Both limits."""
        return Interval(self.low, self.high)


def normal_deviate(level: float = 0.95) -> float:
    """Return the normal deviate of a two-sided interval: 1.96 for 0.95."""
    from scipy.special import ndtri

    return float(ndtri(0.5 + checked_level(level) / 2))


def student_deviate(degrees: float, level: float = 0.95) -> float:
    """Return the deviate of Student's t of a two-sided interval; NaN below one degree of freedom."""
    from scipy.special import stdtrit

    return float(stdtrit(degrees, 0.5 + checked_level(level) / 2)) if degrees >= 1 else math.nan


def normal_estimate(value: float, standard_error: float, level: float = 0.95, method: str = "Wald") -> Estimate:
    """Return an estimate with limits at the value plus and minus the deviate times the standard error."""
    reach = normal_deviate(level) * standard_error
    return Estimate(value, value - reach, value + reach, standard_error, method)


def poisson_interval(count: float, variance: float | None = None, largest: float = 1.0, level: float = 0.95) -> Interval:
    """Return the exact Poisson interval for a count, or the gamma interval for a sum of weights.

    Args:
        count: events seen, or the sum of their weights.
        variance: the sum of the squared weights; None for a plain count.
        largest: the largest weight an event could have had.
        level: coverage.

    Returns:
        Limits for the expected count; the lower is 0 where the count is 0.

    Raises:
        ValueError: the count is negative.

    >>> [round(limit, 3) for limit in poisson_interval(10)]
    [4.795, 18.39]
    """
    from scipy.special import gammaincinv

    if count < 0:
        raise ValueError(f"a count cannot be negative; got {count}")
    tail = (1 - checked_level(level)) / 2
    spread = count if variance is None else variance
    above, spread_above = count + largest, spread + largest**2
    low = spread / count * gammaincinv(count**2 / spread, tail) if count > 0 else 0.0
    high = spread_above / above * gammaincinv(above**2 / spread_above, 1 - tail)
    return Interval(float(low), float(high))
