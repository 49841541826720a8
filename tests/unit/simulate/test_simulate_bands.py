"""The made-up district resembles published figures: each band says where its middle is from."""

import csv
import os
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from casefinder.simulate.arrays import between
from casefinder.simulate.published import CARE_HOME_ENTRY_65_PLUS, EMERGENCY_IN_A_YEAR, PEOPLE_IN_THOUSANDS, death_rate

pytestmark = pytest.mark.slow
REFERENCE = Path(__file__).parents[4] / "shared" / "data" / "reference" / "ons_uk_population_2023.csv"


def national(name):
    """Return people by sex and age in the ONS estimates; without the file the test skips, and fails under CI=true."""
    if not REFERENCE.exists():
        message = "the ONS population estimates are not at hand: expected ../shared/data/reference beside the checkout"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    found = Counter()
    with REFERENCE.open() as stream:
        for row in csv.DictReader(stream):
            if row["Name"] == name:
                found[row["sex"].removesuffix("s"), int(row["age"].rstrip("+"))] += float(row["count"])
    return found


@pytest.mark.third_party
def test_the_age_table_is_that_of_the_national_statistics_office():
    bands = Counter()
    for (sex, age), people in national("UNITED KINGDOM").items():
        bands[sex, min(age // 5, 18)] += people / 1000
    for sex, shares in PEOPLE_IN_THOUSANDS.items():
        assert [round(bands[sex, band]) for band in range(19)] == list(shares)


@pytest.mark.third_party
def test_the_table_of_death_rates_gives_the_deaths_of_a_year():
    # ONS, Deaths registered in England and Wales, 2023: 581,363. People of 90 and over are taken as 93.
    deaths = sum(
        people * death_rate(np.array([93.0 if age == 90 else age]), np.array([sex == "male"]))[0]
        for (sex, age), people in national("ENGLAND AND WALES").items()
    )
    assert deaths == pytest.approx(581_363, rel=0.04)


@pytest.mark.third_party
def test_people_are_older_than_the_country_and_otherwise_like_it(district):
    country, total = Counter(), sum(national("UNITED KINGDOM").values())
    for (_, age), people in national("UNITED KINGDOM").items():
        country[min(age // 15, 6)] += people / total
    ages = district.here(pd.Timestamp("2023-04-01")).age
    own = (np.minimum(ages // 15, 6)).value_counts(normalize=True)
    assert all(0.6 < own[band] / country[band] < 1.55 for band in range(7))
    over_65 = sum(people for (_, age), people in national("UNITED KINGDOM").items() if age >= 65) / total
    # Defra, Statistical Digest of Rural England: a quarter of people in rural areas are 65 or over.
    assert over_65 + 0.04 < (ages >= 65).mean() < 0.30
    assert (ages >= 85).mean() == pytest.approx(0.034, abs=0.008)


def test_the_number_of_people_stays_level(district):
    sizes = [len(district.here(pd.Timestamp(f"{year}-04-01"))) for year in range(2020, 2027)]
    assert all(abs(size - 20_000) < 600 for size in sizes)


def test_mortality_by_age_is_that_of_the_life_table(district):
    lived = district.years()
    expected = 1 - np.exp(-death_rate(lived.age.to_numpy() + 0.5, lived.male.to_numpy()))
    band = np.digitize(lived.age, [65, 75, 85])
    observed, wanted = np.bincount(band, lived.died), np.bincount(band, expected)
    assert lived.died.sum() == pytest.approx(expected.sum(), rel=0.10)
    assert np.all(np.abs(observed - wanted) < 0.08 * wanted + 3.3 * np.sqrt(wanted))


def test_about_nine_in_a_hundred_people_are_admitted_as_an_emergency_in_a_year_more_with_age(district):
    # Shape by age: NHS England, Hospital Admitted Patient Care Activity 2023/24.
    lived = district.years()
    assert lived.admitted.mean() == pytest.approx(0.09, abs=0.008)
    band = np.digitize(lived.age, [5, 20, 40, 55, 65, 75, 85])
    expected = pd.Series(between(EMERGENCY_IN_A_YEAR, lived.age), lived.index).groupby(band).mean()
    assert lived.admitted.groupby(band).mean().to_numpy() == pytest.approx(expected.to_numpy(), rel=0.17)
    assert lived.admitted[(lived.age >= 20) & (lived.age < 40)].mean() == pytest.approx(0.045, abs=0.008)
    assert lived.admitted[lived.age >= 85].mean() == pytest.approx(0.33, abs=0.04)


def test_stays_are_short_for_a_third_and_longer_with_age(district):
    # NHS England, Hospital Admitted Patient Care Activity 2023/24: mean of emergency stays.
    stays = district.events[district.events.kind == "emergency_admission"]
    nights = (stays.end_date - stays.date).dt.days
    assert (nights == 0).mean() == pytest.approx(0.32, abs=0.04)
    assert 5.8 < nights.mean() < 8.0
    by_age = nights.groupby(np.digitize(stays.age, [20, 65, 75, 85])).mean()
    assert by_age.is_monotonic_increasing
    assert nights.skew() > 3


def test_about_a_seventh_of_spells_have_more_than_one_episode(district):
    episodes = district.raw("hes_apc").drop_duplicates("EPIKEY")
    spells = episodes.groupby(["NEWNHSNO", "PROCODE3", "ADMIDATE"]).size()
    assert (spells > 1).mean() == pytest.approx(0.14, abs=0.02)


def test_people_come_back_to_hospital_within_a_month(district):
    # NHS England, Emergency readmissions within 30 days of discharge, 2022/23: about 14 % after stays of any kind, and some
    # more after emergencies, which alone are looked at here.
    stays = district.events[district.events.kind == "emergency_admission"].sort_values(["nhs_number", "date"])
    following = stays.groupby("nhs_number").date.shift(-1)
    assert 0.13 < ((following - stays.end_date).dt.days <= 30).mean() < 0.19


def test_planned_admissions(district):
    # NHS England, Hospital Admitted Patient Care Activity 2023/24: about 0.15 a person, four fifths of them day cases.
    planned = district.raw("hes_apc").drop_duplicates("EPIKEY")
    planned = planned[
        planned.ADMIMETH.isin(["11", "12", "13"]) & planned.CLASSPAT.isin(["1", "2"]) & (planned.EPIORDER == "1")
    ]
    assert len(planned) / district.person_years() == pytest.approx(0.15, abs=0.02)
    assert (planned.CLASSPAT == "2").mean() == pytest.approx(0.80, abs=0.05)


def test_attendances_in_emergency_departments(district):
    # NHS England, A&E Attendances 2023/24: about 0.4 a person in types 1 and 3.
    seen = district.raw("ecds").EC_Department_Type.isin(["01", "03"]).sum()
    assert seen / district.person_years() == pytest.approx(0.43, abs=0.05)


def test_outpatient_appointments(district):
    # NHS England, Hospital Outpatient Activity 2023/24: about 1.5 attended a person, 7 % of those due missed.
    status = district.raw("hes_op").ATTENDED
    attended, missed = status.isin(["5", "6"]).sum(), status.isin(["3", "7"]).sum()
    assert 1.4 < attended / district.person_years() < 1.7
    assert 0.06 < missed / (attended + missed) < 0.08


def test_prescribing(district):
    # NHSBSA, Prescription Cost Analysis 2023/24: about 19 items a person, mostly repeats.
    items = district.raw("gp_medications")
    months_silent = 0.03
    assert len(items) / district.person_years() / (1 - months_silent) == pytest.approx(18.5, abs=2)
    assert (items.DURATION_DAYS.astype(int) >= 28).mean() > 0.8


def test_appointments_in_general_practice(district):
    # NHS England, Appointments in General Practice 2023/24: about 5.8 a person a year.
    assert 5.0 < len(district.raw("gp_appointments")) / district.person_years() < 6.0


def test_recorded_care_home_entry_is_lower_than_true_entry_most_where_people_are_better_off(district):
    # NHS England, ASCOF 2023/24: 566 council-supported admissions for 100,000 people of 65 and over; ONS: 37 % pay.
    entered = district.events[(district.events.kind == "care_home_entry") & (district.events.age >= 65)]
    years = district.person_years(from_age=65)
    assert (entered.funder == "council").sum() / years == pytest.approx(0.006, abs=0.0012)
    assert len(entered) / years == pytest.approx(CARE_HOME_ENTRY_65_PLUS, abs=0.0018)
    assert len(entered) > 1.4 * (entered.funder == "council").sum()
    assert (entered.funder == "self").mean() == pytest.approx(0.37, abs=0.06)
    where = entered.merge(district.people[["nhs_number", "first_lsoa"]]).merge(
        district.raw("areas").astype({"IMD_DECILE": int}), left_on="first_lsoa", right_on="LSOA_CODE"
    )
    paid = (where.funder == "self").groupby(where.IMD_DECILE > 5).mean()
    assert paid[True] > paid[False] + 0.03


def test_council_data_show_the_entries_that_the_council_pays_for_and_no_other(district):
    services = district.raw("social_care")
    homes = services[
        services["Service Type"].isin(["Long Term Support: Nursing Care", "Long Term Support: Residential Care"])
    ]
    first = pd.to_datetime(homes.groupby("Pseudo NHS Number")["Event Start Date"].min())
    true = district.events[district.events.kind == "care_home_entry"].set_index("nhs_number")
    shown = true[true.date < "2025-12-31"].index.isin(first.index)
    funded = (true[true.date < "2025-12-31"].funder == "council").to_numpy()
    assert (shown == funded).mean() > 0.97
    both = true.join(first.rename("shown"), how="inner")
    assert (both.date == both.shown).mean() > 0.97
