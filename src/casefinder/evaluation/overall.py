"""Overall accuracy: the Brier score and the index of prediction accuracy.

Sources: Graf et al. 1999 Stat Med 18:2529 (weights for censoring); Kattan and Gerds 2018 Diagn Progn Res 2:7 (index of
prediction accuracy).
"""

import math

import numpy as np
import numpy.typing as npt

from casefinder.evaluation.inputs import outcomes, people_at_risk, same_length, weights


def prevalence(outcome: npt.ArrayLike, weight: npt.ArrayLike | None = None) -> float:
    """Return the share of people with the outcome: sum(w y) / sum(w).

    >>> prevalence([1, 0, 0, 0])
    0.25
    """
    observed = outcomes(outcome)
    given = weights(weight, len(observed))
    same_length(outcome=observed, weight=given)
    return float(np.average(observed, weights=given))


def brier(outcome: npt.ArrayLike, risk: npt.ArrayLike, weight: npt.ArrayLike | None = None) -> float:
    """Return the mean squared difference of outcome and risk: sum(w (y - p)^2) / sum(w).

    0 is perfect. A risk equal to the prevalence for everyone scores prevalence x (1 - prevalence). Defined for any outcome,
    all events and no events included.

    Raises:
        ValueError: the arrays are unequal, hold missing values, or a risk is no probability.

    >>> round(brier([1, 0, 1], [0.8, 0.4, 0.5]), 3)
    0.15
    """
    people = people_at_risk(outcome, risk, weight)
    return float(np.average((people.outcome - people.risk) ** 2, weights=people.weight))


def ipa(outcome: npt.ArrayLike, risk: npt.ArrayLike, weight: npt.ArrayLike | None = None) -> float:
    """Return the index of prediction accuracy: 1 - Brier / (prevalence x (1 - prevalence)).

    1 is perfect, 0 is no better than giving everyone the prevalence, below 0 is worse. NaN where everyone or no one has
    the outcome.

    >>> ipa([1, 0, 1, 0], [0.5, 0.5, 0.5, 0.5])
    0.0
    """
    share = prevalence(outcome, weight)
    if share in (0.0, 1.0):
        return math.nan
    return 1 - brier(outcome, risk, weight) / (share * (1 - share))
