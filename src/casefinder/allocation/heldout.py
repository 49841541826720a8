"""Predictions for people, and for whole practices, that nothing was fitted on.

A share of people is held out by their draw. Practices are held out a few at a time: each is in one of five parts, settled
by a hash of its code, and is predicted by models fitted on the other four.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from casefinder.allocation.design import Design
from casefinder.allocation.models import CHALLENGERS, LINEAR, Rescaled, challengers, linear
from casefinder.allocation.moments import Moments
from casefinder.evaluation.inputs import FloatArray

TEST_SHARE: Final = 0.3
PARTS: Final = 5

Tell = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Fitting:
    """Everything that is fitted on: people, amounts and sums.

    Attributes:
        people: columns of those seen in the year.
        practice: number of each person's practice.
        amounts: (caps, people) yearly cost in pounds, top-coded.
        weight: part of the year seen.
        moments: by practice and part, ``2 * practice + held out``.
        part: of each practice, 0 to ``PARTS`` - 1.
    """

    design: Design
    people: Mapping[str, np.ndarray]
    practice: np.ndarray
    amounts: FloatArray
    weight: FloatArray
    moments: Moments
    part: np.ndarray
    seed: int

    @property
    def tested(self) -> np.ndarray:
        """Who is held out."""
        return np.asarray(self.people["draw"] < TEST_SHARE)


def fitting(
    design: Design,
    people: Mapping[str, np.ndarray],
    practice: np.ndarray,
    codes: Sequence[str],
    amounts: FloatArray,
    weight: FloatArray,
    seed: int,
) -> Fitting:
    """Gather the sums of people, one pass; ``codes`` are those of the practices in the order of their numbers."""
    moments = Moments.empty(2 * len(codes), len(design.names), len(amounts))
    group = 2 * practice + (people["draw"] < TEST_SHARE)
    for rows, columns in design.batches(people):
        moments.add(columns, amounts[:, rows].T, weight[rows], group[rows])
    return Fitting(design, people, practice, amounts, weight, moments, parts_of_practices(codes, seed), seed)


def parts_of_practices(codes: Sequence[str], seed: int) -> np.ndarray:
    """Return the part of each practice: by a hash of seed and code, parts as equal in number as can be."""
    order = sorted(range(len(codes)), key=lambda one: hashlib.sha256(f"{seed}/{codes[one]}".encode()).hexdigest())
    found = np.empty(len(codes), dtype=np.int64)
    found[order] = np.arange(len(codes)) % PARTS
    return found


@dataclass(frozen=True)
class HeldOut:
    """Predictions of people held out: (caps, models, people); the challengers have the first cap only, NaN elsewhere.

    ``by_people`` is NaN for people who were fitted on; ``by_practices`` has everyone.
    """

    by_people: np.ndarray
    by_practices: np.ndarray


def held_out(given: Fitting, tell: Tell) -> HeldOut:
    """Return the predictions of every model, made without those predicted."""
    caps, people = given.amounts.shape
    models = len(LINEAR) + len(CHALLENGERS)
    by_people, by_practices = (np.full((caps, models, people), np.nan, dtype=np.float32) for _ in range(2))
    tested = given.tested
    groups = len(given.moments.weight)
    is_test, practice_part = np.arange(groups) % 2 == 1, given.part[np.arange(groups) // 2]
    tell("without held-out people", 0, PARTS + 1)
    _predict(given, ~is_test, ~tested, tested, by_people)
    own = given.part[given.practice]
    for part in range(PARTS):
        tell("without each fifth of practices", part + 1, PARTS + 1)
        if (own == part).any() and (own != part).any():
            _predict(given, practice_part != part, own != part, own == part, by_practices)
    return HeldOut(by_people, by_practices)


def _predict(given: Fitting, groups: np.ndarray, fit: np.ndarray, wanted: np.ndarray, into: np.ndarray) -> None:
    """Fit every model on some groups (linear) and some people (challengers), and predict the wanted people."""
    sums = given.moments.over(groups.astype(np.float64))
    caps = len(given.amounts)
    coefficients = np.concatenate([linear(sums, given.design, cap) for cap in range(caps)])
    others = challengers(given.design, given.people, given.amounts[0], given.weight, fit, given.seed)
    places = np.flatnonzero(wanted)
    chosen = {name: values[places] for name, values in given.people.items()}
    for rows, columns in given.design.batches(chosen):
        found = (columns @ coefficients.T).T.reshape(caps, len(LINEAR), -1)
        into[:, : len(LINEAR), places[rows]] = found
        for place, name in enumerate(CHALLENGERS):
            into[0, len(LINEAR) + place, places[rows]] = others[name].predict(columns)


def on_everyone(given: Fitting) -> tuple[FloatArray, dict[str, Rescaled]]:
    """Return the models fitted on everyone: (caps, models, columns) of the linear ones, and the challengers."""
    caps = len(given.amounts)
    everyone = np.ones(len(given.weight), dtype=np.bool_)
    others = challengers(given.design, given.people, given.amounts[0], given.weight, everyone, given.seed)
    return np.stack([linear(given.moments, given.design, cap) for cap in range(caps)]), others
