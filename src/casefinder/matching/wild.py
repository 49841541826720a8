"""Intervals from few clusters: the wild bootstrap of scores.

With fewer than about 30 practices the clustered standard error is too small. Here the hypothesis is imposed, each cluster's
contribution to the score is given a sign by chance, and the interval holds the values that are not rejected (Kline and
Santos 2012 J Econom Methods 1:23; Cameron, Gelbach and Miller 2008 Rev Econ Stat 90:414). All signs are tried where there
are few enough.
"""

from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np

from casefinder.evaluation.inputs import FloatArray, IntArray
from casefinder.matching.regression import Family, fit

FEW_CLUSTERS: Final = 30
MOST_TRIED: Final = 12
"""Up to so many clusters every combination of signs is tried."""
STEPS: Final = 20


@dataclass(frozen=True)
class Model:
    """A regression whose last column is the one in question."""

    columns: FloatArray
    outcome: FloatArray
    family: Family
    weight: FloatArray
    offset: FloatArray


def wild_interval(
    model: Model, cluster: IntArray, value: float, error: float, replicates: int, seed: int, level: float = 0.95
) -> tuple[float, float, float]:
    """Return the limits of the last coefficient, and p of its being zero.

    A limit is infinite where no value that far out is rejected, as with so few clusters that no p can be small.

    Args:
        model: the regression.
        cluster: numbers from 0.
        value: the last coefficient.
        error: its clustered standard error, which sets how far limits are looked for.
        replicates: draws of signs, where not all are tried.
        seed: of the draws.
        level: coverage.
    """
    signs = _signs(int(cluster.max()) + 1, replicates, seed)
    low, high = (_limit(model, cluster, signs, value, side * error, 1 - level) for side in (-1, 1))
    return low, high, p_value(model, cluster, signs, 0.0)


def _signs(clusters: int, replicates: int, seed: int) -> FloatArray:
    if clusters <= MOST_TRIED:
        return np.array(list(product((-1.0, 1.0), repeat=clusters)))
    drawn = np.random.default_rng(seed).choice([-1.0, 1.0], size=(replicates, clusters))
    return np.concatenate([np.ones((1, clusters)), drawn])


def p_value(model: Model, cluster: IntArray, signs: FloatArray, tested: float) -> float:
    """Return the share of signs whose score lies as far from zero as the one seen, were the last coefficient as tested."""
    score = _efficient_scores(model, cluster, tested)
    drawn = np.abs(signs @ score)
    return float(np.mean(drawn >= abs(score.sum()) * (1 - 1e-9)))


def _efficient_scores(model: Model, cluster: IntArray, tested: float) -> FloatArray:
    """Return, a cluster, the score of the last coefficient with what the other coefficients explain taken off."""
    others, last = model.columns[:, :-1], model.columns[:, -1]
    offset = model.offset + tested * last
    outcome = model.outcome
    if model.family == "linear":
        outcome, offset = outcome - tested * last, model.offset
    restricted = fit(others, outcome, model.family, model.weight, offset)
    mean = restricted.means(others) * (np.exp(offset) if restricted.is_log else 1.0)
    weight = model.weight * (mean if restricted.is_log else 1.0)
    explained = others @ (restricted.bread @ (others.T @ (weight * last)))
    return np.bincount(cluster, model.weight * (outcome - mean) * (last - explained)).astype(np.float64)


def _limit(model: Model, cluster: IntArray, signs: FloatArray, value: float, step: float, alpha: float) -> float:
    """Return the value furthest out on one side that is not rejected, by doubling and then halving."""
    inside, outside = value, value + step
    for _ in range(8):
        if p_value(model, cluster, signs, outside) <= alpha:
            break
        inside, outside = outside, value + 2 * (outside - value)
    else:
        return float(np.sign(step) * np.inf)
    for _ in range(STEPS):
        middle = (inside + outside) / 2
        inside, outside = (inside, middle) if p_value(model, cluster, signs, middle) <= alpha else (middle, outside)
    return float(inside)
