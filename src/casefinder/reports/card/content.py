"""What a card is made of, whatever it is written as: sections of headings, prose, lists, tables and charts.

A card says everything once, here; ``markdown`` and ``page`` only write it down. Words in backticks are what somebody types.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Cells = Sequence[str]


@dataclass(frozen=True)
class Heading:
    """A heading within a section."""

    words: str


@dataclass(frozen=True)
class Prose:
    """A paragraph; a warning stands out."""

    words: str
    warning: bool = False


@dataclass(frozen=True)
class Bullets:
    """A list of short lines."""

    lines: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes:
        title: what it shows.
        heading: of each column.
        rows: the first cell of each names it.
        words: whether cells are sentences rather than figures.
        folded: whether a page shows it only when asked.
    """

    title: str
    heading: Cells
    rows: Sequence[Cells]
    words: bool = False
    folded: bool = False


@dataclass(frozen=True)
class Chart:
    """A chart, whose figures stand in a table beside it.

    Attributes:
        kind: how a page draws it: dots, lines or bars.
        title: what it shows.
        about: how to read it.
        drawn: where everything stands, as ``dot_chart``, ``line_chart`` or ``bar_chart`` gives it.
        across: what the axis from left to right shows.
        up: what the axis from the bottom shows.
    """

    kind: str
    title: str
    about: str
    drawn: Mapping[str, Any]
    across: str = ""
    up: str = ""


Block = Heading | Prose | Bullets | Table | Chart


@dataclass(frozen=True)
class Section:
    """A part of the card; ``blocks`` is never empty."""

    title: str
    blocks: tuple[Block, ...]

    @property
    def anchor(self) -> str:
        """The title as the name of a place on the page.

        >>> Section("Self-check after PROBAST+AI", ()).anchor
        'self-check-after-probast-ai'
        """
        return "-".join("".join(one if one.isalnum() else " " for one in self.title.lower()).split())


@dataclass(frozen=True)
class Card:
    """A whole card: title, what the model says, what must be known first, and the sections in order."""

    title: str
    meaning: str
    site: str
    warnings: tuple[str, ...]
    sections: tuple[Section, ...]
    audience: str
