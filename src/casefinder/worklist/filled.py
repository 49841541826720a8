"""A filled list read from its file: rows by heading, as people left them. What they mean is settled in ``decisions``."""

import csv
import datetime as dt
import io
import warnings
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from casefinder.errors import DecisionError, Problem
from casefinder.worklist.columns import KEY, RANK, SHOWN, TO_FILL, unguarded
from casefinder.worklist.filling_sheet import MEETING_DATE

REMEDY: Final = "Give the .xlsx or .csv file that 'casefinder worklist' wrote, filled in, with its columns as they were."
FORMULA: Final = "holds a formula; type the value itself"
_DAMAGE: Final = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    SyntaxError,
    OSError,
)
"""What reading a damaged package raises, at whichever layer the damage shows; a broken XML part is a SyntaxError."""
_DATE_FORMS: Final = ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%d %b %Y", "%d %B %Y", "%d-%b-%Y")


class _Formula:
    """Stands for a cell whose value was worked out, so that nobody knows what the meeting wrote."""


Value = str | dt.date | _Formula | None


@dataclass(frozen=True)
class FilledRow:
    """One row of a filled list: its number as a spreadsheet counts, and its cells by heading."""

    number: int
    cells: Mapping[str, Value]

    @property
    def where(self) -> str:
        """Where the row stands, as problems say it."""
        return f"row {self.number}"

    def text(self, heading: str) -> str:
        """Return a cell as text, empty where nothing stands in it.

        Raises:
            ValueError: the cell holds a formula.
        """
        value = self.cells.get(heading)
        if isinstance(value, _Formula):
            raise ValueError(FORMULA)
        return str(value) if value is not None else ""

    def date(self, heading: str) -> dt.date | None:
        """Return a cell as a date, None where nothing stands in it.

        Raises:
            ValueError: what stands there is no date.
        """
        return as_date(self.cells.get(heading))


@dataclass(frozen=True)
class Filled:
    """A filled list: its rows, and the cell that holds the date of the meeting."""

    rows: tuple[FilledRow, ...]
    names: str
    meeting_date: Value = None


def as_date(value: Value) -> dt.date | None:
    """Return a cell as a date: a spreadsheet's own, or typed as 2026-04-01, 01/04/2026 or 1 Apr 2026 (the day first).

    Raises:
        ValueError: it is no date.
    """
    if value is None or isinstance(value, dt.date):
        return value
    if isinstance(value, _Formula):
        raise ValueError(FORMULA)
    for form in _DATE_FORMS:
        try:
            return dt.datetime.strptime(value, form).date()
        except ValueError:
            continue
    raise ValueError("is not a date; write it like 31/12/2026 or 2026-12-31")


def read_filled(path: Path) -> Filled:
    """Read a filled list.

    Raises:
        DecisionError: there is no such file, it cannot be read, or it is no list of ours.
    """
    if not path.is_file():
        raise DecisionError(f"There is no file {path}.", remedy=REMEDY)
    ending = path.suffix.lower()
    if ending == ".xlsx":
        return _workbook(path)
    if ending == ".csv":
        return _from_grid(path, _csv_grid(path))
    raise DecisionError(f"{path.name} is neither an .xlsx nor a .csv file.", remedy=REMEDY)


def _workbook(path: Path) -> Filled:
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = load_workbook(io.BytesIO(path.read_bytes()))
    except (*_DAMAGE, InvalidFileException):
        what = "it is damaged, has a password, or is not a workbook at all"
        raise DecisionError(f"{path.name} cannot be opened as an Excel workbook:", [Problem("", what)], REMEDY) from None
    grids = [[[_cell(one.value, one.data_type) for one in row] for row in sheet.iter_rows()] for sheet in book.worksheets]
    ours = next((grid for grid in grids if any(KEY in row for row in grid)), [])
    return _from_grid(path, ours, _meeting_date(book))


def _meeting_date(book: Any) -> Value:
    """Return the named cell for the date of the meeting; None where someone has removed it."""
    named = book.defined_names.get(MEETING_DATE)
    for sheet, place in named.destinations if named is not None else ():
        if sheet in book.sheetnames:
            one = book[sheet][place.replace("$", "")]
            return _cell(one.value, one.data_type)
    return None


def _cell(value: object, kind: str) -> Value:
    """Return a cell of a workbook: dates as dates, whole numbers without a point, text without its guard."""
    if kind == "f":
        return _Formula()
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return _text("" if value is None else str(value))


def _text(value: str) -> str | None:
    return unguarded(value.strip()) or None


def _csv_grid(path: Path) -> list[list[Value]]:
    """Return the cells of a CSV file, whichever usual encoding and mark between cells it was saved with."""
    content = path.read_bytes()
    if b"\x00" in content:
        raise _not_ours(path, "it is not a text file")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    headings = next((line for line in text.splitlines() if KEY in line), "")
    delimiter = max(",;\t", key=headings.count)
    try:
        return [[_text(one) for one in row] for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)]
    except csv.Error:
        raise _not_ours(path, "its cells cannot be told apart") from None


def _from_grid(path: Path, grid: Sequence[Sequence[Value]], meeting_date: Value = None) -> Filled:
    """Return the rows under the headings; rows with nothing in them are passed over."""
    place = next((number for number, row in enumerate(grid) if KEY in row), None)
    if place is None:
        raise _not_ours(path, f"no row of headings holds '{KEY}'")
    headings = grid[place]
    names = next((str(one) for one in headings if one in SHOWN), "")
    _check_headings(path, headings, names)
    rows = tuple(
        FilledRow(
            number, {str(heading): value for heading, value in zip(headings, row, strict=False) if heading is not None}
        )
        for number, row in enumerate(grid[place + 1 :], start=place + 2)
        if any(value is not None for value in row)
    )
    return Filled(rows, names, meeting_date)


def _check_headings(path: Path, headings: Sequence[Value], names: str) -> None:
    needed = (RANK, names or SHOWN[0], *TO_FILL, KEY)
    problems = [Problem(f"column '{one}'", "is missing") for one in needed if one not in headings]
    problems += [Problem(f"column '{one}'", "is there twice") for one in needed if list(headings).count(one) > 1]
    if problems:
        raise DecisionError(f"The columns of {path.name} have been changed:", problems, REMEDY)


def _not_ours(path: Path, what: str) -> DecisionError:
    return DecisionError(f"{path.name} is no list of casefinder:", [Problem("", what)], REMEDY)
