"""People lost before the horizon: weights that stand for them, and the risk in a world where people also die.

Days are counted from the index date, day 0, and the horizon is the first day out: an event counts where ``time`` < horizon,
as ``casefinder.dates.horizon`` has it. Whoever is still followed on the horizon day has been followed to the end. Deaths are
observed, not lost: they keep outcome 0. At ties events and deaths come before censorings.

Sources: Graf et al. 1999 Stat Med 18:2529; Gerds and Schumacher 2006 Biom J 48:1029; Aalen and Johansen 1978
Scand J Stat 5:141.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from casefinder.evaluation.inputs import FloatArray, IntArray, labels, numbers, same_length

CENSORED: Final = 0
EVENT: Final = 1
DEATH: Final = 2

SMALL_LOSS: Final = 0.02
SMALL_LOSS_OF_A_PRACTICE: Final = 0.05


@dataclass(frozen=True)
class CensoringWeights:
    """One weight a person, and what was done to the largest.

    Attributes:
        weight: 1/G(t-) for events and deaths, 1/G(h) for those followed to the horizon, 0 for the lost; truncated.
        maximum: the largest weight before truncation.
        limit: the weight at which they were truncated; infinite where they were not.
        truncated: how many weights were lowered.
        lost: how many people were censored before the horizon.
    """

    weight: FloatArray
    maximum: float
    limit: float
    truncated: int
    lost: int


def ipcw(
    time: npt.ArrayLike,
    cause: npt.ArrayLike,
    horizon: float,
    truncate_at: float | None = 0.99,
    stratum: npt.ArrayLike | Sequence[object] | None = None,
) -> CensoringWeights:
    """Return inverse probability of censoring weights, truncated at their 99th percentile.

    The percentile (type 7) is taken over the weights above zero. With ``truncate_at=None`` the weighted risk equals
    Aalen-Johansen's. ``stratum`` gives each group, such as a practice, its own Kaplan-Meier of censoring.

    Args:
        time: days from the index date to the first of event, death and loss; 0 or more. Whoever is followed past the
            horizon may have any time at or past it.
        cause: 0 censored, 1 event, 2 death.
        horizon: first day that does not count.
        truncate_at: a quantile of the weights above zero; None for no truncation.
        stratum: groups with their own censoring.

    Raises:
        ValueError: unequal lengths, a missing or negative time, an unknown cause, a horizon or quantile out of range.

    >>> ipcw([10, 20, 30, 365], [1, 0, 1, 0], horizon=365, truncate_at=None).weight.round(6).tolist()
    [1.0, 0.0, 1.5, 1.5]
    """
    times, causes = _checked(time, cause, horizon)
    weight = np.zeros(len(times))
    strata = np.zeros(len(times), dtype=np.int64) if stratum is None else labels(stratum, len(times), "stratum")[0]
    for number in np.unique(strata):
        member = strata == number
        weight[member] = _weights(times[member], causes[member], horizon)
    limit = _limit(weight, truncate_at)
    lost = int(np.sum((causes == CENSORED) & (times < horizon)))
    return CensoringWeights(np.minimum(weight, limit), float(weight.max()), limit, int(np.sum(weight > limit)), lost)


def _limit(weight: FloatArray, truncate_at: float | None) -> float:
    if truncate_at is None or not weight.any():
        return float("inf")
    if not 0 < truncate_at <= 1:
        raise ValueError(f"truncate_at must be above 0 and at most 1, or None; got {truncate_at}")
    return float(np.quantile(weight[weight > 0], truncate_at))


def _weights(times: FloatArray, causes: IntArray, horizon: float) -> FloatArray:
    days, free = censoring_survival(times, causes, horizon)
    seen = (causes != CENSORED) | (times >= horizon)
    before = np.concatenate([[1.0], free])[np.searchsorted(days, np.minimum(times, horizon), side="left")]
    return np.asarray(np.divide(1.0, before, out=np.zeros(len(times)), where=seen), dtype=np.float64)


@dataclass(frozen=True)
class Loss:
    """How many people were lost before the horizon.

    Attributes:
        share: of everyone.
        largest_share: of the practice that lost most.
        is_small: fewer than 2 % of everyone and no practice above 5 %. Only then may the lost be kept as people without the
            outcome, with the weighted figure beside it.
    """

    share: float
    largest_share: float
    is_small: bool


def loss(time: npt.ArrayLike, cause: npt.ArrayLike, horizon: float, practice: npt.ArrayLike | Sequence[object]) -> Loss:
    """Return the share of people lost before the horizon, over everyone and in the practice that lost most."""
    times, causes = _checked(time, cause, horizon)
    lost = (causes == CENSORED) & (times < horizon)
    codes, _ = labels(practice, len(times), "practice")
    largest = float((np.bincount(codes, lost) / np.bincount(codes)).max())
    return Loss(float(lost.mean()), largest, bool(lost.mean() < SMALL_LOSS and largest <= SMALL_LOSS_OF_A_PRACTICE))


def censoring_survival(time: npt.ArrayLike, cause: npt.ArrayLike, horizon: float) -> tuple[FloatArray, FloatArray]:
    """Return the Kaplan-Meier of the censoring time: the days before the horizon with a loss, and G after each.

    Events and deaths end a person's time at risk of being lost, just before any loss on the same day.
    """
    times, causes = _checked(time, cause, horizon)
    days, lost, ended, at_risk = _life_table(times, causes, horizon)
    free = np.asarray(np.cumprod(1 - lost / np.maximum(at_risk - ended, 1)), dtype=np.float64)
    return days[lost > 0], free[lost > 0]


def aalen_johansen(time: npt.ArrayLike, cause: npt.ArrayLike, horizon: float, of: int = EVENT) -> float:
    """Return the cumulative incidence before the horizon, death competing.

    Args:
        time: as in ``ipcw``.
        cause: 0 censored, 1 event, 2 death.
        horizon: first day that does not count.
        of: the cause whose incidence is wanted.

    >>> round(aalen_johansen([10, 20, 30, 365], [1, 0, 1, 0], horizon=365), 4)
    0.625
    """
    times, causes = _checked(time, cause, horizon)
    days, _, ended, at_risk = _life_table(times, causes, horizon)
    of_cause = np.bincount(np.searchsorted(days, times[(causes == of) & (times < horizon)]), minlength=len(days))
    alive_before = np.concatenate([[1.0], np.cumprod(1 - ended / at_risk)])[:-1]
    return float(np.sum(alive_before * of_cause / at_risk))


def _life_table(
    times: FloatArray, causes: IntArray, horizon: float
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Return the days before the horizon, and on each the lost, the events and deaths, and the people at risk."""
    early = times < horizon
    days, place = np.unique(times[early], return_inverse=True)
    lost = np.bincount(place, causes[early] == CENSORED, minlength=len(days)).astype(np.float64)
    ended = np.bincount(place, causes[early] != CENSORED, minlength=len(days)).astype(np.float64)
    return days, lost, ended, len(times) - (np.cumsum(lost + ended) - lost - ended)


def _checked(time: npt.ArrayLike, cause: npt.ArrayLike, horizon: float) -> tuple[FloatArray, IntArray]:
    times, causes = numbers(time, "time"), numbers(cause, "cause")
    same_length(time=times, cause=causes)
    if (times < 0).any():
        raise ValueError(f"time counts days from the index date, 0 or more; {int((times < 0).sum())} values are negative")
    if not np.isin(causes, (CENSORED, EVENT, DEATH)).all():
        raise ValueError("cause must be 0 (censored), 1 (event) or 2 (death)")
    if not horizon > 0:
        raise ValueError(f"horizon must be above 0 days; got {horizon}")
    return times, causes.astype(np.int64)
