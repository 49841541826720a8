"""What is wrong with the feeds: old, silent for some practices, too few or too many facts a month, coded later."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from casefinder.config import ListSettings
from casefinder.dates import add_months
from casefinder.monitoring.maturing import reached
from casefinder.monitoring.volumes import FOLLOWED_DAYS
from casefinder.worklist.freshness import FEEDS, FeedLine, silent_practices
from casefinder.worklist.freshness import lines as fresh_lines

YEAR: Final = 12
SPREADS: Final = 3.0
"""A month is outside its range beyond so many standard deviations, estimated from the median absolute deviation, ..."""
LEAST_REACH: Final = 0.10
"""... and at least so far, as a share of the median, from the median of the year before."""
RECENT: Final = 3
"""The latest complete months, of which ..."""
OUTSIDE: Final = 2
"""... so many outside on one side make a feed incomplete, or too full."""
LEAST_A_MONTH: Final = 30
"""A feed with fewer facts a month, or with months of none, is not judged by its volume."""
LATER: Final = 0.05
"""Coding has become later where the share of late facts has risen by so much."""
LEAST_FOLLOWED: Final = 100


@dataclass(frozen=True)
class Month:
    """One complete month of a feed; ``outside`` is -1 below its range, 1 above it, 0 inside."""

    month: dt.date
    facts: int
    outside: int


@dataclass(frozen=True)
class Volume:
    """The last twelve complete months of a feed, and the range that the twelve before them give; None where not judged."""

    months: tuple[Month, ...]
    low: float | None
    high: float | None

    @property
    def verdict(self) -> int:
        """-1 where the feed is incomplete, 1 where it holds too much, 0 otherwise."""
        recent = [one.outside for one in self.months[-RECENT:]]
        return next((way for way in (-1, 1) if recent.count(way) >= OUTSIDE), 0)

    def outside(self, way: int) -> list[Month]:
        """Return the months outside the range on one side."""
        return [one for one in self.months if one.outside == way]


@dataclass(frozen=True)
class Lateness:
    """The share of facts that arrived late: in the latest months that can be judged, and in the twelve before them."""

    latest: float
    before: float
    since: dt.date

    @property
    def is_later(self) -> bool:
        """Whether the share has risen by ``LATER`` or more."""
        return self.latest - self.before >= LATER


@dataclass(frozen=True)
class Feed:
    """One feed: how old it is, which practices are silent, its volumes and how late it is coded."""

    name: str
    kinds: tuple[str, ...]
    line: FeedLine
    silent: tuple[str, ...]
    volume: Volume | None
    lateness: Lateness | None

    @property
    def is_wrong(self) -> bool:
        """Whether somebody must look at the feed: it is old, silent, incomplete or too full."""
        return self.line.state in ("stale", "silent") or (self.volume is not None and self.volume.verdict != 0)


@dataclass(frozen=True)
class FeedsGiven:
    """What feeds are judged by: the record's ``feeds.parquet``, monthly volumes, its manifest, and the site's settings."""

    latest: pd.DataFrame
    volumes: pd.DataFrame
    manifest: Mapping[str, Any]
    settings: ListSettings
    stale_after: Mapping[str, int]
    settles: Mapping[str, int]


def feeds_of(given: FeedsGiven, as_of: dt.date) -> tuple[Feed, ...]:
    """Return every feed, those that somebody must look at first."""
    codes = sorted(code for code in given.latest["practice_code"].unique() if code)
    supplied = given.manifest["supplied"]
    found = []
    for line in fresh_lines(given.latest, supplied, codes, as_of, given.settings, given.stale_after):
        kinds = tuple(kind for kind in FEEDS[line.feed] if kind in supplied)
        rows = given.volumes[given.volumes["kind"].isin(kinds)]
        silent = silent_practices(given.latest[given.latest["kind"].isin(kinds)], codes, given.settings) if kinds else []
        if not kinds:
            found.append(Feed(line.feed, kinds, line, (), None, None))
            continue
        seen = reached(kinds, given.manifest, as_of)
        found.append(
            Feed(line.feed, kinds, line, tuple(silent), volume_of(rows, seen), lateness_of(rows, as_of, given.settles))
        )
    return tuple(sorted(found, key=lambda feed: not feed.is_wrong))


def volume_of(rows: pd.DataFrame, seen_to: dt.date) -> Volume | None:
    """Return the volumes of the last twelve months complete by a date; None where there are no two years of them.

    The range is the median of the twelve months before, and on either side of it the largest of three standard deviations
    (1.4826 times the median absolute deviation), three square roots of the median, and a tenth of the median.
    """
    end = add_months(seen_to + dt.timedelta(days=1), 0)
    months = [add_months(end, back) for back in range(-2 * YEAR, 0)]
    by_month = rows.groupby("month")["facts"].sum()
    if by_month.empty or by_month.index.min() > months[0]:
        return None
    counts = np.array([int(by_month.get(month, 0)) for month in months])
    low, high = _range(counts[:YEAR])
    outside = [0 if low is None or high is None else int(one > high) - int(one < low) for one in counts[YEAR:]]
    pairs = zip(months[YEAR:], counts[YEAR:], outside, strict=True)
    return Volume(tuple(Month(month, int(count), way) for month, count, way in pairs), low, high)


def _range(counts: np.ndarray) -> tuple[float | None, float | None]:
    middle = float(np.median(counts))
    if middle < LEAST_A_MONTH or counts.min() == 0:
        return None, None
    spread = 1.4826 * float(np.median(np.abs(counts - middle)))
    reach = max(SPREADS * spread, SPREADS * float(np.sqrt(middle)), LEAST_REACH * middle)
    return middle - reach, middle + reach


def lateness_of(rows: pd.DataFrame, as_of: dt.date, settles: Mapping[str, int]) -> Lateness | None:
    """Return how late facts of a feed arrive in the latest three months that were followed for long enough, and before."""
    if rows.empty:
        return None
    wait = max(settles.get(source, FOLLOWED_DAYS) for source in rows["source"].unique()) + FOLLOWED_DAYS
    end = add_months(as_of - dt.timedelta(days=wait), 0)
    parts = [
        _share(rows, add_months(end, -RECENT), end),
        _share(rows, add_months(end, -RECENT - YEAR), add_months(end, -RECENT)),
    ]
    if any(part is None for part in parts):
        return None
    latest, before = (part for part in parts if part is not None)
    return Lateness(latest, before, add_months(end, -RECENT))


def _share(rows: pd.DataFrame, first: dt.date, end: dt.date) -> float | None:
    part = rows[(rows["month"] >= first) & (rows["month"] < end)]
    followed = int(part["followed"].sum())
    return float(part["late"].sum() / followed) if followed >= LEAST_FOLLOWED else None


def feeding(feeds: Sequence[Feed], kinds: Sequence[str], manifest: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of the feeds at fault that come from the same sources as some kinds of fact."""
    supplies = [set(one["supplies"]) for one in manifest["sources"].values()]
    beside = set(kinds).union(*(own for own in supplies if own & set(kinds)))
    return tuple(feed.name for feed in feeds if feed.is_wrong and set(feed.kinds) & beside)
