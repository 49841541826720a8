"""Episodes to spells to continuous stays."""

import os

import pytest

from casefinder.config._yaml import build
from casefinder.config.site import Site
from casefinder.record.spells import admission_reasons, build_stays

from .conftest import read_table, typed

PRICES = {"emergency_admission": 10_000, "emergency_bed_day": 500, "elective_admission": 8_000, "elective_bed_day": 400}


@pytest.fixture(scope="module")
def site():
    os.environ["SPEC_KEY"] = "k" * 40
    content = {
        "name": "spec",
        "extract_date": "2024-12-31",
        "person_key": {"kind": "nhs_number"},
        "pseudonym_key": {"env": "SPEC_KEY"},
        "sources": {"deaths": {"files": "x"}},
    }
    return build(Site, content, "spec")


@pytest.fixture
def stays(engine, site):
    def build_from(text):
        rows = read_table(text)
        for place, row in enumerate(rows):
            row["episode"] = row.get("episode") or f"e{place}"
            row["episode_start"] = row.get("episode_start") or row["admission_date"]
            row["episode_end"] = row.get("episode_end") or row.get("discharge_date")
            row["known_date"] = row.get("known_date") or row["episode_end"] or row["episode_start"]
        table = typed("episodes", rows, provider="RAA", method="emergency", episode_order=1, source="hes_apc")
        found = build_stays(engine, engine.register(table), site, PRICES)
        listed = engine.fetch(found.stays).to_pylist()
        return sorted(listed, key=lambda row: (row["person_id"], row["start_date"], str(row["superseded_date"]))), found

    return build_from


def short(rows, *names):
    """The named columns of each row, days as MM-DD."""
    return [tuple(str(row[name])[5:] if "date" in name and row[name] else row[name] for name in names) for row in rows]


def test_episodes_of_one_admission_are_one_spell_that_ends_when_the_last_one_does(stays):
    rows, _found = stays("""
        person_id | admission_date | episode_order | episode_start | episode_end | discharge_date
        ann       | 03-01          | 1             | 03-01         | 03-04       |
        ann       | 03-01          | 2             | 03-04         | 03-09       | 03-09
    """)
    assert short(rows, "start_date", "end_date", "method") == [("03-01", "03-09", "emergency")]


def test_a_transfer_to_another_hospital_continues_the_stay_and_is_no_new_crisis(stays):
    rows, found = stays("""
        person_id | provider | admission_date | discharge_date | method             | came_from | went_to
        ann       | RAA      | 03-01          | 03-05          | emergency          | home      | hospital
        ann       | RBB      | 03-05          | 03-20          | emergency_transfer | hospital  | home
    """)
    assert short(rows, "start_date", "end_date", "method") == [("03-01", "03-20", "emergency")]
    assert found.repairs["spells_joined_by_transfer"] == 1


def test_an_emergency_transfer_with_nothing_to_continue_is_an_emergency_of_its_own(stays):
    rows, _found = stays("""
        person_id | admission_date | discharge_date | method             | came_from
        ann       | 03-05          | 03-20          | emergency_transfer | hospital
    """)
    assert short(rows, "start_date", "method") == [("03-05", "emergency")]


@pytest.mark.parametrize(("next_day", "expected"), [("03-07", 1), ("03-08", 2)])
def test_spells_join_within_two_days_where_either_side_says_transfer(stays, next_day, expected):
    rows, _found = stays(f"""
        person_id | provider | admission_date | discharge_date | came_from | went_to
        ann       | RAA      | 03-01          | 03-05          | home      | hospital
        ann       | RBB      | {next_day}     | 03-20          | home      | home
    """)
    assert len(rows) == expected


def test_a_new_admission_the_next_day_from_home_is_a_new_stay(stays):
    rows, _found = stays("""
        person_id | admission_date | discharge_date | came_from | went_to
        ann       | 03-01          | 03-05          | home      | home
        ann       | 03-06          | 03-07          | home      | home
    """)
    assert len(rows) == 2


def test_overlapping_spells_are_one_stay(stays):
    rows, found = stays("""
        person_id | provider | admission_date | discharge_date | method
        ann       | RAA      | 03-01          | 03-20          | elective
        ann       | RBB      | 03-10          | 03-15          | emergency
        ann       | RCC      | 03-18          | 03-25          | emergency
    """)
    assert short(rows, "start_date", "end_date", "method") == [("03-01", "03-25", "elective")]
    assert found.repairs["spells_joined_by_overlap"] == 2


def test_an_open_stay_stays_open_until_the_next_admission_ends_it(stays):
    rows, found = stays("""
        person_id | provider | admission_date | episode_end | discharge_date | is_open
        ann       | RAA      | 03-01          |             |                | yes
        bob       | RAA      | 03-01          |             |                | yes
        bob       | RAA      | 06-01          | 06-03       | 06-03          |
    """)
    assert short(rows, "person_id", "start_date", "end_date") == [
        ("ann", "03-01", None),
        ("bob", "03-01", "06-01"),
        ("bob", "06-01", "06-03"),
    ]
    assert found.repairs["closed_by_the_next_admission"] == 1


def test_a_finished_spell_without_a_discharge_date_ends_with_its_last_episode_and_is_counted(stays):
    rows, found = stays("""
        person_id | admission_date | episode_end | discharge_date
        ann       | 03-01          | 03-06       |
    """)
    assert short(rows, "end_date") == [("03-06",)]
    assert found.repairs["ended_without_a_discharge_date"] == 1


def test_the_admission_is_known_with_the_first_episode_and_the_end_with_the_last(stays):
    rows, _found = stays("""
        person_id | admission_date | episode_order | episode_end | discharge_date | known_date
        ann       | 03-01          | 1             | 03-04       |                | 04-10
        ann       | 03-01          | 2             | 03-09       | 03-09          | 05-15
    """)
    assert short(rows, "start_known_date", "end_known_date") == [("04-10", "05-15")]


def test_a_corrected_discharge_supersedes_the_stay_and_is_known_from_the_correction_on(stays):
    rows, _found = stays("""
        person_id | episode | admission_date | discharge_date | known_date | superseded_date
        ann       | e1      | 03-01          | 03-05          | 04-10      | 06-20
        ann       | e1      | 03-01          | 03-08          | 06-20      |
    """)
    assert short(rows, "end_date", "start_known_date", "end_known_date", "superseded_date") == [
        ("03-05", "04-10", "04-10", "06-20"),
        ("03-08", "06-20", "06-20", None),
    ]


def test_a_correction_that_changes_no_date_leaves_one_stay_known_since_the_first_submission(stays):
    rows, _found = stays("""
        person_id | episode | admission_date | discharge_date | known_date | superseded_date | main_diagnosis
        ann       | e1      | 03-01          | 03-05          | 04-10      | 06-20           | I21
        ann       | e1      | 03-01          | 03-05          | 06-20      |                 | I22
    """)
    assert short(rows, "start_known_date", "superseded_date") == [("04-10", None)]


def test_a_stay_is_priced_by_its_method_and_nights_once_it_has_ended(stays):
    rows, _found = stays("""
        person_id | admission_date | discharge_date | method    | is_open
        ann       | 03-01          | 03-05          | emergency |
        bob       | 03-01          | 03-01          | elective  |
        cat       | 03-01          |                | emergency | yes
    """)
    assert [row["cost"] for row in rows] == [10_000 + 4 * 500, 8_000, 10_000]


def test_reasons_for_admission_are_the_diagnoses_of_the_first_episode_of_an_emergency(engine, stays):
    _rows, found = stays("""
        person_id | episode | admission_date | episode_order | episode_start | episode_end | discharge_date | method
        ann       | e1      | 03-01          | 1             | 03-01         | 03-04       |                | emergency
        ann       | e2      | 03-01          | 2             | 03-04         | 03-09       | 03-09          | emergency
        bob       | e3      | 03-01          | 1             | 03-01         | 03-02       | 03-02          | elective
    """)
    diagnoses = typed(
        "points",
        read_table("""
            person_id | event_date | known_date | kind      | code_system | code | position | stay_id
            ann       | 03-01      | 04-10      | diagnosis | icd10       | J181 | 1        | e1
            ann       | 03-01      | 04-10      | diagnosis | icd10       | I10  | 2        | e1
            ann       | 03-04      | 05-10      | diagnosis | icd10       | C34  | 1        | e2
            bob       | 03-01      | 04-10      | diagnosis | icd10       | K40  | 1        | e3
        """),
        source="hes_apc",
    )
    reasons = engine.fetch(admission_reasons(engine.register(diagnoses), found)).to_pylist()
    assert sorted(short(reasons, "person_id", "event_date", "known_date", "code", "position")) == [
        ("ann", "03-01", "04-10", "I10", 2),
        ("ann", "03-01", "04-10", "J181", 1),
    ]
