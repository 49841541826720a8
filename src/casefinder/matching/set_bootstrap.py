"""Rates and means of matched sets with percentile intervals: the bootstrap that draws whole sets.

It holds for matching without replacement (Austin and Small 2014 Stat Med 33:4306). With replacement, drawing people or
sets and keeping their matches is not valid (Abadie and Imbens 2008 Econometrica 76:1537); use the clustered intervals there.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from casefinder.evaluation.inputs import FloatArray, numbers, same_length
from casefinder.evaluation.intervals import Estimate
from casefinder.evaluation.resampling import REPLICATES, drawn_counts, percentile_interval
from casefinder.matching.effects import PER, Effect, matched

METHOD = "bootstrap over matched sets"


def bootstrap_effect(
    outcome: npt.ArrayLike,
    exposure: npt.ArrayLike,
    treated: npt.ArrayLike,
    matched_set: npt.ArrayLike | Sequence[object],
    weight: npt.ArrayLike | None = None,
    per: float = PER,
    replicates: int = REPLICATES,
    seed: int = 0,
    level: float = 0.95,
) -> Effect:
    """Return the two rates, their difference and ratio, with intervals from drawing sets.

    Args:
        outcome: events, days or costs of each row.
        exposure: years at risk, or 1 for a mean per person.
        treated: 1 for the treated member of a set.
        matched_set: number of the set.
        weight: of each row, as ``Members.weight``.
        per: rates are for so much exposure: 100 for person-years, 1 for means.
        replicates: bootstrap samples.
        seed: of the samples.
        level: coverage.

    Raises:
        ValueError: unequal lengths, missing values, no exposure, an empty arm, one set.
    """
    given, time = matched(outcome, treated, matched_set, weight, None, None), numbers(exposure, "exposure")
    same_length(outcome=given.outcome, exposure=time)
    if (time <= 0).any():
        raise ValueError("exposure must be above zero")
    sets, count = given.clusters[0], int(given.clusters[0].max()) + 1
    sums = np.stack([
        np.bincount(sets, given.weight * arm * part, count)
        for arm in (given.treated, ~given.treated)
        for part in (given.outcome, time)
    ])  # fmt: skip
    drawn = np.concatenate([_figures(sums @ counts.T, per) for counts in drawn_counts(count, replicates, seed)], axis=1)
    seen = _figures(sums.sum(axis=1, keepdims=True), per)[:, 0]
    found = [_estimate(float(value), draws, level) for value, draws in zip(seen, drawn, strict=True)]
    return Effect(found[0], found[1], found[2], found[3])


def _figures(sums: FloatArray, per: float) -> FloatArray:
    """Return (figures, samples): both rates, difference, ratio."""
    with np.errstate(divide="ignore", invalid="ignore"):
        one, other = per * sums[0] / sums[1], per * sums[2] / sums[3]
        return np.stack([one, other, one - other, one / other])


def _estimate(value: float, drawn: FloatArray, level: float) -> Estimate:
    low, high = percentile_interval(drawn, level)
    return Estimate(value, low, high, float(np.std(drawn[np.isfinite(drawn)], ddof=1)), METHOD)
