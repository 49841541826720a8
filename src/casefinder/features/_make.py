"""The few shapes in which most features come: counts over several lookbacks, time since, latest and change."""

from collections.abc import Sequence
from typing import Any

from casefinder.dates import EVER, lookback
from casefinder.definitions import Absent, Change, Count, CountDays, DaysSince, Feature, Latest, Select, Theme

PERIODS = {
    30: "in the last month",
    90: "in the last 3 months",
    180: "in the last 6 months",
    365: "in the last 12 months",
    730: "in the last 2 years",
    1095: "in the last 3 years",
    1825: "in the last 5 years",
}
"""How a lookback is said."""

DAYS_A_YEAR = 365.25


def counts(
    stem: str, of: Select, days: Sequence[int], theme: Theme, noun: str, *, by_day: bool = False, **rest: Any
) -> tuple[Feature, ...]:
    """Return how many facts there were in each lookback; ``by_day`` counts days with at least one."""
    measure = CountDays if by_day else Count
    return tuple(
        Feature(
            f"{stem}_{length}d",
            f"{noun} {PERIODS[length]}, counted by {'day' if by_day else 'fact'}",
            measure(of, lookback(length)),
            Absent.ZERO,
            theme,
            f"{{n:{noun}}} {PERIODS[length]}, the latest on {{date}}",
            **rest,
        )
        for length in days
    )


def since(stem: str, of: Select, theme: Theme, words: str, *, which: str = "latest", **rest: Any) -> Feature:
    """Return the days since the latest or first fact, or the latest end of a stay; empty where there was none."""
    said = {"latest": "the latest", "first": "the first", "end": "the latest end"}[which]
    what = words.split(" on {date}")[0].split(" since {date}")[0].removeprefix("latest ").rstrip(",")
    meaning = f"{'days' if rest.get('scale', 1.0) == 1.0 else 'years'} since {said}: {what}"
    measure = DaysSince(of, which=which)  # type: ignore[arg-type]
    return Feature(stem, meaning, measure, Absent.UNKNOWN, theme, words, **rest)


def measured(
    stem: str, of: Select, theme: Theme, name: str, unit: str, *, missed: bool = False, **rest: Any
) -> tuple[Feature, ...]:
    """Return the latest value within two years, and its change since the first; ``missed``: say so where there is none."""
    span = lookback(730)
    shown = f" {unit}" if unit else ""
    return (
        Feature(
            f"{stem}_latest",
            f"latest {name} {PERIODS[730]}{shown and ' in'}{shown}",
            Latest(of, span),
            Absent.UNKNOWN,
            theme,
            f"latest {name} {{n}}{shown}, on {{date}}",
            unknown_words=f"no {name} {PERIODS[730]}" if missed else "",
            **rest,
        ),
        Feature(
            f"{stem}_change",
            f"latest {name} less the earliest {PERIODS[730]}{shown and ' in'}{shown}",
            Change(of, span),
            Absent.UNKNOWN,
            theme,
            f"{name} changed by {{signed}}{shown} over 2 years",
            **rest,
        ),
    )


__all__ = ["EVER", "PERIODS", "counts", "measured", "since"]
