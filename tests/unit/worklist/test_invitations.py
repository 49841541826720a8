"""Who is invited where places are few: drawn by chance, once, the same for the same list, marked wherever the list goes."""

import datetime as dt
from dataclasses import replace

import pytest
from tests.unit.worklist.conftest import practice_list

from casefinder.errors import DecisionError, ReleaseError
from casefinder.worklist.csv_file import csv_bytes
from casefinder.worklist.excel_file import excel_bytes
from casefinder.worklist.filled import read_filled
from casefinder.worklist.history import Invitation, IssuedRow, ListHistory
from casefinder.worklist.invitations import INVITE, NOT_DRAWN, NOT_IN_THE_DRAW, drawn, invite, marked
from casefinder.worklist.page import page_bytes
from casefinder.worklist.told import summary


@pytest.fixture
def history(tmp_path):
    found = ListHistory(f"sqlite:///{tmp_path / 'decisions.db'}")
    yield found
    found.close()


def issued(made, history, places=None, seed=1):
    """Make a list as a release does: drawn, issued, marked."""
    standing = invite(made, history, seed, places)
    history.issue(
        [IssuedRow(made.list_id, one.rank, one.person_id, made.as_of, made.scope, "m@1", 0.5) for one in made.people]
    )
    return marked(made, standing, history)


def test_a_draw_hangs_on_list_person_and_seed_and_every_share_is_likely():
    people = [f"p{place}" for place in range(40)]
    once = drawn("a", people, 10, 1)
    assert once == drawn("a", people[::-1], 10, 1)
    assert len(once) == 10
    assert once != drawn("b", people, 10, 1)
    assert once != drawn("a", people, 10, 2)
    often = [sum(person in drawn(f"list {number}", people, 10, 1) for number in range(200)) for person in people[:20]]
    assert min(often) > 25
    assert max(often) < 75


def test_those_drawn_are_marked_and_on_record(history):
    made = issued(practice_list(), history, 6)
    invited = {one.person_id for one in made.people if one.invitation == INVITE}
    assert invited == set(drawn(made.list_id, [one.person_id for one in made.people], 6, 1))
    assert sum(one.invitation == NOT_DRAWN for one in made.people) == 9
    found = history.every_invitation()
    assert found == [Invitation(made.list_id, made.scope, made.as_of, 6, 15, 1, tuple(sorted(invited)))]
    assert made.notes == ()


def test_a_list_made_again_shows_the_same_draw_and_has_the_same_bytes(history):
    first = issued(practice_list(), history, 6)
    for places in (6, None):
        again = issued(practice_list(), history, places, seed=9)
        assert [one.invitation for one in again.people] == [one.invitation for one in first.people]
        assert page_bytes(again) == page_bytes(first)
    assert len(history.every_invitation()) == 1


def test_another_number_of_places_is_refused(history):
    issued(practice_list(), history, 6)
    with pytest.raises(ReleaseError, match="a draw stands") as told:
        invite(practice_list(), history, 1, 7)
    assert "6 of 15 were drawn; 7 is asked now" in told.value.render()


def test_a_list_that_changed_after_its_draw_is_not_drawn_from_again(history):
    first = issued(practice_list(), history, 6)
    gone = next(one.person_id for one in first.people if one.invitation == INVITE)
    people = [one for one in practice_list().people if one.person_id != gone]
    people = [replace(one, rank=rank) for rank, one in enumerate(people, start=1)]
    people.append(replace(people[-1], person_id="0newcomer000", rank=15))
    made = issued(replace(practice_list(), list_id="2026-04-01_practice-Y00001_other", people=tuple(people)), history, 6)
    marks = {one.person_id: one.invitation for one in made.people}
    assert marks["0newcomer000"] == NOT_IN_THE_DRAW
    assert sum(mark == INVITE for mark in marks.values()) == 5
    assert "1 of those invited no longer stand on it" in made.notes[0]
    assert "5 of them are invited, drawn by chance" in summary(made)


def test_a_list_that_a_meeting_may_have_seen_is_not_drawn_from(history):
    issued(practice_list(), history)
    with pytest.raises(ReleaseError, match="issued before without a draw"):
        invite(practice_list(), history, 1, 6)
    assert history.every_invitation() == []


@pytest.mark.parametrize("places", [15, 40])
def test_places_for_everyone_are_no_draw(history, places):
    with pytest.raises(ReleaseError, match="Everyone would be invited"):
        invite(practice_list(), history, 1, places)


def test_two_draws_at_one_moment_leave_one(history):
    one = Invitation("a", "practice:A", dt.date(2026, 4, 1), 1, 3, 1, ("p1",))
    history.invite(one)
    with pytest.raises(DecisionError, match="nothing was drawn again"):
        history.invite(replace(one, list_id="b", people=("p2",)))
    assert history.every_invitation() == [one]


def test_whom_a_draw_named_is_purged_and_that_there_was_one_stays(history):
    issued(practice_list(), history, 6)
    assert history.purge(dt.date(2027, 1, 1), delete=True) == 15 + 6
    assert history.every_invitation()[0].people == ()
    assert history.every_invitation()[0].places == 6


def test_the_mark_is_on_page_workbook_and_csv_and_a_filled_sheet_is_read_as_ever(history, tmp_path):
    made, plain = issued(practice_list(), history, 6), practice_list()
    text = csv_bytes(made).decode("utf-8-sig")
    assert '"Invitation"' in text.splitlines()[0]
    assert text.count('"Invite"') == 6
    assert text.count('"Not drawn"') == 9
    assert "Invitation" not in csv_bytes(plain).decode("utf-8-sig")
    page = page_bytes(made).decode("utf-8")
    assert page.count('<td role="cell" data-label="Invitation"><span>Invite</span>') == 6
    assert "6 of them are invited, drawn by chance" in page
    assert "It must keep nobody from care" in page
    assert "Invitation" not in page_bytes(plain).decode("utf-8")
    for name, content in (("list.csv", csv_bytes(made)), ("list.xlsx", excel_bytes(made))):
        (tmp_path / name).write_bytes(content)
        assert len(read_filled(tmp_path / name).rows) == 15
