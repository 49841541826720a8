"""How the sheets of a list look: fonts and fills of cells, heights of rows, the foot of a printed page."""

from collections.abc import Iterable, Mapping
from textwrap import wrap
from typing import Any, Final

from casefinder.dates import plain
from casefinder.worklist.columns import Cell
from casefinder.worklist.meeting import MeetingList

PAPER_A4: Final = 9
PROTECTION: Final = {"autofilter": True, "format_columns": True, "format_rows": True}
"""What people may still do on a protected sheet. There is no password: it guards against accident."""

_LINE: Final = 12.0
"""Height of a line of text in points."""
_FITS: Final = 1.2
"""Characters of 9 point Arial to a unit of a column's width, with some to spare."""
_FONT: Final[Mapping[str, Any]] = {"font_name": "Arial", "font_size": 9, "valign": "top", "align": "left"}
_EDGE: Final[Mapping[str, Any]] = {"border": 1, "border_color": "#AEB7BD"}
_FORMATS: Final[Mapping[str, Mapping[str, Any]]] = {
    "plain": {},
    "title": {"font_size": 13, "bold": True, "font_color": "#005EB8"},
    "bold": {"bold": True},
    "until": {"font_size": 11, "bold": True, "text_wrap": True, "left": 5, "left_color": "#B80F2E"},
    "warning": {"bold": True, "text_wrap": True, "bg_color": "#FFF4D3"},
    "heading": {
        "bold": True,
        "text_wrap": True,
        "bg_color": "#005EB8",
        "font_color": "#FFFFFF",
        "valign": "vcenter",
        **_EDGE,
    },
    "heading_to_fill": {"bold": True, "text_wrap": True, "bg_color": "#FFEB3B", "valign": "vcenter", **_EDGE},
    "cell": {"text_wrap": True, **_EDGE},
    "text": {"text_wrap": True, "num_format": "@", **_EDGE},
    "percent": {"num_format": "0.0%", **_EDGE},
    "to_fill": {"text_wrap": True, "locked": False, "bg_color": "#FFFDE7", **_EDGE},
    "to_fill_date": {"num_format": "d mmm yyyy", "locked": False, "bg_color": "#FFFDE7", "align": "left", **_EDGE},
    "words": {"text_wrap": True},
    "key": {"num_format": "@"},
}


def add_formats(book: Any) -> dict[str, Any]:
    """Add the looks of cells to a workbook and return them by name."""
    return {name: book.add_format({**_FONT, **given}) for name, given in _FORMATS.items()}


def height(cells: Iterable[tuple[Cell, float]]) -> float:
    """Return the height in points of a row whose cells hold these values in columns of these widths."""
    return _LINE * max(_lines(value, width) for value, width in cells) + 3


def _lines(value: Cell, width: float) -> int:
    texts = value if isinstance(value, tuple) else (str(value),)
    return sum(len(wrap(text, max(int(width * _FITS), 1))) or 1 for text in texts) or 1


def footer(made: MeetingList) -> str:
    """Return the foot of a printed page; an ampersand is doubled, since Excel takes one for a command."""
    name = made.list_id.replace("&", "&&")
    return f"&L&8List {name}&C&8Do not use after {plain(made.do_not_use_after)}&R&8Page &P of &N"
