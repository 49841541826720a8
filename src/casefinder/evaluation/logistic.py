"""Logistic regression on a few columns by Newton's method, with an offset and weights.

The calibration measures need an offset, a fixed slope and weights at once, which scikit-learn does not offer and
statsmodels, an optional part, does. Tests hold the two equal.
"""

from dataclasses import dataclass

import numpy as np

from casefinder.evaluation.inputs import FloatArray, IntArray, probability

TOLERANCE = 1e-10
# Newton's error is squared by the step after, so a step this small leaves one near 1e-7.
REFITTING_TOLERANCE = 3e-4
MOST_REFITTING_STEPS = 30
MOST_STEPS = 100
LONGEST_STEP = 5.0
"""How far one step may move anyone's log odds."""


@dataclass(frozen=True)
class LogisticFit:
    """Coefficients and their covariance, by model or, where asked for, by sandwich."""

    coefficients: FloatArray
    covariance: FloatArray

    @property
    def standard_errors(self) -> FloatArray:
        """One a coefficient."""
        return np.sqrt(np.diag(self.covariance))


def log_likelihood(outcome: FloatArray, log_odds: FloatArray, weight: FloatArray) -> float:
    """Return the weighted Bernoulli log-likelihood."""
    return float(np.sum(weight * (outcome * log_odds - np.logaddexp(0, log_odds))))


def fit_logistic(
    columns: FloatArray,
    outcome: FloatArray,
    weight: FloatArray,
    offset: FloatArray,
    robust: bool = False,
    cluster: IntArray | None = None,
) -> LogisticFit | None:
    """Return the maximum likelihood fit, or None where there is none (one outcome only, separation, collinearity).

    Args:
        columns: (people, coefficients).
        outcome: 0 or 1.
        weight: zero or more.
        offset: part of the log odds with a coefficient of 1.
        robust: sandwich covariance; for weights that are not counts.
        cluster: numbers from 0; sandwich covariance over clusters, times G / (G - 1).
    """
    if len(np.unique(outcome[weight > 0])) < 2:
        return None
    coefficients = _newton(columns, outcome, weight, offset)
    if coefficients is None:
        return None
    fitted = probability(offset + columns @ coefficients)
    bread = _inverse(_information(columns, weight * fitted * (1 - fitted)))
    if not robust and cluster is None:
        return LogisticFit(coefficients, bread)
    scores = columns * (weight * (outcome - fitted))[:, None]
    return LogisticFit(coefficients, bread @ _meat(scores, cluster) @ bread)


def refit_logistic(
    columns: FloatArray, outcome: FloatArray, weights: FloatArray, offset: FloatArray, start: LogisticFit
) -> FloatArray:
    """Return the coefficients for each row of (fits, people) weights, by plain Newton steps from a fit to all.

    For resamples, whose maxima lie near that of the sample; NaN where the steps do not settle.
    """
    # All fits start at one place, so the first step needs one probability a person, not one a person and fit.
    fitted = probability(offset + columns @ start.coefficients)
    slopes = weights @ (columns * (outcome - fitted)[:, None])
    coefficients = start.coefficients + _steps(weights @ _pairs(columns, fitted * (1 - fitted)), slopes)
    pairs, settled = _pairs(columns, np.ones(len(columns))), np.zeros(len(weights), dtype=np.bool_)
    for _ in range(MOST_REFITTING_STEPS):
        risks = probability(coefficients @ columns.T + offset)
        slopes = (weights * (outcome - risks)) @ columns
        risks *= 1 - risks
        risks *= weights
        steps = _steps(risks @ pairs, slopes)
        coefficients = coefficients + steps
        settled = np.abs(steps).max(axis=1) < REFITTING_TOLERANCE
        if settled.all():
            break
    return np.where(settled[:, None], coefficients, np.nan)


def _pairs(columns: FloatArray, spread: FloatArray) -> FloatArray:
    """Return the products of each two columns times a spread: (people, coefficients squared)."""
    return (columns[:, :, None] * columns[:, None, :] * spread[:, None, None]).reshape(len(columns), -1)


def _steps(information: FloatArray, slopes: FloatArray) -> FloatArray:
    terms = slopes.shape[1]
    inverse = np.linalg.pinv(information.reshape(-1, terms, terms), hermitian=True)
    return np.asarray((inverse @ slopes[:, :, None])[:, :, 0], dtype=np.float64)


def _newton(columns: FloatArray, outcome: FloatArray, weight: FloatArray, offset: FloatArray) -> FloatArray | None:
    """Return the maximum, halving a step that would lower the likelihood; None where it runs away."""
    coefficients = np.zeros(columns.shape[1])
    reached = log_likelihood(outcome, offset, weight)
    for _ in range(MOST_STEPS):
        fitted = probability(offset + columns @ coefficients)
        information = _information(columns, weight * fitted * (1 - fitted))
        if not np.isfinite(information).all() or np.linalg.cond(information) > 1e15:
            return None
        step = np.linalg.solve(information, columns.T @ (weight * (outcome - fitted)))
        # Far from the maximum the likelihood is flat and a full step would leap over it.
        step *= min(1.0, LONGEST_STEP / max(float(np.abs(columns @ step).max()), LONGEST_STEP))
        size = 1.0
        while size > 1e-6:
            likelihood = log_likelihood(outcome, offset + columns @ (coefficients + size * step), weight)
            if likelihood >= reached - 1e-9 * abs(reached):
                break
            size /= 2
        coefficients, reached = coefficients + size * step, likelihood
        if np.abs(step).max() < TOLERANCE * (1 + np.abs(coefficients).max()):
            return coefficients
    return None


def _inverse(matrix: FloatArray) -> FloatArray:
    return np.asarray(np.linalg.inv(matrix), dtype=np.float64)


def _information(columns: FloatArray, spread: FloatArray) -> FloatArray:
    return np.asarray(columns.T @ (columns * spread[:, None]), dtype=np.float64)


def _meat(scores: FloatArray, cluster: IntArray | None) -> FloatArray:
    if cluster is None:
        return np.asarray(scores.T @ scores, dtype=np.float64)
    clusters = int(cluster.max()) + 1
    sums = np.stack([np.bincount(cluster, column, clusters) for column in scores.T], axis=1)
    return np.asarray(sums.T @ sums, dtype=np.float64) * (clusters / max(clusters - 1, 1))
