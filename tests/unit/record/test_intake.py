"""Every raw row is accepted or quarantined with its file, line, column and problem, and the counts add up."""

import gzip

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from casefinder.errors import RawDataError

HEADING = "NHS_NUMBER,DEATH_DATE,REGISTRATION_DATE,UNDERLYING_CAUSE\n"
ANN, BOB, CAT = "9990000018", "9990000026", "9990000034"


def deaths(*lines):
    return HEADING + "".join(f"{line}\n" for line in lines)


def test_good_rows_are_accepted_and_typed(taken):
    accepted, rejected, counts = taken(
        "deaths", deaths(f"{ANN},2025-01-02,2025-01-09,I21.9", f"{BOB},02/03/2025,20250309,J44X")
    )
    assert rejected == []
    assert (counts.read, counts.accepted, counts.quarantined) == (2, 2, 0)
    assert [str(row["DEATH_DATE"]) for row in accepted] == ["2025-01-02", "2025-03-02"]
    assert [str(row["REGISTRATION_DATE"]) for row in accepted] == ["2025-01-09", "2025-03-09"]
    assert [row["UNDERLYING_CAUSE"] for row in accepted] == ["I219", "J44"]


@pytest.mark.parametrize(
    ("line", "column", "problem"),
    [
        (f"{ANN},,2025-01-09,I21", "DEATH_DATE", "is empty"),
        (f"{ANN},soon,2025-01-09,I21", "DEATH_DATE", "is not a date"),
        (f"{ANN},2025-02-30,2025-03-09,I21", "DEATH_DATE", "is not a date"),
        (f"{ANN},1801-01-01,,I21", "DEATH_DATE", "stands for 'not known'"),
        (f"{ANN},1803-05-06,,I21", "DEATH_DATE", "is a date before 1905"),
        (f"{ANN},2026-04-01,,I21", "DEATH_DATE", "is a date after the extract"),
        (f"{ANN},2025-01-09,2025-01-02,I21", "REGISTRATION_DATE", "is before DEATH_DATE"),
        ("9990000019,2025-01-02,,I21", "NHS_NUMBER", "not a valid NHS number"),
        ("12345,2025-01-02,,I21", "NHS_NUMBER", "not a valid NHS number"),
        ("9999999999,2025-01-02,,I21", "NHS_NUMBER", "an identifier that stands for nobody"),
        (",2025-01-02,,I21", "NHS_NUMBER", "no identifier"),
    ],
)
def test_a_bad_row_is_quarantined_with_its_line_column_and_problem(taken, line, column, problem):
    accepted, rejected, counts = taken("deaths", deaths(f"{BOB},2025-01-01,,I21", line, f"{CAT},2025-01-01,,I21"))
    assert len(accepted) == 2
    assert (counts.read, counts.accepted, counts.quarantined) == (3, 2, 1)
    assert [(row["file"], row["line"], row["column"], row["problem"]) for row in rejected] == [
        ("deaths.csv", 3, column, problem)
    ]


def test_a_bad_value_in_a_column_that_may_be_empty_is_blanked_and_counted(taken):
    accepted, rejected, counts = taken("deaths", deaths(f"{ANN},2025-01-02,never,not a code"))
    assert rejected == []
    assert accepted[0]["REGISTRATION_DATE"] is None
    assert accepted[0]["UNDERLYING_CAUSE"] is None
    assert counts.blanked == {
        "REGISTRATION_DATE: is not a date": 1,
        "UNDERLYING_CAUSE: is not written like a code of ICD10": 1,
    }


def test_an_unknown_code_is_quarantined(taken):
    heading = (
        "NHS_Number,Attendance_Identifier,Provider_Code,Arrival_Date,Arrival_Time,EC_Department_Type,EC_AttendanceCategory,"
    )
    heading += "EC_Arrival_Mode_SNOMED_CT,EC_Acuity_SNOMED_CT,EC_Discharge_Status_SNOMED_CT\n"
    line = f"{ANN},a1,RXX,2025-01-02,10:00,77,1,,,\n"
    _accepted, rejected, _counts = taken("ecds", heading + line)
    assert [(row["column"], row["problem"]) for row in rejected] == [
        ("EC_Department_Type", "is not a code of its value set")
    ]


def test_a_torn_row_is_quarantined_and_later_lines_keep_their_numbers(taken):
    lines = [f"{ANN},2025-01-02,,I21", f"{BOB},2025-01-02", "", f"{CAT},nonsense,,I21"]
    accepted, rejected, counts = taken("deaths", deaths(*lines))
    assert len(accepted) == 1
    assert sorted((row["line"], row["column"]) for row in rejected) == [(3, "the row"), (5, "DEATH_DATE")]
    assert (counts.read, counts.accepted, counts.quarantined, counts.blank_lines) == (3, 1, 2, 1)


def test_a_quarantined_row_is_found_again_by_a_keyed_hash_and_holds_no_raw_value(taken):
    _accepted, rejected, _counts = taken("deaths", deaths(f"{ANN},secret text,,I21"))
    assert len(rejected[0]["row_hash"]) == 16
    assert "secret" not in str(rejected)
    assert ANN not in str(rejected)


def test_identifiers_become_pseudonyms_of_twelve_characters(taken):
    accepted, _rejected, _counts = taken("deaths", deaths(f"{ANN},2025-01-02,,I21", "999 000 0018,2025-01-03,,I21"))
    people = {row["person_id"] for row in accepted}
    assert len(people) == 1, "spaces in a number make no new person"
    assert len(people.pop()) == 12
    assert ANN not in str(accepted)


def test_a_demonstration_holds_only_numbers_of_the_999_range(taken):
    _accepted, rejected, _counts = taken("deaths", deaths("9434765919,2025-01-02,,I21"), demonstration=True)
    assert "999 range" in rejected[0]["problem"]


def test_a_pseudonym_must_fit_the_pattern_of_the_site(taken):
    key = {"kind": "pseudonym", "pattern": "^[0-9A-F]{4}$", "sentinels": ["0001"]}
    lines = deaths("00AF,2025-01-02,,I21", "zzz,2025-01-02,,I21", "0001,2025-01-02,,I21")
    accepted, rejected, _counts = taken("deaths", lines, person_key=key)
    assert len(accepted) == 1
    assert [row["problem"] for row in rejected] == [
        "does not fit the site's pattern for pseudonyms",
        "an identifier that stands for nobody",
    ]


def test_gzip_parquet_and_plain_text_give_the_same_rows(taken, tmp_path):
    text = deaths(f"{ANN},2025-01-02,2025-01-09,I21", f"{BOB},bad,,")
    plain = taken("deaths", text)
    squeezed = taken("deaths", text, name="deaths.csv.gz")
    table = pa.table(
        {
            "NHS_NUMBER": [ANN, BOB],
            "DEATH_DATE": ["2025-01-02", "bad"],
            "REGISTRATION_DATE": ["2025-01-09", None],
            "UNDERLYING_CAUSE": ["I21", None],
        }
    )
    pq.write_table(table, tmp_path / "whole.parquet")
    parquet = taken("deaths", (tmp_path / "whole.parquet").read_bytes(), name="deaths.parquet")
    bare = [
        {key: value for key, value in row.items() if key != "file"}
        for found in (plain, squeezed, parquet)
        for row in found[0]
    ]
    assert bare[0] == bare[1] == bare[2]
    assert [found[1][0]["line"] for found in (plain, squeezed, parquet)] == [3, 3, 3]


def test_a_column_of_another_name_is_mapped_in_the_site_file(taken):
    text = deaths(f"{ANN},2025-01-02,,I21").replace("DEATH_DATE", "date of death")
    accepted, _rejected, _counts = taken("deaths", text, settings={"columns": {"DEATH_DATE": "date of death"}})
    assert str(accepted[0]["DEATH_DATE"]) == "2025-01-02"


def test_missing_columns_are_all_named_with_the_nearest_that_is_there(taken):
    with pytest.raises(RawDataError) as caught:
        taken("deaths", "NHSNUMBER,DEATHDATE\n1,2\n")
    words = str(caught.value)
    assert "deaths.csv lacks columns of the layout 'deaths'" in words
    assert "NHS_NUMBER: no such column; did you mean 'NHSNUMBER'?" in words
    assert "DEATH_DATE: no such column; did you mean 'DEATHDATE'?" in words
    assert "sources.deaths.columns" in words


def test_a_column_that_is_in_use_is_never_offered_for_one_that_is_missing(taken):
    with pytest.raises(RawDataError) as caught:
        taken("hes_apc", "DISDATE,ADM_DATE_2\n1,2\n")
    assert "ADMIDATE: no such column; did you mean 'ADM_DATE_2'?" in str(caught.value)
    mapped = {"columns": {"UNDERLYING_CAUSE": "DATE_OF_DEATH"}}
    with pytest.raises(RawDataError) as caught:
        taken("deaths", "NHS_NUMBER,REGISTRATION_DATE,DATE_OF_DEATH\n1,2,3\n", settings=mapped)
    words = str(caught.value)
    assert "DEATH_DATE: no such column, and every column of the file is in use" in words
    assert "did you mean" not in words
    assert "Ask the sender for it" in words


def test_a_column_under_its_own_name_is_offered_where_the_site_file_maps_it_to_nothing(taken):
    with pytest.raises(RawDataError) as caught:
        taken("deaths", HEADING, settings={"columns": {"DEATH_DATE": "DEATHDATE"}})
    assert "DEATH_DATE (which the site file calls 'DEATHDATE'): no such column; did you mean 'DEATH_DATE'?" in str(
        caught.value
    )


def test_a_heading_that_names_a_column_twice_is_refused(taken):
    with pytest.raises(RawDataError, match="names DEATH_DATE twice"):
        taken("deaths", "NHS_NUMBER,DEATH_DATE,DEATH_DATE\n1,2,3\n")


def test_a_truncated_gzip_is_refused_in_words(taken):
    whole = gzip.compress(deaths(*[f"{ANN},2025-01-{day:02d},,I{day}" for day in range(1, 29)] * 400).encode())
    with pytest.raises(RawDataError, match="the compressed file is cut short or damaged"):
        taken("deaths", whole[: len(whole) // 2], name="deaths.csv.gz")


def test_a_file_in_another_encoding_is_refused_with_what_to_type(taken):
    heading = "PRACTICE_CODE,PRACTICE_NAME,GP_CLUSTER\n"
    with pytest.raises(RawDataError) as caught:
        taken("practices", heading + "A12345,Café Surgery,North\n", encoding="cp1252")
    assert "sources.practices.encoding: cp1252" in str(caught.value)
    accepted, _rejected, _counts = taken(
        "practices", heading + "A12345,Café Surgery,North\n", encoding="cp1252", settings={"encoding": "cp1252"}
    )
    assert accepted[0]["PRACTICE_NAME"] == "Café Surgery"


def test_an_empty_file_is_refused(taken):
    with pytest.raises(RawDataError, match="the file is empty: not even a heading"):
        taken("deaths", "")


def test_a_heading_without_rows_is_no_rows(taken):
    accepted, rejected, counts = taken("deaths", HEADING)
    assert (accepted, rejected, counts.read) == ([], [], 0)


def test_a_file_that_is_not_parquet_is_refused(taken):
    with pytest.raises(RawDataError, match="not a whole Parquet file"):
        taken("deaths", b"not parquet at all", name="deaths.parquet")


def test_a_missing_file_is_named_with_the_nearest_that_is_there(taken, tmp_path):
    (tmp_path / "death.csv").write_text("x")
    with pytest.raises(RawDataError) as caught:
        taken("deaths", HEADING, name="other.csv", settings={"files": "deaths.csv"})
    assert f"no file fits 'deaths.csv' in {tmp_path}; did you mean 'death.csv'?" in str(caught.value)


def test_a_known_date_column_that_is_empty_is_a_problem_unless_a_lag_stands_in(taken):
    text = deaths(f"{ANN},2025-01-02,,I21")
    _accepted, rejected, _counts = taken("deaths", text, settings={"known": {"column": "REGISTRATION_DATE"}})
    assert [(row["column"], row["problem"]) for row in rejected] == [("REGISTRATION_DATE", "is empty")]
    accepted, rejected, _counts = taken("deaths", text, settings={"known": {"column": "REGISTRATION_DATE", "lag_days": 9}})
    assert (len(accepted), rejected) == (1, [])


def test_a_byte_order_mark_and_spaces_in_the_heading_do_no_harm(taken):
    text = deaths(f" {ANN} , 2025-01-02 ,,I21").replace("DEATH_DATE,", " DEATH_DATE ,")
    accepted, _rejected, _counts = taken("deaths", "\ufeff" + text)
    assert str(accepted[0]["DEATH_DATE"]) == "2025-01-02"
