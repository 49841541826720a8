"""A filled list read back: what is taken in, what is refused and in which words, all or nothing."""

import csv
import datetime as dt
import io
import re
import zipfile
from dataclasses import replace

import pytest
from openpyxl import Workbook, load_workbook

from casefinder.errors import DecisionError
from casefinder.worklist.columns import KEY
from casefinder.worklist.decisions import read_decisions
from casefinder.worklist.files import write_files
from casefinder.worklist.history import IssuedRow, ListHistory, PastDecision

TODAY = dt.date(2026, 4, 10)
MEETING = dt.date(2026, 4, 7)
HEADER = 5
REVIEW = "Review by or defer until"


def issue(history, made):
    label = made.models[made.ranked_by]["label"]
    history.issue(
        [IssuedRow(made.list_id, one.rank, one.person_id, made.as_of, made.scope, label, one.risk) for one in made.people]
    )


@pytest.fixture
def history(named):
    found = ListHistory("sqlite://")
    issue(found, named)
    yield found
    found.close()


class Sheet:
    """A workbook as a meeting fills it in: rows are counted from the first person."""

    def __init__(self, path):
        self.path = path
        self.book = load_workbook(path)
        self.page = self.book["List"]
        self.columns = {cell.value: cell.column for cell in self.page[HEADER]}

    def put(self, row, **cells):
        for heading, value in cells.items():
            self.page.cell(HEADER + row, self.columns[HEADINGS[heading]]).value = value
        return self

    def get(self, row, heading):
        return self.page.cell(HEADER + row, self.columns[heading]).value

    def meeting(self, date):
        self.page["A4"].value = date
        return self

    def save(self, name="filled.xlsx"):
        path = self.path.with_name(name)
        self.book.save(path)
        return path


HEADINGS = {
    "decision": "Decision", "decided_on": "Decided on", "owner": "Owner", "next_action": "Next action",
    "referred_to": "Referred to", "review": REVIEW, "decided_by": "Decided by", "key": KEY, "rank": "Rank",
    "name": "NHS number or pseudonym",
}  # fmt: skip


@pytest.fixture
def sheet(named, tmp_path):
    return Sheet(write_files(named, tmp_path)[1])


def refused(path, history, today=TODAY):
    """Return the message of a refusal, having seen that nothing was recorded and that no person is named."""
    before = history.decisions()
    with pytest.raises(DecisionError) as caught:
        read_decisions(path, history, today)
    assert history.decisions() == before
    message = str(caught.value)
    assert not re.search(r"\b999\d{7}\b", message)
    assert not re.search(r"\b[0-9a-hjkmnp-tv-z]{12}\b", message)
    return message


def test_a_filled_workbook_is_taken_in(sheet, history, named):
    sheet.meeting(MEETING)
    sheet.put(
        1, decision="accept", owner="Dr Ash", next_action="-ring the daughter", referred_to="Falls clinic", decided_by="Team"
    )
    sheet.put(2, decision=" Defer  Until ", review=dt.datetime(2026, 6, 1))
    sheet.put(3, decision="declined", decided_on=dt.datetime(2026, 4, 9), owner=12)
    found = read_decisions(sheet.save(), history, TODAY)
    assert (found.list_id, found.rows, found.decided, found.already_taken_in, found.undecided) == (
        named.list_id,
        15,
        3,
        0,
        12,
    )
    one, two, three = (history.decisions()[named.people[place].person_id] for place in range(3))
    assert one == [
        PastDecision(
            named.list_id,
            named.people[0].person_id,
            MEETING,
            "accept",
            "Dr Ash",
            "-ring the daughter",
            "Falls clinic",
            None,
            "Team",
        )
    ]
    assert (two[0].decision, two[0].decided_on, two[0].review_by) == ("defer until", MEETING, dt.date(2026, 6, 1))
    assert (three[0].decided_on, three[0].owner) == (dt.date(2026, 4, 9), "12")


def test_the_same_sheet_again_changes_nothing(sheet, history):
    path = sheet.meeting(MEETING).put(1, decision="accept", owner="Dr Ash").save()
    read_decisions(path, history, TODAY)
    before = history.decisions()
    again = read_decisions(path, history, TODAY)
    assert (again.decided, again.already_taken_in, again.undecided) == (0, 1, 14)
    assert history.decisions() == before


def test_more_decisions_may_be_added_to_the_same_sheet(sheet, history):
    sheet.meeting(MEETING).put(1, decision="accept")
    read_decisions(sheet.save(), history, TODAY)
    found = read_decisions(sheet.put(2, decision="already known").save(), history, TODAY)
    assert (found.decided, found.already_taken_in, found.undecided) == (1, 1, 13)


def test_a_later_decision_about_the_same_person_is_kept_beside_the_first(sheet, history, named):
    read_decisions(sheet.put(1, decision="discuss", decided_on=MEETING).save(), history, TODAY)
    read_decisions(sheet.put(1, decision="accept", decided_on=dt.date(2026, 4, 9)).save(), history, TODAY)
    assert [one.decision for one in history.decisions()[named.people[0].person_id]] == ["discuss", "accept"]


def test_rows_may_be_deleted_or_stand_in_another_order(sheet, history):
    sheet.meeting(MEETING).put(15, decision="accept")
    sheet.page.delete_rows(HEADER + 2, 5)
    found = read_decisions(sheet.save(), history, TODAY)
    assert (found.rows, found.decided) == (10, 1)


def test_a_date_or_a_name_filled_down_the_column_is_no_decision(sheet, history):
    for row in range(1, 16):
        sheet.put(row, decided_on=MEETING, decided_by="Team")
    found = read_decisions(sheet.put(4, decision="accept").save(), history, TODAY)
    assert (found.decided, found.undecided) == (1, 14)


@pytest.mark.parametrize("written", ["2026-04-07", "07/04/2026", "7/4/2026", "7 Apr 2026", "7 April 2026", "07-Apr-2026"])
def test_dates_may_be_typed_the_usual_ways_with_the_day_first(sheet, history, named, written):
    read_decisions(sheet.put(1, decision="accept", decided_on=written).save(), history, TODAY)
    assert history.decisions()[named.people[0].person_id][0].decided_on == MEETING


def filled_csv(path, cells, delimiter=",", encoding="utf-8-sig"):
    """Return a copy of a list's CSV file with cells filled in, by row counted from 1."""
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))
    for number, values in cells.items():
        rows[number - 1].update({HEADINGS[heading]: value for heading, value in values.items()})
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    copy = path.with_name("filled.csv")
    copy.write_bytes(text.getvalue().encode(encoding))
    return copy


@pytest.mark.parametrize(("delimiter", "encoding"), [(",", "utf-8-sig"), (";", "cp1252"), ("\t", "utf-8")])
def test_a_filled_csv_file_is_taken_in_however_it_was_saved(named, history, tmp_path, delimiter, encoding):
    cells = {2: {"decision": "not suitable", "decided_on": "07/04/2026", "owner": "Zoë"}}
    path = filled_csv(write_files(named, tmp_path)[0], cells, delimiter, encoding)
    found = read_decisions(path, history, TODAY)
    assert (found.rows, found.decided, found.undecided) == (15, 1, 14)
    assert history.decisions()[named.people[1].person_id][0].owner == "Zoë"


def test_the_workbook_and_the_csv_file_of_one_list_agree(sheet, named, history, tmp_path):
    read_decisions(sheet.put(1, decision="accept", decided_on=MEETING).save(), history, TODAY)
    path = filled_csv(write_files(named, tmp_path)[0], {1: {"decision": "accept", "decided_on": "2026-04-07"}})
    assert read_decisions(path, history, TODAY).already_taken_in == 1


def test_a_list_with_pseudonyms_is_read_back_too(practice, tmp_path, history):
    path = filled_csv(write_files(practice, tmp_path)[0], {1: {"decision": "accept", "decided_on": "2026-04-07"}})
    text = path.read_text(encoding="utf-8-sig")
    assert "Pseudonym" in text
    assert read_decisions(path, history, TODAY).decided == 1


ROW = f"row {HEADER + 1}"


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({"decision": "acept"}, f"{ROW}: 'Decision' is not one of ours; did you mean 'accept'?"),
        ({"decision": "spoke to Mrs 9990000379"}, f"{ROW}: 'Decision' is not one of ours; use one of: accept, already"),
        ({"decided_on": "soon"}, f"{ROW}: 'Decided on' is not a date; write it like 31/12/2026 or 2026-12-31"),
        ({"decided_on": "31/02/2026"}, f"{ROW}: 'Decided on' is not a date"),
        ({"decided_on": "46119"}, f"{ROW}: 'Decided on' is not a date"),
        ({"decided_on": dt.date(2026, 4, 11)}, f"{ROW}: 'Decided on' lies in the future (today is 10 Apr 2026)"),
        ({"decided_on": dt.date(2026, 3, 31)}, f"{ROW}: 'Decided on' is before the date of the list (1 Apr 2026)"),
        ({"decision": "defer until"}, f"{ROW}: 'defer until' needs a date under '{REVIEW}'"),
        ({"decision": "defer until", "review": "May"}, f"{ROW}: '{REVIEW}' is not a date"),
        ({"decision": "defer until", "review": dt.date(2026, 4, 6)},
         f"{ROW}: '{REVIEW}' is not after the day of the decision (7 Apr 2026)"),
        ({"review": MEETING}, f"{ROW}: '{REVIEW}' is not after the day of the decision (7 Apr 2026)"),
        ({"decision": "=A1"}, f"{ROW}: 'Decision' holds a formula; type the value itself"),
        ({"decided_on": "=TODAY()"}, f"{ROW}: 'Decided on' holds a formula; type the value itself"),
        ({"owner": "=A1"}, f"{ROW}: 'Owner' holds a formula; type the value itself"),
        ({"owner": "x" * 121}, f"{ROW}: 'Owner' has 121 characters; at most 120 can be kept"),
        ({"next_action": "x" * 501}, f"{ROW}: 'Next action' has 501 characters; at most 500 can be kept"),
        ({"decision": None, "owner": "Dr Ash"}, f"{ROW}: 'Owner' is filled in, but no decision is chosen"),
        ({"decision": None, "review": dt.date(2026, 6, 1)}, f"{ROW}: '{REVIEW}' is filled in, but no decision is chosen"),
        ({"key": None}, f"{ROW}: has no key"),
        ({"key": "2026-04-01"}, f"{ROW}: its key has been altered"),
        ({"key": "a|b|c"}, f"{ROW}: its key does not fit the rank and name beside it"),
        ({"rank": 2}, f"{ROW}: its key does not fit the rank and name beside it"),
        ({"name": "9990000743"}, f"{ROW}: its key does not fit the rank and name beside it"),
        ({"name": "=B7"}, f"{ROW}: rank, name or key holds a formula"),
    ],
)  # fmt: skip
def test_refusals_say_the_row_and_what_to_do(sheet, history, cells, words):
    sheet.meeting(MEETING).put(1, decision="accept").put(2, decision="accept")
    message = refused(sheet.put(1, **cells).save(), history)
    assert words in message
    assert message.startswith("filled.xlsx has 1 problem, so nothing was taken in:")
    assert message.endswith("Mend the file and give it again; nothing has been taken in.")


def test_a_decision_without_any_date_is_refused(sheet, history):
    words = f"{ROW}: has a decision but no date under 'Decided on', and the sheet gives no date of the meeting"
    assert words in refused(sheet.put(1, decision="accept").save(), history)


@pytest.mark.parametrize(
    ("date", "words"),
    [
        ("next week", "date of the meeting: is not a date; write it like 31/12/2026 or 2026-12-31"),
        (dt.date(2026, 4, 20), "date of the meeting: lies in the future (today is 10 Apr 2026)"),
        (dt.date(2026, 3, 4), "date of the meeting: is before the date of the list (1 Apr 2026)"),
        ("=TODAY()", "date of the meeting: holds a formula; type the value itself"),
    ],
)
def test_a_date_of_the_meeting_that_cannot_be_used_is_told_once(sheet, history, date, words):
    message = refused(sheet.meeting(date).put(1, decision="accept").put(2, decision="accept").save(), history)
    assert words in message
    assert "has 1 problem," in message


def test_all_problems_are_told_at_once_and_nothing_is_taken_in(sheet, history):
    sheet.meeting(MEETING).put(1, decision="accept").put(2, decision="yes").put(3, decision="accept", decided_on="?")
    message = refused(sheet.put(4, decision="defer until").save(), history)
    assert "has 3 problems, so nothing was taken in:" in message
    assert [f"row {HEADER + row}:" in message for row in (1, 2, 3, 4)] == [False, True, True, True]


def test_columns_sorted_without_the_others_are_noticed(sheet, history):
    names = [sheet.get(row, HEADINGS["name"]) for row in range(1, 16)]
    for row, name in enumerate(sorted(names, reverse=True), start=1):
        sheet.put(row, name=name)
    assert "or some columns sorted without the others" in refused(sheet.meeting(MEETING).save(), history)


def test_whole_rows_sorted_together_are_fine(sheet, history, named):
    sheet.meeting(MEETING).put(1, decision="accept")
    rows = [[cell.value for cell in row] for row in sheet.page.iter_rows(min_row=HEADER + 1, max_row=HEADER + 15)]
    for place, values in enumerate(reversed(rows), start=1):
        for number, value in enumerate(values, start=1):
            sheet.page.cell(HEADER + place, number).value = value
    read_decisions(sheet.save(), history, TODAY)
    assert set(history.decisions()) == {named.people[0].person_id}


def test_a_row_copied_twice_is_refused(sheet, history):
    for heading in sheet.columns:
        sheet.page.cell(HEADER + 16, sheet.columns[heading]).value = sheet.get(3, heading)
    assert f"row {HEADER + 16}: is the same person as row {HEADER + 3}" in refused(sheet.save(), history)


def test_rows_of_two_lists_in_one_file_are_refused(sheet, history, named, tmp_path):
    other = Sheet(write_files(replace(named, list_id="2026-04-01_practice-Y00009_0000000000"), tmp_path / "other")[1])
    for heading in sheet.columns:
        sheet.page.cell(HEADER + 16, sheet.columns[heading]).value = other.get(3, heading)
    assert f"row {HEADER + 16}: belongs to another list than row {HEADER + 1}" in refused(sheet.save(), history)


def test_a_list_never_issued_is_refused(sheet):
    empty = ListHistory("sqlite://")
    assert refused(sheet.save(), empty).startswith("filled.xlsx is a list that was never issued from this workspace.")
    empty.close()


def test_a_person_who_was_not_on_the_issued_list_is_refused(sheet, named):
    short = ListHistory("sqlite://")
    issue(short, replace(named, people=named.people[:14]))
    assert f"row {HEADER + 15}: its person is not on the list that was issued" in refused(sheet.save(), short)
    short.close()


def test_a_copy_that_decided_otherwise_on_the_same_day_changes_nothing(sheet, history):
    read_decisions(sheet.meeting(MEETING).put(1, decision="accept").save(), history, TODAY)
    copy = sheet.put(1, decision="declined").put(2, decision="accept").save("copy.xlsx")
    words = f"{ROW}: another copy of this list has already recorded something else on 7 Apr 2026"
    assert words in refused(copy, history)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("notes.docx", b"x", "notes.docx is neither an .xlsx nor a .csv file."),
        ("old.xls", b"x", "old.xls is neither an .xlsx nor a .csv file."),
        ("broken.xlsx", b"PK\x03\x04 not a zip", "broken.xlsx cannot be opened as an Excel workbook"),
        ("empty.xlsx", b"", "empty.xlsx cannot be opened as an Excel workbook"),
        ("empty.csv", b"", "empty.csv is no list of casefinder"),
        ("other.csv", b"name,age\nx,1\n", f"no row of headings holds '{KEY}'"),
        ("binary.csv", b"a\x00b", "it is not a text file"),
        ("endless.csv", b"x" * 200_000, "its cells cannot be told apart"),
    ],
)
def test_files_that_are_no_list_are_refused(tmp_path, history, name, content, words):
    path = tmp_path / name
    path.write_bytes(content)
    message = refused(path, history)
    assert words in message
    assert message.endswith("with its columns as they were.")


def test_a_file_that_is_not_there_is_refused(tmp_path, history):
    assert "There is no file" in refused(tmp_path / "gone.xlsx", history)


def test_a_truncated_workbook_is_refused(sheet, history):
    path = sheet.save()
    path.write_bytes(path.read_bytes()[:5000])
    assert "cannot be opened as an Excel workbook" in refused(path, history)


@pytest.mark.parametrize(
    "part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "[Content_Types].xml", "xl/sharedStrings.xml"]
)
@pytest.mark.parametrize("content", [b"", b"<not xml", b"<a/>"])
def test_a_workbook_with_a_broken_part_is_refused(sheet, history, part, content):
    path = sheet.path
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    with zipfile.ZipFile(path, "w") as package:
        for name, held in parts.items():
            package.writestr(name, content if name == part else held)
    assert refused(path, history).endswith("with its columns as they were.")


def test_a_workbook_of_something_else_is_refused(tmp_path, history):
    book = Workbook()
    book.active.append(["name", "age"])
    book.save(tmp_path / "other.xlsx")
    assert "other.xlsx is no list of casefinder" in refused(tmp_path / "other.xlsx", history)


def test_columns_that_were_deleted_or_doubled_are_named(sheet, history):
    sheet.page.cell(HEADER, sheet.columns["Owner"]).value = "Decision"
    message = refused(sheet.save(), history)
    assert "The columns of filled.xlsx have been changed:" in message
    assert "column 'Owner': is missing" in message
    assert "column 'Decision': is there twice" in message


def test_a_sheet_without_people_is_refused(sheet, history):
    sheet.page.delete_rows(HEADER + 1, 20)
    assert "filled.xlsx holds no rows of people." in refused(sheet.save(), history)
