"""Cox regression: Efron's ties, weights, and a covariance robust to members of a set being alike.

statsmodels fits Efron's likelihood, but without weights, and the residuals of its clustered covariance are Breslow's. Here
the covariance is that of Lin and Wei (1989 JASA 84:1074) with Efron's residuals, as in R's survival.
"""

from typing import NamedTuple

import numpy as np

from casefinder.evaluation.inputs import BoolArray, FloatArray, IntArray
from casefinder.matching.sandwich import sandwich

MOST_STEPS = 50
TOLERANCE = 1e-10


class _Deaths(NamedTuple):
    """Efron's terms, one place an event: events of one day leave the risk set one after the other, in equal parts."""

    first: IntArray
    share_gone: FloatArray
    weight: FloatArray
    last: IntArray


def fit_cox(
    time: FloatArray, event: BoolArray, columns: FloatArray, weight: FloatArray, within: list[IntArray]
) -> tuple[FloatArray, FloatArray]:
    """Return coefficients and their clustered covariance.

    Raises:
        ValueError: the likelihood has no maximum, as where a column tells the events without error.
    """
    order = np.lexsort((~event, time))
    time, event, columns, weight = time[order], event[order], columns[order], weight[order]
    columns = columns - np.average(columns, axis=0, weights=weight)
    deaths = _deaths(time, event, weight)
    coefficients = np.zeros(columns.shape[1])
    for _ in range(MOST_STEPS):
        slope, information, _ = _terms(coefficients, event, columns, weight, deaths)
        step = np.linalg.solve(information, slope)
        coefficients = coefficients + step / max(1.0, float(np.abs(columns @ step).max()) / 5)
        if np.abs(step).max() < TOLERANCE:
            break
    else:
        raise ValueError("the Cox regression has no maximum; leave out columns that tell the events without error")
    _, information, scores = _terms(coefficients, event, columns, weight, deaths)
    back = np.empty_like(order)
    back[order] = np.arange(len(order))
    return coefficients, sandwich(np.asarray(np.linalg.inv(information), dtype=np.float64), scores[back], within)


def _deaths(time: FloatArray, event: BoolArray, weight: FloatArray) -> _Deaths:
    """Rows stand by time, events first within a day; all terms of a day share its first row."""
    rows = np.flatnonzero(event)
    first = np.searchsorted(time, time[rows], side="left")
    days, start, count = np.unique(first, return_index=True, return_counts=True)
    place = np.repeat(np.arange(len(days)), count)
    share = (np.arange(len(rows)) - start[place]) / count[place]
    mean_weight = (np.add.reduceat(weight[rows], start) / count)[place]
    return _Deaths(first, share, mean_weight, first + count[place])


def _terms(
    coefficients: FloatArray, event: BoolArray, columns: FloatArray, weight: FloatArray, deaths: _Deaths
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return slope, information and score residuals of the partial likelihood."""
    risk = weight * np.exp(columns @ coefficients)
    once = risk[:, None] * columns
    pairs = once[:, :, None] * columns[:, None, :]
    at_risk, sums, squares = (_at_risk(part, deaths) for part in (risk[:, None], once, pairs))
    total = at_risk[:, 0]
    mean = sums / total[:, None]
    hazard = deaths.weight / total
    spread = squares / total[:, None, None] - mean[:, :, None] * mean[:, None, :]
    slope = weight[event] @ columns[event] - deaths.weight @ mean
    information = np.einsum("d,dij->ij", deaths.weight, spread)
    return slope, information, _residuals(event, columns, weight, risk, deaths, mean, hazard)


def _at_risk(part: FloatArray, deaths: _Deaths) -> FloatArray:
    """Return, for each event, the sum over people at risk, less the share of the day's own events that has gone."""
    tail = np.concatenate([np.cumsum(part[::-1], axis=0)[::-1], np.zeros((1, *part.shape[1:]))])
    own = tail[deaths.first] - tail[deaths.last]
    return np.asarray(tail[deaths.first] - deaths.share_gone.reshape(-1, *[1] * (part.ndim - 1)) * own, dtype=np.float64)


def _residuals(
    event: BoolArray,
    columns: FloatArray,
    weight: FloatArray,
    risk: FloatArray,
    deaths: _Deaths,
    mean: FloatArray,
    hazard: FloatArray,
) -> FloatArray:
    """Return (rows, columns) weighted score residuals: what was seen of each row less what was expected of it."""
    increments = np.column_stack([hazard, hazard[:, None] * mean])
    passed = np.zeros((len(columns) + 1, increments.shape[1]))
    np.add.at(passed, deaths.first, increments)
    # Rows with a day's events stand from its first row on, so a running sum holds all days up to a row's own.
    expected = np.cumsum(passed, axis=0)[:-1]
    day, place = np.unique(deaths.first, return_inverse=True)
    left = np.zeros((len(day), increments.shape[1]))
    np.add.at(left, place, deaths.share_gone[:, None] * increments)
    mean_of_day = np.zeros((len(day), columns.shape[1]))
    np.add.at(mean_of_day, place, mean)
    mean_of_day /= np.bincount(place)[:, None]
    expected[event] -= left[place]
    scores = -risk[:, None] * (columns * expected[:, :1] - expected[:, 1:])
    scores[event] += weight[event][:, None] * (columns[event] - mean_of_day[place])
    return scores
