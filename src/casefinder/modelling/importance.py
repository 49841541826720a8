"""What each feature adds to the raw scores of the people tested, on average: which features a model leans on.

A mean of absolute contributions says how far a feature moves scores, up or down. It says nothing of cause, and of two
features that tell much the same it may show only one.
"""

from collections.abc import Mapping
from typing import Any, Final, Protocol

import numpy as np

from casefinder.disclosure import DEFAULT, Policy
from casefinder.modelling.stored_rows import FeatureRows

MOST_ROWS: Final = 2000
"""People looked at: with more, means change little and take longer."""
_DECIMALS: Final = 3


class Explained(Protocol):
    """A model that says what each feature adds to its raw scores."""

    def contributions(self, features: np.ndarray) -> np.ndarray:
        """Return (rows, features + 1) contributions on the log odds, the base value last."""


def importance(
    model: Explained, names: tuple[str, ...], features: FeatureRows, policy: Policy = DEFAULT
) -> Mapping[str, Any]:
    """Return the mean absolute contribution of each feature, as it may leave the workspace.

    A mean is withheld where 1 to 7 people differ from what most have, since a penalised regression would tell how many.

    Args:
        model: the one served.
        names: of the features, in the order of the columns.
        features: (people, features) of the people tested; of more than ``MOST_ROWS``, as many at even distances.
        policy: what may leave the workspace.

    Returns:
        ``people`` looked at, rounded or withheld; ``means`` on the log odds by feature, None for what is withheld.
    """
    rows = features[_even(len(features))][:]
    means = np.abs(model.contributions(rows)[:, :-1]).mean(axis=0) if len(rows) else np.zeros(len(names))
    told = [
        None if policy.count(_rarer(column)) is None else float(mean) for column, mean in zip(rows.T, means, strict=True)
    ]
    return {
        "people": policy.count(len(rows)),
        "means": {
            name: None if mean is None else round(mean, _DECIMALS) + 0.0 for name, mean in zip(names, told, strict=True)
        },
    }


def _even(rows: int) -> np.ndarray:
    return np.unique(np.linspace(0, rows - 1, min(rows, MOST_ROWS)).round().astype(np.int64))


def _rarer(column: np.ndarray) -> int:
    """Return how many values differ from the commonest; unknown ones count as one value."""
    _, counts = np.unique(column, return_counts=True, equal_nan=True)
    return int(len(column) - counts.max()) if len(counts) else 0
