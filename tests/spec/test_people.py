"""Who is in the record, and who is left out and why."""

import datetime as dt
import os

import pytest

from casefinder.config._yaml import build
from casefinder.config.site import Site
from casefinder.errors import RawDataError
from casefinder.record.people import check_national_list, population

from .conftest import read_table, typed


def site(**opt_outs):
    os.environ["SPEC_KEY"] = "k" * 40
    content = {
        "name": "spec",
        "extract_date": "2024-12-31",
        "person_key": {"kind": "nhs_number"},
        "pseudonym_key": {"env": "SPEC_KEY"},
        "sources": {"deaths": {"files": "x"}},
        "opt_outs": opt_outs,
        "block_people": 100,
    }
    return build(Site, content, "spec")


@pytest.fixture
def people(engine):
    def build_from(records, objections="", over_full=(), national=False, **opt_outs):
        rows = read_table(records)
        said = typed("person_records", rows, standing=1, known_date="01-01")
        listed = read_table(objections) if objections else []
        found = population(
            engine,
            engine.register(said),
            engine.register(typed("objections", listed, date="01-01")),
            engine.register(typed("objections", [{"person_id": one} for one in over_full], date="01-01")).select(
                "person_id"
            ),
            site(**opt_outs),
            national,
        )
        kept = {row["person_id"]: row for row in engine.fetch(found.people).to_pylist()}
        return kept, found.left_out

    return build_from


def test_the_most_trusted_source_speaks_first_and_others_fill_what_it_does_not_know(people):
    kept, _left = people("""
        person_id | birth_month | sex     | ethnicity | standing | known_date
        ann       | 1950-03-01  | female  | unknown   | 1        | 02-01
        ann       | 1950-02-01  | male    | white     | 3        | 06-01
        bob       |             | unknown | unknown   | 1        | 02-01
        bob       | 1960-05-01  | male    | black     | 3        | 02-01
    """)
    assert (str(kept["ann"]["birth_month"]), kept["ann"]["sex"], kept["ann"]["ethnicity"]) == (
        "1950-03-01",
        "female",
        "white",
    )
    assert (str(kept["bob"]["birth_month"]), kept["bob"]["sex"], kept["bob"]["ethnicity"]) == ("1960-05-01", "male", "black")


def test_an_ethnic_group_that_events_told_is_dated_and_the_earliest_of_them_stands(people):
    """So a later event changes nothing that was known before it; what a register of people says is undated."""
    kept, _left = people("""
        person_id | birth_month | ethnicity | standing | known_date
        ann       | 1950-03-01  | unknown   | 1        | 02-01
        ann       |             | unknown   | 3        | 03-01
        ann       |             | black     | 3        | 04-01
        ann       |             | white     | 3        | 06-01
        bob       | 1960-05-01  | asian     | 1        | 02-01
        bob       |             | white     | 3        | 01-01
        cat       | 1970-05-01  | unknown   | 1        | 02-01
    """)
    found = {name: (row["ethnicity"], str(row["ethnicity_known_date"])) for name, row in kept.items()}
    assert found == {"ann": ("black", "2024-04-01"), "bob": ("asian", "None"), "cat": ("unknown", "None")}


def test_the_latest_word_of_a_source_stands(people):
    kept, _left = people("""
        person_id | birth_month | sex    | ethnicity | known_date
        ann       | 1950-03-01  | male   | white     | 02-01
        ann       | 1950-04-01  | female | white     | 06-01
    """)
    assert (str(kept["ann"]["birth_month"]), kept["ann"]["sex"]) == ("1950-04-01", "female")


def test_two_people_under_one_identifier_are_left_out(people):
    kept, left = people("""
        person_id | birth_month | sex
        ann       | 1950-03-01  | female
        ann       | 1987-09-01  | male
        bob       | 1960-05-01  | male
    """)
    assert list(kept) == ["bob"]
    assert left == {"two people under one identifier": 1}


def test_dummy_sensitive_confidential_and_undated_people_are_left_out_and_counted(people):
    kept, left = people("""
        person_id | birth_month | withheld
        ann       | 1950-03-01  | dummy
        bob       | 1950-03-01  | sensitive
        cat       | 1950-03-01  | confidential
        dan       |             |
        eve       | 1950-03-01  |
    """)
    assert list(kept) == ["eve"]
    assert left == {"dummy record": 1, "sensitive record": 1, "confidential record": 1, "no month of birth": 1}


RECORDS = """
    person_id | birth_month
    ann       | 1950-03-01
    bob       | 1950-03-01
    cat       | 1950-03-01
"""


def test_the_latest_type_1_entry_counts_and_a_dissent_outweighs_a_withdrawal_of_the_same_day(people):
    objections = """
        person_id | list             | date
        ann       | type1_dissent    | 02-01
        ann       | type1_withdrawn  | 03-01
        bob       | type1_withdrawn  | 02-01
        bob       | type1_dissent    | 03-01
        cat       | type1_dissent    | 03-01
        cat       | type1_withdrawn  | 03-01
    """
    kept, left = people(RECORDS, objections)
    assert (list(kept), left) == (["ann"], {"type 1 opt-out": 2})
    kept, left = people(RECORDS, objections, apply_type1=False)
    assert (len(kept), left) == (3, {})


def test_people_absent_from_the_national_cleaned_list_are_left_out_where_it_is_supplied_and_applied(people):
    cleaned = """
        person_id | list
        ann       | national_cleaned
        cat       | national_cleaned
    """
    assert people(RECORDS, cleaned, national=True)[1] == {"national opt-out": 1}
    assert people(RECORDS, cleaned, national=False)[1] == {}
    assert people(RECORDS, cleaned, national=True, apply_national=False)[1] == {}


def test_an_identifier_with_more_events_than_a_person_can_have_is_left_out(people):
    kept, left = people(RECORDS, over_full=["bob"])
    assert ("bob" in kept, left) == (False, {"identifier holds more events than one person can": 1})


def test_a_national_list_that_is_old_or_undated_is_refused():
    with pytest.raises(RawDataError, match="the list was 30 days old at the extract; at most 10 are allowed"):
        check_national_list(site(), dt.date(2024, 12, 1), supplied=True)
    with pytest.raises(RawDataError, match="has no date"):
        check_national_list(site(), None, supplied=True)
    check_national_list(site(), dt.date(2024, 12, 25), supplied=True)
    check_national_list(site(apply_national=False), dt.date(2023, 1, 1), supplied=True)
