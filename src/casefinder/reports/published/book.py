"""A report for commissioners as an Excel workbook: a sheet that says it in words, and a sheet a table."""

from collections.abc import Mapping
from typing import Any, Final

from casefinder.disclosure import Cell, DisclosedTable, Money
from casefinder.disclosure.kinds import Kind
from casefinder.reports.published.content import NONE, Part, Publication, decimals, is_words, reading
from casefinder.workbooks import Package, workbook
from casefinder.worklist.columns import guarded
from casefinder.worklist.excel_looks import PAPER_A4, add_formats, height

_SHEET_NAME: Final = 31
"""Most characters that Excel takes for the name of a sheet."""
_WORDS_WIDTH: Final = 110
_NARROW, _WIDE = 11, 34


def book_bytes(made: Publication) -> bytes:
    """Return the report as the bytes of an Excel workbook."""
    package = Package()
    with workbook(package, made.title, made.name, made.made) as book:
        looks = _looks(book, made)
        _write_summary(book, made, looks)
        for part in made.parts:
            _write_table(book, made, part, looks)
    return package.data


def _looks(book: Any, made: Publication) -> Mapping[Any, Any]:
    """Return the looks of cells: those of lists by name, and those of numbers by their number format."""
    looks: dict[Any, Any] = dict(add_formats(book))
    border = {"font_name": "Arial", "font_size": 9, "valign": "top", "border": 1, "border_color": "#AEB7BD"}
    formats = {_number_format(kind) for part in made.parts for kind in part.table.kinds}
    for one in sorted(formats):
        looks[one] = book.add_format({**border, "num_format": one, "align": "right"})
    looks["withheld"] = book.add_format({**border, "align": "right"})
    return looks


def _number_format(kind: Kind) -> str:
    places = decimals(kind)
    return '"£"#,##0;-"£"#,##0' if isinstance(kind, Money) else "#,##0" + ("." + "0" * places if places > 0 else "")


def _write_summary(book: Any, made: Publication, looks: Mapping[Any, Any]) -> None:
    page = book.add_worksheet("Summary")
    page.set_column(0, 0, _WORDS_WIDTH)
    page.write_string(0, 0, guarded(made.title), looks["title"])
    page.write_string(1, 0, guarded(f"{made.site}: {made.about}"), looks["plain"])
    sections = [("In short", made.summary), ("How it was made", made.notes), ("How to read the figures", (reading(),))]
    sheets = tuple(f"{_sheet(part.table)}: {part.table.title}" for part in made.parts)
    row = 3
    for heading, lines in [*sections, ("Sheets", sheets)]:
        page.write_string(row, 0, heading, looks["bold"])
        for words in lines:
            row += 1
            page.write_string(row, 0, guarded(words), looks["words"])
            page.set_row(row, height([(words, _WORDS_WIDTH)]))
        row += 2
    if made.demonstration:
        words = "A demonstration on invented people: nothing here is true of real ones."
        page.write_string(2, 0, words, looks["warning"])
    _finish(page, made)


def _sheet(table: DisclosedTable) -> str:
    return table.name.replace("-", " ").replace("_", " ").capitalize()[:_SHEET_NAME]


def _write_table(book: Any, made: Publication, part: Part, looks: Mapping[Any, Any]) -> None:
    table, page = part.table, book.add_worksheet(_sheet(part.table))
    page.write_string(0, 0, guarded(f"{table.title}: {made.about}"), looks["title"])
    page.write_string(1, 0, guarded(table.note), looks["plain"])
    widths = [_WIDE if is_words(kind) else _NARROW for kind in table.kinds]
    for place, (heading, width) in enumerate(zip(table.headings, widths, strict=True)):
        page.set_column(place, place, width)
        page.write_string(3, place, guarded(heading), looks["heading"])
    page.set_row(3, height(zip(table.headings, widths, strict=True)))
    for number, row in enumerate(table.rows, start=4):
        for place, (cell, kind) in enumerate(zip(row, table.kinds, strict=True)):
            _write_cell(page, (number, place), cell, kind, looks)
    if table.rows:
        page.autofilter(3, 0, 3 + len(table.rows), len(table.headings) - 1)
    page.freeze_panes(4, 1)
    page.write_string(5 + len(table.rows), 0, reading(), looks["plain"])
    _finish(page, made)


def _write_cell(page: Any, place: tuple[int, int], cell: Cell, kind: Kind, looks: Mapping[Any, Any]) -> None:
    if isinstance(cell, int | float):
        page.write_number(*place, cell, looks[_number_format(kind)])
    else:
        words = NONE if cell is None else guarded(cell)
        page.write_string(*place, words, looks["text" if is_words(kind) else "withheld"])


def _finish(page: Any, made: Publication) -> None:
    page.set_landscape()
    page.set_paper(PAPER_A4)
    page.fit_to_pages(1, 0)
    page.set_footer(f"&L&8{made.title.replace('&', '&&')}&R&8Page &P of &N")
