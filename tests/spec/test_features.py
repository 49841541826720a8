"""Features of every family from small histories: windows, what was known, what absence means, and the published scores."""

import datetime as dt
import math
from pathlib import Path

import pytest

from casefinder.codelists import load_codelists
from casefinder.definitions import Absent, Derived
from casefinder.features import FeatureTable, chosen, families
from casefinder.tables import FACT_KINDS, POINT_KINDS, SEXES, STAY_KINDS
from tests.spec.facts import INDEX, ago, history, person, point, stay

LISTS = load_codelists()
EVERY_KIND = (*POINT_KINDS, *STAY_KINDS, *FACT_KINDS)
EVERY = {feature.name: feature for feature in chosen()}
BP, WEIGHT, EGFR = "271649006", "27113001", next(
    code.code for code in LISTS["measures:egfr"].codes if code.system == "snomed"
)  # fmt: skip


def needed(names):
    """The named features with those that they are worked out from, in the order of the families."""
    wanted = set(names)
    for name in names:
        if isinstance(EVERY[name].measure, Derived):
            wanted |= set(EVERY[name].measure.inputs)
    return [feature for feature in EVERY.values() if feature.name in wanted]


def values(people, *names, supplied=EVERY_KIND):
    """The named features of each person on the index date."""
    block, concepts = history(*people)
    table = FeatureTable(needed(names), concepts, LISTS, supplied)
    rows = table.rows(block, [INDEX])
    place = [table.names.index(name) for name in names]
    return [[float(row[one]) for one in place] for row in rows]


def value(name, *facts, **about):
    return values([person(*facts, **about)], name)[0][0]


def emergency(start, end, **rest):
    return stay("hospital", start, end, "emergency", **rest)


def item(days, code, **rest):
    return point("prescription", ago(days), code, "bnf", **rest)


def entry(days, code, **rest):
    return point("gp_record", ago(days), code, "snomed", **rest)


def diagnosis(days, code, position=2):
    return point("diagnosis", ago(days), code, "icd10", position=position)


# --- windows and what was known, the same for every count ------------------------------------------

VISIBLE = [
    ("the day before the index date", {"start": ago(1)}, 1),
    ("on the index date", {"start": ago(0)}, 0),
    ("after the index date, known early", {"start": ago(-5), "known": ago(9)}, 0),
    ("the first day of the window", {"start": ago(30)}, 1),
    ("the day before the window", {"start": ago(31)}, 0),
    ("known the day before the index date", {"start": ago(20), "known": ago(1)}, 1),
    ("known on the index date", {"start": ago(20), "known": ago(0)}, 0),
    ("corrected before the index date", {"start": ago(20), "superseded": ago(1)}, 0),
    ("corrected on the index date", {"start": ago(20), "superseded": ago(0)}, 1),
    ("corrected later", {"start": ago(20), "superseded": ago(-9)}, 1),
]


@pytest.mark.parametrize(("why", "fact", "expected"), VISIBLE, ids=[case[0] for case in VISIBLE])
def test_a_count_sees_what_had_happened_was_known_and_still_stood(why, fact, expected):
    rest = {key: date for key, date in fact.items() if key != "start"}
    assert value("ae_attendances_30d", point("ae_attendance", fact["start"], "01", **rest)) == expected
    assert value("gp_contacts_30d", point("gp_contact", fact["start"], "gp", **rest)) == expected
    assert value("emergency_admissions_30d", stay("hospital", fact["start"], None, "emergency", **rest)) == expected


def test_each_index_date_has_its_own_windows():
    block, concepts = history(person(point("ae_attendance", ago(10), "01", known=ago(3))))
    table = FeatureTable(needed(["ae_attendances_30d"]), concepts, LISTS, EVERY_KIND)
    dates = [ago(10), ago(3), ago(2), INDEX, ago(-21)]
    assert table.rows(block, dates)[:, 0].tolist() == [0, 0, 1, 1, 0]


def test_people_do_not_share_facts():
    people = [person(point("ae_attendance", ago(9), "01")), person(), person(*[point("ae_attendance", ago(5), "01")] * 2)]
    assert [row[0] for row in values(people, "ae_attendances_30d")] == [1, 0, 2]


# --- one family after another ----------------------------------------------------------------------


def test_demographics():
    facts = [
        stay("residence", dt.date(2020, 4, 1), code="E01000001", value=7),
        stay("residence", dt.date(2024, 4, 1), code="E01000002", value=3),
        stay("residence", dt.date(2025, 3, 1), code="E01000003", value=9, known=dt.date(2025, 4, 1)),
    ]
    one, two = values(
        [person(*facts, born=dt.date(1945, 5, 1)), person(sex="male", born=dt.date(1945, 4, 1), registered=ago(1461))],
        "age", "sex", "imd_decile", "years_at_address", "years_with_practice", "ethnicity",
    )  # fmt: skip
    assert one[0] == pytest.approx(79 + 11 / 12)
    assert two[0] == 80
    assert [SEXES[int(row[1])] for row in (one, two)] == ["female", "male"]
    assert one[2] == 3, "the last move was not known yet"
    assert one[3] == pytest.approx(365 / 365.25)
    assert two[4] == pytest.approx(4)
    assert math.isnan(two[2])
    assert math.isnan(two[3])
    assert math.isnan(one[5]), "an ethnic group that nobody recorded is unknown"


def test_emergency_admissions():
    facts = [
        emergency(ago(400), ago(390)),
        emergency(ago(100), ago(92)),
        emergency(ago(92), ago(92)),
        stay("hospital", ago(60), ago(50), "elective"),
        emergency(ago(10), ago(3)),
    ]
    found = values(
        [person(*facts)], "emergency_admissions_365d", "emergency_admissions_730d", "emergency_admissions_overnight_365d",
        "emergency_admissions_week_730d", "emergency_bed_days_365d", "longest_emergency_stay_730d",
        "days_since_emergency_admission", "days_since_emergency_discharge", "emergency_admissions_before_365d",
        "emergency_admissions_trend", "in_hospital_emergency",
    )[0]  # fmt: skip
    assert found == [3, 4, 2, 3, 15, 10, 10, 3, 1, 2, 0]


def test_a_stay_whose_end_is_not_known_yet_reads_as_open():
    found = emergency(ago(10), ago(4), end_known=ago(0))
    assert value("in_hospital_emergency", found) == 1
    assert value("emergency_bed_days_90d", found) == 10
    assert math.isnan(value("days_since_emergency_discharge", found))
    assert value("in_hospital_emergency", emergency(ago(10), ago(4), end_known=ago(1))) == 0


READMISSIONS = [
    ("30 days after leaving", [emergency(ago(100), ago(90)), emergency(ago(60), ago(55))], 1),
    ("31 days after leaving", [emergency(ago(101), ago(91)), emergency(ago(60), ago(55))], 0),
    ("the day of leaving", [emergency(ago(100), ago(90)), emergency(ago(90), ago(80))], 1),
    ("after a planned stay", [stay("hospital", ago(100), ago(90), "elective"), emergency(ago(80), ago(70))], 0),
    ("twice", [emergency(ago(100), ago(90)), emergency(ago(80), ago(70)), emergency(ago(60), ago(50))], 2),
    ("first stay before the window", [emergency(ago(380), ago(370)), emergency(ago(350), ago(340))], 1),
    ("leaving was not known", [emergency(ago(100), ago(90), end_known=ago(0)), emergency(ago(80), ago(70))], 0),
]


@pytest.mark.parametrize(("why", "facts", "expected"), READMISSIONS, ids=[case[0] for case in READMISSIONS])
def test_readmission_within_thirty_days(why, facts, expected):
    assert value("emergency_readmissions_30d_365d", *facts) == expected


def test_reasons_for_emergency_admission_count_days_by_main_diagnosis():
    def reason(days, code, position=1):
        return point("admission_reason", ago(days), code, "icd10", position=position)

    facts = [reason(20, "J180"), reason(20, "J181"), reason(40, "L031"), reason(60, "J180", 2)]
    found = values([person(*facts)], "emergency_chest_infection_730d", "emergency_cellulitis_730d",
                   "sensitive_admissions_main_365d")[0]  # fmt: skip
    assert found == [1, 1, 1]


def test_planned_care():
    facts = [
        stay("hospital", ago(100), ago(95), "elective"),
        stay("hospital", ago(50), ago(50), "day_case"),
        stay("hospital", ago(20), ago(10), "maternity"),
        point("procedure", ago(100), "W371", "opcs4"),
        point("procedure", ago(100), "W372", "opcs4"),
        point("procedure", ago(50), "K401", "opcs4"),
    ]
    found = values(
        [person(*facts)], "planned_admissions_365d", "day_cases_365d", "maternity_admissions_730d", "any_admissions_90d",
        "planned_bed_days_365d", "any_bed_days_730d", "procedures_730d", "days_since_planned_admission",
        "days_since_any_discharge",
    )[0]  # fmt: skip
    assert found == [1, 1, 1, 2, 5, 15, 2, 100, 10]


def test_urgent_care():
    facts = [
        point("ae_attendance", ago(10), "01"),
        point("ae_attendance", ago(200), "03"),
        point("ae_acuity", ago(10), "2"),
        point("ae_acuity", ago(200), "5"),
        point("ae_arrival", ago(10), "ambulance"),
        point("ae_left", ago(200)),
        point("ae_out_of_hours", ago(200)),
        point("call_111", ago(11), "ed"),
        point("call_111", ago(300), "self_care"),
        point("ambulance", ago(10), "conveyed"),
        point("ambulance", ago(30), "not_conveyed"),
    ]
    found = values(
        [person(*facts)], "ae_attendances_365d", "ae_major_365d", "ae_minor_365d", "ae_high_acuity_365d",
        "ae_low_acuity_365d", "ae_by_ambulance_365d", "ae_share_by_ambulance", "ae_left_365d", "ae_out_of_hours_365d",
        "calls_111_365d", "calls_111_urgent_365d", "ambulance_responses_90d", "ambulance_not_conveyed_365d", "days_since_ae",
    )[0]  # fmt: skip
    assert found == [2, 1, 1, 1, 1, 1, 0.5, 1, 1, 2, 1, 2, 1, 10]


def test_a_share_of_nothing_is_unknown():
    assert math.isnan(value("ae_share_by_ambulance"))
    assert value("ae_share_by_ambulance", point("ae_attendance", ago(3), "01")) == 0


def test_outpatients():
    facts = [
        point("outpatient", ago(20), "320", position=1),
        point("outpatient", ago(60), "320", position=2),
        point("outpatient", ago(90), "430", position=2),
        point("outpatient_missed", ago(30), "320"),
        point("outpatient_cancelled", ago(31), "320"),
    ]
    found = values(
        [person(*facts)], "outpatient_attendances_365d", "outpatient_first_365d", "outpatient_missed_365d",
        "outpatient_cancelled_365d", "outpatient_specialties_730d", "outpatient_cardiology_365d",
        "outpatient_older_people_365d", "outpatient_share_missed",
    )[0]  # fmt: skip
    assert found[:-1] == [3, 1, 1, 1, 2, 2, 1]
    assert found[-1] == pytest.approx(1 / 3)


def test_conditions():
    facts = [
        diagnosis(400, "I500"),
        entry(200, "84114007"),
        entry(200, "84114007"),
        entry(100, "42343007"),
        entry(99, "42343007", superseded=ago(50)),
    ]
    one, none = values([person(*facts), person()], "heart_failure_years", "heart_failure_entries_365d", "dementia_years")
    assert one[:2] == [pytest.approx(400 / 365.25), 2]
    assert math.isnan(one[2])
    assert math.isnan(none[0])
    assert none[1] == 0


def test_medicines_count_items_and_different_substances():
    facts = [
        item(10, "0212000B0AAAAAA"),
        item(40, "0212000B0BBABAB"),
        item(50, "0407020Q0AAAAAA"),
        item(120, "0202010B0AAABAB"),
        item(150, "0212000B0AAAAAA"),
        item(300, "0501013B0AAAAAA"),
    ]
    found = values(
        [person(*facts)], "items_90d", "items_365d", "substances_90d", "substances_365d", "substances_before_90d",
        "substances_trend", "items_strong_opioid_180d", "antibiotic_courses_365d", "days_since_item",
    )[0]  # fmt: skip
    assert found == [3, 6, 2, 4, 2, 0, 1, 1, 10]


def test_medicine_groups_count_once_each():
    listed = LISTS["high_risk_medicines"].codes
    two = {code.group: code for code in listed[:1]} | {code.group: code for code in listed if code.group != listed[0].group}
    first, second = list(two.values())[:2]
    facts = [item(5, first.code + "00AAAA"), item(6, first.code + "00BBBB"), item(7, second.code + "00AAAA"),
             item(120, listed[-1].code + "00AAAA")]  # fmt: skip
    assert value("high_risk_medicines_90d", *facts) == 2


def test_tests_and_measures():
    facts = [
        entry(700, BP, value=150.0),
        entry(400, BP, value=170.0),
        entry(20, BP, value=138.0),
        entry(3, BP, value=99.0, known=ago(0)),
        entry(731, WEIGHT, value=80.0),
        entry(50, WEIGHT, value=71.5),
        entry(30, EGFR, value=55.0),
        entry(30, EGFR, value=54.0),
        entry(90, EGFR, value=60.0),
    ]
    one, none = values(
        [person(*facts), person()], "systolic_bp_latest", "systolic_bp_change", "weight_latest", "weight_change",
        "days_since_blood_pressure", "kidney_test_days_365d",
    )  # fmt: skip
    assert one[:3] == [138, -12, 71.5]
    assert math.isnan(one[3]), "one value within two years is no change"
    assert one[4:] == [20, 2]
    assert all(math.isnan(found) for found in none[:5])
    assert none[5] == 0


def test_two_values_on_one_day_are_no_change():
    assert math.isnan(value("systolic_bp_change", entry(20, BP, value=150.0), entry(20, BP, value=130.0)))


def test_frailty():
    facts = [
        entry(400, "925791000000100"),
        entry(100, "925831000000107"),
        entry(60, "1912002"),
        entry(60, "161898004"),
        diagnosis(30, "W190"),
        entry(20, "160689007"),
        entry(900, "77176002"),
        entry(200, "266923002"),
        entry(15, "526631000000108"),
        point("care_home_evidence", ago(70), "usual_place"),
    ]
    one, none = values(
        [person(*facts), person()], "frailty_mild_years", "frailty_moderate_years", "frailty_severe_years", "falls_365d",
        "days_since_fall", "housebound_days", "smoking", "palliative_days", "care_home_evidence_days",
    )  # fmt: skip
    assert one[:2] == [pytest.approx(400 / 365.25), pytest.approx(100 / 365.25)]
    assert math.isnan(one[2])
    assert one[3:6] == [2, 30, 20]
    assert EVERY["smoking"].categories[int(one[6])] == "ex"
    assert one[7:] == [15, 70]
    assert none[3] == 0
    assert all(math.isnan(found) for place, found in enumerate(none) if place != 3)


def test_general_practice():
    facts = [
        point("gp_contact", ago(5), "gp"),
        point("gp_contact", ago(80), "nurse"),
        point("gp_contact", ago(100), "gp"),
        point("gp_contact", ago(110), "gp"),
        entry(9, "84114007"),
        entry(9, BP, value=120.0),
        entry(12, "182836005"),
    ]
    found = values(
        [person(*facts)], "gp_contacts_90d", "gp_doctor_contacts_365d", "gp_contacts_before_90d", "gp_contacts_trend",
        "gp_entry_days_365d", "days_since_medication_review", "days_since_gp_contact",
    )[0]  # fmt: skip
    assert found == [2, 3, 2, 0, 2, 12, 5]


def test_community():
    facts = [
        point("community_contact", ago(10), "12", value=45.0),
        point("community_contact", ago(20), "12", value=45.0),
        point("community_contact", ago(500), "19", value=600.0),
    ]
    found = values(
        [person(*facts)], "community_contacts_30d", "community_hours_365d", "community_district_nursing_365d",
        "community_case_management_365d", "community_known_since", "days_since_community_contact",
    )[0]  # fmt: skip
    assert found == [2, 1.5, 2, 0, 500, 10]


def test_mental_health():
    facts = [
        point("mental_health_contact", ago(10), "A02"),
        point("mental_health_referral", ago(12), "01"),
        stay("mental_health_stay", ago(800), ago(700)),
    ]
    found = values(
        [person(*facts)], "mental_health_contacts_365d", "mental_health_crisis_365d", "mental_health_referrals_365d",
        "mental_health_ward_days_730d", "days_since_mental_health_ward",
    )[0]  # fmt: skip
    assert found == [1, 1, 1, 30, 700]


def test_social_care():
    facts = [
        point("social_care_request", ago(50), "none"),
        point("social_care_request", ago(20), "reablement"),
        point("social_care_assessment", ago(15)),
        stay("reablement", ago(40), ago(10)),
        stay("home_care", ago(200), ago(100), "managed", value=7.0),
        stay("home_care", ago(90), None, "direct_payment", value=14.0),
        stay("home_care", ago(2), None, "managed", value=40.0, known=ago(0)),
    ]
    one, none = values(
        [person(*facts), person()], "social_care_requests_90d", "social_care_requests_none_730d",
        "social_care_assessments_365d", "reablement_days_365d", "days_since_reablement_end", "has_home_care",
        "home_care_hours", "home_care_days_365d", "has_direct_payment", "in_care_home",
    )  # fmt: skip
    assert one == [2, 1, 1, 30, 10, 1, 14, 190, 1, 0]
    assert none[5] == 0
    assert math.isnan(none[6])


def test_living_in_a_care_home():
    assert value("in_care_home", stay("care_home", ago(100), None, "nursing")) == 1
    assert value("in_care_home", stay("care_home", ago(100), ago(5), "nursing")) == 0
    assert value("care_home_days_730d", stay("care_home", ago(900), ago(700), "residential")) == 30


def test_cost_is_in_pounds_and_a_stay_costs_once_its_end_is_known():
    facts = [
        emergency(ago(100), ago(90), cost=500_050),
        emergency(ago(10), ago(5), end_known=ago(0), cost=900_000),
        item(30, "0212000B0AAAAAA", cost=199),
        point("ae_attendance", ago(100), "01", cost=20_000),
        point("annual_cost", ago(400), "inpatient", "cms", cost=77_700),
    ]
    found = values([person(*facts)], "cost_emergency_stays_365d", "cost_medicines_365d", "cost_urgent_care_365d",
                   "cost_yearly_inpatient_365d", "cost_total_365d")[0]  # fmt: skip
    assert found == [pytest.approx(5000.50), pytest.approx(1.99), 200, 0, pytest.approx(5202.49)]


def test_usual_use_is_counted_for_each_year_observed():
    facts = [point("ae_attendance", ago(days), "01") for days in (10, 200, 700)]
    long, short = values(
        [person(*facts), person(*facts[:1], registered=ago(1461))], "years_observed", "ae_attendances_a_year",
        "emergency_admissions_a_year",
    )  # fmt: skip
    assert long[0] == pytest.approx(1825 / 365.25)
    assert long[1] == pytest.approx(3 / (1825 / 365.25))
    assert short == [pytest.approx(4), pytest.approx(0.25), 0]


# --- published scores ------------------------------------------------------------------------------

CHARLSON = [
    ("nothing", [], 0),
    ("heart failure and lung disease", ["I500", "J449"], 2),
    ("one category coded many times", ["I500", "I501", "I509"], 1),
    ("diabetes", ["E119"], 1),
    ("diabetes with and without complication counts once", ["E119", "E112"], 2),
    ("cancer", ["C509"], 2),
    ("cancer that has spread counts as that alone", ["C509", "C780"], 6),
    ("mild and severe liver disease", ["K702", "K721"], 3),
    ("kidney disease and hemiplegia", ["N189", "G819"], 4),
    ("dementia, stroke and a fracture", ["F03", "I64", "S720"], 2),
]


@pytest.mark.parametrize(("why", "codes", "expected"), CHARLSON, ids=[case[0] for case in CHARLSON])
def test_charlson(why, codes, expected):
    assert value("charlson", *(diagnosis(100 + place, code) for place, code in enumerate(codes))) == expected


def test_charlson_looks_back_five_years():
    assert value("charlson", diagnosis(1825, "I500")) == 1
    assert value("charlson", diagnosis(1826, "I500")) == 0


def test_hospital_frailty_risk_score_adds_each_three_characters_once():
    """Gilbert 2018, table 2: F00 7.1, G81 4.4, G30 4.0, N18 1.4."""
    codes = ["F001", "F009", "G819", "N184", "N189"]
    assert value("hospital_frailty_risk_score", *(diagnosis(50, code) for code in codes)) == pytest.approx(12.9)
    assert value("hospital_frailty_risk_score", diagnosis(731, "F001")) == 0
    assert value("hospital_frailty_risk_score", entry(50, "F001")) == 0, "only diagnoses made in hospital"


def test_cambridge_score_adds_each_condition_once_from_any_record():
    """Payne 2020, general outcome: dementia 2.50, COPD 1.46, heart failure 1.18, diabetes 0.75."""
    facts = [
        diagnosis(4000, "F03"),
        diagnosis(30, "J440"),
        entry(20, "84114007"),
        diagnosis(20, "I500"),
        diagnosis(9, "E119"),
    ]
    assert value("cambridge_score", *facts) == pytest.approx(2.50 + 1.46 + 1.18 + 0.75)
    assert value("condition_count", *facts) == 4


def test_deficits_are_counted_by_idea():
    """Three codes of one idea and one of another: two deficits."""
    ideas = {}
    for code in LISTS["deficits"].codes:
        if code.system == "snomed" and sum(line.code == code.code for line in LISTS["deficits"].codes) == 1:
            ideas.setdefault(code.group, []).append(code.code)
    first, second = [codes for codes in ideas.values() if len(codes) >= 3][:2]
    assert value("deficits", *(entry(500, code) for code in (*first[:3], second[0]))) == 2


# --- what absence means ----------------------------------------------------------------------------


def test_a_person_with_nothing_on_record_has_zeros_and_unknowns_as_each_feature_says():
    block, concepts = history(person(practice=None))
    table = FeatureTable(chosen(), concepts, LISTS, EVERY_KIND)
    found = dict(zip(table.names, table.rows(block, [INDEX])[0].tolist(), strict=True))
    for feature in table.features:
        got = found[feature.name]
        if isinstance(feature.measure, Derived) and feature.measure.how == "ratio":
            assert math.isnan(got), f"{feature.name}: a rate of nobody seen"
        elif feature.name in ("age", "sex"):
            assert got >= 0
        elif feature.absent is Absent.ZERO:
            assert got == 0, feature.name
        else:
            assert math.isnan(got), feature.name


def test_every_family_has_a_feature_in_these_tests():
    source = Path(__file__).read_text(encoding="utf-8")
    for family in families().values():
        assert any(f'"{feature.name}"' in source for feature in family.features), family.name
    assert len(families()) == 16
