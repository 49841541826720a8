"""Whom the teams of a site knew before a test date, by the lists that the workspace has."""

import datetime as dt
from types import SimpleNamespace

import pytest

from casefinder.commands.known import known_before
from casefinder.modelling.splits import TEST
from casefinder.worklist.history import IssuedRow, ListHistory, history_url

TEST_DATE = dt.date(2026, 1, 1)
SITE = SimpleNamespace(decisions_url="")
FITTED = SimpleNamespace(plan=SimpleNamespace(dates={TEST: (TEST_DATE,)}))


def known(folder):
    return known_before(SITE, SimpleNamespace(folder=folder), FITTED)


def issued(folder, *days):
    history = ListHistory(history_url("", folder))
    for number, day in enumerate(days):
        history.issue([IssuedRow(f"list-{number}", 1, f"person{number}", day, "practice Z1", "m@1", 0.5)])
    history.close()


def test_a_workspace_without_lists_stays_without_a_database(tmp_path):
    assert known(tmp_path) is None
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("day", [TEST_DATE, TEST_DATE - dt.timedelta(days=366)])
def test_lists_of_other_times_tell_nothing(tmp_path, day):
    issued(tmp_path, day)
    assert known(tmp_path) is None


def test_people_on_lists_of_the_year_before_are_known(tmp_path):
    issued(tmp_path, TEST_DATE - dt.timedelta(days=365), TEST_DATE - dt.timedelta(days=1), TEST_DATE)
    found = known(tmp_path)
    assert (found.people, found.lists) == ({"person0", "person1"}, 2)
    assert found.about() == {"since": "2025-01-01", "until": "2026-01-01", "lists": 2}
