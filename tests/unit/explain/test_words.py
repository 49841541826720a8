"""How values are put in words: plurals of noun phrases, and what every feature says of itself."""

import datetime as dt

import pytest

from casefinder.explain.words import Number, plural, said
from casefinder.features import families

FEATURES = [feature for family in families().values() for feature in family.features]


@pytest.mark.parametrize(
    ("noun", "expected"),
    [
        ("emergency admission for stroke", "emergency admissions for stroke"),
        ("day with an entry for gout", "days with an entry for gout"),
        ("item of opioid", "items of opioid"),
        ("different specialty", "different specialties"),
        ("outpatient attendance (cardiac)", "outpatient attendances (cardiac)"),
    ],
)
def test_only_the_head_of_a_noun_phrase_takes_the_plural(noun, expected):
    assert plural(noun) == expected


def test_one_is_singular_and_others_plural():
    assert [f"{Number(n):day with an entry for gout}" for n in (1, 2)] == [
        "1 day with an entry for gout",
        "2 days with an entry for gout",
    ]


def test_no_meaning_holds_a_slot_for_a_value():
    assert [feature.name for feature in FEATURES if "{" in feature.meaning] == []


def test_time_since_is_told_in_the_unit_of_the_feature():
    meanings = {feature.name: feature.meaning for feature in FEATURES}
    assert meanings["days_since_emergency_admission"] == "days since the latest: emergency admission"
    assert meanings["dementia_years"] == "years since the first: dementia, on record"


def test_money_carries_the_sign_of_the_site():
    cost = next(feature for feature in FEATURES if "{pounds}" in feature.words)
    day = dt.date(2026, 4, 1)
    assert "£1,230 " in said(cost, 1234.0, None, day)
    assert "$1,230 " in said(cost, 1234.0, None, day, "$")
