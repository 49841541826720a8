"""What a site cannot feed is empty for everyone, never zero: a kind, a way of coding, or how a stay began."""

import math

import pytest

from casefinder.codelists import load_codelists
from casefinder.features import FeatureTable, chosen
from tests.spec.facts import INDEX, ago, history, person, point, stay

LISTS = load_codelists()
BASE = ("birth", "sex", "registration", "observed")


def table(supplied, *facts):
    block, concepts = history(person(*facts), person())
    made = FeatureTable(chosen(), concepts, LISTS, (*BASE, *supplied))
    rows = made.rows(block, [INDEX])
    return made, {name: rows[:, place].tolist() for place, name in enumerate(made.names)}


def empty(values):
    return all(math.isnan(value) for value in values)


@pytest.mark.parametrize("name", ["ae_attendances_365d", "falls_365d", "has_home_care", "items_365d", "cost_medicines_365d"])
def test_a_kind_that_nobody_supplies_is_empty_and_a_supplied_one_is_zero(name):
    made, values = table(())
    assert empty(values[name])
    assert name in made.not_supplied()
    fed, values = table(("ae_attendance", "gp_record", "home_care", "prescription"))
    assert values[name] == [0, 0]
    assert name not in fed.not_supplied()


def test_a_list_with_no_code_in_the_systems_of_the_feed_is_empty():
    """Diagnoses in ICD-9 say nothing about a score that is defined on ICD-10."""
    made, values = table(("diagnosis",), point("diagnosis", ago(40), "4280", "icd9", position=1))
    for name in ("hospital_frailty_risk_score", "deficits", "falls_730d", "days_since_fall"):
        assert empty(values[name]), name
        assert name in made.not_supplied()
    assert values["charlson"] == [1, 0]
    assert values["hospital_frailty_risk_score"] != [0, 0]


def test_the_same_list_is_zero_where_the_feed_is_coded_in_its_system():
    _, values = table(("diagnosis",), point("diagnosis", ago(40), "I500", "icd10", position=1))
    assert values["falls_730d"] == [0, 0]


def test_a_feed_that_never_says_how_stays_began_tells_nothing_of_emergencies():
    made, values = table(("hospital",), stay("hospital", ago(40), ago(30), "other"))
    for name in ("emergency_admissions_365d", "planned_admissions_365d", "day_cases_365d", "emergency_bed_days_365d",
                 "emergency_admissions_trend", "cost_other_stays_365d"):  # fmt: skip
        assert empty(values[name]), name
        assert name in made.not_supplied()
    assert values["any_admissions_365d"] == [1, 0]


def test_a_feed_that_says_it_once_is_a_feed_that_says_it():
    _, values = table(("hospital",), stay("hospital", ago(40), ago(30), "elective"))
    assert values["emergency_admissions_365d"] == [0, 0]
    assert values["planned_admissions_365d"] == [1, 0]


def test_a_supplied_feed_in_which_nothing_has_arrived_is_zero():
    _, values = table(("hospital", "diagnosis"))
    assert values["emergency_admissions_365d"] == [0, 0]
    assert values["hospital_frailty_risk_score"] == [0, 0]


def test_what_is_worked_out_from_unfed_features_is_not_supplied_either():
    made, values = table(("hospital",), stay("hospital", ago(40), ago(30), "emergency"))
    lacking = made.not_supplied()
    assert {"ae_share_by_ambulance", "ae_attendances_a_year", "substances_trend"} <= set(lacking)
    assert "emergency_admissions_a_year" not in lacking
    assert "cost_total_365d" not in lacking, "a sum is known as far as any of its parts"
    assert all(empty(values[name]) for name in lacking)
