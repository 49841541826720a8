"""A service's own file: what it may hold, and that a message names lines and nobody."""

import datetime as dt

import pandas as pd
import pytest

from casefinder.config.service import ServedSettings
from casefinder.dates import to_day
from casefinder.engines import Version
from casefinder.errors import ServiceError
from casefinder.services.starts import first_starts, starts_of_caseloads, starts_of_file, starts_of_lists

PEOPLE = pd.DataFrame(
    {
        "person_id": ["ann7", "bob7", "cat7", "dan7"],
        "birth_month": [dt.date(1950, 5, 1), dt.date(1960, 1, 1), dt.date(2024, 1, 1), dt.date(1940, 1, 1)],
        "death_date": [None, dt.date(2024, 3, 1), None, None],
    }
)
EXTRACT = dt.date(2025, 1, 1)


def read(tmp_path, *lines):
    path = tmp_path / "enrolled.csv"
    path.write_text("\n".join(["person_id,start_date,end_date", *lines]) + "\n", encoding="utf-8")
    return starts_of_file(path, PEOPLE, EXTRACT)


def test_the_first_start_of_each_person_counts(tmp_path):
    found = read(tmp_path, "dan7,2024-06-01,2024-07-01", "ann7,2024-02-01,", "dan7,2024-09-01,")
    assert found.people == ("ann7", "dan7")
    assert found.days.tolist() == [to_day(dt.date(2024, 2, 1)), to_day(dt.date(2024, 6, 1))]
    assert (found.again, found.unknown) == (1, 0)


def test_dates_that_cannot_be_are_told_together_by_line(tmp_path):
    with pytest.raises(ServiceError) as raised:
        read(
            tmp_path,
            "cat7,2023-12-31,",
            "bob7,2024-03-02,",
            "ann7,2024-05-01,2024-04-01",
            "dan7,2025-01-02,",
            "ann7,2024-06-01,",
            "ann7,2024-07-01,",
        )
    told = str(raised.value)
    assert "before the person's month of birth: line 2" in told
    assert "after the person's death: line 3" in told
    assert "end_date lies before start_date: line 4" in told
    assert "after the extracts of the record: line 5" in told
    assert "enrolled again before the earlier time has ended: line 7" in told
    assert not any(person in told for person in ("ann7", "bob7", "cat7", "dan7"))


def test_what_cannot_be_read_is_told_by_line(tmp_path):
    with pytest.raises(ServiceError) as raised:
        read(tmp_path, "ann7,01/02/2024,", ",2024-01-01,", "dan7,,")
    told = str(raised.value)
    assert all(words in told for words in ("is no date", "line 2", "line 3", "line 4"))


def test_a_file_without_its_columns_or_rows_is_refused(tmp_path):
    path = tmp_path / "enrolled.csv"
    path.write_text("patient,start_date\n", encoding="utf-8")
    with pytest.raises(ServiceError, match="person_id: no such column"):
        starts_of_file(path, PEOPLE, EXTRACT)
    with pytest.raises(ServiceError, match="no rows"):
        read(tmp_path)


def test_few_people_who_are_not_in_the_record_are_counted_and_many_are_refused(tmp_path):
    own = ["ann7,2024-02-01,", "bob7,2024-02-01,", "cat7,2024-02-01,", "dan7,2024-02-01,"]
    assert read(tmp_path, *own, "eve7,2024-02-01,").unknown == 1
    with pytest.raises(ServiceError, match="3 of 4 people are not in the record"):
        read(tmp_path, own[0], "eve7,2024-02-01,", "fay7,2024-02-01,", "gus7,2024-02-01,")


def test_everyone_listed_is_served_from_the_first_list_whatever_was_decided():
    day = dt.date(2024, 4, 1)
    listings = [("one", "ann", day), ("two", "ann", day + dt.timedelta(7)), ("two", "bob", day), ("other", "cat", day)]
    scopes = {"one": "practice-1", "two": "practice-1", "other": "practice-2"}
    found = starts_of_lists(listings, scopes, ServedSettings(source="lists", scopes=("practice-1",)))
    assert found.people == ("ann", "bob")
    assert found.days.tolist() == [to_day(day), to_day(day)]
    with pytest.raises(ServiceError, match="Nobody was ever listed"):
        starts_of_lists(listings, scopes, ServedSettings(source="lists", scopes=("practice-9",)))


def test_a_period_includes_both_its_days():
    found = first_starts(["a", "b", "c"], [to_day(dt.date(2024, 1, day)) for day in (1, 2, 3)], "")
    assert found.between(dt.date(2024, 1, 2), dt.date(2024, 1, 3)).tolist() == [False, True, True]
    assert found.between(None, None).all()


def test_stays_on_the_named_caseloads_count_but_for_those_that_were_corrected_away(tmp_path):
    stays = pd.DataFrame(
        [
            ("ann7", dt.date(2024, 2, 1), None, "case_management_north", "caseload"),
            ("ann7", dt.date(2023, 2, 1), dt.date(2024, 3, 1), "case_management_north", "caseload"),
            ("bob7", dt.date(2024, 1, 5), None, "hospital_at_home", "caseload"),
            ("cat7", dt.date(2024, 1, 6), None, "case_management_north", "care_home"),
            ("dan7", dt.date(2024, 1, 7), None, "case_management_south", "caseload"),
        ],
        columns=["person_id", "start_date", "superseded_date", "provider", "kind"],
    )
    (tmp_path / "stays").mkdir()
    stays.to_parquet(tmp_path / "stays" / "00000.parquet")
    found = starts_of_caseloads(Version(tmp_path, {}), ServedSettings(caseloads=("case_management",)))
    assert found.people == ("ann7", "dan7")
    assert found.days.tolist() == [to_day(dt.date(2024, 2, 1)), to_day(dt.date(2024, 1, 7))]
    with pytest.raises(ServiceError, match="case_management_north, case_management_south, hospital_at_home"):
        starts_of_caseloads(Version(tmp_path, {}), ServedSettings(caseloads=("virtual_ward",)))
