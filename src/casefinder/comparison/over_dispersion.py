"""More variation between practices than chance gives: how much, after the extremes are handled.

Spiegelhalter 2005 Stat Med 24:1185, 2005 Qual Saf Health Care 14:347, Spiegelhalter et al. 2012 JRSS A 175:1. With z-scores
z of n practices and weights w = 1 / s², phi is the mean of z², and

    tau² = max(0, (n phi - (n - 1)) / (sum w - sum w² / sum w)).

Where phi is 1 or less there is none. It is an additive variance: limits use sqrt(s² + tau²). Its root is the spread between
practices that nothing explains, never their quality.
"""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from casefinder.evaluation.inputs import FloatArray

TENTH: Final = 0.1
Extremes = Literal["winsorise", "trim"]


@dataclass(frozen=True)
class OverDispersion:
    """``phi``, ``tau2`` on the scale of the scores, and how many practices they rest on (fewer after trimming)."""

    phi: float
    tau2: float
    practices: int


def winsorised(scores: npt.ArrayLike, share: float = TENTH) -> FloatArray:
    """Return scores with those beyond the 10th and 90th centile (linear between ranks) moved to it; all are kept.

    >>> winsorised([-9.0, -1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 9.0]).tolist()
    [-1.0, -1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0]
    """
    values = np.asarray(scores, dtype=np.float64)
    low, high = np.quantile(values, [share, 1 - share])
    return np.clip(values, low, high)


def trimmed(scores: npt.ArrayLike, share: float = TENTH) -> npt.NDArray[np.bool_]:
    """Return True for the scores that stay when those beyond the 10th and 90th centile are dropped.

    >>> trimmed([-9.0, -1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 9.0]).sum()
    np.int64(9)
    """
    values = np.asarray(scores, dtype=np.float64)
    low, high = np.quantile(values, [share, 1 - share])
    return (values >= low) & (values <= high)


def over_dispersion(scores: npt.ArrayLike, spread: npt.ArrayLike, extremes: Extremes = "winsorise") -> OverDispersion:
    """Return phi and tau² of some practices.

    Args:
        scores: (practices,) z-scores.
        spread: (practices,) s, the standard deviation of each by chance, on the scale on which tau² is wanted.
        extremes: winsorise them, or trim the top and bottom tenth.

    Raises:
        ValueError: the arrays differ in length, or a score or spread is not a number.
    """
    values, own = np.asarray(scores, dtype=np.float64), np.asarray(spread, dtype=np.float64)
    if values.shape != own.shape or not np.isfinite(values).all() or not (np.isfinite(own) & (own > 0)).all():
        raise ValueError("one finite score and one spread above 0 a practice")
    if len(values) < 2:
        return OverDispersion(float("nan"), 0.0, len(values))
    if extremes == "trim":
        kept = trimmed(values)
        values, own = values[kept], own[kept]
    else:
        values = winsorised(values)
    phi = float(np.mean(values**2))
    return OverDispersion(phi, _tau2(phi, own), len(values))


def _tau2(phi: float, spread: FloatArray) -> float:
    weight, many = 1 / spread**2, len(spread)
    room = weight.sum() - (weight**2).sum() / weight.sum()
    if phi <= 1 or room <= 0:
        return 0.0
    return max(0.0, float((many * phi - (many - 1)) / room))
