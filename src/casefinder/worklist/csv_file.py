"""A list as a CSV file: one row a person, in UTF-8 with a mark by which Excel knows it; text is quoted, numbers are not."""

import csv
import io
from codecs import BOM_UTF8
from typing import Final

from casefinder.dates import plain
from casefinder.worklist.columns import KEY, PERCENT, TO_FILL, Cell, guarded, key_of, told_columns
from casefinder.worklist.meeting import MeetingList
from casefinder.worklist.told import warnings

UNTIL, WARNINGS = "Do not use after", "Warnings"
BETWEEN: Final = "; "
"""What stands between several items of a cell."""


def csv_bytes(made: MeetingList) -> bytes:
    """Return the list as the bytes of a CSV file; a cell that a spreadsheet could take for a formula is guarded."""
    columns = told_columns(made)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n", quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow([*(one.heading for one in columns), *TO_FILL, UNTIL, WARNINGS, KEY])
    ends = [plain(made.do_not_use_after), guarded(" ".join(warnings(made)))]
    for person in made.people:
        told = [_cell(one.heading, one.value(person)) for one in columns]
        writer.writerow([*told, *("" for _ in TO_FILL), *ends, guarded(str(key_of(person, made)))])
    return BOM_UTF8 + text.getvalue().encode("utf-8")


def _cell(heading: str, value: Cell) -> str | float:
    if isinstance(value, tuple):
        return guarded(BETWEEN.join(value))
    if isinstance(value, str):
        return guarded(value)
    return round(100 * value, 1) if heading == PERCENT else value
