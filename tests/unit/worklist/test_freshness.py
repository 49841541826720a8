"""Freshness of feeds: fresh, stale, silent, not supplied; what stops a list and what stamps it."""

import datetime as dt

import pandas as pd
import pytest

from casefinder.config import ListSettings
from casefinder.errors import ReleaseError
from casefinder.worklist.freshness import FEEDS, UNUSUAL, check_safety, hospital_stamp, lines

AS_OF = dt.date(2026, 4, 1)
SETTINGS = ListSettings()
COLUMNS = ("source", "kind", "practice_code", "events", "latest_event", "latest_known")


def ago(days):
    return AS_OF - dt.timedelta(days=days)


def feeds(*rows):
    """Rows of kind, practice, events a year, days since the latest."""
    made = [("hes_apc", kind, practice, events, ago(days), ago(days)) for kind, practice, events, days in rows]
    return pd.DataFrame(made, columns=list(COLUMNS))


def line(name, table, supplied=("hospital", "ae_attendance"), codes=("A1",), stale_after=None, settings=SETTINGS):
    found = lines(table, supplied, codes, AS_OF, settings, stale_after or {})
    return next(one for one in found if one.feed == name)


def test_a_fresh_feed_says_how_far_it_reaches():
    found = line("Hospital stays", feeds(("hospital", "A1", 900, 20), ("hospital", "A2", 900, 5)))
    assert (found.state, found.latest, found.words) == ("fresh", ago(5), "to 27 Mar 2026")


def test_a_feed_that_nobody_supplies_is_said_to_be_so():
    found = line("Social care", feeds(("hospital", "A1", 900, 20)))
    assert (found.state, found.latest) == ("not supplied", None)
    assert found.words.startswith("not supplied")


def test_every_usual_feed_has_a_line_and_an_unusual_one_only_where_it_is_supplied():
    table = feeds(("hospital", "A1", 900, 20))
    usual = [name for name in FEEDS if name not in UNUSUAL]
    assert [one.feed for one in lines(table, ("hospital",), ("A1",), AS_OF, SETTINGS, {})] == usual
    assert line("Disease registers", feeds(("register", "A1", 10, 90)), ("register",)).state == "stale"
    assert line("GP records", feeds(("register", "A1", 10, 90)), ("register",)).state == "not supplied"


def test_a_supplied_feed_of_which_nothing_came_is_silent():
    assert line("A&E", feeds(("hospital", "A1", 900, 20))).state == "silent"


@pytest.mark.parametrize(("days", "allowed", "state"), [(60, 60, "fresh"), (61, 60, "stale"), (61, 90, "fresh")])
def test_a_feed_is_stale_once_older_than_its_source_allows(days, allowed, state):
    found = line("Hospital stays", feeds(("hospital", "A1", 900, days)), stale_after={"hes_apc": allowed})
    assert found.state == state


def test_a_practice_whose_feed_stopped_is_silent_and_a_small_one_is_not():
    busy = line("Hospital stays", feeds(("hospital", "A1", 365, 45), ("hospital", "A2", 365, 5)))
    assert (busy.state, busy.latest) == ("silent", ago(45))
    assert "this practice since 15 Feb 2026" in busy.words
    small = line("Hospital stays", feeds(("hospital", "A1", 60, 45), ("hospital", "A2", 365, 5)))
    assert small.state == "fresh", "40 days without one of 60 a year is chance"


@pytest.mark.parametrize(("quiet", "state"), [(30, "fresh"), (31, "silent")])
def test_a_feed_is_silent_after_more_than_the_days_set(quiet, state):
    table = feeds(("hospital", "A1", 3650, 5 + quiet), ("hospital", "A2", 3650, 5))
    assert line("Hospital stays", table).state == state


def test_a_cluster_names_its_silent_practices():
    table = feeds(("hospital", "A1", 3650, 50), ("hospital", "A2", 3650, 60), ("hospital", "A3", 3650, 5))
    found = line("Hospital stays", table, codes=("A1", "A2", "A3"))
    assert "A1, A2 since" in found.words
    assert found.latest == ago(60)


def manifest(**as_at):
    kinds = {"deaths": ["death"], "gp_registrations": ["registration"], "national_cleaned_list": []}
    return {
        "sources": {
            name: {"as_at": str(date), "supplies": kinds[name], "extract": name} for name, date in as_at.items()
        }
    }  # fmt: skip


def test_a_list_is_released_while_deaths_registrations_and_objections_are_recent():
    check_safety(manifest(deaths=ago(14), gp_registrations=ago(0), national_cleaned_list=ago(14)), AS_OF, SETTINGS)


@pytest.mark.parametrize(
    ("source", "named"),
    [("deaths", "deaths"), ("gp_registrations", "registrations"), ("national_cleaned_list", "objections")],
)
def test_each_safety_feed_that_is_too_old_stops_the_list(source, named):
    recent = {"deaths": ago(1), "gp_registrations": ago(1), "national_cleaned_list": ago(1)}
    with pytest.raises(ReleaseError) as caught:
        check_safety(manifest(**{**recent, source: ago(15)}), AS_OF, SETTINGS)
    said = caught.value.render()
    assert f"{named}: taken on 2026-03-17, 15 days before this list; at most 14 are allowed" in said
    assert said.count("days before this list") == 1


def test_a_silent_hospital_feed_stamps_or_withholds_as_the_site_says():
    found = lines(feeds(("hospital", "A1", 900, 90)), ("hospital",), ("A1",), AS_OF, SETTINGS, {})
    stamp = hospital_stamp(found, SETTINGS, "A1")
    assert stamp.startswith("Use with care: hospital stays are out of date")
    with pytest.raises(ReleaseError, match="withheld"):
        hospital_stamp(found, SETTINGS.model_copy(update={"silent_hospital_feed": "withhold"}), "A1")
    fresh = lines(feeds(("hospital", "A1", 900, 9)), ("hospital",), ("A1",), AS_OF, SETTINGS, {})
    assert hospital_stamp(fresh, SETTINGS, "A1") == ""
