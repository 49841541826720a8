"""Scores to match on: the propensity to be treated, and the risk that a person would have had without the service.

The propensity score is estimated at entry to the risk set, over treated rows and candidates. The prognostic score is
fitted in untreated people of another period or area, so that no outcome of the people to be matched is looked at (Hansen
2008 Biometrika 95:481; Leacy and Stuart 2014 Stat Med 33:3488). Both are plain logistic regression, and are matched on as
logits.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from casefinder.evaluation.inputs import BoolArray, FloatArray, numbers, outcomes, probability, same_length, weights
from casefinder.evaluation.logistic import fit_logistic


class NoOverlap(ValueError):
    """Some combination of the columns tells treated from untreated without error: there is nobody to compare with."""


@dataclass(frozen=True)
class Score:
    """A fitted logistic score.

    Attributes:
        intercept: log odds of a person with zeros in every column.
        coefficients: one a column, 0 for a column that did not vary.
    """

    intercept: float
    coefficients: FloatArray

    def log_odds(self, columns: npt.ArrayLike) -> FloatArray:
        """Return the logit of each row: what is matched on.

        Raises:
            ValueError: other columns than were fitted, or missing values.
        """
        given = _columns(columns)
        if given.shape[1] != len(self.coefficients):
            raise ValueError(f"the score was fitted on {len(self.coefficients)} columns; got {given.shape[1]}")
        total = np.full(len(given), self.intercept)
        # Column by column, so that equal rows have exactly equal scores wherever they stand.
        for coefficient, column in zip(self.coefficients, given.T, strict=True):
            total += coefficient * column
        return total

    def risk(self, columns: npt.ArrayLike) -> FloatArray:
        """Return the probability of each row."""
        return probability(self.log_odds(columns))


def propensity_score(
    columns: npt.ArrayLike, treated: npt.ArrayLike, weight: npt.ArrayLike | None = None, order: npt.ArrayLike | None = None
) -> Score:
    """Return the propensity score of rows of risk sets.

    Args:
        columns: (rows, columns), as known at the landmark.
        treated: 1 for a treated entry, 0 for a candidate.
        weight: for candidates that stand for others, where a share of them was drawn; 1 / share.
        order: rows in an order that is settled by their labels, such as ``RiskSets.order``. Sums then add in that order,
            so the score is the same to the last digit however the rows came.

    Raises:
        NoOverlap: treated and untreated are separated, so no maximum exists.
        ValueError: one group only, unequal lengths, missing values.
    """
    return fit_score(columns, outcomes(treated, "treated"), weight, order)


def prognostic_score(
    columns: npt.ArrayLike, outcome: npt.ArrayLike, treated: npt.ArrayLike, weight: npt.ArrayLike | None = None
) -> Score:
    """Return the risk of the outcome without the service, fitted in the untreated alone.

    Args:
        columns: (people, columns) of another period or area.
        outcome: 0 or 1 in that period.
        treated: 1 for people who had the service then; they are left out.
        weight: such as inverse probability of censoring weights.

    Raises:
        NoOverlap: the outcome is told without error.
        ValueError: nobody is untreated, one outcome only, unequal lengths, missing values.
    """
    left = ~outcomes(treated, "treated").astype(np.bool_)
    if not left.any():
        raise ValueError("everyone is treated; a prognostic score is fitted in untreated people")
    given, seen = _columns(columns), outcomes(outcome)
    same_length(columns=given, outcome=seen, treated=left)
    counted = weights(weight, len(seen))
    return fit_score(given[left], seen[left], counted[left])


def fit_score(
    columns: npt.ArrayLike, outcome: FloatArray, weight: npt.ArrayLike | None = None, order: npt.ArrayLike | None = None
) -> Score:
    """Return the maximum likelihood logistic fit on standardised columns, with coefficients on the columns' own scale."""
    given, counted = _columns(columns), weights(weight, len(outcome))
    same_length(columns=given, outcome=outcome, weight=counted)
    if len(np.unique(outcome[counted > 0])) < 2:
        raise ValueError("a score needs people with and without what it tells apart; got one kind only")
    if order is not None:
        place = np.asarray(order, dtype=np.int64)
        given, outcome, counted = given[place], outcome[place], counted[place]
    centre, spread = given.mean(axis=0), given.std(axis=0)
    varies = spread > 1e-12 * np.maximum(np.abs(centre), 1)
    design = np.column_stack([np.ones(len(given)), (given[:, varies] - centre[varies]) / spread[varies]])
    if np.linalg.matrix_rank(design.T @ design) < design.shape[1]:
        raise ValueError("some columns add up to others; leave one of each such group out")
    fit = fit_logistic(design, outcome, counted, np.zeros(len(outcome)))
    if fit is None:
        raise NoOverlap("the columns tell the two groups apart without error, so there is nobody to compare with")
    coefficients = np.zeros(given.shape[1])
    coefficients[varies] = fit.coefficients[1:] / spread[varies]
    return Score(float(fit.coefficients[0] - coefficients[varies] @ centre[varies]), coefficients)


@dataclass(frozen=True)
class Overlap:
    """How far the scores of treated and candidates cover the same ground.

    Attributes:
        above: treated whose score is above that of every candidate.
        below: treated whose score is below that of every candidate.
        share: share of the treated inside the range of the candidates.
        c_statistic: how well the score tells treated from candidates; near 1 means few comparable people.
    """

    above: int
    below: int
    share: float
    c_statistic: float


def overlap(propensity: npt.ArrayLike, treated: npt.ArrayLike) -> Overlap:
    """Return the overlap of the scores (positivity): whether anyone like the treated is left untreated."""
    from casefinder.evaluation.discrimination import c_statistic

    score = numbers(propensity, "propensity")
    is_treated: BoolArray = outcomes(treated, "treated").astype(np.bool_)
    same_length(propensity=score, treated=is_treated)
    own, others = score[is_treated], score[~is_treated]
    if not len(own) or not len(others):
        raise ValueError("overlap needs treated rows and candidates")
    above, below = int(np.sum(own > others.max())), int(np.sum(own < others.min()))
    return Overlap(above, below, 1 - (above + below) / len(own), c_statistic(is_treated, score))


def _columns(columns: npt.ArrayLike) -> FloatArray:
    given = np.asarray(columns, dtype=np.float64)
    if given.ndim != 2 or not given.size:
        raise ValueError(f"columns must be of one row a person and one column a variable; got shape {given.shape}")
    missing = int(np.count_nonzero(~np.isfinite(given)))
    if missing:
        raise ValueError(f"columns have {missing} missing or infinite values; fill them with a category of their own")
    return given
