"""Kinds of array that the rooms of the economy pass to each other, and two small readings of tables of constants."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
"""Rates, ages, chances: one value a person or an event."""

Days = NDArray[np.signedinteger[Any]]
"""Days since 1970-01-01."""

Rows = NDArray[np.signedinteger[Any]]
"""Places in other arrays: people, rows, codes."""

Flags = NDArray[np.bool_]
"""Yes or no."""

Names = NDArray[np.object_]
"""Names of code lists, places and the like."""


def between(points: Sequence[tuple[float, float]], at: Any) -> Floats:
    """Return the value at each place of a line that runs straight between points, and flat beyond them."""
    places, values = np.array(points, float).T
    return np.asarray(np.interp(at, places, values))


def weighed(weights: Floats, shares: Any) -> Floats:
    """Return for each column of ``shares`` the sum of its rows, each times its weight, whatever the number of threads."""
    return np.asarray(np.einsum("c,cn->n", weights, np.asarray(shares, weights.dtype)))


def drawn(shares: Sequence[tuple[str, float]], count: int, chance: np.random.Generator) -> tuple[Rows, tuple[str, ...]]:
    """Draw names by their shares; return places among the names, and the names."""
    names = tuple(name for name, _ in shares)
    return chance.choice(len(names), count, p=[share for _, share in shares]), names
