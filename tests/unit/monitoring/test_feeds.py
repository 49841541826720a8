"""Feeds: months outside their range, coding that came later, and which feed to look at before an alarm is believed."""

import datetime as dt

import pandas as pd
import pytest

from casefinder.config import ListSettings
from casefinder.dates import add_months
from casefinder.monitoring import say
from casefinder.monitoring.feeds import FeedsGiven, feeding, feeds_of, lateness_of, volume_of

SEEN_TO = dt.date(2026, 1, 30)
"""The last complete month is December 2025."""
FLAT = [1000, 1040, 960, 1010, 990, 1020, 980, 1005, 995, 1015, 985, 1000]


def rows(counts, kind="hospital", source="hes_apc", last=dt.date(2025, 12, 1), late=0, followed=None):
    """Monthly volumes that end in a month."""
    months = [add_months(last, place - len(counts) + 1) for place in range(len(counts))]
    table = pd.DataFrame({"source": source, "kind": kind, "month": months, "facts": counts})
    return table.assign(followed=counts if followed is None else followed, late=late)


def test_a_steady_feed_is_inside_its_range():
    volume = volume_of(rows(FLAT + FLAT), SEEN_TO)
    assert volume.verdict == 0
    assert [one.month for one in volume.months][-1] == dt.date(2025, 12, 1)
    # Median 1,000; the tenth of it (100) is more than three spreads (3 x 1.4826 x 15) and three roots (95).
    assert (volume.low, volume.high) == pytest.approx((900, 1100))


def test_a_month_that_is_not_complete_does_not_count():
    counts = [*FLAT, *FLAT, 40]
    assert volume_of(rows(counts, last=dt.date(2026, 1, 1)), SEEN_TO).verdict == 0
    assert volume_of(rows(counts, last=dt.date(2026, 1, 1)), dt.date(2026, 1, 31)).months[-1].outside == -1


def test_a_feed_that_decays_is_incomplete_and_says_since_when():
    decay = [1000, 980, 960, 940, 900, 880, 850, 800, 700, 600, 400, 200]
    volume = volume_of(rows(FLAT + decay), SEEN_TO)
    assert volume.verdict == -1
    assert [one.facts for one in volume.outside(-1)] == [880, 850, 800, 700, 600, 400, 200]


def test_a_feed_loaded_twice_is_more_than_usual():
    assert volume_of(rows(FLAT + FLAT[:9] + [2000, 1980, 2010]), SEEN_TO).verdict == 1


def test_one_odd_month_is_not_enough():
    assert volume_of(rows(FLAT + FLAT[:10] + [300, 1000]), SEEN_TO).verdict == 0


def test_a_month_without_any_fact_counts_as_none():
    table = rows(FLAT + FLAT)
    gone = table[table["month"] < dt.date(2025, 10, 1)]
    volume = volume_of(gone, SEEN_TO)
    assert [one.facts for one in volume.months[-3:]] == [0, 0, 0]
    assert volume.verdict == -1


def test_too_short_or_too_small_a_feed_is_not_judged():
    assert volume_of(rows(FLAT), SEEN_TO) is None
    small = volume_of(rows([9] * 23 + [0]), SEEN_TO)
    assert (small.low, small.high, small.verdict) == (None, None, 0)


def test_coding_is_later_where_the_share_of_late_facts_has_risen():
    as_of, settles = dt.date(2026, 4, 1), {"hes_apc": 60}
    # Followed for 60 + 90 days: October is the last month that can be judged.
    late = [20] * 20 + [100, 120, 110] + [900] * 2
    found = lateness_of(rows([1000] * 25, late=late, last=dt.date(2025, 12, 1)), as_of, settles)
    assert found.since == dt.date(2025, 8, 1)
    assert (found.latest, found.before) == pytest.approx((0.11, 0.02))
    assert found.is_later
    same = lateness_of(rows([1000] * 25, late=20, last=dt.date(2025, 12, 1)), as_of, settles)
    assert not same.is_later


def test_too_few_facts_say_nothing_of_lateness():
    assert lateness_of(rows([4] * 25), dt.date(2026, 4, 1), {"hes_apc": 60}) is None


AS_OF = dt.date(2026, 4, 1)
MANIFEST = {
    "supplied": ["hospital", "ae_attendance", "care_home_entry", "home_care"],
    "extract_date": "2026-03-31",
    "complete_to": {"hospital": "2026-01-30", "ae_attendance": "2026-03-24", "home_care": "2025-11-11"},
    "sources": {
        "hes_apc": {"supplies": ["hospital", "diagnosis"]},
        "ecds": {"supplies": ["ae_attendance"]},
        "social_care": {"supplies": ["home_care", "care_home_entry"]},
    },
}


def judged(volumes, latest=None):
    day = dt.date(2026, 3, 20)
    fresh = [("hes_apc", "hospital", "A1", 900, day, day), ("ecds", "ae_attendance", "A1", 900, day, day),
             ("social_care", "home_care", "A1", 900, day, day)]  # fmt: skip
    columns = ["source", "kind", "practice_code", "events", "latest_event", "latest_known"]
    table = pd.DataFrame(fresh if latest is None else [*fresh, *latest], columns=columns)
    return feeds_of(FeedsGiven(table, volumes, MANIFEST, ListSettings(), {}, {"hes_apc": 60}), AS_OF)


def test_feeds_at_fault_come_first_and_those_behind_an_outcome_are_named():
    volumes = pd.concat([rows(FLAT + [400] * 12), rows(FLAT + FLAT, "ae_attendance", "ecds", dt.date(2026, 2, 1))])
    found = judged(volumes)
    assert found[0].name == "Hospital stays"
    assert [feed.name for feed in found if feed.is_wrong] == ["Hospital stays"]
    assert feeding(found, ("hospital",), MANIFEST) == ("Hospital stays",)
    assert feeding(found, ("care_home_entry",), MANIFEST) == ()
    (words,) = say.feed_words(found[0])
    assert words.startswith("incomplete: 12 of the last 12 complete months lie below their range (Dec 2025: 400;")


def test_a_feed_is_joined_to_an_outcome_by_its_source():
    volumes = rows([400] * 12 + [90] * 12, "home_care", "social_care", dt.date(2025, 10, 1))
    found = judged(volumes)
    assert feeding(found, ("care_home_entry",), MANIFEST) == ("Social care",)


def test_silent_practices_are_counted_and_named():
    old = dt.date(2026, 1, 1)
    gone = [("hes_apc", "hospital", f"B{number}", 900, old, old) for number in range(7)]
    found = judged(rows(FLAT + FLAT), gone)
    hospital = next(feed for feed in found if feed.name == "Hospital stays")
    assert hospital.is_wrong
    assert say.feed_words(hospital) == ["7 practices have stopped: B0, B1, B2, B3, B4 and 2 more"]
