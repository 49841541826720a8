"""The workbook of a list: what it tells, what is filled in, what is locked, how it prints."""

import io
import zipfile
from dataclasses import replace

import pytest
from openpyxl import load_workbook

from casefinder.worklist.columns import DECIDED_ON, DECISION, KEY, REVIEW_BY, TO_FILL, told_columns
from casefinder.worklist.excel_file import excel_bytes
from casefinder.worklist.history import Invitation
from casefinder.worklist.rules import DECISIONS

HEADER = 5


def opened(made):
    return load_workbook(io.BytesIO(excel_bytes(made)))


def column(sheet, heading):
    return next(cell.column for cell in sheet[HEADER] if cell.value == heading)


@pytest.fixture(scope="module")
def book(named):
    return opened(named)


@pytest.fixture(scope="module")
def sheet(book):
    return book["List"]


def text_of(book, name):
    return "\n".join(str(cell.value) for row in book[name].iter_rows() for cell in row if cell.value is not None)


def test_sheets(book):
    assert book.sheetnames == ["List", "Removed by rule", "Left the list", "How this list was made"]


def test_the_list_tells_who_and_why(sheet, named):
    rows = list(sheet.iter_rows(min_row=HEADER + 1, max_row=HEADER + 15))
    assert [row[0].value for row in rows] == list(range(1, 16))
    assert rows[0][1].value == named.people[0].identifier
    assert rows[0][1].data_type == "s"
    assert rows[11][1].value == named.people[11].person_id
    assert sheet.cell(HEADER, 2).value == "NHS number or pseudonym"
    assert sheet.cell(HEADER + 1, column(sheet, "Risk %")).value == pytest.approx(0.742)
    assert sheet.cell(HEADER + 1, column(sheet, "Risk %")).number_format == "0.0%"
    assert sheet.cell(HEADER + 1, column(sheet, "Reason 1")).value.startswith("3 emergency admissions in the last 12 months")
    assert sheet.cell(HEADER + 14, column(sheet, "Reason 2")).value in (None, "")
    assert sheet.cell(1, 1).value == "Do not use after 15 Apr 2026"


def test_the_headings_stay_in_sight_and_filter(sheet):
    assert sheet.freeze_panes == "C6"
    assert sheet.auto_filter.ref.startswith("A5:")
    assert sheet.auto_filter.ref.endswith(str(HEADER + 15))


def test_a_drop_down_offers_the_decisions_in_every_row(sheet):
    letter = sheet.cell(HEADER, column(sheet, DECISION)).column_letter
    offered = next(one for one in sheet.data_validations.dataValidation if one.type == "list")
    assert offered.formula1 == '"' + ",".join(DECISIONS) + '"'
    assert str(offered.sqref) == f"{letter}6:{letter}20"
    assert offered.showErrorMessage
    assert "Choose one of" in offered.error


def test_dates_are_checked_with_plain_words(sheet):
    dates = {str(one.sqref): one for one in sheet.data_validations.dataValidation if one.type == "date"}
    letters = [sheet.cell(HEADER, column(sheet, heading)).column_letter for heading in (DECIDED_ON, REVIEW_BY)]
    assert set(dates) == {"A4", *(f"{letter}6:{letter}20" for letter in letters)}
    assert all(one.error.startswith("Type a date") for one in dates.values())


def test_only_what_is_filled_in_is_unlocked(sheet):
    unlocked = {cell.coordinate for row in sheet.iter_rows() for cell in row if not cell.protection.locked}
    letters = [sheet.cell(HEADER, column(sheet, heading)).column_letter for heading in TO_FILL]
    assert unlocked == {"A4", "B4", *(f"{letter}{row}" for letter in letters for row in range(6, 21))}
    assert sheet.protection.sheet
    assert sheet.protection.password is None
    assert not sheet.protection.autoFilter


def test_keys_are_hidden(sheet):
    cell = sheet.cell(HEADER, column(sheet, KEY))
    assert sheet.column_dimensions[cell.column_letter].hidden
    assert cell.column == len(sheet[HEADER])


def test_it_prints_across_landscape_pages_with_headings_names_and_until_when(sheet):
    assert sheet.page_setup.orientation == "landscape"
    assert sheet.page_setup.paperSize == 9
    assert sheet.print_title_rows == "$5:$5"
    assert sheet.print_title_cols == "$A:$B"
    assert [one.id for one in sheet.col_breaks.brk] == [column(sheet, DECISION) - 1]
    assert "Do not use after 15 Apr 2026" in sheet.oddFooter.center.text
    assert "3f9a1c07be" in sheet.oddFooter.left.text


def test_other_sheets_fit_one_page_across(book):
    for name in book.sheetnames[1:]:
        assert book[name].page_setup.fitToWidth in (None, 1)
        assert book[name].page_setup.fitToHeight == 0
        assert book[name].sheet_properties.pageSetUpPr.fitToPage
        assert "Do not use after" in book[name].oddFooter.center.text


def test_removed_and_left_say_why(book):
    assert "On the end-of-life register" in text_of(book, "Removed by rule")
    assert "Risk fell" in text_of(book, "Left the list")


def test_how_it_was_made_says_use_limits_models_feeds_and_people(cluster):
    told = text_of(opened(cluster), "How this list was made")
    for words in (
        "never be used to refuse care",
        "rose by about 1 %",
        "emergency_admission@3",
        "0.78 (0.77 to 0.79)",
        "People who live in a care home are left out.",
        "By risk, with a floor for each practice (used for this list)",
        "6.1",
        "Not supplied: it counts neither for nor against anyone",
        "41,250",
        "A demonstration model",
    ):
        assert words in told


def test_warnings_stand_above_the_list(cluster):
    assert opened(cluster)["List"]["C3"].value.startswith("Warning: Demonstration only")


def test_no_cell_is_a_formula_or_begins_like_one(practice):
    hostile = '=HYPERLINK("http://x")'
    people = tuple(
        replace(one, raising=(hostile,), themes=("Other",), practice_name=hostile, unknown=(hostile,))
        for one in practice.people
    )
    book = opened(replace(practice, people=people, title=hostile, stamp=hostile, rules=(hostile,)))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert not [cell for cell in cells if isinstance(cell.value, str) and cell.value[:1] in ("=", "+", "-", "@")]


def test_the_package_holds_no_clock(practice):
    with zipfile.ZipFile(io.BytesIO(excel_bytes(practice))) as package:
        assert {about.date_time for about in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {about.compress_type for about in package.infolist()} == {zipfile.ZIP_STORED}
        assert package.testzip() is None
        assert b"2026-04-01T00:00:00Z" in package.read("docProps/core.xml")


def test_a_list_of_nobody_is_still_a_workbook(practice):
    assert opened(replace(practice, people=()))["List"].cell(HEADER, 1).value == "Rank"


def test_a_list_with_a_column_more_is_printed_smaller_and_still_across_one_page(named):
    draw = Invitation(named.list_id, named.scope, named.as_of, 2, len(named.people), 1)
    invited = replace(named, invitation=draw, people=tuple(replace(one, invitation="invite") for one in named.people))
    scales, widths = [], []
    for made in (named, invited):
        page = opened(made)["List"]
        first = column(page, TO_FILL[0])
        scales.append(page.page_setup.scale)
        widths.append(sum(one.width for one in told_columns(made)))
        assert page.col_breaks.brk[0].id == first - 1
    assert scales[0] == 75
    assert widths[1] * scales[1] <= widths[0] * scales[0] < widths[1] * scales[0]
