"""Rosenbaum's bounds: by how much may two matched people differ in their odds of being treated before the finding falls?

The signed-rank test of matched pairs, when within each pair the odds of being the treated one may differ by a factor gamma
from something unrecorded (Rosenbaum 2002, Observational Studies, section 4.3). All pairs are ranked by the size of their
difference, ties by their mean rank; pairs without a difference keep their rank and score nothing.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from casefinder.evaluation.inputs import FloatArray, numbers

LARGEST_GAMMA = 100.0


@dataclass(frozen=True)
class Bound:
    """One-sided p of no effect at a gamma: the smallest and the largest that it could be."""

    gamma: float
    low: float
    high: float


def rosenbaum_bounds(
    differences: npt.ArrayLike, gammas: npt.ArrayLike, side: Literal["greater", "less"] = "greater"
) -> list[Bound]:
    """Return the bounds on p at each gamma.

    Args:
        differences: treated - control of each pair; with several controls, treated - their mean.
        gammas: 1 or more; 1 is the plain test.
        side: whether the service is asked to have raised or lowered the outcome.

    Raises:
        ValueError: no pair differs, missing values, or a gamma below 1.
    """
    positive, differs, ranks = _ranked(differences, side)
    factors = numbers(gammas, "gammas")
    if (factors < 1).any():
        raise ValueError("gamma must be 1 or more")
    seen = float(ranks @ positive)
    return [
        Bound(float(gamma), _tail(seen, differs, ranks, 1 / (1 + gamma)), _tail(seen, differs, ranks, gamma / (1 + gamma)))
        for gamma in factors
    ]


def sensitivity_gamma(
    differences: npt.ArrayLike, side: Literal["greater", "less"] = "greater", alpha: float = 0.05
) -> float:
    """Return the largest gamma at which the upper bound on p is still at most alpha; NaN where not even 1 is.

    Returns:
        1.05 reads as fragile: an unrecorded factor that changes the odds of treatment by 5 % could explain the finding.
    """
    from scipy.optimize import brentq

    def over(gamma: float) -> float:
        return rosenbaum_bounds(differences, [gamma], side)[0].high - alpha

    if over(1.0) > 0:
        return float("nan")
    return float(brentq(over, 1.0, LARGEST_GAMMA)) if over(LARGEST_GAMMA) > 0 else LARGEST_GAMMA


def _ranked(differences: npt.ArrayLike, side: str) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return whether each pair differs in the direction asked, whether it differs at all, and its rank."""
    from scipy.stats import rankdata

    if side not in ("greater", "less"):
        raise ValueError(f"side must be 'greater' or 'less'; got {side!r}")
    apart = numbers(differences, "differences")
    if not apart.any():
        raise ValueError("no pair differs, so there is nothing to test")
    signed = apart if side == "greater" else -apart
    return (signed > 0).astype(np.float64), (apart != 0).astype(np.float64), np.asarray(rankdata(np.abs(apart)))


def _tail(seen: float, differs: FloatArray, ranks: FloatArray, chance: float) -> float:
    from scipy.special import ndtr

    mean = chance * float(ranks @ differs)
    variance = chance * (1 - chance) * float(ranks**2 @ differs)
    return float(ndtr(-(seen - mean) / np.sqrt(variance)))
