"""Regression of an outcome on columns, with weights, time at risk, and scores for a clustered covariance.

statsmodels finds the coefficients; the covariance is ``sandwich``. Poisson, gamma and negative binomial have a log link,
and are used for their means: with a clustered covariance nothing rests on the variance that they assume.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from casefinder.errors import MissingPartError
from casefinder.evaluation.inputs import FloatArray

Family = Literal["poisson", "negative_binomial", "gamma", "linear"]
SMALLEST_DISPERSION, LARGEST_DISPERSION = 1e-6, 1e3


@dataclass(frozen=True)
class Fit:
    """A fitted regression.

    Attributes:
        coefficients: one a column.
        bread: inverse of the expected information.
        scores: (rows, coefficients), weights included.
        is_log: whether means are exp(columns @ coefficients), else columns @ coefficients.
    """

    coefficients: FloatArray
    bread: FloatArray
    scores: FloatArray
    is_log: bool

    def means(self, columns: FloatArray) -> FloatArray:
        """Return the expected outcome of rows, per unit of exposure."""
        linear = columns @ self.coefficients
        return np.asarray(np.exp(linear) if self.is_log else linear, dtype=np.float64)


def fit(columns: FloatArray, outcome: FloatArray, family: Family, weight: FloatArray, offset: FloatArray) -> Fit:
    """Fit a generalised linear model.

    Args:
        columns: (rows, coefficients), the intercept among them.
        outcome: counts, costs, or anything for a linear model.
        family: ``negative_binomial`` has variance m + a m^2, with a found by maximum likelihood.
        weight: of each row, above zero.
        offset: log of the time at risk where the link is log; taken off the outcome's mean where it is linear.

    Raises:
        MissingPartError: statsmodels is not installed.
    """
    sm = _statsmodels()
    log = sm.families.links.Log()
    if family == "negative_binomial":
        chosen = sm.families.NegativeBinomial(log, _dispersion(sm, columns, outcome, weight, offset))
    else:
        chosen = {
            "poisson": lambda: sm.families.Poisson(log),
            "gamma": lambda: sm.families.Gamma(log),
            "linear": lambda: sm.families.Gaussian(),
        }[family]()
    found = _solved(sm, columns, outcome, chosen, weight, offset)
    mean = np.asarray(found.fittedvalues, dtype=np.float64)
    slope = 1 / (chosen.link.deriv(mean) * chosen.variance(mean))
    scores = columns * (weight * (outcome - mean) * slope)[:, None]
    information = columns.T @ (columns * (weight * slope / chosen.link.deriv(mean))[:, None])
    return Fit(np.asarray(found.params), np.linalg.inv(information), scores, family != "linear")


def _solved(sm: Any, columns: FloatArray, outcome: FloatArray, family: Any, weight: FloatArray, offset: FloatArray) -> Any:
    return sm.GLM(outcome, columns, family=family, freq_weights=weight, offset=offset).fit(tol=1e-10, maxiter=100)


def _dispersion(sm: Any, columns: FloatArray, outcome: FloatArray, weight: FloatArray, offset: FloatArray) -> float:
    """Return the dispersion of the highest weighted likelihood, given the best coefficients at each."""
    from scipy.optimize import minimize_scalar
    from scipy.special import gammaln

    def lost(log_dispersion: float) -> float:
        size = 1 / np.exp(log_dispersion)
        family = sm.families.NegativeBinomial(sm.families.links.Log(), 1 / size)
        mean = _solved(sm, columns, outcome, family, weight, offset).fittedvalues
        part = gammaln(outcome + size) - gammaln(size) + size * np.log(size / (size + mean))
        return -float(weight @ (part + outcome * np.log(mean / (size + mean))))

    bounds = (np.log(SMALLEST_DISPERSION), np.log(LARGEST_DISPERSION))
    return float(np.exp(minimize_scalar(lost, bounds=bounds, method="bounded", options={"xatol": 1e-7}).x))


def _statsmodels() -> Any:
    try:
        import statsmodels.api as sm
    except ImportError:
        raise MissingPartError(
            "Effects need statsmodels, which is not installed.", remedy="Type: pip install 'casefinder[train]'"
        ) from None
    return sm
