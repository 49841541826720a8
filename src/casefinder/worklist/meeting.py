"""One list for one meeting, as people see it: who is on it, who was removed, what changed, how fresh it is."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from casefinder.worklist.choose import Choice
from casefinder.worklist.freshness import FeedLine
from casefinder.worklist.history import Invitation

BANDS = ((0.5, "very high"), (0.3, "high"), (0.15, "raised"), (0.0, "moderate or lower"))
"""Least risk of each band and its name."""


@dataclass(frozen=True)
class YearFact:
    """Something in a person's last year: its row in the picture, and its first and last day before the list (day 0)."""

    lane: str
    start: int
    end: int


@dataclass(frozen=True)
class OtherRisk:
    """A risk that stands beside the one that ranks."""

    model: str
    risk: float | None
    words: str


@dataclass(frozen=True)
class Listed:
    """One person on a list."""

    rank: int
    person_id: str
    practice_code: str
    practice_name: str
    age: int
    sex: str
    risk: float
    risk_words: str
    band: str
    change: str
    others: tuple[OtherRisk, ...]
    raising: tuple[str, ...]
    themes: tuple[str, ...]
    lowering: tuple[str, ...]
    review: tuple[str, ...]
    unknown: tuple[str, ...]
    shares: Mapping[str, float]
    year: tuple[YearFact, ...]
    flags: str = ""
    invitation: str = ""
    identifier: str = ""


@dataclass(frozen=True)
class Removed:
    """One person whom a rule left out, and where they would have stood."""

    person_id: str
    practice_code: str
    risk: float
    risk_words: str
    because: str
    identifier: str = ""


@dataclass(frozen=True)
class Left:
    """One person who was on the last list and is not on this one."""

    person_id: str
    last_rank: int
    because: str
    identifier: str = ""


@dataclass(frozen=True)
class MeetingList:
    """A list ready to be written.

    ``held_out`` counts those whom a hold-out kept off it, None where there is none; ``invitation`` is the draw of who is
    invited, None where places are enough for everyone listed.
    """

    list_id: str
    scope: str
    title: str
    site: str
    as_of: dt.date
    do_not_use_after: dt.date
    k: int
    models: Mapping[str, Mapping[str, Any]]
    ranked_by: str
    people: tuple[Listed, ...]
    removed: tuple[Removed, ...]
    left: tuple[Left, ...]
    previous: dt.date | None
    feeds: Sequence[FeedLine]
    stamp: str
    rules: Sequence[str]
    attrition: Sequence[Mapping[str, Any]]
    share_words: str = ""
    choices: Sequence[Choice] = ()
    held_out: int | None = None
    invitation: Invitation | None = None
    audience: str = "direct care: the team's own list"
    named: bool = False
    demonstration: bool = False
    notes: Sequence[str] = field(default=())


def band_of(risk: float) -> str:
    """Return the band of a risk.

    >>> band_of(0.38)
    'high'
    """
    return next(name for least, name in BANDS if risk >= least)
