"""Rules of a list: what the record says of a person, and what meetings decided before."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from tests.spec.facts import INDEX, ago, history, person, point, stay

from casefinder.codelists import load_codelists
from casefinder.config import ListSettings
from casefinder.modelling.served_people import held_out
from casefinder.worklist.history import PastDecision
from casefinder.worklist.rules import DECISIONS, ListRules, decided
from casefinder.worklist.score import Scored
from casefinder.worklist.weekly import _with_decisions, may_be_listed

LISTS = load_codelists()
HOME = stay("care_home", ago(100), None, "nursing")
SIGN = point("care_home_evidence", ago(100), "code")
CASELOAD = stay("caseload", ago(50), None, code="district_nursing")
PALLIATIVE = point("gp_record", ago(9), "526631000000108", "snomed")
ON_CASELOAD, RESIDENT, END = "on the caseload of a service", "lives in a care home", "on the end-of-life register"


def reasons(*people, **rules):
    block, concepts = history(*people)
    made = ListRules(ListSettings(rules=rules), concepts, LISTS)
    return made.reasons(block, INDEX, np.ones(len(people), dtype=bool)).tolist()


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ([], None),
        ([HOME], RESIDENT),
        ([SIGN], RESIDENT),
        ([point("care_home_evidence", ago(731), "code")], None),
        ([stay("care_home", ago(100), ago(5), "nursing")], None),
        ([CASELOAD], ON_CASELOAD),
        ([stay("caseload", ago(50), ago(2), code="district_nursing")], None),
        ([stay("caseload", ago(5), None, code="district_nursing", known=INDEX)], None),
        ([PALLIATIVE], END),
        ([PALLIATIVE, CASELOAD, HOME], RESIDENT),
    ],
)
def test_each_rule_sees_what_was_known(facts, expected):
    assert reasons(person(*facts)) == [expected]


def test_each_rule_is_a_setting():
    assert reasons(person(HOME), care_home_residents=False) == [None]
    assert reasons(person(CASELOAD), on_caseload=False) == [None]
    assert reasons(person(PALLIATIVE), end_of_life_register=False) == [None]
    assert reasons(person(PALLIATIVE, HOME), care_home_residents=False) == [END]


def test_only_the_caseloads_that_the_site_names_count():
    assert reasons(person(CASELOAD), caseloads=("frailty_team",)) == [None]
    assert reasons(person(CASELOAD), caseloads=("frailty_team", "district_nursing")) == [ON_CASELOAD]


def test_people_outside_the_cohort_are_not_asked_about():
    block, concepts = history(person(HOME), person(), person(CASELOAD))
    made = ListRules(ListSettings(), concepts, LISTS)
    assert made.reasons(block, INDEX, np.array([False, True, True])).tolist() == [None, ON_CASELOAD]


# --- a hold-out -------------------------------------------------------------------------------------------------------

HOLD_OUT = {"share": 0.3, "starts": INDEX, "seed": 2}
HELD = "held out by agreement"


def kept_off(count, facts=(), **settings):
    block, concepts = history(*(person(*facts) for _ in range(count)))
    made = ListRules(ListSettings(hold_out={**HOLD_OUT, **settings}), concepts, LISTS)
    return block, made.reasons(block, INDEX, np.ones(count, dtype=bool)).tolist()


def test_a_share_of_people_is_held_out_from_the_first_day_on():
    block, found = kept_off(300)
    expected = held_out(block.people.to_pylist(), 0.3, 2)
    assert [one == HELD for one in found] == expected.tolist()
    assert 0 < sum(expected) < 300
    assert set(kept_off(300, starts=INDEX + dt.timedelta(days=1))[1]) == {None}


def test_every_other_rule_goes_before_a_hold_out():
    assert set(kept_off(300, [PALLIATIVE])[1]) == {END}


def test_a_decision_goes_before_a_hold_out_and_whom_a_meeting_will_see_again_is_not_held_out():
    people = ["new", "declined", "again", "seen", "sick"]
    because = [HELD, HELD, HELD, HELD, END]
    taken = {"declined": ("declined", None), "again": ("defer until", AS_OF), "seen": ("accept", None),
             "sick": ("defer until", AS_OF)}  # fmt: skip
    past = {name: [PastDecision("l", name, AS_OF - dt.timedelta(days=70), word, review_by=review)]
            for name, (word, review) in taken.items()}  # fmt: skip
    found = _with_decisions(pd.DataFrame({"person_id": people, "because": because}), past, AS_OF, ListSettings())
    assert found["because"].where(found["because"].notna(), None).tolist() == [
        HELD, "declined on 21 Jan 2026", None, HELD, END
    ]  # fmt: skip


# --- decisions --------------------------------------------------------------------------------------------------------

AS_OF = dt.date(2026, 4, 1)


def past(decision, days, review_by=None):
    return PastDecision("list", "p", AS_OF - dt.timedelta(days=days), decision, review_by=review_by)


def left_out(*decisions, **rules):
    return decided(["p", "q"], {"p": decisions}, AS_OF, ListSettings(rules=rules))


@pytest.mark.parametrize(
    ("decisions", "expected"),
    [
        ([], None),
        ([past("discuss", 42)], "discussed on 18 Feb 2026"),
        ([past("discuss", 43)], None),
        ([past("accept", 7)], "accepted on 25 Mar 2026"),
        ([past("already known", 7)], "already known to the team on 25 Mar 2026"),
        ([past("not suitable", 7)], "judged not suitable on 25 Mar 2026"),
        ([past("declined", 364)], "declined on 2 Apr 2025"),
        ([past("declined", 365)], None),
        ([past("defer until", 300, AS_OF + dt.timedelta(days=1))], "deferred until 2 Apr 2026"),
        ([past("defer until", 3, AS_OF)], None),
        ([past("defer until", 3)], None),
        ([past("discuss", 0)], None),
        ([past("discuss", -5)], None),
        ([past("declined", 100), past("discuss", 7)], "discussed on 25 Mar 2026"),
        ([past("declined", 100), past("discuss", 60)], "declined on 22 Dec 2025"),
    ],
)
def test_earlier_decisions_leave_people_out_for_as_long_as_set(decisions, expected):
    assert left_out(*decisions) == [expected, None]


def test_how_long_decisions_count_is_a_setting():
    assert left_out(past("discuss", 7), discussed_within_weeks=0) == [None, None]
    assert left_out(past("declined", 60), declined_within_weeks=8) == [None, None]
    assert left_out(past("declined", 60), declined_within_weeks=9) == ["declined on 31 Jan 2026", None]


def test_every_decision_that_a_sheet_offers_can_be_said():
    for decision in DECISIONS:
        said = left_out(past(decision, 1, AS_OF + dt.timedelta(days=9)))[0]
        assert said
        assert said.split()[-1] == "2026"


# --- who is explained --------------------------------------------------------------------------------------------------


def test_the_reserve_of_every_practice_and_cluster_is_explained():
    """A list can lose its reserve of people between the weekly run and the meeting, and still have reasons for all."""
    settings = ListSettings(practice_k=2, cluster_k=3, reserve_percent=0)
    codes = ["A"] * 20 + ["B"] * 20
    table = pd.DataFrame(
        {"person_id": [f"p{place:02d}" for place in range(40)], "block": 1, "practice_code": codes, "gp_cluster": "Vale",
         "raw": np.arange(40, 0, -1.0), "because": pd.Series([None] * 40, dtype=object)}
    )  # fmt: skip
    table.loc[[0, 20], "because"] = "died"
    found = may_be_listed(table, Scored(table, {"A": 20, "B": 20}, {}, {}), settings)
    expected = [f"p{place:02d}" for place in (*range(1, 9), *range(21, 28))]
    assert sorted(found["person_id"]) == expected
    assert found["person_id"].is_unique
