"""Pooling of estimates from several groups, for what a new group may expect.

Restricted maximum likelihood for the variance between groups, the interval of Hartung and Knapp (2001 Stat Med 20:3875),
and the 95 % prediction interval for a new group with Student's t on k - 2 degrees of freedom (Higgins et al. 2009 JRSS-A
172:137; Riley et al. 2011 BMJ 342:d549; Debray et al. 2023 BMJ 380:e071018).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from casefinder.evaluation.inputs import FloatArray, numbers, same_length
from casefinder.evaluation.intervals import Interval, student_deviate


@dataclass(frozen=True)
class Pooled:
    """A pooled estimate, its interval, the variance between groups, and the range a new group is expected in."""

    estimate: float
    low: float
    high: float
    standard_error: float
    tau2: float
    prediction_low: float
    prediction_high: float
    groups: int

    @property
    def interval(self) -> Interval:
        """Interval of the mean over groups."""
        return Interval(self.low, self.high)

    @property
    def prediction_interval(self) -> Interval:
        """Interval for one new group; NaN with two groups."""
        return Interval(self.prediction_low, self.prediction_high)


def pool(estimates: npt.ArrayLike, variances: npt.ArrayLike, level: float = 0.95) -> Pooled:
    """Return the random-effects mean of group estimates on a scale where they are near normal.

    The interval has Student's t on k - 1 degrees of freedom and the variance of Hartung and Knapp, without the floor that
    some programs put under it. The prediction interval is mean +- t(k - 2) sqrt(tau2 + se^2), with the same standard error.

    Args:
        estimates: one a group, two groups or more.
        variances: the squared standard error of each, above zero.
        level: coverage of both intervals.

    Raises:
        ValueError: fewer than two groups, missing values, or a variance that is not above zero.

    >>> round(pool([0.1, 0.3, 0.2, 0.4], [0.01, 0.02, 0.01, 0.03]).estimate, 4)
    0.2059
    """
    effect, variance = numbers(estimates, "estimates"), numbers(variances, "variances")
    same_length(estimates=effect, variances=variance)
    if len(effect) < 2:
        raise ValueError("pooling needs two groups or more; got 1")
    if (variance <= 0).any():
        raise ValueError(f"every variance must be above zero; {int((variance <= 0).sum())} of {len(variance)} are not")
    tau2 = between_groups_variance(effect, variance)
    weight = 1 / (variance + tau2)
    mean, groups = float(np.average(effect, weights=weight)), len(effect)
    error = math.sqrt(float(weight @ (effect - mean) ** 2) / ((groups - 1) * float(weight.sum())))
    reach = student_deviate(groups - 1, level) * error
    far = student_deviate(groups - 2, level) * math.sqrt(tau2 + error**2)
    return Pooled(mean, mean - reach, mean + reach, error, tau2, mean - far, mean + far, groups)


def between_groups_variance(effect: FloatArray, variance: FloatArray) -> float:
    """Return the restricted maximum likelihood estimate of the variance between groups, zero or more."""
    from scipy.optimize import minimize_scalar

    def lost(tau2: float) -> float:
        weight = 1 / (variance + tau2)
        mean = np.average(effect, weights=weight)
        squares = float(weight @ (effect - mean) ** 2)
        return 0.5 * (squares - float(np.log(weight).sum()) + math.log(float(weight.sum())))

    # The likelihood can have more than one peak, so a grid finds the highest before it is refined.
    grid = np.concatenate([[0.0], np.geomspace(1e-8, 10, 200) * max(float(np.var(effect, ddof=1)), float(variance.min()))])
    best = int(np.argmin([lost(tau2) for tau2 in grid]))
    left, right = grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]
    found = minimize_scalar(lost, bounds=(left, right), method="bounded", options={"xatol": 1e-12 * max(right, 1e-6)})
    return _polished(effect, variance, float(found.x)) if lost(found.x) < lost(0.0) else 0.0


def _polished(effect: FloatArray, variance: FloatArray, tau2: float) -> float:
    """Return the root of the score near the value that the search found, which is exact to about the eighth digit."""
    for _ in range(20):
        weight = 1 / (variance + tau2)
        total = float(weight.sum())
        residual = effect - np.average(effect, weights=weight)
        score = float(weight**2 @ residual**2) - total + float(weight @ weight) / total
        trace = float(weight @ weight) - 2 * float((weight**3).sum()) / total + (float(weight @ weight) / total) ** 2
        step = score / trace
        if abs(step) > 0.01 * tau2:
            return tau2
        tau2 += step
        if abs(step) < 1e-14 * tau2:
            break
    return tau2


def pool_c_statistics(values: npt.ArrayLike, standard_errors: npt.ArrayLike, level: float = 0.95) -> Pooled:
    """Return c-statistics pooled on the logit scale and taken back; ``standard_error`` and ``tau2`` stay on the logit scale.

    Raises:
        ValueError: a c-statistic is 0 or 1, which has no logit, or as ``pool``.
    """
    c, error = numbers(values, "values"), numbers(standard_errors, "standard_errors")
    if ((c <= 0) | (c >= 1)).any():
        raise ValueError("a c-statistic of 0 or 1 has no logit; leave out groups with so few outcomes")
    return _taken_back(pool(np.log(c / (1 - c)), (error / (c * (1 - c))) ** 2, level), lambda x: 1 / (1 + math.exp(-x)))


def pool_observed_expected(observed: npt.ArrayLike, expected: npt.ArrayLike, level: float = 0.95) -> Pooled:
    """Return O/E pooled as ln(O/E) with variance 1/O, taken back; ``standard_error`` and ``tau2`` stay on the log scale.

    Raises:
        ValueError: a group has no observed outcome (use ``partial_pooling``, which needs none), or as ``pool``.
    """
    seen, foreseen = numbers(observed, "observed"), numbers(expected, "expected")
    same_length(observed=seen, expected=foreseen)
    if (seen <= 0).any() or (foreseen <= 0).any():
        raise ValueError(
            f"{int((seen <= 0).sum())} groups have no observed outcome, so no ln(O/E); use partial_pooling, which keeps them"
        )
    return _taken_back(pool(np.log(seen / foreseen), 1 / seen, level), math.exp)


def _taken_back(pooled: Pooled, back: Callable[[float], float]) -> Pooled:
    return Pooled(
        back(pooled.estimate),
        back(pooled.low),
        back(pooled.high),
        pooled.standard_error,
        pooled.tau2,
        back(pooled.prediction_low),
        back(pooled.prediction_high),
        pooled.groups,
    )
