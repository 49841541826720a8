"""What every measure asks of its arrays: one row a person, the same length, no missing value.

A mistake here is a mistake in the calling code, so it raises ValueError. The message gives counts, never a value that
belongs to a person.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

NEAREST_TO_CERTAIN: Final = 1e-12
"""How near to 0 or 1 a risk may come before it is moved: a risk of exactly 0 or 1 has no logit."""


class People(NamedTuple):
    """Checked arrays, one place a person."""

    outcome: FloatArray
    risk: FloatArray
    weight: FloatArray


def numbers(values: npt.ArrayLike, name: str) -> FloatArray:
    """Return one finite number a person.

    Raises:
        ValueError: not one-dimensional, empty, not numbers, or some are missing or infinite.
    """
    array = _as_floats(values, name)
    if array.ndim != 1:
        raise ValueError(f"{name} must have one dimension, one value a person; got {array.ndim}")
    if not len(array):
        raise ValueError(f"{name} is empty; give at least one person")
    unusable = int(np.count_nonzero(~np.isfinite(array)))
    if unusable:
        raise ValueError(
            f"{name} has {unusable} missing or infinite values of {len(array)}; leave those people out or mend them"
        )
    return array


def _as_floats(values: npt.ArrayLike, name: str) -> FloatArray:
    try:
        return np.asarray(values, dtype=np.float64)
    except TypeError:
        raise ValueError(f"{name} has missing values or values that are not numbers") from None


def same_length(**arrays: Sequence[object] | npt.NDArray[np.generic]) -> None:
    """Raise ValueError unless all arrays have one length; the names are used in the message."""
    lengths = {name: len(array) for name, array in arrays.items()}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{name} {length}" for name, length in lengths.items())
        raise ValueError(f"arrays must have one value a person each; got {told}")


def outcomes(values: npt.ArrayLike, name: str = "outcome") -> FloatArray:
    """Return an outcome of 0 and 1; True and False are taken too.

    Raises:
        ValueError: a value is missing, or is neither 0 nor 1.
    """
    array = numbers(values, name)
    other = int(np.count_nonzero((array != 0) & (array != 1)))
    if other:
        raise ValueError(f"{name} must be 0 or 1; {other} of {len(array)} values are neither")
    return array


def weights(values: npt.ArrayLike | None, people: int) -> FloatArray:
    """Return weights of zero or more; everyone counts once where none are given.

    Raises:
        ValueError: a weight is missing or negative, or all are zero.
    """
    if values is None:
        return np.ones(people)
    array = numbers(values, "weight")
    if (array < 0).any():
        raise ValueError(f"weight must be zero or more; {int((array < 0).sum())} of {len(array)} are negative")
    if not array.any():
        raise ValueError("weight is zero for everyone, so there is no one to measure")
    return array


def ranked_people(outcome: npt.ArrayLike, risk: npt.ArrayLike, weight: npt.ArrayLike | None = None) -> People:
    """Return checked arrays for a measure of rank: ``risk`` may be any score where more means likelier."""
    score = numbers(risk, "risk")
    people = People(outcomes(outcome), score, weights(weight, len(score)))
    same_length(outcome=people.outcome, risk=people.risk, weight=people.weight)
    return people


def people_at_risk(outcome: npt.ArrayLike, risk: npt.ArrayLike, weight: npt.ArrayLike | None = None) -> People:
    """Return checked arrays for a measure that reads the risk as a probability.

    Raises:
        ValueError: as the parts do, or a risk lies outside 0 to 1.
    """
    people = ranked_people(outcome, risk, weight)
    outside = int(np.count_nonzero((people.risk < 0) | (people.risk > 1)))
    if outside:
        raise ValueError(f"risk must be a probability from 0 to 1; {outside} of {len(people.risk)} values are outside")
    return people


def labels(values: npt.ArrayLike | Sequence[object], people: int, name: str = "group") -> tuple[IntArray, list[object]]:
    """Return the group of each person as a number, and the groups in order.

    Raises:
        ValueError: the length is not the number of people, or a label is missing.
    """
    import pandas as pd

    codes, groups = pd.factorize(np.asarray(values), sort=True)
    if len(codes) != people:
        raise ValueError(f"{name} must have one label a person; got {len(codes)} for {people} people")
    if (codes < 0).any():
        raise ValueError(f"{name} has {int((codes < 0).sum())} missing labels; give people without one a label of their own")
    return codes.astype(np.int64), list(groups.tolist())


def log_odds(risk: FloatArray) -> FloatArray:
    """Return the logit of each risk; a risk of exactly 0 or 1 is first moved by 1e-12.

    >>> log_odds(np.array([0.5])).tolist()
    [0.0]
    """
    inside = np.clip(risk, NEAREST_TO_CERTAIN, 1 - NEAREST_TO_CERTAIN)
    return np.log(inside / (1 - inside))


def probability(log_odds: FloatArray) -> FloatArray:
    """Return the probability of each logit."""
    from scipy.special import expit

    return np.asarray(expit(log_odds), dtype=np.float64)


def checked_level(level: float) -> float:
    """Return the level of an interval, such as 0.95.

    Raises:
        ValueError: it is not between 0 and 1.
    """
    if not 0 < level < 1:
        raise ValueError(f"level must be between 0 and 1, such as 0.95; got {level}")
    return level
