"""Models of cost that are not linear: Tweedie, two-part (logistic and gamma), and boosted trees with a Tweedie loss.

They challenge weighted least squares in allocation. Each takes the same columns and is fitted with person-year weights.
Their predictions do not add up to what was spent; whoever uses them brings them to the total.
"""

from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np

from casefinder.config.model import BoostingSettings
from casefinder.modelling.trees import parameters

POWER: Final = 1.5
"""Power of the variance of the Tweedie family, between Poisson (1) and gamma (2): many zeros and a long tail."""
_RIDGE: Final = 1e-4
"""So small that it only settles columns that say the same."""
ROUNDS: Final = 150
_BOOSTING: Final = BoostingSettings(num_leaves=31, learning_rate=0.06, min_data_in_leaf=200, max_rounds=ROUNDS)


class CostModel(Protocol):
    """Predicts an amount from columns."""

    def predict(self, columns: np.ndarray) -> np.ndarray:
        """Return the expected amount of each row of (people, columns)."""


@dataclass(frozen=True)
class LogLinear:
    """exp(columns @ coefficients + intercept) * scale."""

    coefficients: np.ndarray
    intercept: float
    scale: float

    def predict(self, columns: np.ndarray) -> np.ndarray:
        """Return the expected amounts."""
        return np.asarray(self.scale * np.exp(columns @ self.coefficients + self.intercept))


@dataclass(frozen=True)
class TwoPart:
    """The chance of any cost, times the cost of those who have some."""

    any_coefficients: np.ndarray
    any_intercept: float
    size: LogLinear

    def predict(self, columns: np.ndarray) -> np.ndarray:
        """Return the expected amounts."""
        chance = 1 / (1 + np.exp(-(columns @ self.any_coefficients + self.any_intercept)))
        return np.asarray(chance * self.size.predict(columns))


@dataclass(frozen=True)
class TweedieTrees:
    """A booster as the text that LightGBM writes; ``scale`` is the unit in which it was fitted."""

    text: str
    scale: float

    def predict(self, columns: np.ndarray) -> np.ndarray:
        """Return the expected amounts."""
        import lightgbm

        booster = lightgbm.Booster(model_str=self.text)
        return self.scale * np.asarray(booster.predict(columns, num_threads=1))


def fit_tweedie(columns: np.ndarray, amount: np.ndarray, weight: np.ndarray) -> LogLinear:
    """Fit a generalised linear model with log link and Tweedie variance of power 1.5."""
    from sklearn.linear_model import TweedieRegressor

    return _log_linear(
        TweedieRegressor(power=POWER, link="log", alpha=_RIDGE, solver="newton-cholesky"), columns, amount, weight
    )


def fit_two_part(columns: np.ndarray, amount: np.ndarray, weight: np.ndarray) -> TwoPart:
    """Fit a logistic model of any cost and a gamma model (log link) of its size."""
    from sklearn.linear_model import GammaRegressor, LogisticRegression
    from threadpoolctl import threadpool_limits

    some = amount > 0
    size = _log_linear(GammaRegressor(alpha=_RIDGE, solver="newton-cholesky"), columns[some], amount[some], weight[some])
    if some.all():
        return TwoPart(np.zeros(columns.shape[1]), np.inf, size)
    chance = LogisticRegression(C=1e4, solver="newton-cholesky")
    with threadpool_limits(1):
        chance.fit(columns, some, sample_weight=weight)
    return TwoPart(chance.coef_[0].astype(np.float64), float(chance.intercept_[0]), size)


def _log_linear(model: Any, columns: np.ndarray, amount: np.ndarray, weight: np.ndarray) -> LogLinear:
    from threadpoolctl import threadpool_limits

    scale = float(np.average(amount, weights=weight))
    with threadpool_limits(1):
        model.fit(columns, amount / scale, sample_weight=weight)
    return LogLinear(np.asarray(model.coef_, dtype=np.float64), float(model.intercept_), scale)


def fit_tweedie_trees(
    columns: np.ndarray, amount: np.ndarray, weight: np.ndarray, names: tuple[str, ...], seed: int
) -> TweedieTrees:
    """Fit boosted trees with a Tweedie loss; the number of rounds is fixed, so no people are needed to stop on."""
    import lightgbm

    scale = float(np.average(amount, weights=weight))
    least = max(20, min(_BOOSTING.min_data_in_leaf, len(amount) // 100))
    settings = {
        **parameters(_BOOSTING, seed), "objective": "tweedie", "metric": "tweedie",
        "tweedie_variance_power": POWER, "min_data_in_leaf": least,
    }  # fmt: skip
    rows = lightgbm.Dataset(columns, amount / scale, weight=weight, feature_name=list(names), params={"verbosity": -1})
    booster = lightgbm.train(settings, rows, num_boost_round=ROUNDS)
    return TweedieTrees(booster.model_to_string(), scale)
