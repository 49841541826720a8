"""The likelihood of a logistic model with an offset and one random intercept a group, by adaptive quadrature.

logit P(y) = offset + a + s z_j, with z_j standard normal. Each group's integral over z_j is taken by Gauss-Hermite nodes
centred on the mode of its integrand and scaled by the curvature there (Liu and Pierce 1994 Biometrika 81:624; Pinheiro and
Bates 1995 J Comput Graph Stat 4:12). Written in s rather than log s, the model includes s = 0 as an ordinary point.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from casefinder.evaluation.inputs import FloatArray, IntArray, probability

NODES: Final = 15
MOST_STEPS: Final = 100
TOLERANCE: Final = 1e-11


@dataclass(frozen=True)
class Likelihood:
    """The log-likelihood at one (a, s), its two slopes, and each group's mode and spread of z."""

    value: float
    slope_a: float
    slope_s: float
    modes: FloatArray
    spreads: FloatArray


class RandomIntercept:
    """Rows sorted by group, and the marginal likelihood of what they show."""

    def __init__(
        self, outcome: FloatArray, offset: FloatArray, weight: FloatArray, group: IntArray, nodes: int = NODES
    ) -> None:
        order = np.argsort(group, kind="stable")
        self._outcome, self._offset, self._weight = outcome[order], offset[order], weight[order]
        self._group = group[order]
        self._starts = np.flatnonzero(np.diff(self._group, prepend=-1))
        self._nodes, node_weights = np.polynomial.hermite.hermgauss(nodes)
        # The factor exp(x^2) that Gauss-Hermite takes out, and the constants of the change of variable.
        self._log_weights = np.log(node_weights) + self._nodes**2 - 0.5 * np.log(np.pi)
        self._modes = np.zeros(len(self._starts))

    def at(self, a: float, s: float) -> Likelihood:
        """Return the log-likelihood and its slopes at (a, s); s of zero or more."""
        modes, spreads = self._modes_and_spreads(a, s)
        places = modes + np.sqrt(2) * spreads * self._nodes[:, None]
        logs, residuals = np.empty_like(places), np.empty_like(places)
        for number, place in enumerate(places):
            log_odds = self._offset + a + s * place[self._group]
            # One exponential serves both the probability and the log-likelihood.
            small = np.exp(-np.abs(log_odds))
            fitted = np.where(log_odds > 0, 1.0, small) / (1 + small)
            lost = np.maximum(log_odds, 0) + np.log1p(small)
            logs[number] = self._by_group(self._weight * (self._outcome * log_odds - lost))
            residuals[number] = self._by_group(self._weight * (self._outcome - fitted))
        parts = self._log_weights[:, None] + logs - places**2 / 2
        highest = parts.max(axis=0)
        shares = np.exp(parts - highest)
        total = shares.sum(axis=0)
        value = float(np.sum(highest + np.log(total) + np.log(spreads)))
        shares /= total
        return Likelihood(
            value, float(np.sum(shares * residuals)), float(np.sum(shares * residuals * places)), modes, spreads
        )

    def _modes_and_spreads(self, a: float, s: float) -> tuple[FloatArray, FloatArray]:
        """Return where each group's integrand peaks, and one over the root of its curvature there."""
        modes = self._modes.copy()
        for _ in range(MOST_STEPS):
            fitted = probability(self._offset + a + s * modes[self._group])
            curvature = 1 + s**2 * self._by_group(self._weight * fitted * (1 - fitted))
            step = (s * self._by_group(self._weight * (self._outcome - fitted)) - modes) / curvature
            # A full Newton step can overshoot where nearly everyone is certain; half a unit keeps it on the way.
            step = np.clip(step, -0.5 / max(s, 0.5), 0.5 / max(s, 0.5))
            modes += step
            if np.abs(step).max() < TOLERANCE:
                break
        self._modes = modes
        fitted = probability(self._offset + a + s * modes[self._group])
        curvature = 1 + s**2 * self._by_group(self._weight * fitted * (1 - fitted))
        return modes, 1 / np.sqrt(curvature)

    def _by_group(self, values: FloatArray) -> FloatArray:
        return np.asarray(np.add.reduceat(values, self._starts), dtype=np.float64)
