"""The CSV file of a list."""

import csv
import io
from dataclasses import replace

import pytest

from casefinder.worklist.columns import KEY, TO_FILL, Key, guarded, unguarded
from casefinder.worklist.csv_file import csv_bytes


def rows_of(content):
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_one_row_a_person_in_order_of_rank_with_a_mark_for_excel(practice):
    content = csv_bytes(practice)
    assert content.startswith(b"\xef\xbb\xbf")
    rows = rows_of(content)
    assert [row["Rank"] for row in rows] == [str(one.rank) for one in practice.people]
    assert [row["Pseudonym"] for row in rows] == [one.person_id for one in practice.people]
    assert rows[0]["Risk"] == "About 74 in 100"
    assert rows[0]["Risk %"] == "74.2"
    assert rows[7]["Also: a move into a care home"] == "Not in this model's group"
    assert rows[0]["Not known"] == "No kidney function test in the last 2 years; Ethnic group not recorded"
    assert all(row["Do not use after"] == "15 Apr 2026" for row in rows)


def test_columns_to_fill_are_there_and_empty(practice):
    rows = rows_of(csv_bytes(practice))
    assert all(row[heading] == "" for row in rows for heading in TO_FILL)


def test_nhs_numbers_are_text(named):
    first = csv_bytes(named).decode("utf-8-sig").splitlines()[1]
    assert first.startswith(f'1,"{named.people[0].identifier}",')


def test_every_row_carries_its_key_and_the_warnings(cluster):
    rows = rows_of(csv_bytes(cluster))
    for row, person in zip(rows, cluster.people, strict=True):
        key = Key.read(row[KEY])
        assert (key.list_id, key.person_id) == (cluster.list_id, person.person_id)
        assert key.fits(row["Rank"], row["Pseudonym"])
        assert not key.fits("99", row["Pseudonym"])
        assert row["Warnings"].startswith("Demonstration only")
        assert "Recent admissions may be missing" in row["Warnings"]


HOSTILE = ("=1+1", "+44 1234", "-2 medicines", "@SUM(A1)", "\tx", "\rx", "\nx", " =1+1")


@pytest.mark.parametrize("text", HOSTILE)
def test_text_that_a_spreadsheet_could_run_is_guarded_and_comes_back(text):
    assert guarded(text) == f"'{text}"
    assert unguarded(guarded(text)) == text


@pytest.mark.parametrize("text", HOSTILE)
def test_no_cell_begins_with_what_a_spreadsheet_could_run(practice, text):
    person = replace(
        practice.people[0], raising=(text,), themes=("Other",), practice_name=text, review=(text,), identifier=text, sex=text
    )
    rows = rows_of(csv_bytes(replace(practice, people=(person,), stamp=text)))
    cells = [cell for cell in rows[0].values() if cell]
    assert not [cell for cell in cells if cell.lstrip(" ")[0] in "=+-@\t\r\n"]
    assert sum(cell.startswith("'") for cell in cells) >= 5
