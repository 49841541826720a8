"""The picture of a person's year: where its marks stand, what is not known, and the same in words."""

import datetime as dt
from dataclasses import replace

import pytest

from casefinder.worklist.explained import LANES
from casefinder.worklist.freshness import FEEDS, FeedLine
from casefinder.worklist.meeting import YearFact
from casefinder.worklist.year import LABELS, PLOT, feeds_of, is_supplied, picture


def drawn(made, *facts):
    return picture(replace(made.people[0], year=facts), made)


def row_of(found, lane):
    return found.rows[list(LANES).index(lane)]


def test_the_year_runs_from_the_left_edge_to_the_day_of_the_list(practice):
    found = drawn(practice, YearFact("GP practice", -365, -365), YearFact("GP practice", 0, 0))
    assert [mark.x for mark in row_of(found, "GP practice").marks] == [LABELS, LABELS + PLOT]


def test_a_stay_is_as_wide_as_it_is_long_and_an_open_one_reaches_the_list(practice):
    found = drawn(practice, YearFact("Emergency stay", -73, -36), YearFact("Social care", -73, 0))
    emergency, care = row_of(found, "Emergency stay").marks[0], row_of(found, "Social care").marks[0]
    assert emergency.width == pytest.approx(PLOT * 37 / 365, abs=0.06)
    assert not emergency.is_open
    assert care.width == pytest.approx(PLOT * 73 / 365, abs=0.06)
    assert care.is_open


def test_emergency_stays_have_a_shape_of_their_own(practice):
    found = drawn(practice, *(YearFact(lane, -100, -90) for lane in LANES))
    shapes = [row.marks[0].shape for row in found.rows]
    assert shapes.count("emergency") == 1
    assert shapes[0] == "emergency"


def test_a_stay_without_a_night_can_still_be_seen(practice):
    assert row_of(drawn(practice, YearFact("Planned stay", -50, -50)), "Planned stay").marks[0].width >= 3


def test_days_without_any_record_yet_are_marked(practice):
    found = drawn(practice)
    hospital = row_of(found, "Emergency stay")
    assert hospital.quiet_from == pytest.approx(LABELS + PLOT * (365 - 45) / 365, abs=0.06)  # 15 Feb, 45 days before
    assert row_of(found, "GP practice").quiet_from is None  # two days behind


def test_a_feed_silent_for_one_practice_marks_no_one_else(cluster, practice):
    assert row_of(drawn(cluster), "Social care").quiet_from is None
    assert row_of(drawn(practice), "Social care").quiet_from is not None


def test_what_nobody_supplies_is_not_shown_as_nothing(practice):
    feeds = tuple(FeedLine(name, "not supplied", None, "not supplied") for name in FEEDS)
    found = drawn(replace(practice, feeds=feeds), YearFact("GP practice", -3, -3))
    row = row_of(found, "Outpatients")
    assert not row.is_supplied
    assert row.count == "–"
    assert "None on record" not in found.words
    assert "Not supplied: emergency stays, planned stays" in found.words


def test_a_row_is_supplied_where_one_of_its_feeds_is(practice):
    feeds = {line.feed: line for line in practice.feeds}
    assert feeds_of("A&E, 111, ambulance") == ("A&E", "111 calls", "Ambulance")
    assert is_supplied("A&E, 111, ambulance", feeds)
    assert not is_supplied("A&E, 111, ambulance", {name: feeds[name] for name in ("111 calls", "Ambulance")})


def test_every_row_belongs_to_a_feed_or_is_named(practice):
    assert all(feeds_of(lane) for lane in LANES)


def test_the_year_in_words(practice):
    found = drawn(
        practice,
        YearFact("Emergency stay", -300, -296),
        YearFact("Emergency stay", -20, 0),
        YearFact("Planned stay", -40, -40),
        YearFact("GP practice", -9, -9),
        YearFact("Social care", -9, -9),
    )
    assert found.words == (
        "2 emergency stays (24 nights; the latest began 12 Mar 2026, not ended as far as known), "
        "1 planned stay (no nights; the latest began 20 Feb 2026), 1 GP contact, 1 social care entry. "
        "None on record: A&E, 111 or ambulance contacts, outpatient appointments, community or mental health contacts."
    )


def test_months_stand_where_they_begin(practice):
    months = drawn(practice).months
    assert [month.name for month in months if month.name] == ["May", "Jul", "Sep", "Nov", "Jan", "Mar"]
    march = next(month for month in months if month.name == "Mar")
    days = (dt.date(2026, 4, 1) - dt.date(2026, 3, 1)).days
    assert march.x == pytest.approx(LABELS + PLOT * (365 - days) / 365, abs=0.06)
