"""The effect in those treated: rates and means of both arms, their difference first, then their ratio.

Members of a set are alike, so every interval is clustered on the set. Counts are Poisson with a log link and the time at
risk as an offset, negative binomial beside it; costs are gamma with a log link, or linear. With columns the figures are
adjusted: what the treated would have had on average with and without, so a covariate left unbalanced by matching is
corrected for (doubly robust).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from casefinder.evaluation.inputs import BoolArray, FloatArray, IntArray, numbers, outcomes, same_length, weights
from casefinder.evaluation.intervals import Estimate, normal_deviate, normal_estimate
from casefinder.matching.regression import Family, fit
from casefinder.matching.sandwich import clusters, sandwich

PER = 100.0
"""Rates are for so many person-years."""


@dataclass(frozen=True)
class Effect:
    """Both arms, with intervals.

    Attributes:
        treated: rate or mean of the treated.
        control: of their controls.
        difference: treated - control.
        ratio: treated / control; its standard error is that of its logarithm.
    """

    treated: Estimate
    control: Estimate
    difference: Estimate
    ratio: Estimate


class Matched(NamedTuple):
    """Checked rows of matched people."""

    outcome: FloatArray
    treated: BoolArray
    weight: FloatArray
    columns: FloatArray
    clusters: list[IntArray]


def rate_effect(
    count: npt.ArrayLike,
    years: npt.ArrayLike,
    treated: npt.ArrayLike,
    matched_set: npt.ArrayLike | Sequence[object],
    weight: npt.ArrayLike | None = None,
    columns: npt.ArrayLike | None = None,
    person: npt.ArrayLike | Sequence[object] | None = None,
    family: Family = "poisson",
    level: float = 0.95,
) -> Effect:
    """Return rates per 100 person-years, their difference and their ratio.

    Args:
        count: events of each row, such as emergency admissions or bed days.
        years: time at risk in years; the same number for everyone gives events per person, whoever died.
        treated: 1 for the treated member of a set.
        matched_set: number of the set; the interval is clustered on it.
        weight: of each row, as ``Members.weight``.
        columns: (rows, columns) to adjust for; those that do not vary are left out.
        person: where the same person may stand in several rows: a second cluster.
        family: ``poisson``, or ``negative_binomial`` beside it.
        level: coverage of the intervals.

    Returns:
        Limits are NaN where an arm has no events.

    Raises:
        ValueError: unequal lengths, missing values, negative counts, no time at risk, an empty arm, one set.
        MissingPartError: statsmodels is not installed.
    """
    given, time = matched(count, treated, matched_set, weight, columns, person), numbers(years, "years")
    same_length(count=given.outcome, years=time)
    if (given.outcome < 0).any() or (time <= 0).any():
        raise ValueError("counts must be zero or more, and years above zero")
    return _contrast(given, time, family, PER, level)


def mean_effect(
    value: npt.ArrayLike,
    treated: npt.ArrayLike,
    matched_set: npt.ArrayLike | Sequence[object],
    weight: npt.ArrayLike | None = None,
    columns: npt.ArrayLike | None = None,
    person: npt.ArrayLike | Sequence[object] | None = None,
    family: Family = "linear",
    level: float = 0.95,
) -> Effect:
    """Return means of each arm per person, such as of costs or of days alive out of hospital.

    Arguments are those of ``rate_effect``; ``family`` is ``linear`` (least squares) or ``gamma`` (log link, for costs).
    Costs are compared as means: a test of logarithms answers another question.

    Raises:
        ValueError: as ``rate_effect``; a negative value with ``gamma``.
        MissingPartError: statsmodels is not installed.
    """
    given = matched(value, treated, matched_set, weight, columns, person)
    if family != "linear" and (given.outcome < 0).any():
        raise ValueError(f"{int((given.outcome < 0).sum())} values are negative; use family='linear'")
    return _contrast(given, np.ones(len(given.outcome)), family, 1.0, level)


def days_alive_out_of_hospital(days_alive: npt.ArrayLike, days_in_hospital: npt.ArrayLike, horizon: int) -> FloatArray:
    """Return days of the horizon on which each person was alive and not in hospital; days after death are none.

    Raises:
        ValueError: more days alive than the horizon has, or more in hospital than alive.

    >>> days_alive_out_of_hospital([365, 100], [12, 100], 365).tolist()
    [353.0, 0.0]
    """
    alive, inside = numbers(days_alive, "days_alive"), numbers(days_in_hospital, "days_in_hospital")
    same_length(days_alive=alive, days_in_hospital=inside)
    wrong = int(np.count_nonzero((alive > horizon) | (inside > alive) | (inside < 0)))
    if wrong:
        raise ValueError(f"{wrong} people have more days in hospital than alive, or more alive than the {horizon} followed")
    return alive - inside


def matched(
    outcome: npt.ArrayLike,
    treated: npt.ArrayLike,
    matched_set: npt.ArrayLike | Sequence[object],
    weight: npt.ArrayLike | None,
    columns: npt.ArrayLike | None,
    person: npt.ArrayLike | Sequence[object] | None,
) -> Matched:
    """Return checked rows; columns are standardised and those that do not vary left out."""
    seen, arm = numbers(outcome, "outcome"), outcomes(treated, "treated").astype(np.bool_)
    counted = weights(weight, len(seen))
    same_length(outcome=seen, treated=arm, weight=counted)
    if not counted[arm].any() or not counted[~arm].any():
        raise ValueError("an effect needs people with weight in both arms")
    adjusted = _standardised(columns, len(seen))
    design = np.column_stack([np.ones(len(seen)), arm, adjusted])
    if np.linalg.matrix_rank(design.T @ design) < design.shape[1]:
        raise ValueError("some columns add up to others, or to the arm; leave one of each such group out")
    return Matched(seen, arm, counted, adjusted, clusters(matched_set, len(seen), person))


def _standardised(columns: npt.ArrayLike | None, rows: int) -> FloatArray:
    if columns is None:
        return np.empty((rows, 0))
    given = np.asarray(columns, dtype=np.float64)
    if given.ndim != 2 or len(given) != rows or not np.isfinite(given).all():
        raise ValueError(f"columns must be of {rows} rows and one column a variable, without missing values")
    spread = given.std(axis=0)
    varies = spread > 1e-12 * np.maximum(np.abs(given.mean(axis=0)), 1)
    return (given[:, varies] - given[:, varies].mean(axis=0)) / spread[varies]


def _contrast(given: Matched, exposure: FloatArray, family: Family, per: float, level: float) -> Effect:
    arms = given.treated, ~given.treated
    totals = [float(given.weight[arm] @ given.outcome[arm]) for arm in arms]
    if family != "linear" and not all(totals):
        rates = [total / float(given.weight[arm] @ exposure[arm]) for total, arm in zip(totals, arms, strict=True)]
        return _without_events(rates[0], rates[1], per)
    design = np.column_stack([np.ones(len(exposure)), given.treated, given.columns])
    offset = np.zeros(len(exposure)) if family == "linear" else np.log(exposure)
    found = fit(design, given.outcome, family, given.weight, offset)
    covariance = sandwich(found.bread, found.scores, given.clusters)
    shares = given.weight[given.treated] * exposure[given.treated]
    shares = shares / shares.sum()
    means, slopes = [], []
    for arm in (1.0, 0.0):
        of_treated = design[given.treated].copy()
        of_treated[:, 1] = arm
        expected = found.means(of_treated)
        means.append(per * float(shares @ expected))
        slopes.append(per * (shares * (expected if found.is_log else 1.0)) @ of_treated)
    return _with_intervals(means, slopes, covariance, level)


def _with_intervals(means: list[float], slopes: list[FloatArray], covariance: FloatArray, level: float) -> Effect:
    """Return the effect by the delta method; the ratio on the log scale."""

    def error(slope: FloatArray) -> float:
        return float(np.sqrt(max(float(slope @ covariance @ slope), 0.0)))

    one, other = (normal_estimate(mean, error(slope), level) for mean, slope in zip(means, slopes, strict=True))
    difference = normal_estimate(means[0] - means[1], error(slopes[0] - slopes[1]), level)
    if min(means) <= 0:
        return Effect(one, other, difference, Estimate(float("nan")))
    return Effect(
        one,
        other,
        difference,
        ratio_estimate(means[0] / means[1], error(slopes[0] / means[0] - slopes[1] / means[1]), level),
    )


def ratio_estimate(value: float, log_error: float, level: float = 0.95, method: str = "Wald, log scale") -> Estimate:
    """Return a ratio with limits from the standard error of its logarithm."""
    reach = np.exp(normal_deviate(level) * log_error)
    return Estimate(value, float(value / reach), float(value * reach), log_error, method)


def _without_events(treated: float, control: float, per: float) -> Effect:
    ratio = treated / control if control else float("nan") if not treated else float("inf")
    rates = Estimate(per * treated), Estimate(per * control)
    return Effect(rates[0], rates[1], Estimate(per * (treated - control)), Estimate(ratio))
