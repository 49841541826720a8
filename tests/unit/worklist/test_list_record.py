"""The archive of lists as arrays: who was listed, held out or given a service, and where the archive has gaps."""

import datetime as dt

import numpy as np
import pytest

from casefinder.config.site import ServiceSettings
from casefinder.dates import to_day
from casefinder.worklist.history import HoldOutOfList, IssuedRow, ListHistory, PastDecision
from casefinder.worklist.list_record import list_record

FIRST, SECOND = dt.date(2026, 4, 1), dt.date(2026, 4, 8)


@pytest.fixture
def history(tmp_path):
    found = ListHistory(f"sqlite:///{tmp_path / 'decisions.db'}")
    for number, day in enumerate((FIRST, SECOND)):
        found.issue([IssuedRow(f"list-{number}", 1, f"listed{number}", day, "practice:A1", "m@1", 0.4)])
    found.hold_out(HoldOutOfList("list-1", SECOND, 0.1, 1, ("kept1", "kept2")))
    yield found
    found.close()


def read(history, **services):
    return list_record(history, ServiceSettings(**services))


def test_lists_and_hold_outs_come_back(history):
    history.hold_out(HoldOutOfList("list-1", SECOND, 0.1, 1, ("somebody else",)))
    found = read(history)
    assert found.listed.first(["listed0", "listed1", "kept1"], [to_day(FIRST)] * 3, 365) == pytest.approx(
        [0, 7, np.nan], nan_ok=True
    )
    assert found.held_out[0.1].first(["kept2", "listed1", "somebody else"], [to_day(FIRST)] * 3, 365) == pytest.approx(
        [7, np.nan, np.nan], nan_ok=True
    )
    assert (found.without, found.lost) == ((to_day(FIRST),), ())


def test_a_purged_list_is_missed(history):
    assert history.purge(dt.date(2026, 5, 1), delete=True) == 4
    assert read(history).lost == (to_day(SECOND),)
    assert read(history).without == ()


def test_a_hold_out_that_kept_nobody_off_is_on_record(tmp_path):
    found = ListHistory(f"sqlite:///{tmp_path / 'other.db'}")
    found.hold_out(HoldOutOfList("list-9", SECOND, 0.05, 15))
    record = read(found)
    found.close()
    assert (list(record.held_out), len(record.held_out[0.05])) == ([0.05], 0)


@pytest.mark.parametrize(
    ("services", "served"),
    [
        ({}, {"discussed", "accepted"}),
        ({"referred_only": True}, {"accepted"}),
        ({"decisions": ["declined", "accept"]}, {"declined", "accepted"}),
        ({"decisions": []}, set()),
    ],
)
def test_a_site_says_which_decisions_are_a_service(history, services, served):
    taken = {"discussed": "discuss", "accepted": "accept", "declined": "declined", "known": "already known"}
    decisions = [PastDecision("list-0", person, SECOND, word, referred_to="ward" if word == "accept" else None)
                 for person, word in taken.items()]  # fmt: skip
    history.record(decisions)
    days = read(history, **services).decided.first(list(taken), [to_day(FIRST)] * 4, 30)
    assert {person for person, day in zip(taken, days, strict=True) if day == 7} == served
