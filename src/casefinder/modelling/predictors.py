"""Characteristics of people as the columns of a regression without a penalty."""

from collections.abc import Mapping

import numpy as np

from casefinder.evaluation.equity import EVENT_FLOOR


def predictors(named: Mapping[str, np.ndarray], outcome: np.ndarray) -> tuple[tuple[str, ...], np.ndarray]:
    """Return characteristics as the columns of a regression, and their names.

    A number enters as it is where it is an age, else as sign(x) log(1 + |x|); where it is unknown it takes the mean, with a
    column that says so. A category has a column each but for the commonest. A column is left out where fewer than 20 rows
    with the outcome, or fewer than 20 without it, have something to say in it.
    """
    found: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    for name, values in named.items():
        found |= _categories(name, values) if values.dtype == object else _numbers(name, values.astype(np.float64))
    kept = {name: column for name, (column, says) in found.items() if _enough(outcome[says])}
    columns = np.stack(list(kept.values()), axis=1) if kept else np.empty((len(outcome), 0))
    return tuple(kept), columns


def _enough(outcome: np.ndarray) -> bool:
    return min(outcome.sum(), (1 - outcome).sum()) >= EVENT_FLOOR


def _numbers(name: str, values: np.ndarray) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return a number as a column with the rows in which it is known; and, where some is not, whether it is."""
    known = ~np.isnan(values)
    if not known.any():
        return {}
    scaled = values if name == "age" else np.sign(values) * np.log1p(np.abs(values))
    found = {name: (np.where(known, scaled, scaled[known].mean()), known)}
    if not known.all():
        # The rarer of known and unknown is what the column has to say.
        rarer = known if known.mean() < 0.5 else ~known
        found[f"{name} known"] = (known.astype(np.float64), rarer)
    return found


def _categories(name: str, values: np.ndarray) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    kinds, counts = np.unique(values.astype(str), return_counts=True)
    common = kinds[np.argmax(counts)]
    return {f"{name} {kind}": ((values == kind).astype(np.float64), values == kind) for kind in kinds if kind != common}
