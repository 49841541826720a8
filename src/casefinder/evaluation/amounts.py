"""Measures of predicted amounts, such as cost: for people, for practices, and for groups of people.

Predictions are judged on people, or on whole practices, that no model was fitted on. Sources: van Veen 2015 (Int J Health
Econ Manag 15:195) for the measures of people; Layton 2018 (Geneva Risk Insur Rev 43:1) for predictive ratios; Dixon 2011
(BMJ 343:d6608) for those of practices.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from casefinder.evaluation.inputs import FloatArray, labels, numbers, same_length, weights

NEAR: Final = 0.1
"""A practice counts as near where its prediction is within a tenth of its actual amount."""


@dataclass(frozen=True)
class PersonMeasures:
    """How well amounts of people are predicted.

    Attributes:
        people: how many.
        mean: weighted mean of the actual amount.
        r2: 1 - sum w(y - p)² / sum w(y - mean)²; below 0 where the mean would do better.
        squared_correlation: of actual and predicted; blind to a wrong level or scale.
        mae: mean absolute error, in the unit of the amount.
        cpm: Cumming's prediction measure, 1 - sum w|y - p| / sum w|y - mean|.
    """

    people: int
    mean: float
    r2: float
    squared_correlation: float
    mae: float
    cpm: float


@dataclass(frozen=True)
class PracticeMeasures:
    """How well mean amounts of practices are predicted; every practice counts alike.

    Attributes:
        practices: how many have a person-year at all.
        r2: 1 - SSE / SST over practices.
        squared_correlation: the other quantity that is published as the R² of practices.
        mape: mean of abs(predicted / actual - 1).
        within_tenth: share of practices whose prediction is within 10 % of the actual amount.
    """

    practices: int
    r2: float
    squared_correlation: float
    mape: float
    within_tenth: float


def _checked(
    actual: npt.ArrayLike, predicted: npt.ArrayLike, weight: npt.ArrayLike | None
) -> tuple[FloatArray, FloatArray, FloatArray]:
    y, p = numbers(actual, "actual"), numbers(predicted, "predicted")
    w = weights(weight, len(y))
    same_length(actual=y, predicted=p, weight=w)
    return y, p, w


def _explained(y: FloatArray, p: FloatArray, w: FloatArray) -> tuple[float, float]:
    """Return 1 - SSE / SST and the squared correlation; NaN where an amount is the same for all."""
    centred, moved = y - np.average(y, weights=w), p - np.average(p, weights=w)
    spread, predicted_spread = float(w @ centred**2), float(w @ moved**2)
    r2 = 1 - float(w @ (y - p) ** 2) / spread if spread > 0 else np.nan
    both = spread * predicted_spread
    return r2, float(w @ (centred * moved)) ** 2 / both if both > 0 else np.nan


def person_measures(actual: npt.ArrayLike, predicted: npt.ArrayLike, weight: npt.ArrayLike | None = None) -> PersonMeasures:
    """Return how well amounts are predicted, one value a person; weights are person-years or survey weights.

    Raises:
        ValueError: arrays differ in length, or a value is missing, or a weight negative.

    >>> found = person_measures([0.0, 2.0, 4.0], [1.0, 2.0, 3.0])
    >>> found.r2, found.mae, found.cpm
    (0.75, 0.6666666666666666, 0.5)
    """
    y, p, w = _checked(actual, predicted, weight)
    mean = float(np.average(y, weights=w))
    r2, correlation = _explained(y, p, w)
    error, spread = float(w @ np.abs(y - p)), float(w @ np.abs(y - mean))
    return PersonMeasures(
        len(y), mean, r2, correlation, error / float(w.sum()), 1 - error / spread if spread > 0 else np.nan
    )


def practice_means(
    actual: npt.ArrayLike, predicted: npt.ArrayLike, practice: npt.ArrayLike, weight: npt.ArrayLike | None = None
) -> pd.DataFrame:
    """Return ``practice``, ``person_years`` (sum of weights), and weighted means ``actual`` and ``predicted`` of each.

    A practice whose people all weigh nothing is left out: it has no mean.

    Raises:
        ValueError: as ``person_measures``, or a practice is missing.
    """
    y, p, w = _checked(actual, predicted, weight)
    number, names = labels(np.asarray(practice), len(y), "practice")
    years = np.bincount(number, w, len(names))
    with np.errstate(divide="ignore", invalid="ignore"):
        means = [np.bincount(number, w * values, len(names)) / years for values in (y, p)]
    found = pd.DataFrame({"practice": names, "person_years": years, "actual": means[0], "predicted": means[1]})
    return found[years > 0].reset_index(drop=True)


def practice_measures(actual: npt.ArrayLike, predicted: npt.ArrayLike) -> PracticeMeasures:
    """Return how well mean amounts are predicted, one value a practice.

    A practice whose actual mean is 0 has no relative error and is left out of ``mape`` and ``within_tenth``.

    Raises:
        ValueError: arrays differ in length, or a value is missing.
    """
    y, p, w = _checked(actual, predicted, None)
    r2, correlation = _explained(y, p, w)
    some = y != 0
    apart = np.abs(p[some] / y[some] - 1)
    if not len(apart):
        return PracticeMeasures(len(y), r2, correlation, np.nan, np.nan)
    return PracticeMeasures(len(y), r2, correlation, float(apart.mean()), float(np.mean(apart <= NEAR)))


def predictive_ratios(
    actual: npt.ArrayLike, predicted: npt.ArrayLike, group: npt.ArrayLike, weight: npt.ArrayLike | None = None
) -> pd.DataFrame:
    """Return the predicted over the actual sum of each group: above 1, the group is over-predicted.

    Returns:
        ``group``, ``people``, ``actual`` and ``predicted`` (weighted sums), ``ratio`` (NaN where nothing was spent), in the
        order of the groups.

    Raises:
        ValueError: as ``person_measures``, or a group is missing.
    """
    y, p, w = _checked(actual, predicted, weight)
    number, names = labels(np.asarray(group), len(y))
    spent, expected = (np.bincount(number, w * values, len(names)) for values in (y, p))
    people = np.bincount(number, minlength=len(names))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(spent != 0, expected / spent, np.nan)
    return pd.DataFrame({"group": names, "people": people, "actual": spent, "predicted": expected, "ratio": ratio})


def tenths(values: npt.ArrayLike, weight: npt.ArrayLike | None = None) -> np.ndarray:
    """Return the tenth of each person by value, 1 the lowest, each with a tenth of the weight; equal values stay together.

    >>> tenths([5.0, 1.0, 3.0, 3.0])
    array([10,  3,  8,  8])
    """
    ordered = numbers(values, "values")
    w = weights(weight, len(ordered))
    distinct, place = np.unique(ordered, return_inverse=True)
    reached = np.cumsum(np.bincount(place, w, len(distinct)))
    return np.clip(np.ceil(10 * reached / reached[-1] - 1e-9), 1, 10).astype(np.int64)[place]
