"""Directly standardised rates, which compare practices with each other.

The rate that a practice would have if its people were of the standard's ages. Limits are Dobson's (Dobson et al. 1991 Stat
Med 10:457), whose interval for the count is exact below 10 events and Byar's above; or the gamma limits of Fay and Feuer
(1997 Stat Med 16:791). A band in which a practice has nobody adds nothing, and its weight is left out.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from casefinder.comparison.ratios import usual_interval
from casefinder.evaluation.inputs import FloatArray
from casefinder.evaluation.intervals import Interval, poisson_interval

Method = Literal["dobson", "fay_feuer"]


@dataclass(frozen=True)
class StandardisedRate:
    """A rate with its limits, for each unit of ``people`` (multiply by 1,000 yourself), and the events behind it."""

    rate: float
    low: float
    high: float
    events: float
    method: Method
    bands_left_out: int


def standardised_rate(
    events: npt.ArrayLike,
    people: npt.ArrayLike,
    standard: npt.ArrayLike,
    level: float = 0.95,
    method: Method = "dobson",
) -> StandardisedRate:
    """Return the directly standardised rate of one practice.

    Args:
        events: (bands,) events seen.
        people: (bands,) people, or years that people spent.
        standard: (bands,) people of the standard population.
        level: coverage of the limits.
        method: which limits.

    Raises:
        ValueError: arrays differ in length, something is negative, or events stand in a band without people.

    >>> found = standardised_rate([107, 141, 60, 40, 39, 25], [230061, 329449, 114920, 39487, 14208, 3052],
    ...                           [63986.6, 186263.6, 157302.2, 97647.0, 47572.6, 12262.6])
    >>> round(found.rate, 8)
    0.00092305
    """
    seen, had, weight = (np.asarray(one, dtype=np.float64) for one in (events, people, standard))
    if not seen.shape == had.shape == weight.shape or min(seen.min(), had.min(), weight.min()) < 0:
        raise ValueError("events, people and the standard have one value of 0 or more a band")
    if (seen[had == 0] > 0).any():
        raise ValueError("there are events in a band without people")
    there = had > 0
    if not there.any():
        return StandardisedRate(np.nan, np.nan, np.nan, 0.0, method, len(seen))
    each = weight[there] / weight[there].sum() / had[there]
    rate, variance = float((each * seen[there]).sum()), float((each**2 * seen[there]).sum())
    total = float(seen.sum())
    limits = (
        _fay_feuer(rate, variance, each, level) if method == "fay_feuer" else _dobson(rate, variance, total, each, level)
    )
    return StandardisedRate(rate, limits.low, limits.high, total, method, int((~there).sum()))


def _dobson(rate: float, variance: float, total: float, each: FloatArray, level: float) -> Interval:
    low, high = usual_interval(total, level)
    scale = dobson_scale(variance, total) if total else float(each.mean())
    return Interval(rate + scale * (low - total), rate + scale * (high - total))


def dobson_scale(variance: float, events: float) -> float:
    """Return what Dobson's limits multiply the distance of the count's limits by: sqrt(variance of the rate / events)."""
    return float(np.sqrt(variance / events))


def _fay_feuer(rate: float, variance: float, each: FloatArray, level: float) -> Interval:
    if rate == 0:
        return Interval(0.0, float(poisson_interval(0, level=level).high * each.max()))
    return poisson_interval(rate, variance, float(each.max()), level)
