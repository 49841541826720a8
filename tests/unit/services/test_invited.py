"""Arms that chance made: everyone drawn once, in the arm of their first draw, against others of the same list."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
from tests.unit.services.made_up import programme

from casefinder.config.service import ServedSettings
from casefinder.dates import NEVER, to_day
from casefinder.errors import ServiceError
from casefinder.matching import risk_sets
from casefinder.services.invited import dealt, first_draws
from casefinder.worklist.history import Invitation
from casefinder.worklist.invitations import drawn

SERVED = ServedSettings(source="invited")
FIRST, SECOND = dt.date(2024, 1, 1), dt.date(2024, 1, 8)
LISTED = {"one": [f"p{place}" for place in range(8)], "two": [f"p{place}" for place in range(4, 12)]}


def draw(list_id, day, places=3, scope="practice:A"):
    people = LISTED[list_id]
    return Invitation(list_id, scope, day, places, len(people), 1, drawn(list_id, people, places, 1))


def test_everyone_counts_once_in_the_arm_of_their_first_draw():
    draws = [draw("two", SECOND), draw("one", FIRST)]
    found = first_draws(draws, LISTED, SERVED)
    assert list(found.starts.people) == sorted({*LISTED["one"], *LISTED["two"]})
    place = {person: number for number, person in enumerate(found.starts.people)}
    for person, number in place.items():
        own = draws[1] if person in LISTED["one"] else draws[0]
        assert found.lists[number] == own.list_id
        assert found.invited[number] == (person in own.people)
        assert found.starts.days[number] == to_day(own.as_of)
        assert found.odds[number] == pytest.approx(np.log(3 / 5))
    later = [person for person in draws[0].people if person in LISTED["one"] and person not in draws[1].people]
    assert later
    assert all(found.own[place[person]] == to_day(SECOND) for person in later)
    never = [person for person in place if not any(person in one.people for one in draws)]
    assert all(found.own[place[person]] == NEVER for person in never)
    assert found.starts.again == 4


def test_a_record_of_draws_that_is_not_whole_is_refused_unless_it_lies_before_the_period():
    swapped = replace(draw("one", FIRST), people=tuple(sorted(set(LISTED["one"]) - set(draw("one", FIRST).people)))[:3])
    purged = draw("two", FIRST)
    for draws, listed, words in (
        ([swapped], LISTED, "not those whom the draw gives"),
        ([purged], {"two": []}, "no longer on record"),
    ):
        with pytest.raises(ServiceError, match="not whole") as told:
            first_draws(draws, listed, SERVED)
        assert words in told.value.render()
        assert not any(person in told.value.render() for person in LISTED["one"])
    after = SERVED.model_copy(update={"starts_from": SECOND})
    assert first_draws([purged, draw("one", SECOND)], {**LISTED, "two": []}, after).invited.sum() == 3


def test_draws_of_other_scopes_do_not_count():
    served = SERVED.model_copy(update={"scopes": ("practice:B",)})
    draws = [draw("one", FIRST), draw("two", FIRST, scope="practice:B")]
    assert set(first_draws(draws, LISTED, served).lists) == {"two"}
    with pytest.raises(ServiceError, match="Nobody was ever invited") as told:
        first_draws(draws[:1], LISTED, served)
    assert "practice:A" in told.value.render()


def rows(treated, lists):
    people = [f"q{place}" for place in range(len(treated))]
    return risk_sets(people, np.zeros(len(treated)), treated, np.zeros(len(treated)), exact=[lists], seed=1)


def test_controls_are_dealt_out_within_their_list_each_of_them_once():
    treated, lists = [1, 1, 0, 0, 0, 0, 0, 1, 0], ["a"] * 7 + ["b"] * 2
    pairs = dealt(rows(treated, lists))
    assert sorted(pairs.control.tolist()) == [2, 3, 4, 5, 6, 8]
    assert not pairs.settings.replacement
    assert {int(one): int(count) for one, count in zip(*np.unique(pairs.treated, return_counts=True), strict=True)}[7] == 1
    among = pairs.members()
    assert among.weight[~among.treated].sum() == pytest.approx(3)
    assert np.asarray(lists)[among.row[among.matched_set == among.matched_set[0]]].tolist().count("a") in (0, 3, 4)


def test_where_more_were_invited_than_left_a_control_stands_in_several_sets():
    pairs = dealt(rows([1, 1, 1, 0, 0, 1], ["a"] * 5 + ["b"]))
    assert sorted(pairs.treated.tolist()) == [0, 1, 2]
    assert set(pairs.control.tolist()) == {3, 4}
    assert pairs.settings.replacement
    assert pairs.unmatched.tolist() == [5]


def test_the_order_of_rows_changes_no_set():
    treated, lists = np.array([1, 1, 0, 0, 0, 0, 1, 0]), np.array(list("aaaaabbb"))
    order = np.random.default_rng(1).permutation(8)
    people = np.array([f"q{place}" for place in range(8)])
    first = dealt(risk_sets(people, np.zeros(8), treated, np.zeros(8), exact=[lists], seed=1))
    second = dealt(risk_sets(people[order], np.zeros(8), treated[order], np.zeros(8), exact=[lists[order]], seed=1))
    one = set(zip(people[first.treated], people[first.control], strict=True))
    assert one == set(zip(people[order][second.treated], people[order][second.control], strict=True))


def test_whom_a_later_list_invites_stays_a_control_to_the_end():
    people = replace(programme(20, 1.0, 1), own_start=np.full(60, 50.0))
    assert people.stop().max() == 50
    assert replace(people, as_drawn=True).stop().min() == 365
    assert replace(people, as_drawn=True).only(np.arange(60) < 30).stop().min() == 365
