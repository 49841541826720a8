"""``casefinder decisions read``: filled sheets taken in, carried into the next list, or refused with nothing taken in."""

import csv
import datetime as dt
import shutil
from pathlib import Path

import pandas as pd
import pytest
from openpyxl import load_workbook

from tests.functional.lists import HEADER, KEY, copied, csv_rows, done, excel_rows, fill, left, list_file, removed, run

ONE, OTHER = "Z80001", "Z80008"
FIRST, SECOND = "2025-06-02", "2025-07-01"
MET = dt.date(2025, 6, 10)
DECIDED = {
    1: {"Decision": "discuss", "Decided on": MET, "Owner": "Nurse A", "Next action": "ring on Monday", "Decided by": "GP"},
    2: {"Decision": "Declined", "Decided on": MET},
    3: {"Decision": "defer until", "Decided on": MET, "Review by or defer until": dt.date(2025, 9, 1)},
    4: {"Decision": "defer until", "Decided on": MET, "Review by or defer until": dt.date(2025, 6, 20)},
    5: {"Decision": "accept", "Decided on": dt.date(2025, 7, 1)},
    6: {"Decision": "not suitable", "Decided on": "11/06/2025"},
    7: {"Decision": "already known", "Decided on": MET, "Referred to": "community matron"},
}


def filled_csv(path: Path, filled: Path, cells: dict[int, dict[str, str]]) -> Path:
    """Write a copy of a CSV list with cells filled in, by place from 1 and heading."""
    rows = csv_rows(path)
    for rank, values in cells.items():
        rows[rank - 1].update(values)
    with filled.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return filled


@pytest.fixture(scope="module")
def meetings(district, tmp_path_factory) -> Path:
    """Two lists a month apart; the first was filled in, as a workbook and then as a CSV file, before the second was made."""
    folder = copied(district, tmp_path_factory.mktemp("meetings") / "district")
    done(folder, "weekly", "--as-of", FIRST)
    for code in (ONE, OTHER):
        done(folder, "worklist", "--practice", code, "--as-of", FIRST)
    book = list_file(folder, FIRST, f"practice-{ONE}", "xlsx")
    ran = done(folder, "decisions", "read", fill(book, folder / "filled.xlsx", DECIDED))
    (folder / "read.txt").write_text(ran.words, encoding="utf-8")
    by_csv = {8: {"Decision": "accept", "Decided on": "2025-06-12", "Owner": "Nurse B"}}
    ran = done(folder, "decisions", "read", filled_csv(book.with_suffix(".csv"), folder / "filled.csv", by_csv))
    (folder / "read-csv.txt").write_text(ran.words, encoding="utf-8")
    done(folder, "weekly", "--as-of", SECOND)
    done(folder, "worklist", "--practice", ONE, "--as-of", SECOND)
    return folder


@pytest.fixture
def book(meetings) -> Path:
    """The first list as it was written."""
    return list_file(meetings, FIRST, f"practice-{ONE}", "xlsx")


@pytest.fixture
def first(book) -> list[str]:
    """Who stood on the first list, in order."""
    return [row["Pseudonym"] for row in csv_rows(book.with_suffix(".csv"))]


@pytest.fixture
def second(meetings) -> Path:
    """The list of a month later."""
    return list_file(meetings, SECOND, f"practice-{ONE}", "xlsx")


def test_what_was_taken_in_is_told(meetings):
    told = (meetings / "read.txt").read_text(encoding="utf-8")
    assert told == "filled.xlsx: 7 new decisions among 15 people; 0 were taken in before; 8 have none"
    told = (meetings / "read-csv.txt").read_text(encoding="utf-8")
    assert told == "filled.csv: 1 new decisions among 15 people; 0 were taken in before; 14 have none"


def test_decisions_before_the_next_list_carry_into_it(first, second):
    """Those decided about stand aside with what was decided; a decision dated on the list's own day does not count yet."""
    why = removed(second) | left(second)
    assert why[first[0]] == "Discussed on 10 Jun 2025"
    assert why[first[1]] == "Declined on 10 Jun 2025"
    assert why[first[2]] == "Deferred until 1 Sep 2025"
    assert why[first[5]] == "Judged not suitable on 11 Jun 2025"
    assert why[first[6]] == "Already known to the team on 10 Jun 2025"
    assert why[first[7]] == "Accepted on 12 Jun 2025"
    for free in (first[3], first[4]):
        assert not why.get(free, "").startswith(("Deferred", "Accepted", "Discussed"))
    now = {row["Pseudonym"] for row in csv_rows(second.with_suffix(".csv"))}
    assert not now & {first[place] for place in (0, 1, 2, 5, 6, 7)}
    assert len(now) == 15


def test_what_changed_since_the_last_list(meetings, first, second):
    rows = csv_rows(second.with_suffix(".csv"))
    for place, row in enumerate(rows, start=1):
        before = first.index(row["Pseudonym"]) + 1 if row["Pseudonym"] in first else None
        moved = "New" if before is None else "Same" if before == place else "Up" if place < before else "Down"
        assert row["Change since last list"] == moved
    changes = {row["Change since last list"] for row in rows}
    assert "New" in changes
    assert changes & {"Up", "Down", "Same"}
    first_changes = {row["Change since last list"] for row in csv_rows(list_file(meetings, FIRST, f"practice-{ONE}", "csv"))}
    assert first_changes == {"New"}


def test_everyone_who_left_is_told_with_why(meetings, first, second):
    now = [row["Pseudonym"] for row in csv_rows(second.with_suffix(".csv"))]
    gone = left(second)
    assert set(gone) == set(first) - set(now)
    newest = max(path.parent for path in (meetings / "workspace" / "lists").glob("*/manifest.json"))
    risks = pd.read_parquet(newest / "risks" / "emergency_admission").set_index("person_id")["risk"]
    issued = {
        row["Pseudonym"]: float(row["Risk %"]) for row in csv_rows(list_file(meetings, FIRST, f"practice-{ONE}", "csv"))
    }
    for person, why in gone.items():
        if why in ("Risk fell", "Outranked"):
            fell = 100 * risks[person] < issued[person] - 0.5
            assert (why == "Risk fell") == fell or abs(100 * risks[person] - issued[person] + 0.5) < 0.06
        else:
            assert why in ("Died", "Moved to another practice", "No longer available") or " on " in why or "until" in why


def test_the_same_sheet_again_changes_nothing(meetings):
    ran = done(meetings, "decisions", "read", meetings / "filled.xlsx")
    assert "filled.xlsx: 0 new decisions among 15 people; 7 were taken in before; 8 have none" in ran.words


def refused(meetings: Path, path: Path, *words: str) -> None:
    """Read a sheet, see it refused in these words, and see that nothing was taken in and nobody is named."""
    store = meetings / "workspace" / "decisions.db"
    before = store.read_bytes()
    ran = run(meetings, "decisions", "read", path)
    assert ran.code == 17
    for one in words:
        assert one in ran.words
    people = {row["Pseudonym"] for row in csv_rows(list_file(meetings, FIRST, f"practice-{ONE}", "csv"))}
    assert not [person for person in people if person in ran.words]
    assert store.read_bytes() == before


def test_conflicting_copies(meetings, book, tmp_path):
    path = fill(book, tmp_path / "copy.xlsx", {1: {"Decision": "not suitable", "Decided on": MET}})
    problem = f"row {HEADER + 1}: another copy of this list has already recorded something else on 10 Jun 2025"
    refused(meetings, path, "copy.xlsx has 1 problem, so nothing was taken in", problem)


def test_every_problem_of_a_sheet_at_once(meetings, book, tmp_path):
    path = fill(
        book,
        tmp_path / "bad.xlsx",
        {
            8: {"Decision": "accept", "Decided on": MET, "Next action": "=1+1"},
            9: {"Decision": "discus", "Decided on": MET},
            10: {"Decision": "accept", "Decided on": dt.date(2999, 1, 1)},
            11: {"Decision": "accept", "Decided on": dt.date(2025, 6, 1)},
            12: {"Decision": "accept", "Decided on": "sometime"},
            13: {"Decision": "defer until", "Decided on": MET},
            14: {"Owner": "Nurse A"},
            15: {"Decision": "accept"},
        },
    )
    refused(
        meetings,
        path,
        "bad.xlsx has 8 problems, so nothing was taken in",
        f"row {HEADER + 8}: 'Next action' holds a formula; type the value itself",
        f"row {HEADER + 9}: 'Decision' is not one of ours; did you mean 'discuss'?",
        f"row {HEADER + 10}: 'Decided on' lies in the future",
        f"row {HEADER + 11}: 'Decided on' is before the date of the list (2 Jun 2025)",
        f"row {HEADER + 12}: 'Decided on' is not a date; write it like 31/12/2026 or 2026-12-31",
        f"row {HEADER + 13}: 'defer until' needs a date under 'Review by or defer until'",
        f"row {HEADER + 14}: 'Owner' is filled in, but no decision is chosen",
        f"row {HEADER + 15}: has a decision but no date under 'Decided on', and the sheet gives no date of the meeting",
        "Mend the file and give it again; nothing has been taken in.",
    )


def test_altered_keys(meetings, book, tmp_path):
    keys = [str(row[KEY]) for row in excel_rows(book)]
    swapped = {
        9: {KEY: keys[9], "Decision": "accept", "Decided on": MET},
        10: {KEY: keys[8]},
        11: {KEY: "nonsense"},
        12: {KEY: None},
    }
    refused(
        meetings,
        fill(book, tmp_path / "altered.xlsx", swapped),
        f"row {HEADER + 9}: its key does not fit the rank and name beside it",
        f"row {HEADER + 10}: its key does not fit",
        f"row {HEADER + 11}: its key has been altered",
        f"row {HEADER + 12}: has no key: the row was added, or its hidden key was deleted",
    )


def test_rows_of_another_list(meetings, book, tmp_path):
    """Rows pasted in from another practice's list, keys and all."""
    other = csv_rows(list_file(meetings, FIRST, f"practice-{OTHER}", "csv"))
    path = filled_csv(book.with_suffix(".csv"), tmp_path / "mixed.csv", {15: other[14]})
    refused(meetings, path, "row 16: belongs to another list than row 2")


def test_a_list_that_this_workspace_never_issued(meetings, book, district, tmp_path):
    """A list of the same site from another workspace, whose database alone knows it."""
    words = "casefinder worklist"
    stranger = copied(district, tmp_path / "stranger")
    ran = run(stranger, "decisions", "read", book)
    assert ran.code == 17
    assert f"{book.name} is a list that was never issued from this workspace" in ran.words
    assert words in ran.words


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nothing.xlsx", "There is no file"),
        ("list.txt", "is neither an .xlsx nor a .csv file"),
        ("damaged.xlsx", "it is damaged, has a password, or is not a workbook at all"),
        ("raw.csv", "is no list of casefinder"),
        ("columns.xlsx", "column 'Decision': is missing"),
    ],
)
def test_files_that_are_no_list_of_ours(meetings, book, tmp_path, name, words):
    path = tmp_path / name
    if name == "list.txt":
        shutil.copyfile(book, path)
    elif name == "damaged.xlsx":
        path.write_bytes(book.read_bytes()[:5000])
    elif name == "raw.csv":
        shutil.copyfile(meetings / "site" / "raw" / "practices.csv", path)
    elif name == "columns.xlsx":
        changed = load_workbook(book)
        heading = next(one for one in changed["List"][HEADER] if one.value == "Decision")
        heading.value = "Decission"
        changed.save(path)
    refused(meetings, path, words)
