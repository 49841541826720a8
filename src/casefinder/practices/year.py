"""The year that practices are compared over: a calendar year, or a financial year from April to March."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from casefinder.dates import Window, add_months, lookback, plain
from casefinder.errors import ConfigError, ModelError, Problem

MONTHS = 12


@dataclass(frozen=True)
class Year:
    """A year of twelve months: its first day, and how it is written (2024 or 2024/25)."""

    start: dt.date
    words: str

    @property
    def end(self) -> dt.date:
        """The first day after the year."""
        return add_months(self.start, MONTHS)

    @property
    def months(self) -> list[dt.date]:
        """The first day of each month."""
        return [add_months(self.start, number) for number in range(MONTHS)]

    @property
    def slug(self) -> str:
        """The year as part of a file's name."""
        return self.words.replace("/", "-")

    @property
    def told(self) -> str:
        """The year with its first and last day."""
        return f"{self.words} ({plain(self.start)} to {plain(self.end - dt.timedelta(days=1))})"

    def month_days(self) -> list[int]:
        """Return the days of each month."""
        ends = [*self.months[1:], self.end]
        return [(end - start).days for start, end in zip(self.months, ends, strict=True)]

    def windows(self, seen_from: dt.date) -> list[Window]:
        """Return each month as a lookback from a later date, from which everything known by then is seen."""
        ends = [*self.months[1:], self.end]
        return [
            lookback((end - start).days, until=(seen_from - end).days) for start, end in zip(self.months, ends, strict=True)
        ]


def year_of(text: str) -> Year:
    """Return the year that was asked for.

    Raises:
        ConfigError: it is neither a calendar year nor a financial one.

    >>> year_of("2024/25").told, year_of("2024").slug
    ('2024/25 (1 Apr 2024 to 31 Mar 2025)', '2024')
    """
    found = re.fullmatch(r"(\d{4})(?:[/-](\d{2}|\d{4}))?", text.strip())
    if found:
        first, second = int(found[1]), found[2]
        if second is None:
            return Year(dt.date(first, 1, 1), str(first))
        if int(second) % 100 == (first + 1) % 100:
            return Year(dt.date(first, 4, 1), f"{first}/{(first + 1) % 100:02d}")
    problem = Problem("--year", f"'{text}' is no year; write 2024 for a calendar year or 2024/25 for a financial one")
    raise ConfigError("Which year?", [problem])


def check_complete(year: Year, kinds: Sequence[str], manifest: Mapping[str, Any]) -> None:
    """Raise unless every feed that a measure needs reaches over the whole year.

    Args:
        year: the year asked for.
        kinds: the kinds of fact needed.
        manifest: of the histories: ``complete_to``, ``supplied`` and ``history_from``.

    Raises:
        ModelError: a feed is not supplied, ends before the year does, or the record begins after it.
    """
    last, complete = year.end - dt.timedelta(days=1), manifest["complete_to"]
    begins = dt.date.fromisoformat(str(manifest["history_from"]))
    problems = [
        Problem(kind, "no source of this site supplies it" if kind not in complete else f"complete to {complete[kind]} only")
        for kind in kinds
        if kind not in complete or dt.date.fromisoformat(complete[kind]) < last
    ]
    if begins > year.start:
        problems.append(Problem("the record", f"begins on {begins}"))
    if problems:
        ends = "Ask for an earlier year with --year, or link newer extracts first."
        remedy = "Ask for a later year with --year." if begins > year.start else ends
        raise ModelError(f"The year {year.told} is not complete here:", problems, remedy)


def is_supplied(kinds: Sequence[str], manifest: Mapping[str, Any]) -> bool:
    """Say whether the site supplies any of the kinds that a measure needs."""
    return any(kind in manifest["complete_to"] for kind in kinds)
