"""What is expected of a practice: the sum over its people of what such people have, wherever they are registered.

A Poisson regression on all people (a log link, their time as exposure), fitted with the case mix and no term for practices.
It is fitted on amounts such as days and pounds too: the mean is estimated rightly whatever their spread (Gourieroux et al.
1984 Econometrica 52:701). The sum of what is expected equals the sum of what was observed.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from casefinder.practices.counting import Counted
from casefinder.practices.year import MONTHS

RIDGE: Final = 1e-6
"""A weight so small that it only settles terms that nobody in the year informs."""
_ROUNDS: Final = 100


@dataclass(frozen=True)
class Expected:
    """What is expected of each practice for one measure.

    Attributes:
        yearly: (practices,).
        monthly: (practices, months): by people's time, and by how usual the month was over everyone.
        by_age: (practices, bands).
        spread: variance over mean of what people have around what is expected of them; about 1 where events come singly.
    """

    yearly: np.ndarray
    monthly: np.ndarray
    by_age: np.ndarray
    spread: float


def expected_of(counted: Counted, place: int) -> Expected:
    """Return what is expected of each practice for the measure at a place of ``counted.measures``."""
    time = counted.days.sum(axis=1, dtype=np.float64) / 365.25
    seen = counted.amount[:, place].astype(np.float64)
    rate = rates(counted.case_mix.columns, seen, time)
    due = rate * time
    monthly = _by_month(counted, rate)
    usual = counted.monthly[:, :, place].sum(axis=0)
    plain = monthly.sum(axis=0)
    season = np.divide(usual, plain, out=np.ones(MONTHS), where=plain > 0)
    spread = float(((seen - due) ** 2).sum() / due.sum()) if due.sum() > 0 else 1.0
    return Expected(monthly.sum(axis=1), monthly * season, _by_age(counted, rate), spread)


def rates(columns: np.ndarray, seen: np.ndarray, time: np.ndarray) -> np.ndarray:
    """Return each person's expected amount a year.

    Args:
        columns: (people, terms) 0 or 1.
        seen: (people,) what they had.
        time: (people,) years that they spent in the year; at least one is above 0.
    """
    from sklearn.linear_model import PoissonRegressor

    if not seen.any():
        return np.zeros(len(seen))
    used = time > 0
    terms = columns[used].any(axis=0)
    matrix = columns[:, terms].astype(np.float64)
    model = PoissonRegressor(alpha=RIDGE, solver="newton-cholesky", max_iter=_ROUNDS)
    scale = seen[used].sum() / time[used].sum()
    model.fit(matrix[used], seen[used] / time[used] / scale, sample_weight=time[used])
    rate = np.asarray(model.predict(matrix), dtype=np.float64)
    return rate * (seen[used].sum() / (rate[used] * time[used]).sum())


def _by_month(counted: Counted, rate: np.ndarray) -> np.ndarray:
    """Return (practices, months) of what is expected for the time that people spent there."""
    found = np.zeros((len(counted.practices), MONTHS))
    for month in range(MONTHS):
        practice = counted.practice[:, month]
        there = practice >= 0
        due = rate[there] * counted.days[there, month] / 365.25
        found[:, month] = np.bincount(practice[there], due, len(counted.practices))
    return found


def _by_age(counted: Counted, rate: np.ndarray) -> np.ndarray:
    found = np.zeros((len(counted.practices), counted.by_age.shape[1]))
    for month in range(MONTHS):
        practice = counted.practice[:, month]
        there = practice >= 0
        np.add.at(found, (practice[there], counted.case_mix.band[there]), rate[there] * counted.days[there, month] / 365.25)
    return found
