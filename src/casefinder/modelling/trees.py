"""Gradient-boosted trees: fitting with early stopping on a later date, scores, and exact contributions.

LightGBM is set so that the same rows give the same bytes: deterministic, row-wise, seeded, one thread unless asked.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from casefinder.config.model import BoostingSettings


@dataclass(frozen=True)
class Trees:
    """A fitted booster, as the text that LightGBM writes."""

    text: str

    def _booster(self) -> Any:
        import lightgbm

        return lightgbm.Booster(model_str=self.text)

    def raw_scores(self, features: np.ndarray) -> np.ndarray:
        """Return the log-odds that the trees give, before calibration. Columns must stand in the contract's order."""
        return np.asarray(self._booster().predict(features, raw_score=True, num_threads=1))

    def contributions(self, features: np.ndarray) -> np.ndarray:
        """Return what each feature adds to each raw score, and in the last column the base value.

        Rows add up to ``raw_scores``. These are the exact tree-path Shapley values that LightGBM works out itself
        (Lundberg 2020, Nat Mach Intell 2:56).
        """
        return np.asarray(self._booster().predict(features, pred_contrib=True, num_threads=1))


def parameters(settings: BoostingSettings, seed: int) -> dict[str, Any]:
    """Return LightGBM's parameters."""
    chosen = settings.model_dump(exclude={"max_rounds", "stop_after"})
    return {
        "objective": "binary",
        "metric": "binary_logloss",
        "bagging_freq": 1,
        "deterministic": True,
        "force_row_wise": True,
        "seed": seed,
        "verbosity": -1,
        "feature_pre_filter": False,
        **chosen,
    }


def fit_trees(
    fit: tuple[np.ndarray, np.ndarray, np.ndarray],
    stop: tuple[np.ndarray, np.ndarray, np.ndarray],
    names: tuple[str, ...],
    categorical: tuple[str, ...],
    settings: BoostingSettings,
    seed: int,
) -> tuple[Trees, int]:
    """Fit trees to (features, outcome, weight), stopping when the stop rows no longer gain.

    Returns:
        the trees, and how many rounds were kept.
    """
    import lightgbm

    def dataset(rows: tuple[np.ndarray, np.ndarray, np.ndarray], reference: Any = None) -> Any:
        return lightgbm.Dataset(
            rows[0], rows[1], weight=rows[2], feature_name=list(names), categorical_feature=list(categorical),
            reference=reference, params={"verbosity": -1}, free_raw_data=True,
        )  # fmt: skip

    train = dataset(fit)
    booster = lightgbm.train(
        parameters(settings, seed),
        train,
        num_boost_round=settings.max_rounds,
        valid_sets=[dataset(stop, train)],
        callbacks=[lightgbm.early_stopping(settings.stop_after, verbose=False)],
    )
    rounds = booster.best_iteration or booster.current_iteration()
    return Trees(booster.model_to_string(num_iteration=rounds)), rounds
