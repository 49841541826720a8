"""What a year of care costs, ready to be fitted: brought to a whole year, and top-coded.

Someone who joined, moved away or died is seen part of a year. The cost is brought to a year, y = cost * 365 / days, and
counts for the part that was seen, weight = days / 365, so that the weighted sum is the money that was spent. Nobody is left
out for having died.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from casefinder.evaluation.inputs import FloatArray, numbers, same_length, weights

YEAR: Final = 365


@dataclass(frozen=True)
class YearlyCost:
    """Cost of people brought to a year: ``yearly`` amounts and their ``weight`` (part of the year seen, above 0 to 1).

    ``seen`` says which of the people given these are; ``unseen`` were there for no day at all, ``negative`` had costs below
    0 in sum, which count as 0.
    """

    yearly: FloatArray
    weight: FloatArray
    seen: np.ndarray
    unseen: int
    negative: int


def annualise(cost: npt.ArrayLike, days: npt.ArrayLike, year: int = YEAR) -> YearlyCost:
    """Bring costs to a whole year, with the weight of the part that was seen.

    Args:
        cost: what each person cost while seen; in any unit.
        days: how many days of the year each person was seen, 0 to ``year``.
        year: days of the year.

    Raises:
        ValueError: a cost is missing, or days lie outside the year.

    >>> found = annualise([100.0, 100.0], [365, 73])
    >>> found.yearly.tolist(), found.weight.tolist()
    ([100.0, 500.0], [1.0, 0.2])
    """
    amount, seen_days = numbers(cost, "cost"), numbers(days, "days")
    same_length(cost=amount, days=seen_days)
    strange = int(np.count_nonzero((seen_days < 0) | (seen_days > year)))
    if strange:
        raise ValueError(f"days must be from 0 to {year}; {strange} of {len(seen_days)} are not")
    seen = seen_days > 0
    whole, part = amount[seen], seen_days[seen]
    positive = np.maximum(whole, 0.0)
    return YearlyCost(
        positive * year / part, part / year, seen, int(np.count_nonzero(~seen)), int(np.count_nonzero(whole < 0))
    )


@dataclass(frozen=True)
class TopCoded:
    """Amounts with none above ``cap``, and what that took away.

    ``removed`` is weighted money; ``share_removed`` its share of all weighted money.
    """

    amount: FloatArray
    cap: float
    people: int
    removed: float
    share_removed: float


def cap_at(amount: npt.ArrayLike, centile: float, weight: npt.ArrayLike | None = None) -> float:
    """Return the amount below or at which a centile of the weight lies: the least such amount that occurs.

    Raises:
        ValueError: the centile is outside 0 to 100.

    >>> cap_at([1.0, 2.0, 3.0, 4.0], 75.0)
    3.0
    """
    if not 0 < centile <= 100:
        raise ValueError(f"a centile lies above 0 and at most at 100; got {centile}")
    values = numbers(amount, "amount")
    return float(np.quantile(values, centile / 100, weights=weights(weight, len(values)), method="inverted_cdf"))


def top_code(amount: npt.ArrayLike, cap: float | None, weight: npt.ArrayLike | None = None) -> TopCoded:
    """Return amounts with none above the cap, how many people that reached, and the money removed; no cap, no change.

    Raises:
        ValueError: the cap is not above 0.

    >>> top_code([10.0, 50.0], cap=20.0).share_removed
    0.5
    """
    values = numbers(amount, "amount")
    w = weights(weight, len(values))
    same_length(amount=values, weight=w)
    if cap is None:
        return TopCoded(values, float("inf"), 0, 0.0, 0.0)
    if not cap > 0:
        raise ValueError(f"a cap must be above 0; got {cap}")
    kept = np.minimum(values, cap)
    total, removed = float(w @ values), float(w @ (values - kept))
    return TopCoded(kept, cap, int(np.count_nonzero(values > cap)), removed, removed / total if total else 0.0)
