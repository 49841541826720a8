"""Time is defined here and nowhere else: windows, what was known when, what could have been observed.

Days are whole numbers: days since 1970-01-01. An index date is day 0 of its own windows. The small functions of this
module take and return plain numbers, so the same lines run in Python and, compiled, over a block of histories.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from casefinder.errors import ConfigError, Problem

NEVER: Final = 2**31 - 1
"""A day that has not come: an open end, a fact never corrected, an end not yet known."""

EVER_DAYS: Final = 200 * 365
"""A lookback longer than any life on record."""

_EPOCH: Final = dt.date(1970, 1, 1)


@dataclass(frozen=True)
class Window:
    """Days counted from the index date: first day in, first day out. Day 0 is the index date itself.

    A lookback ends before day 0 and a horizon begins on it, so two windows that share an edge share no day.
    """

    start: int
    end: int

    def __post_init__(self) -> None:
        if self.start >= self.end:
            raise ValueError(f"a window needs at least one day; got {self.start} to {self.end}")
        if self.start < 0 < self.end:
            raise ValueError("a window lies before the index date or from it on, never across it")

    @property
    def is_lookback(self) -> bool:
        """True for days before the index date, False for days from it on."""
        return self.end <= 0

    @property
    def days(self) -> int:
        """Length in days."""
        return self.end - self.start


def lookback(days: int, until: int = 0) -> Window:
    """Return the window of ``days`` days that ends ``until`` days before the index date."""
    return Window(-days - until, -until)


def horizon(days: int, after: int = 0) -> Window:
    """Return the window of ``days`` days that begins ``after`` days from the index date, day 0 in."""
    return Window(after, after + days)


EVER: Final = lookback(EVER_DAYS)


def is_visible(event_day: int, known_day: int, superseded_day: int, index_day: int) -> bool:
    """Say whether a fact could be seen on the index date: it had happened, was known, and still stood."""
    return event_day < index_day and known_day < index_day and superseded_day >= index_day


def is_inside(day: int, index_day: int, start: int, end: int) -> bool:
    """Say whether a day lies in the window [index + start, index + end)."""
    return start <= day - index_day < end


def seen_end(end_day: int, end_known_day: int, index_day: int) -> int:
    """Return the end of a stay as it was known on the index date: a stay whose end was not known reads as open."""
    return end_day if end_known_day < index_day else NEVER


def overlap_days(start_day: int, end_day: int, index_day: int, start: int, end: int) -> int:
    """Return how many days of [start_day, end_day) fall in the window [index + start, index + end)."""
    first = max(start_day, index_day + start)
    last = min(end_day, index_day + end)
    return max(0, last - first)


def to_day(date: dt.date) -> int:
    """Return the day number of a date."""
    return (date - _EPOCH).days


def to_date(day: int) -> dt.date:
    """Return the date of a day number."""
    return _EPOCH + dt.timedelta(days=int(day))


def parse_date(text: str, where: str) -> dt.date:
    """Return the date written as YYYY-MM-DD.

    Raises:
        ConfigError: the text is not such a date; ``where`` names the option or the setting.
    """
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        problem = Problem(where, f"'{text}' is not a date; write it as YYYY-MM-DD, such as 2026-04-01")
        raise ConfigError("A date cannot be read:", [problem]) from None


def observed_to(extract_date: dt.date, lag_days: int) -> dt.date:
    """Return the last day on which an event would be in an extract, given how late its source reports."""
    return extract_date - dt.timedelta(days=lag_days)


def window_closed(index_date: dt.date, window: Window, observed: dt.date) -> bool:
    """Say whether the whole window could be observed: its last day is not after ``observed``."""
    return to_day(index_date) + window.end - 1 <= to_day(observed)


def add_months(date: dt.date, months: int) -> dt.date:
    """Return the first of the month that lies ``months`` months from the month of ``date``.

    >>> add_months(dt.date(2024, 11, 20), 3)
    datetime.date(2025, 2, 1)
    """
    total = date.year * 12 + date.month - 1 + months
    return dt.date(total // 12, total % 12 + 1, 1)


def plain(date: dt.date) -> str:
    """Return a date as people write it.

    >>> plain(dt.date(2026, 11, 2))
    '2 Nov 2026'
    """
    return f"{date.day} {date:%b %Y}"


def day_array(dates: Sequence[dt.date]) -> list[int]:
    """Return the day numbers of several dates."""
    return [to_day(date) for date in dates]
