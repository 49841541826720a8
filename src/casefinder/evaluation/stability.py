"""Stability: would another sample, or another week, have put the same people on the list?

Source: Riley and Collins 2023 Biom J 65:2200302 (refits on bootstrap samples, mean absolute prediction error).
"""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from casefinder.evaluation.inputs import FloatArray, numbers, same_length
from casefinder.evaluation.lists import places


def topk_overlap(first: npt.ArrayLike, second: npt.ArrayLike, k: int) -> float:
    """Return the Jaccard overlap of the two lists of k made from two risks of the same people: shared over either.

    Ties at the last place share the places left, and count as far as both lists hold them. 1 is the same list, 0 no one
    shared..

    Raises:
        ValueError: unequal lengths, missing values, or k not from 1 to the number of people.

    >>> topk_overlap([0.9, 0.8, 0.1], [0.9, 0.1, 0.8], k=2)
    0.3333333333333333
    """
    one, other = places(first, k), places(second, k)
    same_length(first=one, second=other)
    return float(np.minimum(one, other).sum() / np.maximum(one, other).sum())


@dataclass(frozen=True)
class Instability:
    """How far refits move risks and lists.

    Attributes:
        by_person: the mean absolute difference between each person's risks in the refits and in the model.
        mean: its mean over people.
        centile_95: its 95th centile over people (type 7).
        overlap_mean: the mean overlap of the model's top k with a refit's.
        overlap_least: the least.
        refits: how many.
    """

    by_person: FloatArray
    mean: float
    centile_95: float
    overlap_mean: float
    overlap_least: float
    refits: int


def mean_absolute_prediction_error(risk: npt.ArrayLike, refits: npt.ArrayLike) -> FloatArray:
    """Return each person's mean absolute difference between the model's risk and the refits'.

    Args:
        risk: (people,) risks from the model.
        refits: (refits, people) risks from models fitted in the same way to bootstrap samples.

    >>> mean_absolute_prediction_error([0.2, 0.5], [[0.1, 0.5], [0.3, 0.7]]).round(6).tolist()
    [0.1, 0.1]
    """
    model, again = numbers(risk, "risk"), _refits(refits)
    if again.shape[1] != len(model):
        raise ValueError(f"refits must have one column a person; got {again.shape[1]} for {len(model)} people")
    return np.asarray(np.abs(again - model).mean(axis=0), dtype=np.float64)


def instability(risk: npt.ArrayLike, refits: npt.ArrayLike, k: int) -> Instability:
    """Return how far refits move the risks, and the list of k; arguments as ``mean_absolute_prediction_error``."""
    by_person = mean_absolute_prediction_error(risk, refits)
    overlaps = [topk_overlap(risk, again, k) for again in _refits(refits)]
    centile = float(np.quantile(by_person, 0.95))
    mean = float(by_person.mean())
    return Instability(by_person, mean, centile, float(np.mean(overlaps)), min(overlaps), len(overlaps))


def _refits(refits: npt.ArrayLike) -> FloatArray:
    again = np.asarray(refits, dtype=np.float64)
    if again.ndim != 2 or not len(again):
        raise ValueError("refits must have two dimensions, one row a refit and one column a person, and at least one row")
    if not np.isfinite(again).all():
        raise ValueError(f"refits has {int((~np.isfinite(again)).sum())} missing or infinite values")
    return again


@dataclass(frozen=True)
class Churn:
    """What changed between two lists. ``share_new`` is of the later list."""

    stayed: int
    joined: int
    left: int
    overlap: float
    share_new: float


def churn(earlier: Iterable[Hashable], later: Iterable[Hashable]) -> Churn:
    """Return how many people stayed on, joined and left a list, and the Jaccard overlap of the two.

    Two empty lists overlap wholly, and no one on them is new.

    Raises:
        ValueError: someone stands on one list twice.

    >>> churn(["a", "b", "c"], ["b", "c", "d", "e"])
    Churn(stayed=2, joined=2, left=1, overlap=0.4, share_new=0.5)
    """
    before, after = _members(earlier, "earlier"), _members(later, "later")
    stayed, either = len(before & after), len(before | after)
    joined = len(after) - stayed
    overlap = stayed / either if either else 1.0
    return Churn(stayed, joined, len(before) - stayed, overlap, joined / len(after) if after else 0.0)


def _members(people: Iterable[Hashable], name: str) -> set[Hashable]:
    listed = list(people)
    members = set(listed)
    if len(members) < len(listed):
        raise ValueError(f"the {name} list names {len(listed) - len(members)} people more than once")
    return members
