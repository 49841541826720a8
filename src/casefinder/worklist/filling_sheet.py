"""The sheet of a list that a meeting fills in: who and why, the yellow columns, drop-downs, checks, locked keys."""

from collections.abc import Mapping
from typing import Any, Final

from casefinder.dates import plain
from casefinder.worklist import columns as sheet
from casefinder.worklist.columns import Column, guarded, key_of, told_columns
from casefinder.worklist.excel_looks import PAPER_A4, PROTECTION, footer, height
from casefinder.worklist.meeting import Listed, MeetingList
from casefinder.worklist.rules import DECISIONS
from casefinder.worklist.told import REASONS, summary, warnings

LIST_SHEET, MEETING_DATE = "List", "meeting_date"
"""The sheet that is filled in, and the name of its cell for the date of the meeting."""
HEADER_ROW: Final = 4
"""Row of the headings, counted from 0."""
BETWEEN: Final = "\n"

_WIDTHS: Final = {
    sheet.DECISION: 14, sheet.DECIDED_ON: 12, sheet.OWNER: 17, sheet.NEXT_ACTION: 44, sheet.REFERRED_TO: 20,
    sheet.REVIEW_BY: 14, sheet.DECIDED_BY: 17,
}  # fmt: skip
_DATES: Final = (sheet.DECIDED_ON, sheet.REVIEW_BY)
_PRINT_PERCENT: Final = 75
_ACROSS: Final = 197
"""Widths of columns that fit across a page at that scale."""


def write_filling_sheet(book: Any, made: MeetingList, formats: Mapping[str, Any]) -> None:
    """Write the sheet that the meeting fills in."""
    page = book.add_worksheet(LIST_SHEET)
    told = told_columns(made)
    _write_top(page, book, made, told, formats)
    for place, one in enumerate(told):
        page.set_column(place, place, one.width)
        page.write_string(HEADER_ROW, place, one.heading, formats["heading"])
    first, key = len(told), len(told) + len(sheet.TO_FILL)
    for place, heading in enumerate(sheet.TO_FILL, start=first):
        page.set_column(place, place, _WIDTHS[heading])
        page.write_string(HEADER_ROW, place, heading, formats["heading_to_fill"])
    page.set_column(key, key, 12, None, {"hidden": True})
    page.write_string(HEADER_ROW, key, sheet.KEY, formats["heading"])
    page.set_row(HEADER_ROW, 36)
    for row, person in enumerate(made.people, start=HEADER_ROW + 1):
        _write_person(page, row, person, told, formats)
        page.write_string(row, key, str(key_of(person, made)), formats["key"])
    last = HEADER_ROW + max(len(made.people), 1)
    page.freeze_panes(HEADER_ROW + 1, 2)
    page.autofilter(HEADER_ROW, 0, last, key - 1)
    page.ignore_errors({"number_stored_as_text": f"B{HEADER_ROW + 2}:B{last + 1}"})
    _help_filling(page, made, first, last)
    _set_print(page, made, first, last, key - 1, sum(one.width for one in told))
    page.protect("", PROTECTION)


def _write_top(page: Any, book: Any, made: MeetingList, told: tuple[Column, ...], formats: Mapping[str, Any]) -> None:
    """Write what stands above the headings: beside the names until when and on which day, over the rest what list it is."""
    stamped = " ".join(warnings(made))
    texts = (
        (f"{made.title}: list of {plain(made.as_of)}", "title"),
        (f"{summary(made)} {REASONS}", "words"),
        (f"Warning: {stamped}", "warning") if stamped else ("Confidential.", "words"),
        (
            "The yellow columns, to the right of the reasons, are for the meeting to fill in. "
            "Left: type the date of the meeting once; it stands for every decision that has no date of its own.",
            "words",
        ),
    )
    width = sum(one.width for one in told[2:])
    for row, (words, kind) in enumerate(texts):
        page.merge_range(row, 2, row, len(told) - 1, "", formats[kind])
        page.write_string(row, 2, guarded(words), formats[kind])
        page.set_row(row, max(height([(words, width)]), 18 if row == 0 else 0))
    page.merge_range(0, 0, 1, 1, "", formats["until"])
    page.write_string(0, 0, f"Do not use after {plain(made.do_not_use_after)}", formats["until"])
    page.merge_range(2, 0, 2, 1, "", formats["bold"])
    page.write_string(2, 0, "Date of the meeting", formats["bold"])
    page.merge_range(3, 0, 3, 1, "", formats["to_fill_date"])
    book.define_name(MEETING_DATE, f"={LIST_SHEET}!$A$4")


def _write_person(page: Any, row: int, person: Listed, told: tuple[Column, ...], formats: Mapping[str, Any]) -> None:
    for place, one in enumerate(told):
        value = one.value(person)
        if isinstance(value, tuple):
            page.write_string(row, place, guarded(BETWEEN.join(value)), formats["cell"])
        elif isinstance(value, str):
            page.write_string(row, place, guarded(value), formats["text" if one.heading in sheet.SHOWN else "cell"])
        else:
            page.write_number(row, place, value, formats["percent" if one.heading == sheet.PERCENT else "cell"])
    page.set_row(row, height([(one.value(person), one.width) for one in told]))
    for place, heading in enumerate(sheet.TO_FILL, start=len(told)):
        page.write_blank(row, place, None, formats["to_fill_date" if heading in _DATES else "to_fill"])


def _help_filling(page: Any, made: MeetingList, first: int, last: int) -> None:
    """Add the drop-down of decisions and the checks of dates, each with what to do in plain words."""
    place = {heading: first + number for number, heading in enumerate(sheet.TO_FILL)}
    page.data_validation(HEADER_ROW + 1, place[sheet.DECISION], last, place[sheet.DECISION], {
        "validate": "list",
        "source": list(DECISIONS),
        "input_title": "Decision",
        "input_message": "Choose one from the list; leave it empty if nothing was decided. "
        f"'defer until' needs a date under '{sheet.REVIEW_BY}'.",
        "error_title": "Not one of the decisions",
        "error_message": f"Choose one of: {', '.join(DECISIONS)}.",
    })  # fmt: skip
    decided_on = {
        "validate": "date",
        "criteria": "between",
        "minimum": made.as_of,
        "maximum": "=TODAY()",
        "error_title": "Not a date of a meeting",
        "error_message": f"Type a date from {plain(made.as_of)} (the list's own) to today, such as {made.as_of:%d/%m/%Y}.",
    }
    page.data_validation(HEADER_ROW + 1, place[sheet.DECIDED_ON], last, place[sheet.DECIDED_ON], decided_on)
    page.data_validation(3, 0, 3, 0, decided_on)
    page.data_validation(HEADER_ROW + 1, place[sheet.REVIEW_BY], last, place[sheet.REVIEW_BY], {
        "validate": "date",
        "criteria": ">",
        "value": made.as_of,
        "error_title": "Not a later date",
        "error_message": f"Type a date after {plain(made.as_of)}, such as {made.do_not_use_after:%d/%m/%Y}.",
    })  # fmt: skip
    for heading, most in sheet.LENGTHS.items():
        page.data_validation(HEADER_ROW + 1, place[heading], last, place[heading], {
            "validate": "length",
            "criteria": "<=",
            "value": most,
            "error_title": "Too long",
            "error_message": f"At most {most} characters can be kept here.",
        })  # fmt: skip


def _set_print(page: Any, made: MeetingList, first: int, last: int, last_column: int, told: float) -> None:
    """Set landscape A4: who and why across one page, what is filled in across the next, rank and name beside both.

    All columns across one page would come out at four points. ``told`` is the width of those of who and why.
    """
    page.set_landscape()
    page.set_paper(PAPER_A4)
    page.set_margins(left=0.3, right=0.3, top=0.4, bottom=0.6)
    page.set_print_scale(int(_PRINT_PERCENT * min(1, _ACROSS / told)))
    page.set_v_pagebreaks([first])
    page.print_area(0, 0, last, last_column)
    page.repeat_rows(HEADER_ROW)
    page.repeat_columns(0, 1)
    page.set_footer(footer(made))
