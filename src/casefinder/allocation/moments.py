"""Weighted least squares from sums: X'WX, X'Wy and y'Wy of each group of people, so that no matrix of people is kept.

People are gone through a few at a time. From the sums of each practice, a model can be fitted on everyone, without a
practice, or on practices drawn again, and each takes a moment. But for rounding, all rows at once give the same numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from casefinder.evaluation.inputs import FloatArray

_NOTHING: Final = 1e-12
"""A column whose own sum of squares is smaller than this share of the largest is empty."""
_SINGULAR: Final = 1e-9
"""Directions of the scaled X'WX with a smaller eigenvalue, as a share of the largest, are left out."""


@dataclass(frozen=True)
class Moments:
    """Sums over the people of each group.

    Attributes:
        xx: (groups, columns, columns), sum of w x x'.
        xy: (groups, amounts, columns), sum of w x y for each version of the amount, such as each cap.
        yy: (groups, amounts), sum of w y².
        y: (groups, amounts), sum of w y.
        weight: (groups,), sum of w.
        people: (groups,), how many.
    """

    xx: FloatArray
    xy: FloatArray
    yy: FloatArray
    y: FloatArray
    weight: FloatArray
    people: FloatArray

    @classmethod
    def empty(cls, groups: int, columns: int, amounts: int = 1) -> "Moments":
        """Return sums over nobody."""
        return cls(
            np.zeros((groups, columns, columns)), np.zeros((groups, amounts, columns)),
            np.zeros((groups, amounts)), np.zeros((groups, amounts)), np.zeros(groups), np.zeros(groups),
        )  # fmt: skip

    def add(self, columns: FloatArray, amounts: FloatArray, weight: FloatArray, group: np.ndarray) -> None:
        """Add people.

        Args:
            columns: (people, columns).
            amounts: (people, amounts).
            weight: (people,), 0 or more.
            group: (people,), the number of each one's group.
        """
        order = np.argsort(group, kind="stable")
        ends = np.flatnonzero(np.diff(group[order], append=-1)) + 1
        start = 0
        for end in ends.tolist():
            rows = order[start:end]
            place, start = int(group[rows[0]]), end
            x, y, w = columns[rows], amounts[rows], weight[rows]
            weighted = x * w[:, None]
            self.xx[place] += weighted.T @ x
            self.xy[place] += y.T @ weighted
            self.yy[place] += w @ y**2
            self.y[place] += w @ y
            self.weight[place] += w.sum()
            self.people[place] += len(rows)

    def over(self, counts: FloatArray) -> "Moments":
        """Return the sums over groups, each counted so often; one group."""
        weights = np.asarray(counts, dtype=np.float64)
        return Moments(
            *(
                np.tensordot(weights, part, axes=1)[None]
                for part in (self.xx, self.xy, self.yy, self.y, self.weight, self.people)
            )
        )


def solve(xx: FloatArray, xy: FloatArray, chosen: Sequence[int] | np.ndarray) -> FloatArray:
    """Return the least squares coefficients of the chosen columns, 0 for the others.

    A column that holds nothing gets 0, and of columns that say the same the smallest coefficients are taken.

    Args:
        xx: (columns, columns).
        xy: (columns,).
        chosen: places of the columns to fit.
    """
    from scipy.linalg import eigh

    found = np.zeros(len(xy))
    places = np.asarray(chosen, dtype=np.int64)
    size = np.diag(xx)[places]
    places = places[size > _NOTHING * max(float(size.max(initial=0.0)), 1e-300)]
    if not len(places):
        return found
    scale = 1 / np.sqrt(np.diag(xx)[places])
    values, vectors = eigh(xx[np.ix_(places, places)] * np.outer(scale, scale))
    kept = values > _SINGULAR * values[-1]
    turned = vectors[:, kept]
    found[places] = scale * (turned @ ((turned.T @ (scale * xy[places])) / values[kept]))
    return found


def squared_error(moments: Moments, coefficients: FloatArray, amount: int = 0) -> float:
    """Return the weighted sum of squared errors of coefficients, over all groups."""
    whole = moments.over(np.ones(len(moments.weight)))
    b = coefficients
    return float(whole.yy[0, amount] - 2 * b @ whole.xy[0, amount] + b @ whole.xx[0] @ b)


def r2(moments: Moments, coefficients: FloatArray, amount: int = 0) -> float:
    """Return 1 - SSE / SST over all groups, worked out from the sums."""
    whole = moments.over(np.ones(len(moments.weight)))
    spread = float(whole.yy[0, amount] - whole.y[0, amount] ** 2 / whole.weight[0])
    return 1 - squared_error(moments, coefficients, amount) / spread if spread > 0 else float("nan")


def forward_selection(
    moments: Moments, always: Sequence[int], candidates: Sequence[int], amount: int = 0, most: int = 30
) -> list[int]:
    """Return the few columns that say most, chosen one after the other while each pays for itself by Schwarz's criterion.

    A column pays where n log(SSE) falls by more than log(n), n being the number of people.

    Args:
        moments: sums over the people fitted on.
        always: columns that stand in the model from the start.
        candidates: columns that may come in.
        amount: which version of the amount.
        most: no more than so many come in.
    """
    whole = moments.over(np.ones(len(moments.weight)))
    xx, xy, people = whole.xx[0], whole.xy[0, amount], float(whole.people[0])
    chosen, left = list(always), [one for one in candidates if xx[one, one] > 0]
    error = squared_error(moments, solve(xx, xy, chosen), amount)
    for _ in range(most):
        gains = _gains(xx, xy, chosen, left)
        if not len(gains) or people * np.log(max(1 - gains.max() / error, 1e-300)) > -np.log(people):
            break
        best = left.pop(int(np.argmax(gains)))
        chosen.append(best)
        error = squared_error(moments, solve(xx, xy, chosen), amount)
    return chosen[len(always) :]


def _gains(xx: FloatArray, xy: FloatArray, chosen: Sequence[int], left: Sequence[int]) -> FloatArray:
    """Return by how much the squared error falls with each further column."""
    inside, outside = np.array(chosen, dtype=np.int64), np.array(left, dtype=np.int64)
    remaining = (xy - xx @ solve(xx, xy, inside))[outside]
    size = np.diag(xx)[outside]
    own = size.copy()
    if len(inside):
        shared = xx[np.ix_(inside, outside)]
        own -= np.einsum("ij,ij->j", shared, np.linalg.pinv(xx[np.ix_(inside, inside)], hermitian=True) @ shared)
    return np.divide(remaining**2, own, out=np.zeros(len(outside)), where=own > _SINGULAR * size)
