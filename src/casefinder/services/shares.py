"""Yes/no columns of people in two arms: how many have it, and whether figures of such a column may be told.

For a yes/no column the Kolmogorov-Smirnov statistic is the difference of both shares, and the standardised difference
follows from them. Beside one share that is shown they give the other, so they are told only where both are (decision 24).
"""

import numpy as np
from numpy.typing import ArrayLike

from casefinder.disclosure import DEFAULT, WITHHELD


def is_yes_no(values: ArrayLike) -> bool:
    """Say whether values are 0 and 1 alone."""
    return bool(np.isin(np.asarray(values), (0.0, 1.0)).all())


def having(share: float, people: int) -> int:
    """Return how many people have a thing by their (weighted) share; never 0 where anybody has it.

    >>> having(0.1, 48), having(0.003, 120), having(0.0, 120)
    (5, 1, 0)
    """
    return max(1, round(share * people)) if share > 0 else 0


def had_in_arms(values: ArrayLike, treated: ArrayLike, weight: ArrayLike) -> tuple[int, int]:
    """Return how many treated and how many controls have a yes/no column, controls by their weighted share.

    Args:
        values: 0 or 1, an entry a member.
        treated: whether a member is treated.
        weight: of each member; only those of controls count.
    """
    column, own, weights = np.asarray(values, dtype=float), np.asarray(treated, dtype=bool), np.asarray(weight, dtype=float)
    share = float(np.average(column[~own], weights=weights[~own]))
    return having(float(column[own].mean()), int(own.sum())), having(share, int((~own).sum()))


def resting_on(*had: int) -> int:
    """Return the count that a figure of several groups rests on: the smallest that is not zero; 0 where all are.

    >>> resting_on(5, 30), resting_on(0, 30), resting_on(0, 0)
    (5, 30, 0)
    """
    return min((one for one in had if one > 0), default=0)


def in_hundred(part: int, whole: int) -> str:
    """Return a percentage in words, from rounded counts; ``WITHHELD`` where one of them is.

    >>> in_hundred(48, 79), in_hundred(3, 79)
    ('62', '*')
    """
    share = DEFAULT.share(part, whole)
    return WITHHELD if share is None else f"{share:.0f}"


def may_tell(values: ArrayLike, treated: ArrayLike, weight: ArrayLike) -> bool:
    """Say whether figures of a column may be told: of a yes/no column where neither arm's share is withheld."""
    if not is_yes_no(values):
        return True
    return DEFAULT.count(resting_on(*had_in_arms(values, treated, weight))) is not None
