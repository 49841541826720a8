"""How far two rows are from each other, and how far they may be: calipers, and Mahalanobis distance inside them.

Two standard deviations are in use for a caliper, and they differ: that of the score over everyone (MatchIt), and the root
of the mean of the two within-group variances (Austin 2011 Pharm Stat 10:150). Settings name the one that is meant.
"""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from casefinder.evaluation.inputs import BoolArray, FloatArray, IntArray
from casefinder.matching.risk_sets import RiskSets

Spread = Literal["everyone", "pooled_within_groups"]
ROUNDING: Final = 1e-9
"""A share by which the first look at a window is wider than the caliper, which is then asked of each difference."""


def standard_deviation(values: FloatArray, treated: BoolArray, of: Spread = "everyone") -> float:
    """Return the standard deviation (n - 1) that a caliper is a share of.

    Args:
        values: a score on the logit scale.
        treated: who is.
        of: ``everyone``, or ``pooled_within_groups``: the root of the mean of the variances of treated and controls.

    >>> values, treated = np.array([0.0, 1.0, 4.0, 5.0]), np.array([True, True, False, False])
    >>> round(standard_deviation(values, treated), 4), round(standard_deviation(values, treated, "pooled_within_groups"), 4)
    (2.3805, 0.7071)
    """
    if of == "everyone":
        return float(np.std(values, ddof=1))
    return float(np.sqrt((_variance(values[treated]) + _variance(values[~treated])) / 2))


def _variance(values: FloatArray) -> float:
    return float(np.var(values, ddof=1)) if len(values) > 1 else 0.0


@dataclass(frozen=True)
class Calipers:
    """Widest differences a pair may have on the two logits; infinite where there is no caliper."""

    propensity: float = np.inf
    prognostic: float = np.inf


def calipers(rows: RiskSets, share: float | None, of: Spread, propensity_only: bool) -> Calipers:
    """Return the calipers: a share of the standard deviation of each logit over the rows."""
    if share is None:
        return Calipers()
    treated = rows.treated[rows.order]
    first = share * standard_deviation(rows.propensity[rows.order], treated, of)
    if propensity_only or rows.prognostic is None:
        return Calipers(first)
    return Calipers(first, share * standard_deviation(rows.prognostic[rows.order], treated, of))


class Distance:
    """Distance between a row and others: Mahalanobis where there are columns to be close on, else on the propensity.

    The covariance is pooled within treated and controls, with n - 2 degrees of freedom. A column that does not vary, or that
    others add up to, counts for nothing.
    """

    def __init__(self, rows: RiskSets, propensity_only: bool = False) -> None:
        self._rows = rows
        self._columns = None if propensity_only else rows.closeness
        self._root = None if self._columns is None else _root_of_inverse(_pooled_covariance(rows))

    def between(self, row: int, others: IntArray) -> FloatArray:
        """Return the distance of each of the other rows. Equal rows are at exactly equal distances."""
        if self._columns is None or self._root is None:
            return np.abs(self._rows.propensity[others] - self._rows.propensity[row])
        own = self._columns[row].astype(np.float64)
        apart = [self._columns[others, place] - own[place] for place in range(len(own))]
        # Column by column, so that no sum depends on where in the array a row stands, as in a product of matrices.
        squares = np.zeros(len(others))
        for weights in self._root:
            part = np.zeros(len(others))
            for weight, difference in zip(weights, apart, strict=True):
                part += weight * difference
            squares += part * part
        return np.sqrt(squares)


def _pooled_covariance(rows: RiskSets) -> FloatArray:
    assert rows.closeness is not None
    treated = rows.treated[rows.order]
    centred = [_within(column[rows.order].astype(np.float64), treated) for column in rows.closeness.T]
    free = max(len(treated) - 2, 1)
    found = np.array([[float(np.sum(one * other)) / free for other in centred] for one in centred])
    return (found + found.T) / 2


def _within(column: FloatArray, treated: BoolArray) -> FloatArray:
    for group in (treated, ~treated):
        if group.any():
            column[group] -= column[group].mean()
    return column


def _root_of_inverse(covariance: FloatArray) -> FloatArray:
    """Return a matrix whose product with its transpose is the (pseudo-)inverse."""
    scale = np.sqrt(np.diag(covariance))
    scale[scale == 0] = np.inf
    values, vectors = np.linalg.eigh(covariance / np.outer(scale, scale))
    keep = values > 1e-10
    return np.asarray((vectors[:, keep] / np.sqrt(values[keep])).T / scale, dtype=np.float64)
