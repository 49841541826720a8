"""How sure a target is: practices drawn again, and the variation of costs between people alone."""

from collections.abc import Callable
from typing import Final

import numpy as np

from casefinder.allocation.moments import Moments
from casefinder.evaluation.inputs import FloatArray

DRAWS: Final = 400
CENTILES: Final = (2.5, 97.5)
_TOGETHER: Final = 50
"""Draws of one practice that are worked out at once."""


def practice_draws(moments: Moments, fit: Callable[[Moments], FloatArray], draws: int, seed: int) -> FloatArray:
    """Return (draws, columns) coefficients of a model fitted on practices drawn again with replacement.

    Args:
        moments: one group a practice.
        fit: coefficients from sums over practices.
        draws: how often.
        seed: of the draws.
    """
    chance, count = np.random.default_rng(seed), len(moments.weight)
    found = []
    for _ in range(draws):
        drawn = np.bincount(chance.integers(0, count, count), minlength=count)
        found.append(fit(moments.over(drawn.astype(np.float64))))
    return np.stack(found)


def by_practice(moments: Moments) -> Moments:
    """Return sums of which two stand together (held out and not) as one a practice."""
    return Moments(*(part[0::2] + part[1::2] for part in vars(moments).values()))


def chance_alone(
    residual: np.ndarray, predicted: np.ndarray, practice: np.ndarray, practices: int, draws: int, seed: int
) -> FloatArray:
    """Return by how much a practice's cost in a year differs from its need by chance, as a share of the need.

    The people of each practice are drawn again with replacement, and what their costs differ from prediction is summed; the
    practice's own mean difference is taken off, so nothing that lasts is counted as chance.

    Args:
        residual: (models, people) weight times (actual less predicted).
        predicted: (models, people) weight times predicted.
        practice: number of each person's practice.
        practices: how many there are.
        draws: how often.
        seed: of the draws.

    Returns:
        (2, models, practices): the lower and the upper end of 95 in 100 draws; NaN for a practice without people.
    """
    found = np.full((2, len(residual), practices), np.nan)
    order = np.argsort(practice, kind="stable")
    ends = np.searchsorted(practice[order], np.arange(practices + 1))
    for number in range(practices):
        own = order[ends[number] : ends[number + 1]]
        if len(own):
            drawn = _drawn(residual[:, own].T, draws, np.random.default_rng((seed, number)))
            found[:, :, number] = np.percentile(drawn, CENTILES, axis=0) / predicted[:, own].sum(axis=1)
    return found


def _drawn(values: np.ndarray, draws: int, chance: np.random.Generator) -> FloatArray:
    """Return (draws, models) sums of rows drawn again, less the sum itself."""
    count = len(values)
    centred = values - values.mean(axis=0)
    found = []
    for start in range(0, draws, _TOGETHER):
        some = min(_TOGETHER, draws - start)
        place = chance.integers(0, count, (some, count)) + count * np.arange(some)[:, None]
        times = np.bincount(place.ravel(), minlength=some * count).reshape(some, count)
        found.append(times.astype(centred.dtype) @ centred)
    return np.concatenate(found)
