"""How many facts each feed had in each month, as known on a date, and how many of them came late.

A fact is late where it arrived more days after the event than its source says it takes. Every month is followed up for the
same time after that, so that a month is not better only because its late facts are still to come.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Final

import ibis
import pandas as pd
import pyarrow as pa
from ibis import _

from casefinder.dates import add_months
from casefinder.engines import Engine, Version, month_start
from casefinder.worklist.freshness import FEEDS

MONTHS: Final = 40
"""Months looked back."""
FOLLOWED_DAYS: Final = 90
"""Days for which late facts are waited for."""
KNOWN_AT_END: Final = ("hospital", "mental_health_stay")
"""Kinds of stay that a feed tells of once they have ended: what is late is counted from then."""
UNKNOWN_SETTLES: Final = 90
"""Days after which a source that the site file no longer has counts as settled."""


def monthly_volumes(engine: Engine, record: Version, as_of: dt.date, settles: Mapping[str, int]) -> pd.DataFrame:
    """Return the facts of each kind by month of the event.

    Args:
        engine: runs the query.
        record: the linked record.
        as_of: only facts known before this date, and not replaced before it, count.
        settles: days after an event by which a source says that nearly every row has arrived, by source.

    Returns:
        Columns ``source``, ``kind``, ``month`` (its first day), ``facts``, ``followed`` (facts that arrived within the
        source's days and ``FOLLOWED_DAYS`` more), ``late`` (those of them that took more than the source's days).
    """
    points, stays = engine.read(record / "points"), engine.read(record / "stays")
    after = stays.kind.isin(KNOWN_AT_END).ifelse(stays.end_date.coalesce(stays.start_date), stays.start_date)
    facts = points.select(
        "source", "kind", day="event_date", after="event_date", known="known_date", superseded="superseded_date"
    ).union(
        stays.select("source", "kind", day="start_date", after=after, known="start_known_date", superseded="superseded_date")
    )
    kinds = [kind for kinds in FEEDS.values() for kind in kinds]
    first, last = ibis.date(str(add_months(as_of, -MONTHS))), ibis.date(str(as_of))
    seen = facts.filter(
        _.kind.isin(kinds), _.day >= first, _.day < last, _.known < last, _.superseded.isnull() | (_.superseded >= last)
    )
    known = engine.register(
        pa.table({"source": pa.array(list(settles), pa.string()), "settles": pa.array(list(settles.values()), pa.int64())})
    )
    placed = seen.left_join(known, "source").mutate(settles=_.settles.fill_null(UNKNOWN_SETTLES))
    placed = placed.mutate(took=placed.known.delta(placed.after, unit="day"), month=month_start(placed.day))
    followed = placed.took <= placed.settles + FOLLOWED_DAYS
    counted = placed.group_by("source", "kind", "month").agg(
        facts=ibis._.count(), followed=followed.sum(), late=(followed & (placed.took > placed.settles)).sum()
    )
    found = engine.fetch(counted.order_by("source", "kind", "month")).to_pandas()
    return found.assign(month=pd.to_datetime(found["month"]).dt.date)
