"""Age and sex alone: the least that any score has to beat.

Unpenalised logistic regression on a restricted cubic spline of age (four knots at the 5th, 35th, 65th and 95th centile), on
sex, and on a different slope of age for men.
"""

from dataclasses import dataclass

import numpy as np

from casefinder.evaluation.inputs import probability
from casefinder.evaluation.logistic import fit_logistic
from casefinder.evaluation.smoothing import spline_columns

CENTILES = (0.05, 0.35, 0.65, 0.95)


@dataclass(frozen=True)
class AgeAndSex:
    """A fitted model of age and sex: knots in years, the columns that are used, a coefficient for each."""

    knots: tuple[float, ...]
    used: tuple[int, ...]
    coefficients: tuple[float, ...]

    def risks(self, age: np.ndarray, sex: np.ndarray) -> np.ndarray:
        """Return the risk at each age (years) and sex (as ``tables.SEXES``)."""
        columns = age_and_sex_columns(age, sex, np.array(self.knots))[:, list(self.used)]
        return probability(columns @ np.array(self.coefficients))


def age_and_sex_columns(age: np.ndarray, sex: np.ndarray, knots: np.ndarray) -> np.ndarray:
    """Return the columns: intercept and spline of age, men, sex not known as either, age of men."""
    men = (sex == "male").astype(np.float64)
    neither = (~np.isin(sex, ("male", "female"))).astype(np.float64)
    return np.column_stack([spline_columns(age, knots), men, neither, men * age])


def fit_age_and_sex(age: np.ndarray, sex: np.ndarray, outcome: np.ndarray, weight: np.ndarray) -> AgeAndSex | None:
    """Fit age and sex to an outcome of 0 and 1; None where there is no fit, as where nobody has the outcome.

    Args:
        age: years.
        sex: as ``tables.SEXES``.
        outcome: 0 or 1.
        weight: of censoring.
    """
    if not len(age):
        return None
    knots = np.unique(np.quantile(age, CENTILES))
    knots = knots if len(knots) == len(CENTILES) else np.empty(0)
    columns = age_and_sex_columns(age, sex, knots)
    used = [place for place in range(columns.shape[1]) if place == 0 or np.ptp(columns[weight > 0, place]) > 0]
    fit = fit_logistic(columns[:, used], outcome, weight, np.zeros(len(age)))
    if fit is None:
        return None
    return AgeAndSex(tuple(map(float, knots)), tuple(used), tuple(map(float, fit.coefficients)))
