"""Deaths, moves and objections are looked up again when a list is made; only people registered there now are named."""

import csv
import getpass
import gzip
import re
import sqlite3
from pathlib import Path

import pandas as pd
import pytest
from openpyxl import load_workbook

from tests.functional.conftest import AS_OF
from tests.functional.lists import (
    copied,
    csv_rows,
    done,
    excel_rows,
    left,
    list_file,
    own_raw,
    removed,
    run,
    set_site,
    visible_text,
)

ONE, OTHER, THIRD, SILENT, NAMED = "Z80001", "Z80008", "Z80015", "Z80043", "Z80022"
FORMULA = "=HYPERLINK(1) Surgery"


def identities(folder: Path) -> dict[str, str]:
    """Return the practice-held map."""
    with (folder / "identities.csv").open(encoding="utf-8", newline="") as stream:
        return {row["person_id"]: row["identifier"] for row in csv.DictReader(stream)}


def registered_at(folder: Path, code: str) -> set[str]:
    """Return the people whose latest registration is at a practice."""
    found = pd.read_parquet(folder / "workspace" / "record" / "000001" / "registrations.parquet")
    latest = found.sort_values("start_date").drop_duplicates("person_id", keep="last")
    return set(latest[latest["practice_code"] == code]["person_id"])


def first_of(folder: Path, code: str) -> str:
    """Return the pseudonym at the top of a practice's list."""
    return csv_rows(list_file(folder, AS_OF, f"practice-{code}", "csv"))[0]["Pseudonym"]


def edited(path: Path, change) -> None:
    """Change a CSV file as a table of text."""
    change(pd.read_csv(path, dtype=str, keep_default_na=False)).to_csv(path, index=False)


@pytest.fixture(scope="module")
def before(district) -> list[str]:
    """Who stood on the list before anything changed."""
    return [row["Pseudonym"] for row in csv_rows(list_file(district, AS_OF, f"practice-{ONE}", "csv"))]


@pytest.fixture(scope="module")
def later(district, before, tmp_path_factory) -> Path:
    """The district linked again with later extracts.

    Of a list, the first died, the second moved, the third objected, the fourth is registered nowhere; the first of another
    list moved too. One practice's hospital feed has stopped; another's name looks like a formula.
    """
    folder = copied(district, tmp_path_factory.mktemp("later") / "district")
    raw = own_raw(
        folder, "deaths.csv.gz", "gp_registrations.csv", "national_cleaned_list.csv", "hes_apc.csv", "practices.csv"
    )
    number = identities(folder)
    died, moved, objected, gone = (number[person] for person in before[:4])
    also_moved = number[first_of(district, THIRD)]
    with gzip.open(raw / "deaths.csv.gz", "at", encoding="utf-8", newline="") as stream:
        stream.write(f"{died},2026-03-29,2026-03-31,I219\n")

    def registrations(rows: pd.DataFrame) -> pd.DataFrame:
        now = rows["NHS_NUMBER"].isin([moved, also_moved, gone]) & (rows["END_DATE"] == "")
        assert now.sum() == 3
        rows.loc[now, ["END_DATE", "END_DATE_RECORDED"]] = ["2026-03-20", "2026-03-28"]
        to = rows[now & (rows["NHS_NUMBER"] != gone)].assign(
            PRACTICE_CODE=OTHER, START_DATE="2026-03-20", END_DATE="", END_DATE_RECORDED="", DATE_RECORDED="2026-03-28"
        )
        return pd.concat([rows, to])

    edited(raw / "gp_registrations.csv", registrations)
    edited(raw / "national_cleaned_list.csv", lambda rows: rows[rows["NHS_NUMBER"] != objected])
    quiet = {number[person] for person in registered_at(folder, SILENT)}
    edited(raw / "hes_apc.csv", lambda rows: rows[~rows["NEWNHSNO"].isin(quiet) | (rows["ADMIDATE"] < "2025-09-01")])
    edited(raw / "practices.csv", lambda rows: rows.replace({"PRACTICE_NAME": {"Abbey Surgery": FORMULA}}))
    done(folder, "link")
    done(folder, "worklist", "--practice", ONE, "--as-of", AS_OF)
    return folder


def test_who_died_moved_or_objected_since_the_scoring_is_removed(before, later):
    path = list_file(later, AS_OF, f"practice-{ONE}", "csv")
    now = [row["Pseudonym"] for row in csv_rows(path)]
    assert now[:11] == before[4:]
    assert len(now) == 15
    assert not set(now) & set(before[:4])
    why = removed(path.with_suffix(".xlsx"))
    assert why[before[0]] == "Died"
    assert why[before[1]] == "Moved to another practice"
    assert why[before[2]] == "No longer available"
    assert why[before[3]] == "Moved to another practice"


def test_a_name_that_looks_like_a_formula_is_guarded(later):
    path = list_file(later, AS_OF, f"practice-{ONE}", "csv")
    assert {row["Practice"] for row in csv_rows(path)} == {f"'{FORMULA} ({ONE})"}
    assert {cells["Practice"] for cells in excel_rows(path.with_suffix(".xlsx"))} == {f"'{FORMULA} ({ONE})"}
    book = load_workbook(path.with_suffix(".xlsx"))
    assert not [cell for page in book for row in page.iter_rows() for cell in row if cell.data_type == "f"]


def test_only_people_registered_there_now_are_named(before, later, tmp_path):
    """Who died, moved or objected keeps a pseudonym, though the map knows them."""
    number = identities(later)
    words = ("worklist", "--practice", ONE, "--as-of", AS_OF, "--out", tmp_path)
    done(later, *words, "--identities", later / "identities.csv")
    path = tmp_path / f"{AS_OF}_practice-{ONE}.csv"
    rows = csv_rows(path)
    assert len(rows) == 15
    here = {number[person] for person in registered_at(later, ONE)}
    assert {row["NHS number"] for row in rows} <= here
    told = "".join(one.read_bytes().decode("latin-1") for one in tmp_path.iterdir())
    for person in before[:4]:
        assert number[person] not in told.replace(" ", "")
    assert set(before[:4]) <= set(removed(path.with_suffix(".xlsx")))


def test_a_practice_whose_hospital_feed_is_silent_is_stamped_or_withheld(later):
    words = ("worklist", "--practice", SILENT, "--as-of", AS_OF)
    ran = done(later, *words)
    assert "Warning: Use with care: hospital stays are out of date (nothing for this practice since" in ran.words
    path = list_file(later, AS_OF, f"practice-{SILENT}", "csv")
    assert all("Use with care: hospital stays are out of date" in row["Warnings"] for row in csv_rows(path))
    assert "Use with care: hospital stays are out of date" in visible_text(
        path.with_suffix(".html").read_text(encoding="utf-8")
    )
    assert "Use with care" in str(load_workbook(path.with_suffix(".xlsx"))["List"]["C3"].value)

    set_site(later, practice_k="  practice_k: 15\n  silent_hospital_feed: withhold")
    ran = run(later, *words)
    assert ran.code == 16
    assert f"The list of {SILENT} is withheld: Hospital stays: nothing for this practice since" in ran.words
    done(later, "worklist", "--practice", OTHER, "--as-of", AS_OF)
    set_site(later, silent_hospital_feed="  silent_hospital_feed: stamp")


def test_who_moved_since_the_last_list_has_left_it(district, later):
    """They stand under those who left as moved, whatever risk they have where they are now, and are not named."""
    mover = first_of(district, THIRD)
    done(later, "weekly", "--as-of", "2026-04-08")
    words = ("--practice", THIRD, "--as-of", "2026-04-08", "--out", later, "--identities", later / "identities.csv")
    done(later, "worklist", *words)
    gone = left(later / f"2026-04-08_practice-{THIRD}.xlsx")
    assert gone[mover] == "Moved to another practice"


# Names


def test_without_the_map_there_are_only_pseudonyms(district):
    for path in (district / "workspace" / "lists-for-meetings" / AS_OF).iterdir():
        text = path.read_bytes().decode("latin-1")
        assert not re.search(r"(?<!\d)999\d{7}(?!\d)", text), path.name


def test_naming_is_logged_and_nhs_numbers_are_text(own_district, tmp_path):
    done(own_district, "worklist", "--practice", NAMED, "--as-of", AS_OF, "--out", tmp_path,
         "--identities", own_district / "identities.csv")  # fmt: skip
    number = identities(own_district)
    rows = csv_rows(tmp_path / f"{AS_OF}_practice-{NAMED}.csv")
    plain = csv_rows(list_file(own_district, AS_OF, f"practice-{NAMED}", "csv"))
    assert [row["NHS number"] for row in rows] == [number[row["Pseudonym"]] for row in plain]
    raw = (tmp_path / f"{AS_OF}_practice-{NAMED}.csv").read_text(encoding="utf-8-sig")
    assert f'"{rows[0]["NHS number"]}"' in raw
    page = load_workbook(tmp_path / f"{AS_OF}_practice-{NAMED}.xlsx")["List"]
    cells = [page.cell(row, 2) for row in range(6, 21)]
    assert [(cell.data_type, cell.value, cell.number_format) for cell in cells] == [
        ("s", row["NHS number"], "@") for row in rows
    ]
    with sqlite3.connect(own_district / "workspace" / "decisions.db") as store:
        noted = store.execute("select at, who, what, list_id, people from audit").fetchall()
    assert len(noted) == 1
    at, who, what, list_id, people = noted[0]
    assert who == getpass.getuser()
    assert (what, people) == ("named people on a list", 15)
    assert list_id.startswith(f"{AS_OF}_practice-{NAMED}_")
    assert pd.Timestamp(at) > pd.Timestamp("2026-01-01") - pd.Timedelta(days=365)


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "There is no identities file at"), ("person,number\na,1\n", "it should have person_id and identifier")],
)
def test_a_map_that_cannot_be_read(district, tmp_path, content, words):
    path = tmp_path / "map.csv"
    if content:
        path.write_text(content, encoding="utf-8")
    ran = run(district, "worklist", "--practice", NAMED, "--as-of", AS_OF, "--out", tmp_path / "out", "--identities", path)
    assert ran.code == 10
    assert words in ran.words
    assert not (tmp_path / "out").exists()


def test_a_list_with_names_is_not_written_into_the_workspace(district, tmp_path):
    words = ("worklist", "--practice", NAMED, "--as-of", AS_OF, "--identities", district / "identities.csv")
    for out in ((), ("--out", district / "workspace" / "named")):
        ran = run(district, *words, *out)
        assert ran.code == 10
        assert "the workspace must name nobody" in ran.words
        assert "--out FOLDER" in ran.words
