"""How fresh the feeds behind a list are: one line for each, and what must stop or stamp a release.

A feed that nobody supplies is said to be not supplied, never counted as zero. A feed that goes silent for one practice is
told from one that is merely small by its own usual rate.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import pandas as pd

from casefinder.config import ListSettings
from casefinder.dates import plain
from casefinder.errors import Problem, ReleaseError

FEEDS: Final[dict[str, tuple[str, ...]]] = {
    "Hospital stays": ("hospital",),
    "A&E": ("ae_attendance",),
    "111 calls": ("call_111",),
    "Ambulance": ("ambulance",),
    "Outpatients": ("outpatient",),
    "GP records": ("gp_record",),
    "Disease registers": ("register",),
    "Prescriptions": ("prescription",),
    "Community services": ("community_contact",),
    "Mental health": ("mental_health_contact",),
    "Social care": ("home_care", "care_home", "social_care_request"),
}
"""Name of each feed on a list, and the kinds of fact that come with it."""

UNUSUAL: Final = ("Disease registers",)
"""Feeds that few sites have: no line says that they are not supplied."""

SAFETY: Final = {"deaths": ("death",), "registrations": ("registration",), "objections": ("national_cleaned_list",)}
"""Feeds without which a list may name someone who died, moved or objected."""

HOSPITAL: Final = "Hospital stays"
MIN_EXPECTED = 10
"""A feed is silent only where at least so many facts would have come in the silent days at its usual rate."""

State = Literal["fresh", "stale", "silent", "not supplied"]


@dataclass(frozen=True)
class FeedLine:
    """One feed as a list shows it."""

    feed: str
    state: State
    latest: dt.date | None
    words: str


def lines(
    feeds: pd.DataFrame,
    supplied: Sequence[str],
    codes: Sequence[str],
    as_of: dt.date,
    settings: ListSettings,
    stale_after: Mapping[str, int],
) -> list[FeedLine]:
    """Return one line a feed for the practices of a list.

    Args:
        feeds: ``feeds.parquet`` of the record.
        supplied: kinds that the site supplies.
        codes: the practices of the list.
        as_of: the date of the list.
        settings: when a practice's feed counts as silent.
        stale_after: days after which each source is stale, by source.
    """  # fmt: skip
    given = set(supplied)
    shown = {name: kinds for name, kinds in FEEDS.items() if name not in UNUSUAL or given & set(kinds)}
    return [_line(name, kinds, feeds, given, codes, as_of, settings, stale_after) for name, kinds in shown.items()]


def _line(
    name: str,
    kinds: tuple[str, ...],
    feeds: pd.DataFrame,
    supplied: set[str],
    codes: Sequence[str],
    as_of: dt.date,
    settings: ListSettings,
    stale_after: Mapping[str, int],
) -> FeedLine:
    if not supplied & set(kinds):
        return FeedLine(name, "not supplied", None, "not supplied: it counts neither for nor against anyone")
    part = feeds[feeds["kind"].isin(kinds)]
    if part.empty:
        return FeedLine(name, "silent", None, "nothing has arrived")
    overall = max(part["latest_event"])
    allowed = max(stale_after.get(source, 60) for source in part["source"])
    age = (as_of - overall).days
    if age > allowed:
        return FeedLine(name, "stale", overall, f"nothing after {plain(overall)}: {age} days before this list")
    silent = silent_practices(part, codes, settings)
    if silent:
        reached = [max(part.loc[part["practice_code"] == code, "latest_event"], default=None) for code in silent]
        latest = min((date for date in reached if date is not None), default=None)
        since = f" since {plain(latest)}" if latest else ""
        where = "this practice" if len(codes) == 1 else ", ".join(silent)
        return FeedLine(name, "silent", latest, f"nothing for {where}{since}, though others have data to {plain(overall)}")
    return FeedLine(name, "fresh", overall, f"to {plain(overall)}")


def silent_practices(part: pd.DataFrame, codes: Sequence[str], settings: ListSettings) -> list[str]:
    """Return the practices for which a feed has stopped: long enough, and more than their usual rate explains.

    Args:
        part: the rows of one feed in ``feeds.parquet``.
        codes: the practices asked about; one that never had the feed is not silent.
        settings: how long is long enough.
    """
    if part.empty:
        return []
    overall = max(part["latest_event"])
    own = part.groupby("practice_code").agg(latest=("latest_event", "max"), events=("events", "sum"))
    quiet = {str(code): (overall - latest).days for code, latest in own["latest"].items()}
    events = {str(code): float(number) for code, number in own["events"].items()}
    return [
        code
        for code in codes
        if quiet.get(code, 0) > settings.silent_practice_days and events[code] / 365 * quiet[code] >= MIN_EXPECTED
    ]


def check_safety(manifest: Mapping[str, Any], as_of: dt.date, settings: ListSettings) -> None:
    """Refuse a list made from old deaths, registrations or objections.

    Raises:
        ReleaseError: naming each feed that is too old, and how old it may be.
    """
    problems = []
    for name, kinds in SAFETY.items():
        dates = [
            one["as_at"]
            for one in manifest["sources"].values()
            if set(kinds) & set(one["supplies"]) or one["extract"] in kinds
        ]
        if not dates:
            continue
        age = (as_of - dt.date.fromisoformat(max(dates))).days
        if age > settings.safety_feeds_max_age_days:
            allowed = settings.safety_feeds_max_age_days
            what = f"taken on {max(dates)}, {age} days before this list; at most {allowed} are allowed"
            problems.append(Problem(name, what))
    if problems:
        remedy = "Link again with newer extracts, or change lists.safety_feeds_max_age_days in the site file."
        raise ReleaseError(
            "The list may name someone who has died, moved or objected, so it is not released:", problems, remedy
        )


def hospital_stamp(found: Sequence[FeedLine], settings: ListSettings, scope: str) -> str:
    """Return the words to stamp on a list whose hospital feed is stale or silent; empty where it is fresh.

    Raises:
        ReleaseError: the site withholds such lists.
    """
    line = next(one for one in found if one.feed == HOSPITAL)
    if line.state in ("fresh", "not supplied"):
        return ""
    if settings.silent_hospital_feed == "withhold":
        remedy = "Link again when the feed has come, or set lists.silent_hospital_feed: stamp in the site file."
        raise ReleaseError(f"The list of {scope} is withheld:", [Problem(line.feed, line.words)], remedy)
    return f"Use with care: hospital stays are out of date ({line.words}). Recent admissions may be missing."
