"""Each planted fault can be found in the raw files, as often as the truth says."""

import pandas as pd
import pytest
from tests.unit.simulate.reading import facts, names, raw, truth

from casefinder.codelists import load_codelists
from casefinder.simulate import FAULTS

KEYS = {
    "hes_apc": "EPIKEY",
    "hes_op": "ATTENDKEY",
    "ecds": "Attendance_Identifier",
    "csds_contacts": "CARE CONTACT IDENTIFIER",
}


@pytest.fixture(scope="module")
def planted(economy):
    return facts(economy, "faults")


def rows_of(planted, kind, file):
    return planted[kind]["rows"][file]


def persons(rows):
    """Return the column of identifiers."""
    known = ("NHS_NUMBER", "NHS_Number", "NEWNHSNO", "PERSON ID", "Pseudo NHS Number")
    return rows[next(name for name in known if name in rows)]


def test_every_kind_is_planted_and_counted(planted):
    assert set(planted) == set(FAULTS)
    assert all(fault["count"] == sum(fault["rows"].values()) > 0 for fault in planted.values())
    assert {kind for kind, fault in planted.items() if fault["refused"]} == {
        "sentinel_dates",
        "bad_codes",
        "future_dates",
        "impossible_ages",
        "invalid_identifiers",
        "sentinel_identifiers",
    }


def test_duplicates_are_equal_in_every_column(economy, planted):
    for file in planted["duplicate_rows"]["rows"]:
        rows = raw(economy, file)
        found = rows.duplicated().sum()
        natural = 0 if file in KEYS else 0.002 * len(rows)
        assert rows_of(planted, "duplicate_rows", file) <= found <= rows_of(planted, "duplicate_rows", file) + natural


def test_resubmitted_episodes_share_their_key_and_differ_in_submission_and_content(economy, planted):
    rows = raw(economy, "hes_apc").drop_duplicates()
    twice = rows[rows.EPIKEY.duplicated(keep=False)].sort_values(["EPIKEY", "SUBDATE"])
    assert len(twice) == 2 * rows_of(planted, "resubmitted_rows", "hes_apc")
    before, after = twice.iloc[::2].reset_index(), twice.iloc[1::2].reset_index()
    assert (after.SUBDATE > before.SUBDATE).all()
    assert ((after.DIAG_4_01 != before.DIAG_4_01) | (after.DISDATE < before.DISDATE)).all()
    assert (after.NEWNHSNO == before.NEWNHSNO).all()


def test_resubmitted_contacts_share_their_key(economy, planted):
    rows = raw(economy, "csds_contacts").drop_duplicates()
    again = rows["CARE CONTACT IDENTIFIER"].duplicated().sum()
    assert again == rows_of(planted, "resubmitted_contacts", "csds_contacts")


def test_one_identifier_holds_the_events_of_many_people(economy, planted):
    files = planted["over_full_identifier"]["rows"]
    counts = sum((persons(raw(economy, file)).value_counts() for file in files), pd.Series(dtype=int))
    counts = pd.concat([persons(raw(economy, file)) for file in files]).value_counts()
    assert counts.iloc[0] == planted["over_full_identifier"]["count"] == 25_000
    assert counts.iloc[1] < 2500
    assert counts.index[0] not in set(truth(economy, "people").nhs_number)


def test_unknown_people_have_valid_numbers_and_are_registered_nowhere(economy, planted):
    import nhs_number

    known = set(raw(economy, "gp_patients").NHS_NUMBER)
    for file in planted["unknown_people"]["rows"]:
        strangers = persons(raw(economy, file))
        strangers = strangers[~strangers.isin(known)]
        strangers = strangers[[nhs_number.is_valid(number) and number != "9999999999" for number in strangers]]
        apart = strangers.value_counts()
        assert len(apart[apart < 100]) == rows_of(planted, "unknown_people", file)


def test_open_stays_never_end(economy, planted):
    episodes = raw(economy, "hes_apc").drop_duplicates()
    old = episodes[(episodes.EPISTAT == "1") & (episodes.EPISTART < "2025-09-01") & (episodes.EPISTART > "1900")]
    assert old.EPIEND.isna().all()
    assert old.DISDATE.isna().all()
    assert rows_of(planted, "open_stays", "hes_apc") <= len(old) <= rows_of(planted, "open_stays", "hes_apc") + 3


def test_overlapping_stays_lie_at_another_hospital(economy, planted):
    episodes = raw(economy, "hes_apc")
    second = episodes[episodes.PROCODE3 == "R9D"]
    assert len(second) == rows_of(planted, "overlapping_stays", "hes_apc")
    pairs = second.merge(episodes[episodes.PROCODE3 != "R9D"], on="NEWNHSNO", suffixes=("", "_first"))
    meets = (pairs.ADMIDATE_first < pairs.ADMIDATE) & (pairs.DISDATE_first > pairs.ADMIDATE)
    assert set(pairs[meets].EPIKEY) == set(second.EPIKEY)


def test_births_at_home_stand_on_adults(economy, planted):
    episodes = raw(economy, "hes_apc")
    adults = episodes[(episodes.ADMIMETH == "2C") & ~episodes.STARTAGE.str.startswith("700")]
    assert len(adults) == rows_of(planted, "births_at_home_on_adults", "hes_apc")


def test_the_silent_practice_says_nothing_after_its_day(economy, planted):
    silent = planted["silent_practice"]
    for file in ("gp_observations", "gp_medications"):
        rows = raw(economy, file)
        rows = rows[~persons(rows).isin(set(over_full(economy)))]
        by_practice = rows.groupby("PRACTICE_CODE").DATE_RECORDED.max()
        assert by_practice[silent["practice"]] < silent["from"]
        assert (by_practice.drop(silent["practice"]) > "2026-03-01").all()
        assert silent["rows"][file] > 0.01 * len(rows) / by_practice.size


def over_full(economy):
    """Return the identifiers that hold more than five thousand rows of medicines."""
    counts = raw(economy, "gp_medications").NHS_NUMBER.value_counts()
    return counts.index[counts > 5000]


def test_restricted_codes_are_the_planted_ones_and_no_others(economy, planted):
    restricted = load_codelists()["restricted"]
    concepts = raw(economy, "gp_observations").MAPPED_CONCEPT_CODE
    found = concepts.isin({code for code in concepts.unique() if restricted.covers("snomed", code)}).sum()
    assert found == rows_of(planted, "restricted_codes", "gp_observations")
    episodes = raw(economy, "hes_apc").drop_duplicates()
    diagnoses = episodes.filter(like="DIAG_4").stack()
    bad = {code for code in diagnoses.unique() if restricted.covers("icd10", code.rstrip("X"))}
    assert diagnoses.isin(bad).sum() == rows_of(planted, "restricted_codes", "hes_apc")
    medicines = raw(economy, "gp_medications").BNF_REFERENCE.unique()
    assert not any(restricted.covers("bnf", code) for code in medicines)


def test_flags_and_shared_numbers(economy, planted):
    people = raw(economy, "gp_patients")
    assert (people.IS_SPINE_SENSITIVE == "1").sum() == planted["sensitive_people"]["count"]
    assert (people.IS_CONFIDENTIAL == "1").sum() == planted["confidential_people"]["count"]
    assert (people.IS_DUMMY_PATIENT == "1").sum() == rows_of(planted, "dummy_people", "gp_patients")
    assert people.NHS_NUMBER.duplicated().sum() == planted["shared_number"]["count"]


def test_deaths_in_one_source_only_and_twice(economy, planted):
    registered = raw(economy, "deaths")
    twice = registered.NHS_NUMBER.duplicated().sum()
    assert twice == planted["deaths_registered_twice"]["count"]
    people = raw(economy, "gp_patients")
    alive = people[people.DEATH_YEAR.isna()].NHS_NUMBER
    silent = planted["silent_practice"]
    stated = registered[silent["from"] > registered.DEATH_DATE]
    unknown = stated.NHS_NUMBER[stated.REGISTRATION_DATE < "2026-02-15"].isin(alive).sum()
    assert unknown <= planted["deaths_unknown_to_practice"]["count"] + planted["shared_number"]["count"]


def test_objections_and_opt_outs(economy, planted):
    lists = load_codelists()
    concepts = raw(economy, "gp_observations").query(
        "NHS_NUMBER not in @nobody", local_dict={"nobody": list(over_full(economy))}
    )
    for kind, group in (("type1_dissents", "type1_dissent"), ("type1_withdrawals", "type1_withdrawn")):
        said = concepts.MAPPED_CONCEPT_CODE.isin(lists[f"type1_opt_out:{group}"].values()).sum()
        assert planted[kind]["count"] <= said <= planted[kind]["count"] + 2
    people = truth(economy, "people")
    absent = ~people.nhs_number.isin(set(raw(economy, "national_cleaned_list").NHS_NUMBER))
    assert absent.sum() == planted["national_opt_outs"]["count"]
    assert absent.mean() == pytest.approx(0.05, abs=0.01)


def test_registrations_that_begin_at_the_floor(economy, planted):
    assert (raw(economy, "gp_registrations").START_DATE == "1900-01-01").sum() == planted["registration_floors"]["count"]


def test_no_identifier_of_a_person_is_outside_the_range_for_people_who_do_not_exist(economy):
    for name in names(economy):
        rows = raw(economy, name)
        if any(column in rows for column in ("NHS_NUMBER", "NHS_Number", "NEWNHSNO", "PERSON ID", "Pseudo NHS Number")):
            assert persons(rows).str.startswith("999").all()
