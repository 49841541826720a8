"""Tables that leave: exact rows with declared columns go in, and what may be shown comes out.

    table = ExactTable(
        "practices",
        "Practices in 2024",
        rows,  # a DataFrame, one row a practice, exact counts
        (
            Column("Practice", Label("practice_name")),
            Column("People", Count("people")),
            Column("Emergency admissions", Count("observed")),
            Column("For each 1,000 people", Rate("observed", "people")),
        ),
    )
    disclosed(table).rows  # tuples of cells, ready for a file, a page or a chart

Columns of the rows that no kind uses stay inside. Charts and words are made from the disclosed table only.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from casefinder.disclosure.kinds import Cell, FromShown, Kind
from casefinder.disclosure.policy import DEFAULT, Policy

if TYPE_CHECKING:  # settings need the policy, and no command should wait for pandas to read them
    import pandas as pd


@dataclass(frozen=True)
class Column:
    """One column that is shown: its heading, and the kind of figure with the exact columns that stand behind it."""

    heading: str
    kind: Kind


@dataclass(frozen=True)
class ExactTable:
    """Exact rows that stay inside, and the columns that may be shown of them.

    ``name`` becomes the name of a file and of a sheet: small letters, digits, hyphens. ``note`` stands under the title.
    """

    name: str
    title: str
    rows: "pd.DataFrame"
    columns: tuple[Column, ...]
    note: str = ""

    def __post_init__(self) -> None:
        headings = [column.heading for column in self.columns]
        if len(set(headings)) < len(headings):
            raise ValueError(f"table '{self.name}' has a heading twice")
        lacking = {name for column in self.columns for name in column.kind.needs} - set(self.rows.columns)
        if lacking:
            raise ValueError(f"table '{self.name}' lacks the exact columns {sorted(lacking)}")
        for place, column in enumerate(self.columns):
            if isinstance(column.kind, FromShown) and not set(column.kind.shown) <= set(headings[:place]):
                raise ValueError(f"column '{column.heading}' is worked out from columns that do not stand before it")


@dataclass(frozen=True)
class DisclosedTable:
    """What may leave: headings, the kind of each column, and cells. ``disclosed`` is the only maker of it."""

    name: str
    title: str
    note: str
    headings: tuple[str, ...]
    kinds: tuple[Kind, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def column(self, heading: str) -> tuple[Cell, ...]:
        """Return the cells under a heading."""
        place = self.headings.index(heading)
        return tuple(row[place] for row in self.rows)

    def records(self) -> Iterator[dict[str, Cell]]:
        """Yield each row as cells by heading."""
        for row in self.rows:
            yield dict(zip(self.headings, row, strict=True))


def disclosed(table: ExactTable, policy: Policy = DEFAULT) -> DisclosedTable:
    """Return the table that may leave the workspace.

    Raises:
        ValueError: a column holds what its kind cannot be: a number as words, a person's identifier, a count that is none.
    """
    exact = table.rows.to_dict("records")
    rows = tuple(_shown(table, {str(name): value for name, value in row.items()}, policy) for row in exact)
    headings, kinds = (tuple(getattr(column, name) for column in table.columns) for name in ("heading", "kind"))
    return DisclosedTable(table.name, table.title, table.note, headings, kinds, rows)


def _shown(table: ExactTable, exact: dict[str, object], policy: Policy) -> tuple[Cell, ...]:
    """Return the cells of one row; a column may rest on those before it."""
    found: dict[str, Cell] = {}
    for column in table.columns:
        kind = column.kind
        values = (
            [found[name] for name in kind.shown] if isinstance(kind, FromShown) else [exact[name] for name in kind.needs]
        )
        found[column.heading] = kind.cell(tuple(values), policy)
    return tuple(found.values())
