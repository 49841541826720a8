"""`casefinder practices` on a district: the figures are those of a plain count, and what leaves is disclosed."""

import csv
import io
import json
import re

import numpy as np
import pandas as pd
import pytest

from tests.functional.conftest import _copy, casefinder
from tests.functional.test_privacy import numbers_of, people_of
from tests.published import walk

YEAR = "2024"
SHARES = ("readmissions", "missed_appointments")
"""Measures that are a share of something, whose page has a section more."""
MEASURES = (
    "emergency_admissions", "sensitive_admissions", "ae_attendances", "readmissions", "bed_days", "care_home_entries",
    "missed_appointments", "costs",
)  # fmt: skip


@pytest.fixture(scope="module")
def own(linked_district, tmp_path_factory):
    return _copy(linked_district, tmp_path_factory.mktemp("practices") / "district")


@pytest.fixture(scope="module")
def ran(own):
    return casefinder("practices", "--all-measures", "--year", YEAR, "--workspace", own / "workspace", "--out", own / "out")


@pytest.fixture(scope="module")
def exact(own, ran):
    assert ran.code == 0, ran.words
    folder = own / "workspace" / "practices" / "000001"
    return {name: json.loads((folder / f"{name}.json").read_text(encoding="utf-8")) for name in MEASURES}


def table(own, measure, name):
    text = (own / "out" / f"practices-{measure}-{YEAR}-{name}.csv").read_text(encoding="utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_every_measure_gets_a_page_a_workbook_and_tables(own, ran):
    assert ran.code == 0, ran.words
    names = {path.name for path in (own / "out").iterdir()}
    ends = (".html", ".xlsx", "-practices.csv", "-over-time.csv", "-months.csv", "-people.csv")
    expected = {f"practices-{measure}-{YEAR}{end}" for measure in MEASURES for end in ends}
    assert names == expected | {f"practices-{measure}-{YEAR}-share.csv" for measure in SHARES}
    assert re.search(r"\d+ of \d+ practices? differs? from expectation .* by luck alone about [\d.]+ would", ran.words)


def registered(own):
    """Return person, month and practice on the first of each month, as it was known then, in plain steps."""
    record = own / "workspace" / "record" / "000001"
    rows = pd.read_parquet(record / "registrations.parquet")
    rows = rows[rows["superseded_date"].isna()]
    people = pd.read_parquet(record / "people.parquet")[["person_id", "birth_month", "death_date", "death_known_date"]]
    found = []
    for month in pd.date_range(f"{YEAR}-01-01", periods=12, freq="MS"):
        started = (pd.to_datetime(rows["start_date"]) < month) & (pd.to_datetime(rows["start_known_date"]) < month)
        end = pd.to_datetime(rows["end_date"]).where(pd.to_datetime(rows["end_known_date"]) < month)
        here = rows[started & ~(end <= month)].sort_values("start_date").groupby("person_id").tail(1)
        here = here.merge(people, on="person_id")
        dead = (pd.to_datetime(here["death_date"]) < month) & (pd.to_datetime(here["death_known_date"]) < month)
        born = pd.to_datetime(here["birth_month"]) < month
        found.append(here.loc[~dead & born, ["person_id", "practice_code"]].assign(month=month.month))
    return pd.concat(found)


def test_attendances_are_those_of_a_plain_count(own, exact):
    record = own / "workspace" / "record" / "000001"
    points = pd.concat(pd.read_parquet(path) for path in sorted((record / "points").glob("*.parquet")))
    seen = points[(points["kind"] == "ae_attendance") & points["superseded_date"].isna()]
    day = pd.to_datetime(seen["event_date"])
    seen = seen.assign(month=day.dt.month)[day.dt.year == int(YEAR)]
    counted = seen.merge(registered(own), on=["person_id", "month"]).groupby("practice_code").size()
    found = {row["code"]: row["observed"] for row in exact["ae_attendances"]["practices"]}
    assert sum(found.values()) > 500
    # People registered on the first as was known then, and since known to have gone before it, have no time there.
    assert {code: pytest.approx(int(counted[code]), abs=2) for code in found} == found


def test_what_is_expected_adds_up(exact):
    for name, found in exact.items():
        observed, expected = (sum(row[key] for row in found["practices"]) for key in ("observed", "expected"))
        assert observed == pytest.approx(expected), name
        assert np.sum(found["monthly"]) == pytest.approx(observed)
        assert np.sum(found["monthly_expected"]) == pytest.approx(expected)


def test_all_that_is_published_is_disclosed_and_names_nobody(own, ran):
    pages = walk(own / "out", people_of(own) | numbers_of(own))
    assert len(pages) == len(MEASURES)
    assert {table.name for tables in pages.values() for table in tables} == {
        "practices", "over-time", "share", "months", "people",
    }  # fmt: skip


def shown(cell):
    return cell if cell in ("*", "") else float(cell)


@pytest.mark.parametrize("measure", [name for name in MEASURES if name not in ("costs", "bed_days")])
def test_small_counts_are_withheld_and_others_rounded(own, exact, measure):
    rows = table(own, measure, "practices")
    for row, figures in zip(rows, exact[measure]["practices"], strict=True):
        observed, cells = figures["observed"], [None, *(shown(cell) for cell in list(row.values())[1:8])]
        few = 0 < observed <= 7
        assert cells[2] == ("*" if few else 5 * round(observed / 5))
        assert all((cells[place] == "*") == few for place in (2, 3, 5, 6, 7) if cells[place] != "")
        assert cells[1] % 5 == 0
        assert cells[4] == "" or cells[4] % 5 == 0
        if not few and observed and cells[5] != "":
            assert cells[5] == pytest.approx(observed / figures["expected"], abs=0.0051)


def test_small_counts_are_there_to_be_withheld(exact):
    observed = [row["observed"] for found in exact.values() for row in found["practices"]]
    assert any(0 < count <= 7 for count in observed)


def test_money_is_rounded_and_days_too(own, exact):
    for row, figures in zip(table(own, "costs", "practices"), exact["costs"]["practices"], strict=True):
        assert float(row["Costs"]) == 1000 * round(figures["observed"] / 1000)
    for row in table(own, "bed_days", "practices"):
        assert shown(row["Emergency bed days"]) == "*" or float(row["Emergency bed days"]) % 5 == 0


def test_shares_are_those_of_admissions_and_of_appointments(own, ran):
    for measure, of in (("readmissions", "emergency_admissions"), ("missed_appointments", "")):
        rows = table(own, measure, "share")
        heading = list(rows[0])[1]
        assert sum(float(row["In 100"]) > 0 for row in rows if row["In 100"] not in ("*", "")) > 3
        admitted = [row["Emergency admissions"] for row in table(own, of, "practices")] if of else None
        assert admitted is None or [row[heading] for row in rows] == admitted


def test_one_measure_alone_gives_the_same_bytes(own, ran):
    again = own / "again"
    one = casefinder(
        "practices", "--measure", "sensitive_admissions", "--year", YEAR, "--workspace", own / "workspace", "--out", again
    )
    assert one.code == 0, one.words
    for path in again.iterdir():
        assert path.read_bytes() == (own / "out" / path.name).read_bytes(), path.name


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("--measure", "emergency_admissions", "--year", "2026"), 15, "is not complete here"),
        (("--measure", "admissions", "--year", YEAR), 10, "there is no measure called"),
        (("--all-measures", "--measure", "costs", "--year", YEAR), 10, "give one of --measure NAME or --all-measures"),
    ],
)
def test_a_wrong_question_is_answered_with_what_to_do(own, words, code, told):
    found = casefinder("practices", *words, "--workspace", own / "workspace")
    assert found.code == code
    assert told in found.words
