"""Cohorts: who is in, who is out and by which rule first, as known on the index date; attrition adds up."""

import datetime as dt

import numpy as np
import pytest

from casefinder.codelists import load_codelists
from casefinder.cohorts import Cohort, attrition
from casefinder.config.model import CohortSettings
from tests.spec.facts import INDEX, ago, history, person, point, stay

LISTS = load_codelists()
ADULTS = CohortSettings()
OLDER = CohortSettings(min_age=65, not_in_care_home=True)


def verdicts(settings, *people, dates=(INDEX,)):
    """For each person the rule that leaves them out, or None, on the first date."""
    block, concepts = history(*people)
    cohort = Cohort(settings, concepts, LISTS)
    rows = cohort.rows(block, list(dates))
    return [None if not rule else cohort.rules[rule - 1] for rule in rows.rule[:, 0]]


def verdict(settings, *facts, **about):
    return verdicts(settings, person(*facts, **about))[0]


CASES = [
    ("someone registered for years", ADULTS, {}, None),
    ("born after the index date", ADULTS, {"born": dt.date(2025, 6, 1), "registered": dt.date(2025, 6, 2)}, "not yet born"),
    ("no practice", ADULTS, {"practice": None}, "not registered with a practice"),
    ("left before", ADULTS, {"left": ago(1)}, "not registered with a practice"),
    ("leaves later", ADULTS, {"left": ago(-30)}, None),
    ("registered 365 days", ADULTS, {"registered": ago(365)}, None),
    ("registered 364 days", ADULTS, {"registered": ago(364)}, "registered for less than 365 days"),
    ("18 this month", ADULTS, {"born": dt.date(2007, 4, 1)}, None),
    ("18 next month", ADULTS, {"born": dt.date(2007, 5, 1)}, "younger than 18"),
    ("64", OLDER, {"born": dt.date(1960, 5, 1)}, "younger than 65"),
    ("65 this month", OLDER, {"born": dt.date(1960, 4, 1)}, None),
    ("in the last year of the range", CohortSettings(max_age=79), {"born": dt.date(1945, 5, 1)}, None),
    ("past the range", CohortSettings(max_age=79), {"born": dt.date(1945, 4, 1)}, "older than 79"),
]


@pytest.mark.parametrize(("why", "settings", "about", "expected"), CASES, ids=[case[0] for case in CASES])
def test_rules(why, settings, about, expected):
    assert verdict(settings, **about) == expected


def test_only_a_death_that_was_known_leaves_a_person_out():
    assert verdict(ADULTS, point("death", ago(20), known=ago(1))) == "died"
    assert verdict(ADULTS, point("death", ago(20), known=ago(0))) is None
    assert verdict(ADULTS, point("death", ago(20), superseded=ago(5))) is None


def test_a_registration_that_was_not_known_to_have_ended_still_stands():
    late = stay("registration", ago(900), ago(40), code="A99001", end_known=ago(0))
    assert verdict(ADULTS, late, practice=None) is None
    known = stay("registration", ago(900), ago(40), code="A99001", end_known=ago(1))
    assert verdict(ADULTS, known, practice=None) == "not registered with a practice"


def test_time_with_two_practices_adds_up_and_the_latest_one_is_theirs():
    first = stay("registration", ago(600), ago(200), code="A99001")
    second = stay("registration", ago(200), code="A99002")
    people = [person(first, second, practice=None)]
    assert verdicts(ADULTS, *people) == [None]
    block, concepts = history(*people)
    practice = Cohort(ADULTS, concepts, LISTS).rows(block, [INDEX, ago(300)]).practice[0]
    codes = [concepts.table["code"][one] for one in practice]
    assert codes == ["A99002", "A99001"]


def test_a_gap_in_registration_shortens_it():
    first = stay("registration", ago(900), ago(300), code="A99001")
    second = stay("registration", ago(299), code="A99001")
    assert verdict(ADULTS, first, second, practice=None) == "registered for less than 365 days"


CARE_HOME = [
    ("lives in a home", [stay("care_home", ago(100), None, "nursing")], True),
    ("left the home", [stay("care_home", ago(100), ago(10), "nursing")], False),
    ("moves in later", [stay("care_home", ago(-10), None, "nursing")], False),
    ("known later", [stay("care_home", ago(10), None, "nursing", known=ago(0))], False),
    ("a sign within two years", [point("care_home_evidence", ago(730), "code")], True),
    ("an older sign", [point("care_home_evidence", ago(731), "code")], False),
]


@pytest.mark.parametrize(("why", "facts", "resident"), CARE_HOME, ids=[case[0] for case in CARE_HOME])
def test_residents_are_out_of_the_care_home_cohort_and_in_the_other(why, facts, resident):
    assert verdict(OLDER, *facts) == ("already lives in a care home" if resident else None)
    assert verdict(ADULTS, *facts) is None


def test_caseload_and_end_of_life_are_no_rules_of_a_cohort():
    facts = [
        stay("caseload", ago(100), None, code="district_nursing"),
        point("gp_record", ago(9), "526631000000108", "snomed"),
    ]
    assert verdict(OLDER, *facts) is None


def test_the_first_rule_that_fails_is_the_one_counted():
    assert verdict(OLDER, point("death", ago(9)), practice=None, born=dt.date(2000, 1, 1)) == "died"


def test_each_index_date_is_judged_by_itself():
    block, concepts = history(person(point("death", ago(100)), born=dt.date(1945, 3, 1), registered=ago(2000)))
    rows = Cohort(ADULTS, concepts, LISTS).rows(block, [ago(1900), ago(101), ago(99)])
    assert rows.included.tolist() == [[False, True, False]]


def test_attrition_adds_up():
    people = [person(**about) for _, settings, about, _ in CASES if settings is ADULTS]
    block, concepts = history(*people, person(point("death", ago(9))))
    cohort = Cohort(ADULTS, concepts, LISTS)
    rule = cohort.rows(block, [INDEX]).rule[:, 0]
    table = attrition(cohort.rules, np.bincount(rule, minlength=len(cohort.rules) + 1))
    assert table[0] == {"rule": "everyone in the record", "left_out": 0, "left": len(people) + 1}
    assert [one["rule"] for one in table[1:]] == list(cohort.rules)
    assert len(people) + 1 - sum(one["left_out"] for one in table) == table[-1]["left"] == int((rule == 0).sum())
    assert {one["rule"]: one["left_out"] for one in table} == {
        "everyone in the record": 0, "not yet born": 1, "died": 1, "not registered with a practice": 2,
        "registered for less than 365 days": 1, "younger than 18": 1, "older than 120": 0,
    }  # fmt: skip
