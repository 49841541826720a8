"""The picture of a person's year, worked out: where each mark of each row stands, and the same in words.

Nothing absent is shown as nothing: a row whose records nobody supplies says so, and the days after the last record that has
arrived are marked as not yet known.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from casefinder.dates import plain
from casefinder.explain.words import Number, plural
from casefinder.worklist.explained import LANES, YEAR
from casefinder.worklist.freshness import FEEDS, FeedLine
from casefinder.worklist.meeting import Listed, MeetingList, YearFact

LABELS, PLOT, COUNTS = 112.0, 232.0, 32.0
"""Widths of the row names, of the year, and of the counts."""
ROW, TOP, BOTTOM = 21.0, 4.0, 16.0
"""Heights of a row, of the space above and of the months below."""
QUIET_DAYS: Final = 7
"""Fewer days than this without any record yet are not worth marking."""

_STAYS: Final = {"Emergency stay": "emergency", "Planned stay": "planned"}
_SHAPES: Final = {**_STAYS, "A&E, 111, ambulance": "triangle", "Outpatients": "ring", "Social care": "care"}
_NOUNS: Final = {
    "Emergency stay": "emergency stay",
    "Planned stay": "planned stay",
    "A&E, 111, ambulance": "A&E, 111 or ambulance contact",
    "Outpatients": "outpatient appointment",
    "GP practice": "GP contact",
    "Community, mental health": "community or mental health contact",
    "Social care": "social care entry",
}
_ALSO_FEEDS: Final = {"GP practice": ("GP records",)}
"""Feeds of a row whose kinds of fact no feed names itself."""


@dataclass(frozen=True)
class Mark:
    """One thing that happened: its shape, where it begins, how wide it is, and whether it goes on as far as anyone knows."""

    shape: str
    x: float
    width: float
    is_open: bool


@dataclass(frozen=True)
class Row:
    """One row of the picture. ``quiet_from`` is where the days begin of which no record has arrived; None where all have."""

    name: tuple[str, ...]
    middle: float
    marks: tuple[Mark, ...]
    count: str
    quiet_from: float | None
    is_supplied: bool


@dataclass(frozen=True)
class Month:
    """The first day of a month on the axis; every other month is named."""

    x: float
    name: str


@dataclass(frozen=True)
class Picture:
    """Everything that is drawn, in units of which the picture is ``width`` by ``height``, and the same in words."""

    rows: tuple[Row, ...]
    months: tuple[Month, ...]
    words: str
    width: float = LABELS + PLOT + COUNTS
    height: float = TOP + ROW * len(LANES) + BOTTOM
    left: float = LABELS
    right: float = LABELS + PLOT
    top: float = TOP
    row: float = ROW
    bottom: float = TOP + ROW * len(LANES)


def picture(person: Listed, made: MeetingList) -> Picture:
    """Return the picture of a person's year before the list."""
    feeds = {line.feed: line for line in made.feeds}
    one_practice = made.scope.startswith("practice:")
    rows = tuple(
        _row(place, lane, _of(person.year, lane), feeds, made.as_of, one_practice) for place, lane in enumerate(LANES)
    )
    return Picture(rows, tuple(_months(made.as_of)), in_words(person.year, feeds, made.as_of))


def _of(year: Sequence[YearFact], lane: str) -> list[YearFact]:
    return sorted((one for one in year if one.lane == lane), key=lambda one: (one.start, one.end))


def _row(
    place: int, lane: str, facts: list[YearFact], feeds: dict[str, FeedLine], as_of: dt.date, one_practice: bool
) -> Row:
    supplied = is_supplied(lane, feeds)
    count = str(len(facts)) if facts or supplied else "–"
    marks = tuple(_mark(lane, one) for one in facts)
    quiet = _quiet_from(lane, feeds, as_of, one_practice) if supplied else None
    return Row(_two_lines(lane), TOP + ROW * (place + 0.5), marks, count, quiet, supplied or bool(facts))


def _two_lines(lane: str) -> tuple[str, ...]:
    """Return a row's name in one line, or in two where it is long.

    >>> _two_lines("Community, mental health")
    ('Community,', 'mental health')
    """
    head, comma, tail = lane.partition(", ")
    return (f"{head},", tail) if comma and len(lane) > 20 else (lane,)


def _mark(lane: str, fact: YearFact) -> Mark:
    is_stay = fact.end > fact.start or lane in _STAYS
    shape = _SHAPES.get(lane, "dot")
    if shape == "care":
        shape = "care" if is_stay else "ring"
    first, last = _x(fact.start), _x(max(fact.end, fact.start))
    return Mark(shape, round(first, 1), round(max(last - first, 3.5), 1) if is_stay else 0.0, is_stay and fact.end == 0)


def _x(day: int) -> float:
    """Return where a day stands: the first day of the year at the left edge, the day of the list at the right one."""
    return LABELS + PLOT * (min(max(day, YEAR.start), 0) - YEAR.start) / YEAR.days


def _months(as_of: dt.date) -> Iterator[Month]:
    for back in range(11, -1, -1):
        number = as_of.year * 12 + as_of.month - 1 - back
        first = dt.date(number // 12, number % 12 + 1, 1)
        if first < as_of:
            yield Month(round(_x((first - as_of).days), 1), f"{first:%b}" if back % 2 == 1 else "")


def feeds_of(lane: str) -> tuple[str, ...]:
    """Return the feeds that a row is drawn from."""
    kinds = set(LANES[lane])
    return tuple(name for name, own in FEEDS.items() if kinds & set(own)) + _ALSO_FEEDS.get(lane, ())


def is_supplied(lane: str, feeds: dict[str, FeedLine]) -> bool:
    """Say whether any feed of a row is supplied; a row that no feed names counts as supplied."""
    found = [feeds[name] for name in feeds_of(lane) if name in feeds]
    return not found or any(line.state != "not supplied" for line in found)


def _quiet_from(lane: str, feeds: dict[str, FeedLine], as_of: dt.date, one_practice: bool) -> float | None:
    """Return where the days begin of which nothing has arrived, or None.

    A feed that is silent for some practices of a meeting says nothing of the others, so it marks only a practice's own list.
    """
    found = [feeds[name] for name in feeds_of(lane) if name in feeds and feeds[name].state != "not supplied"]
    reached = [line.latest for line in found if line.latest and (line.state != "silent" or one_practice)]
    if not reached or len(reached) < len(found):
        return None
    days = (as_of - max(reached)).days
    return round(_x(1 - days), 1) if days > QUIET_DAYS else None


def in_words(year: Sequence[YearFact], feeds: dict[str, FeedLine], as_of: dt.date) -> str:
    """Return the year as a sentence: how much of each kind, and when the latest emergency stay began."""
    some: list[str] = []
    none: list[str] = []
    unknown: list[str] = []
    for lane in LANES:
        facts = _of(year, lane)
        if facts:
            some.append(_lane_in_words(lane, facts, as_of))
        else:
            (none if is_supplied(lane, feeds) else unknown).append(plural(_NOUNS[lane]))
    told = [f"{', '.join(some)}." if some else ""]
    told.append(f"None on record: {', '.join(none)}." if none else "")
    told.append(f"Not supplied: {', '.join(unknown)}." if unknown else "")
    return " ".join(part for part in told if part)


def _lane_in_words(lane: str, facts: list[YearFact], as_of: dt.date) -> str:
    count = f"{Number(len(facts)):{_NOUNS[lane]}}"
    if lane not in _STAYS:
        return count
    days = sum(max(one.end - one.start, 0) for one in facts)
    latest = facts[-1]
    began = plain(as_of + dt.timedelta(days=latest.start))
    going_on = ", not ended as far as known" if latest.end == 0 else ""
    return f"{count} ({f'{Number(days):night}' if days else 'no nights'}; the latest began {began}{going_on})"
