"""Calibration: of 100 people given a risk of 20 in 100, do about 20 have the outcome?

Definitions follow Van Calster et al. 2019 BMC Med 17:230 and Austin and Steyerberg 2019 Stat Med 38:4051. A weight is an
inverse probability of censoring weight: a person of weight 0 was lost before the horizon. Such a person has a risk all the
same, so counts in what was expected and in the averages over people, and not in what was observed.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from casefinder.evaluation.inputs import IntArray, People, checked_level, labels, log_odds, numbers, people_at_risk
from casefinder.evaluation.intervals import Estimate, normal_estimate, poisson_interval
from casefinder.evaluation.logistic import LogisticFit, fit_logistic
from casefinder.evaluation.smoothing import SmootherName, smoother


@dataclass(frozen=True)
class ObservedExpected:
    """Observed outcomes over the sum of risks, with the interval that chance in the observed allows."""

    observed: float
    expected: float
    ratio: float
    low: float
    high: float


def observed_expected(
    outcome: npt.ArrayLike, risk: npt.ArrayLike, weight: npt.ArrayLike | None = None, level: float = 0.95
) -> ObservedExpected:
    """Return O/E = sum(y) / sum(p), with the exact Poisson interval; above 1 the model predicts too little.

    With censoring weights, O/E = sum(w y) / sum(p): the weights stand for the events that were not seen, and everyone's risk
    counts once. The interval is then Fay and Feuer's. No events give 0 with an upper limit; a sum of risks of 0 gives NaN.

    Raises:
        ValueError: unequal lengths, missing values, an outcome other than 0 or 1, a risk outside 0 to 1, a negative weight.

    >>> observed_expected([1, 1, 0, 0], [0.5, 0.25, 0.25, 0.0]).ratio
    2.0
    """
    people = people_at_risk(outcome, risk, weight)
    counted = people.weight * people.outcome
    observed, expected = float(counted.sum()), float(people.risk.sum())
    if not expected:
        return ObservedExpected(observed, expected, math.nan, math.nan, math.nan)
    low, high = poisson_interval(observed, float((counted**2).sum()), float(people.weight.max()), level)
    return ObservedExpected(observed, expected, observed / expected, low / expected, high / expected)


def calibration_in_the_large(
    outcome: npt.ArrayLike,
    risk: npt.ArrayLike,
    weight: npt.ArrayLike | None = None,
    cluster: npt.ArrayLike | Sequence[object] | None = None,
    level: float = 0.95,
) -> Estimate:
    """Return the intercept of a logistic model of the outcome with the logit of the risk as offset: its slope is fixed at 1.

    0 is right, above 0 the model predicts too little; it is a log odds ratio. The standard error is the model's; by sandwich
    with weights, by sandwich over clusters where ``cluster`` names the person or practice of each row. NaN where everyone or
    no one has the outcome. A risk of exactly 0 or 1 is moved by 1e-12.
    """
    people = people_at_risk(outcome, risk, weight)
    fit = _recalibration(people, np.ones((len(people.risk), 1)), log_odds(people.risk), weight is not None, cluster)
    return _coefficient(fit, 0, level, people, cluster is not None or weight is not None)


@dataclass(frozen=True)
class CalibrationSlope:
    """Slope and intercept of logit P(y) = a + b logit(p). This intercept is not calibration-in-the-large."""

    slope: Estimate
    intercept: Estimate


def calibration_slope(
    outcome: npt.ArrayLike,
    risk: npt.ArrayLike,
    weight: npt.ArrayLike | None = None,
    cluster: npt.ArrayLike | Sequence[object] | None = None,
    level: float = 0.95,
) -> CalibrationSlope:
    """Return the coefficient of the logit of the risk in a logistic model of the outcome, and that model's intercept.

    1 is right; below 1 risks are too extreme, above 1 not extreme enough. Standard errors are as in
    ``calibration_in_the_large``. NaN where everyone or no one has the outcome, where the risk is constant, or where it
    separates the two outcomes.
    """
    people = people_at_risk(outcome, risk, weight)
    position = log_odds(people.risk)
    columns = np.stack([np.ones(len(position)), position], axis=1)
    fit = None
    if np.ptp(position[people.weight > 0]):
        fit = _recalibration(people, columns, np.zeros(len(position)), weight is not None, cluster)
    robust = cluster is not None or weight is not None
    return CalibrationSlope(_coefficient(fit, 1, level, people, robust), _coefficient(fit, 0, level, people, robust))


def _recalibration(
    people: People,
    columns: npt.NDArray[np.float64],
    offset: npt.NDArray[np.float64],
    robust: bool,
    cluster: npt.ArrayLike | Sequence[object] | None,
) -> LogisticFit | None:
    members: IntArray | None = None if cluster is None else labels(cluster, len(people.risk), "cluster")[0]
    return fit_logistic(columns, people.outcome, people.weight, offset, robust, members)


def _coefficient(fit: LogisticFit | None, place: int, level: float, people: People, robust: bool) -> Estimate:
    if fit is None:
        return Estimate(math.nan)
    method = "Wald, sandwich" if robust else "Wald"
    return normal_estimate(float(fit.coefficients[place]), float(fit.standard_errors[place]), level, method)


@dataclass(frozen=True)
class CalibrationError:
    """Gaps between risk and smoothed observed risk. ``emax`` is unstable and no ground for a decision."""

    ici: float
    e50: float
    e90: float
    emax: float
    smoother: SmootherName


def calibration_error(
    outcome: npt.ArrayLike, risk: npt.ArrayLike, weight: npt.ArrayLike | None = None, by: SmootherName | None = None
) -> CalibrationError:
    """Return the ICI, E50 and E90: mean, median and 90th centile over people of abs(c(p) - p); and the largest, Emax.

    ``c`` is R's loess of outcome on risk (span 0.75, degree 2) up to 20,000 people, and above that logistic regression on
    restricted cubic splines of the logit with five Harrell knots; ``by`` asks for one of them. Risks with fewer than four
    distinct values use the observed share at each. Quantiles are of type 7. Weights enter the smoother; every person counts
    once in the averages. The result names the smoother used.

    Raises:
        ValueError: as ``observed_expected``, or an unknown smoother.
    """
    people = people_at_risk(outcome, risk, weight)
    curve = smoother(people.outcome, people.risk, people.weight, by)
    gaps = np.abs(curve.at(people.risk) - people.risk)
    e50, e90 = np.quantile(gaps, [0.5, 0.9])
    return CalibrationError(float(gaps.mean()), float(e50), float(e90), float(gaps.max()), curve.name)


def ici(outcome: npt.ArrayLike, risk: npt.ArrayLike, weight: npt.ArrayLike | None = None) -> float:
    """Return the integrated calibration index; see ``calibration_error``."""
    return calibration_error(outcome, risk, weight).ici


def e50(outcome: npt.ArrayLike, risk: npt.ArrayLike, weight: npt.ArrayLike | None = None) -> float:
    """Return the median gap between risk and smoothed observed risk; see ``calibration_error``."""
    return calibration_error(outcome, risk, weight).e50


def e90(outcome: npt.ArrayLike, risk: npt.ArrayLike, weight: npt.ArrayLike | None = None) -> float:
    """Return the 90th centile of the gap between risk and smoothed observed risk; see ``calibration_error``."""
    return calibration_error(outcome, risk, weight).e90


def calibration_curve(
    outcome: npt.ArrayLike,
    risk: npt.ArrayLike,
    weight: npt.ArrayLike | None = None,
    at: npt.ArrayLike | None = None,
    by: SmootherName | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Return the smoothed observed risk with a pointwise interval, for plotting.

    Args:
        outcome: 0 or 1.
        risk: probabilities.
        weight: censoring weights.
        at: risks at which to read the curve; by default the quantiles of risk in steps of 2 % and 50 even steps between the
            least and the greatest.
        by: the smoother, as in ``calibration_error``.
        level: coverage at each point.

    Returns:
        Columns ``risk``, ``observed``, ``low``, ``high``, ``smoother``. The loess interval is normal, with
        binomial variance; the spline's is made on the log odds.
    """
    people = people_at_risk(outcome, risk, weight)
    curve = smoother(people.outcome, people.risk, people.weight, by)
    places = _plotting_places(people) if at is None else numbers(at, "at")
    low, high = curve.limits(places, checked_level(level))
    observed = np.clip(curve.at(places), 0, 1)
    return pd.DataFrame({"risk": places, "observed": observed, "low": low, "high": high, "smoother": curve.name})


def _plotting_places(people: People) -> npt.NDArray[np.float64]:
    even = np.linspace(people.risk.min(), people.risk.max(), 51)
    return np.unique(np.concatenate([np.quantile(people.risk, np.linspace(0, 1, 51)), even]))
