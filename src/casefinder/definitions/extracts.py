"""What a raw extract looks like: its columns, what may stand in them, and how it becomes facts of the contract."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import ibis

RawType = Literal["text", "code", "integer", "number", "pounds", "date", "month", "person", "icd10", "icd9", "opcs4", "bnf"]


@dataclass(frozen=True)
class RawColumn:
    """One column of a raw file.

    A row without a usable value in a ``required`` column is quarantined, and so is one with a bad value in a ``strict``
    column; a bad value elsewhere is blanked and counted. ``present``: the file must have the column. ``missing``: values
    that mean "not recorded"; sentinel dates always do. ``values``: the code list whose codes may stand here. ``fold``:
    compared without case or extra spaces. ``future``: a date may lie after the extract (a booking, a planned end).
    """

    name: str
    type: RawType
    meaning: str
    required: bool = False
    strict: bool = False
    present: bool = True
    missing: tuple[str, ...] = ()
    values: str = ""
    pattern: str = ""
    low: float | None = None
    high: float | None = None
    fold: bool = False
    future: bool = False


@dataclass(frozen=True)
class Rule:
    """Something that must not hold between the typed columns of one row; ``column`` is the one to blame."""

    column: str
    words: str
    broken: Callable[["ibis.Table"], "ibis.Value"]


Facts = Callable[["ibis.Table", Any], dict[str, "ibis.Table"]]
"""Accepted, typed rows (with ``person_id`` and ``superseded_date``) to parts of the contract, by name."""


@dataclass(frozen=True)
class Extract:
    """One kind of raw file.

    ``person``: the column that holds the identifier (empty for reference tables). ``key``: the columns that say which row
    a later submission replaces; without it, equal facts are joined later. ``supplies``: the kinds of fact that it feeds.
    ``practice``: the column that names the person's practice, for linkage rates.
    """

    name: str
    meaning: str
    columns: tuple[RawColumn, ...]
    facts: Facts
    supplies: tuple[str, ...] = ()
    person: str = ""
    key: tuple[str, ...] = ()
    practice: str = ""
    rules: tuple[Rule, ...] = ()
    notes: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in order."""
        return tuple(column.name for column in self.columns)


def ends_before(end: str, start: str) -> Rule:
    """Return the rule that one date may not lie before another."""
    return Rule(end, f"is before {start}", lambda rows: rows[end] < rows[start])
