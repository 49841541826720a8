"""What the raw files say fits what truly happened, and each layout is written as its source writes it."""

import datetime as dt

import pandas as pd
import pytest
from tests.unit.simulate.reading import facts, raw, truth

from casefinder.codelists import load_codelists


@pytest.fixture(scope="module")
def episodes(economy):
    rows = raw(economy, "hes_apc").drop_duplicates("EPIKEY")
    return rows[rows.NEWNHSNO.isin(set(truth(economy, "people").nhs_number))]


def test_every_true_emergency_stay_that_was_known_in_time_is_in_the_hospital_file(economy, episodes):
    events = truth(economy, "events")
    true = events[(events.kind == "emergency_admission") & (events.end_date < "2026-01-31")]
    recorded = set(zip(episodes.NEWNHSNO, episodes.ADMIDATE, strict=True))
    found = [(person, str(day.date())) in recorded for person, day in zip(true.nhs_number, true.date, strict=True)]
    lost = sum(facts(economy, "faults")[kind]["rows"]["hes_apc"] for kind in ("sentinel_dates", "invalid_identifiers"))
    assert len(found) - sum(found) <= lost


def test_every_recorded_emergency_admission_truly_happened(economy, episodes):
    events = truth(economy, "events")
    true = set(zip(events.nhs_number, events.date.dt.strftime("%Y-%m-%d"), strict=True))
    emergency = episodes[episodes.ADMIMETH.isin(["21", "22", "23", "24", "25", "2A", "2D"]) & (episodes.ADMIDATE > "1900")]
    assert all(pair in true for pair in zip(emergency.NEWNHSNO, emergency.ADMIDATE, strict=True))


def test_episodes_follow_one_another_within_a_spell(episodes):
    spells = episodes[(episodes.ADMIDATE > "1900") & (episodes.PROCODE3 != "R9D")].copy()
    spells["EPIORDER"] = spells.EPIORDER.astype(int)
    spells = spells.sort_values(["NEWNHSNO", "PROCODE3", "ADMIDATE", "EPIORDER"])
    spell = spells.groupby(["NEWNHSNO", "PROCODE3", "ADMIDATE"])
    follows = spells.EPIORDER > 1
    assert (spells.EPISTART[follows] >= spell.EPIEND.shift()[follows].fillna("")).all()
    ended = spells[spells.DISDATE.notna()]
    assert (ended.EPIEND == ended.DISDATE).all()
    assert spell.DISDATE.count().max() == 1


def test_codes_for_care_homes_change_with_the_year(episodes):
    for date, place in (("ADMIDATE", "ADMISORC"), ("DISDATE", "DISDEST")):
        dated = episodes[episodes[date].notna() & (episodes[date] > "1900")]
        old, new = dated[place].isin(["54", "65", "85"]), dated[place].isin(["55", "56"])
        assert old.any()
        assert new.any()
        assert (dated[date][old] < "2022-04-01").all()
        assert (dated[date][new] >= "2022-04-01").all()


def test_transfers_join_two_hospitals(economy, episodes):
    second = episodes[episodes.ADMIMETH.isin(["2B", "81"]) & (episodes.EPIORDER == "1") & (episodes.PROCODE3 != "R9D")]
    assert (second.ADMISORC == "51").all()
    left = episodes[episodes.DISDEST == "51"]
    pairs = second.merge(left, left_on=["NEWNHSNO", "ADMIDATE"], right_on=["NEWNHSNO", "DISDATE"], suffixes=("", "_first"))
    lost = sum(fault["rows"].get("hes_apc", 0) for fault in facts(economy, "faults").values() if fault["refused"])
    assert len(set(second.EPIKEY) - set(pairs.EPIKEY)) <= lost
    assert len(pairs) > 5 * lost
    assert (pairs.PROCODE3_first != pairs.PROCODE3).all()


def test_the_catch_all_method_is_never_used_and_infants_have_their_ages(episodes):
    assert not (episodes.ADMIMETH == "28").any()
    born = episodes[episodes.ADMIMETH.isin(["82", "83"]) & (episodes.EPIORDER == "1")]
    assert (born.STARTAGE == "7001").all()
    assert (born.ADMISORC == "79").all()
    assert episodes.STARTAGE.str.fullmatch(r"700[1-7]|\d{1,3}").all()


def test_diagnoses_are_written_as_hospitals_write_them(episodes):
    codes = episodes.filter(like="DIAG_4").stack()
    assert codes.str.fullmatch(r"-|[A-Z]\d[0-9A-Z][0-9X]").all()
    assert (codes == "I10X").any()
    assert episodes.MYDOB.str.fullmatch(r"(0[1-9]|1[0-2])(19|20)\d{2}").all()


def test_submissions_come_two_to_nine_weeks_after_the_end(episodes):
    done = episodes[episodes.EPISTAT == "3"]
    lag = (pd.to_datetime(done.SUBDATE) - pd.to_datetime(done.EPIEND)).dt.days
    assert lag.min() >= 14
    assert 25 < lag.mean() < 35
    assert lag.quantile(0.95) < 50
    unfinished = episodes[(episodes.EPISTAT == "1") & (episodes.EPISTART > "2025-12-01")]
    assert len(unfinished) > 0
    assert unfinished.EPIEND.isna().all()


def test_codes_in_general_practice_and_the_community_are_in_the_lists(economy):
    lists = load_codelists()
    known = {code.code for one in lists.values() for code in one.codes if code.system == "snomed"}
    assert set(raw(economy, "gp_observations").MAPPED_CONCEPT_CODE) <= known
    prefixes = tuple(code.code for code in lists["medicines"].codes if code.system == "bnf")
    assert all(code.startswith(prefixes) for code in raw(economy, "gp_medications").BNF_REFERENCE.unique())
    assert set(raw(economy, "csds_contacts")["SERVICE OR TEAM TYPE REFERRED TO"]) <= set(lists["community_teams"].values())
    assert set(raw(economy, "mhsds_contacts").ServTeamTypeRefToMH) <= set(lists["mental_health_teams"].values())
    assert set(raw(economy, "hes_op").TRETSPEF) <= set(lists["treatment_functions"].values())


def test_open_services_are_sent_again_each_quarter_until_they_end(economy):
    rows = raw(economy, "social_care").drop_duplicates()
    services = rows[rows["Event Type"] == "Service"]
    key = ["Pseudo NHS Number", "Client Type", "Event Start Date", "Service Type", "Service Component", "Delivery Mechanism"]
    order = services.sort_values("Reporting Period End Date").groupby(key, dropna=False)
    ended = order["Event End Date"].agg(["count", "last", "size"])
    assert (ended["count"] <= 1).mean() > 0.995
    assert (ended["size"] > 1).mean() > 0.3
    closed = services[services["Event End Date"].notna()]
    assert (closed["Event End Date"] <= closed["Reporting Period End Date"]).all()
    others = rows[rows["Event Type"] != "Service"]
    assert others["Event End Date"].notna().all()
    assert rows["Reporting Period End Date"].max() == "2025-12-31"


def test_people_who_left_vanish_from_every_feed(economy):
    people = truth(economy, "people").set_index("nhs_number")
    left = people.exit_date.dropna()
    for file, person, date in (
        ("gp_medications", "NHS_NUMBER", "CLINICAL_EFFECTIVE_DATE"),
        ("hes_apc", "NEWNHSNO", "ADMIDATE"),
        ("ecds", "NHS_Number", "Arrival_Date"),
        ("csds_contacts", "PERSON ID", "CARE CONTACT DATE"),
    ):
        rows = raw(economy, file)
        rows = rows[rows[person].isin(left.index) & rows[date].between("2000", "2026-03-31")]
        assert len(rows) > 0
        assert (pd.to_datetime(rows[date]) < rows[person].map(left)).all()


def test_nothing_was_known_after_the_last_day(economy):
    last = str(dt.date(2026, 3, 31))
    for file, column in (("hes_apc", "SUBDATE"), ("gp_observations", "DATE_RECORDED"), ("deaths", "REGISTRATION_DATE")):
        assert raw(economy, file)[column].max() <= last
    assert (last < raw(economy, "gp_appointments").START_DATE).any()
    assert (last < raw(economy, "hes_op").query("ATTENDED == '0'").APPTDATE).all()


def test_some_entries_are_written_long_after_the_day_they_apply_to(economy):
    rows = raw(economy, "gp_observations").query("CLINICAL_EFFECTIVE_DATE <= '2026-03-31'")
    rows = rows[rows.CLINICAL_EFFECTIVE_DATE >= "2020-04-01"]
    lag = (pd.to_datetime(rows.DATE_RECORDED) - pd.to_datetime(rows.CLINICAL_EFFECTIVE_DATE)).dt.days
    assert lag.min() >= 0
    assert 0.85 < (lag == 0).mean() < 0.97
    assert (lag > 90).sum() > 50


def test_mental_health_ids_are_bridged_and_are_no_nhs_numbers(economy):
    bridge = raw(economy, "mhsds_bridge")
    assert bridge.Person_ID.is_unique
    assert bridge.NHS_NUMBER.is_unique
    contacts = raw(economy, "mhsds_contacts").Person_ID
    assert (~contacts.isin(set(bridge.Person_ID))).sum() == facts(economy, "faults")["unbridged_people"]["count"]


def test_the_service_runs_in_two_clusters_from_its_first_day(economy):
    service = truth(economy, "service")
    effects = facts(economy, "effects")["service"]
    assert str(service.start_date.min().date()) >= effects["from"]
    caseloads = raw(economy, "caseloads")
    assert set(caseloads.SERVICE) == {effects["name"]}
    assert caseloads.NHS_NUMBER.isin(set(service.nhs_number)).all()
    clusters = raw(economy, "practices").set_index("PRACTICE_CODE").GP_CLUSTER
    registered = raw(economy, "gp_registrations").groupby("NHS_NUMBER").PRACTICE_CODE.agg(list)
    own = registered[service.nhs_number].map(lambda codes: any(clusters[code] in effects["clusters"] for code in codes))
    assert own.all()


def test_practices_and_areas_are_as_many_as_the_people_need(economy):
    practices, areas = raw(economy, "practices"), raw(economy, "areas")
    assert practices.GP_CLUSTER.nunique() == 4
    assert practices.PRACTICE_CODE.str.fullmatch(r"[A-Z]\d{5}").all()
    assert areas.LSOA_CODE.str.fullmatch(r"E0199\d{4}").all()
    assert set(areas.IMD_EDITION) == {"IMD 2025 (invented areas)"}
    assert raw(economy, "activity_costs").EDITION.str.contains("not NHS prices").all()
    assert raw(economy, "budgets").BASIS.str.contains("not NHS money").all()
