"""Time zero: the day of a start, or the first landmark on or after it; and which windows have closed."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

from casefinder.dates import add_months, to_date, to_day

Step = Literal["day", "week", "month"]
_WEEK = 7
_MONDAY = 4
"""Day 4 since 1970-01-01 was a Monday."""


def landmark_days(starts: np.ndarray, step: Step) -> np.ndarray:
    """Return the landmark of each start, as day numbers: never before the start.

    >>> days = np.array([to_day(dt.date(2024, 1, 1)), to_day(dt.date(2024, 1, 2))])
    >>> [str(to_date(day)) for day in landmark_days(days, "week")]
    ['2024-01-01', '2024-01-08']
    >>> [str(to_date(day)) for day in landmark_days(days, "month")]
    ['2024-01-01', '2024-02-01']
    """
    if step == "day":
        return np.asarray(starts, dtype=np.int64)
    if step == "week":
        return np.asarray(starts + (_MONDAY - starts) % _WEEK, dtype=np.int64)
    return np.array([_month(int(day)) for day in starts], dtype=np.int64)


def _month(day: int) -> int:
    date = to_date(day)
    return day if date.day == 1 else to_day(add_months(date, 1))


def closed_to(complete_to: Mapping[str, str], kinds: Sequence[str], days: int) -> dt.date:
    """Return the last time zero whose follow-up of so many days had closed in every feed of some kinds."""
    reached = min(dt.date.fromisoformat(complete_to[kind]) for kind in kinds)
    return reached - dt.timedelta(days=days - 1)


def earlier_landmark(first: int, days: int) -> dt.date:
    """Return the latest first of a month whose window of so many days ends before a day.

    >>> str(earlier_landmark(to_day(dt.date(2023, 10, 8)), 365))
    '2022-10-01'
    """
    date = add_months(to_date(first), 0)
    while to_day(date) + days > first:
        date = add_months(date, -1)
    return date
