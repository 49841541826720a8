"""A list as an Excel workbook: the sheet that a meeting fills in, who was left out, who left, and how the list was made.

The same list gives the same bytes (``workbooks``).
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from casefinder.dates import plain
from casefinder.workbooks import Package, workbook
from casefinder.worklist.columns import guarded
from casefinder.worklist.excel_looks import PAPER_A4, PROTECTION, add_formats, footer, height
from casefinder.worklist.filling_sheet import write_filling_sheet
from casefinder.worklist.how_made import how_made
from casefinder.worklist.meeting import MeetingList
from casefinder.worklist.told import Section, feeds_section, left_section, removed_section, sharing_section

_TABLE_WIDTHS: Final = (26, 24, 24, 44)
_HOW_WIDTHS: Final = (34, 18, 74, 16)


def excel_bytes(made: MeetingList) -> bytes:
    """Return the list as the bytes of an Excel workbook."""
    package = Package()
    with workbook(package, made.title, made.list_id, made.as_of) as book:
        formats = add_formats(book)
        write_filling_sheet(book, made, formats)
        _write_table(book, "Removed by rule", removed_section(made), made, formats)
        _write_table(book, "Left the list", left_section(made), made, formats)
        _write_how(book, made, formats)
    return package.data


def _write_table(book: Any, name: str, section: Section, made: MeetingList, formats: Mapping[str, Any]) -> None:
    page = book.add_worksheet(name)
    page.write_string(0, 0, f"{section.heading}: {made.title}, {plain(made.as_of)}", formats["title"])
    page.write_string(1, 0, section.words[0], formats["plain"])
    for place, heading in enumerate(section.columns):
        page.set_column(place, place, _TABLE_WIDTHS[place])
        page.write_string(3, place, heading, formats["heading"])
    for row, cells in enumerate(section.rows, start=4):
        for place, cell in enumerate(cells):
            page.write_string(row, place, guarded(cell), formats["text"])
    if section.rows:
        page.autofilter(3, 0, 3 + len(section.rows), len(section.columns) - 1)
    page.ignore_errors({"number_stored_as_text": f"A5:D{len(section.rows) + 5}"})
    page.freeze_panes(4, 0)
    _finish_page(page, made)


def _write_how(book: Any, made: MeetingList, formats: Mapping[str, Any]) -> None:
    """Write how the list was made: one section below the other."""
    page = book.add_worksheet("How this list was made")
    for place, width in enumerate(_HOW_WIDTHS):
        page.set_column(place, place, width)
    page.write_string(0, 0, f"How this list was made: {made.title}, {plain(made.as_of)}", formats["title"])
    row = 2
    for section in _sections(made):
        page.write_string(row, 0, section.heading, formats["bold"])
        row += 1
        for words in section.words:
            page.merge_range(row, 0, row, 3, "", formats["words"])
            page.write_string(row, 0, guarded(words), formats["words"])
            page.set_row(row, height([(words, sum(_HOW_WIDTHS))]))
            row += 1
        for number, cells in enumerate([section.columns, *section.rows] if section.rows else []):
            for place, cell in enumerate(cells):
                page.write_string(row, place, guarded(cell), formats["cell" if number else "heading"])
            page.set_row(row, height(zip(cells, _HOW_WIDTHS, strict=False)))
            row += 1
        row += 1
    _finish_page(page, made)


def _sections(made: MeetingList) -> Iterable[Section]:
    sharing = sharing_section(made)
    return (*how_made(made), *([sharing] if sharing else []), feeds_section(made))


def _finish_page(page: Any, made: MeetingList) -> None:
    page.set_landscape()
    page.set_paper(PAPER_A4)
    page.fit_to_pages(1, 0)
    page.set_footer(footer(made))
    page.protect("", PROTECTION)
