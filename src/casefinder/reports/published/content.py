"""What a report for commissioners holds, and how its cells are put in words."""

import datetime as dt
import re
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from casefinder.disclosure import DEFAULT, WITHHELD, Cell, DisclosedTable, Judgement, Label, Money, Policy
from casefinder.disclosure.kinds import Kind

NONE: Final = "–"
"""What stands where a figure is not defined."""
_NAME: Final = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")


@dataclass(frozen=True)
class Chart:
    """A picture drawn from a disclosed table: a whole SVG element, and a sentence that says what it shows.

    Elements with ``data-name`` are found by that name from the page's search box: use the words of the table's first column.
    """

    title: str
    about: str
    svg: Markup


@dataclass(frozen=True)
class Part:
    """One section: a heading, the table, words under the heading, and the chart of the table."""

    heading: str
    table: DisclosedTable
    words: tuple[str, ...] = ()
    chart: Chart | None = None


@dataclass(frozen=True)
class Publication:
    """A report: the stem of its files, what stands on top, its sections, and how it was made.

    ``find`` says what people look for by name, such as "practice"; names are the first column of every part. ``made`` is
    a date that follows from the input, such as that of the extracts: never today's.
    """

    name: str
    title: str
    about: str
    summary: tuple[str, ...]
    parts: tuple[Part, ...]
    notes: tuple[str, ...]
    made: dt.date
    site: str
    demonstration: bool
    find: str = "practice"

    def __post_init__(self) -> None:
        names = [self.name, *(part.table.name for part in self.parts)]
        strange = [name for name in names if not _NAME.fullmatch(name)]
        if strange or len(set(names)) < len(names):
            raise ValueError(f"names of files are small letters, digits and hyphens, each once; not {strange or names}")

    def found_by_name(self) -> list[str]:
        """Return the names that the search box offers: first columns of charts' tables, headed as the first table is."""
        tables = [
            part.table for part in self.parts if part.chart and part.table.headings[0] == self.parts[0].table.headings[0]
        ]
        names = {row[0] for table in tables for row in table.rows}
        return sorted(name for name in names if isinstance(name, str))


def reading(policy: Policy = DEFAULT) -> str:
    """Return how the figures of every such report are to be read."""
    return (
        f"{WITHHELD} stands for a figure that is withheld because it rests on {policy.withheld} people or events, or "
        f"would tell of one that does; other counts are rounded to the nearest {policy.base}, rates and percentages are "
        f"worked out from rounded counts. {NONE} is not defined."
    )


def decimals(kind: Kind) -> int:
    """Return with how many decimals a kind of figure is printed."""
    return int(getattr(kind, "decimals", 0))


def text(cell: Cell, kind: Kind) -> str:
    """Return a cell as it is printed.

    >>> from casefinder.disclosure import Count
    >>> text(1250, Count("people")), text("*", Count("people")), text(None, Count("people"))
    ('1,250', '*', '–')
    """
    if cell is None:
        return NONE
    if isinstance(cell, str):
        return cell
    if isinstance(kind, Money):
        return f"-£{-cell:,.0f}" if cell < 0 else f"£{cell:,.0f}"
    return f"{cell:,.{decimals(kind)}f}"


def is_words(kind: Kind) -> bool:
    """Say whether a column holds words."""
    return isinstance(kind, Label | Judgement)
