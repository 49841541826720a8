"""Gradient-boosted trees: fitting with early stopping on a later date, scores, and exact contributions.

LightGBM is set so that the same rows give the same bytes: deterministic, row-wise, seeded, one thread unless asked. It is
given rows in turn, from memory or from disk alike, and keeps each value as the number of its bin; the bytes of the model are
those that it makes of one array.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from casefinder.config.model import BoostingSettings
from casefinder.modelling.stored_rows import BATCH, FeatureRows, Rows, batches


@dataclass(frozen=True)
class Trees:
    """A fitted booster, as the text that LightGBM writes."""

    text: str

    def _booster(self) -> Any:
        import lightgbm

        return lightgbm.Booster(model_str=self.text)

    def raw_scores(self, features: FeatureRows) -> np.ndarray:
        """Return the log-odds that the trees give, before calibration. Columns must stand in the contract's order."""
        booster = self._booster()
        return np.concatenate([booster.predict(rows, raw_score=True, num_threads=1) for rows in batches(features)])

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


class _InTurn:
    """Rows as LightGBM asks for them: a slice at a time; before that, for the limits of bins, some one by one, in order."""

    batch_size = BATCH

    def __init__(self, rows: FeatureRows) -> None:
        self._rows, self._first, self._held = rows, -1, np.empty((0, 0))

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, chosen: int | slice) -> np.ndarray:
        if isinstance(chosen, slice):
            return self._rows[chosen]
        first = int(chosen) // BATCH * BATCH
        if first != self._first:
            self._first, self._held = first, self._rows[first : first + BATCH]
        return self._held[chosen - first].astype(np.float64)


def _seed_of_bins(seed: int) -> int:
    """Return the seed by which LightGBM samples rows for the limits of bins: the first number that its generator gives.

    It works this out itself for one array, and for rows in turn it has to be told.
    """
    return ((214013 * seed + 2531011) % 2**32 >> 16) & 0x7FFF


def fit_trees(
    fit: Rows,
    stop: Rows,
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

    lightgbm.Sequence.register(_InTurn)
    own = {"verbosity": -1, "data_random_seed": _seed_of_bins(seed)}

    def dataset(rows: Rows, reference: Any = None) -> Any:
        return lightgbm.Dataset(
            _InTurn(rows[0]), rows[1], weight=rows[2], feature_name=list(names), categorical_feature=list(categorical),
            reference=reference, params=dict(own), free_raw_data=True,
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
