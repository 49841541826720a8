"""What may say of need, for every feature of the catalogue: nothing that rises with treating, testing or referring more."""

import pytest

from casefinder.allocation.people import illnesses, need_features
from casefinder.dates import EVER, lookback
from casefinder.definitions import Absent, Count, DaysSince, Derived, Feature, Latest, Need, Theme, Weighed
from casefinder.definitions.measures import select
from casefinder.features import families

FEATURES = [feature for family in families().values() for feature in family.features]
DONE = {
    "hospital", "procedure", "admission_reason", "ae_attendance", "ae_acuity", "ae_arrival", "ae_out_of_hours", "ae_left",
    "call_111", "ambulance", "outpatient", "outpatient_missed", "outpatient_cancelled", "gp_contact", "prescription",
    "community_contact", "mental_health_contact", "mental_health_referral", "mental_health_stay", "social_care_request",
    "social_care_assessment", "social_care_review", "home_care", "reablement", "other_support", "carer_support", "caseload",
    "annual_cost", "external_score", "registration", "observed", "care_home_entry",
}  # fmt: skip
"""Kinds of fact that say what was done for a person, or how well a person could be seen."""
ALONE = {"cambridge_score", "condition_count", "age", "sex", "ethnicity", "imd_decile", "years_at_address",
         "care_home_evidence_days", "in_care_home"}  # fmt: skip


@pytest.mark.parametrize("feature", FEATURES, ids=lambda one: one.name)
def test_every_feature_of_the_catalogue_keeps_the_rule(feature):
    assert isinstance(feature.need, Need)
    if isinstance(feature.measure, Derived) or set(feature.measure.of.kinds) & DONE:
        assert feature.need is Need.BARRED
    elif feature.need is not Need.BARRED:
        assert feature.name in ALONE or feature.name.endswith("_years")


@pytest.mark.parametrize("family", ["cost", "emergency_admissions", "planned_care", "outpatients", "urgent_care",
                                    "general_practice", "medicines", "community", "mental_health", "usual_use",
                                    "tests_and_measures"])  # fmt: skip
def test_families_of_use_are_barred_whole(family):
    assert {feature.need for feature in families()[family].features} == {Need.BARRED}


def test_what_may_say_of_need_is_known_by_name():
    allowed = {feature.name for feature in FEATURES if feature.need is not Need.BARRED}
    conditions = {one.name for one in families()["conditions"].features if one.name.endswith("_years")}
    assert allowed == ALONE | conditions


def test_allocation_asks_for_nothing_barred_and_not_for_ethnic_group():
    assert all(feature.need is not Need.BARRED for feature in need_features())
    assert "ethnicity" not in {feature.name for feature in need_features()}
    assert len(illnesses()) > 30


def _feature(measure):
    return Feature("made_up", "a made-up feature", measure, Absent.ZERO, Theme.OTHER, "")


CODED = select("gp_record", "diagnosis", codes="conditions:copd")


@pytest.mark.parametrize(
    ("measure", "need"),
    [
        (DaysSince(CODED, EVER, "first"), Need.ILLNESS),
        (Weighed(select("gp_record", "diagnosis", codes="conditions"), EVER), Need.ILLNESS),
        (DaysSince(CODED, EVER, "latest"), Need.BARRED),
        (DaysSince(CODED, lookback(365), "first"), Need.BARRED),
        (Count(CODED, EVER), Need.BARRED),
        (DaysSince(select("diagnosis", codes="conditions:copd"), EVER, "first"), Need.BARRED),
        (DaysSince(select("gp_record", codes="medication_review"), EVER, "first"), Need.BARRED),
        (DaysSince(select("gp_record", "outpatient", codes="conditions:copd"), EVER, "first"), Need.BARRED),
        (Latest(select("gp_record", codes="measures:hba1c"), EVER), Need.BARRED),
        (Latest(select("residence"), EVER), Need.AREA),
    ],
)
def test_the_rule_is_settled_by_what_is_looked_at_and_how(measure, need):
    assert _feature(measure).need is need
