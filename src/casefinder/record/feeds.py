"""How fresh each feed is, over the whole site and practice by practice: what the freshness line of a list is made from."""

import ibis
from ibis import _

from casefinder.engines import Draft, Engine, add_days

RECENT_DAYS = 365


def write_feeds(engine: Engine, draft: Draft, people: ibis.Table) -> None:
    """Write ``feeds.parquet``: a row for each source, kind and practice, with its latest event and latest day of knowing.

    ``events`` counts the facts of the last 365 days before that feed's latest event, from which its usual rate is known. A
    person counts for the practice of their latest registration.
    """
    registrations = engine.read(draft / "registrations.parquet")
    order = ibis.window(group_by="person_id", order_by=[_.start_date.desc(), "practice_code"])
    latest = registrations.mutate(place=ibis.row_number().over(order)).filter(_.place == 0)
    practice = people.select("person_id").left_join(latest.select("person_id", "practice_code"), "person_id")
    practice = practice.select("person_id", practice_code=_.practice_code.fill_null(""))
    points, stays = engine.read(draft / "points"), engine.read(draft / "stays")
    facts = points.select("person_id", "source", "kind", day="event_date", known="known_date").union(
        stays.select("person_id", "source", "kind", day="start_date", known="start_known_date")
    )
    placed = facts.inner_join(practice, "person_id")
    last = facts.group_by("source", "kind").agg(last=_.day.max())
    joined = placed.inner_join(last, ["source", "kind"])
    feeds = joined.group_by("source", "kind", "practice_code").agg(
        events=joined.count(where=joined.day > add_days(joined["last"], -RECENT_DAYS)),
        latest_event=joined.day.max(),
        latest_known=joined.known.max(),
    )
    engine.write(feeds.order_by("source", "kind", "practice_code"), draft / "feeds.parquet")
