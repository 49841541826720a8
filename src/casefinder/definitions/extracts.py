"""What a raw extract looks like: its columns, what may stand in them, and how it becomes facts of the contract."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import ibis

RawType = Literal["text", "code", "integer", "number", "pounds", "date", "month", "person"]


@dataclass(frozen=True)
class RawColumn:
    """One column of a raw file.

    ``required``: a row without a usable value is quarantined; otherwise a bad value is blanked and counted. ``present``:
    the file must have the column. ``missing``: values that mean "not recorded", sentinel dates among them. ``values``: the
    code list whose codes may stand here. ``formats``: how dates are written, tried in turn.
    """

    name: str
    type: RawType
    meaning: str
    required: bool = False
    present: bool = True
    missing: tuple[str, ...] = ()
    values: str = ""
    pattern: str = ""
    low: float | None = None
    high: float | None = None
    formats: tuple[str, ...] = ("%Y-%m-%d",)


@dataclass(frozen=True)
class Extract:
    """One kind of raw file.

    ``person``: the column that holds the identifier (empty for reference tables). ``key``: the columns by which a later
    submission replaces an earlier one. ``happened``: the column whose date a lag in days counts from. ``facts`` turns the
    accepted, typed rows (an Ibis table with ``person_id`` and ``known_date``) into tables of the contract, by name.
    """

    name: str
    meaning: str
    columns: tuple[RawColumn, ...]
    facts: Callable[["ibis.Table", Any], dict[str, "ibis.Table"]]
    supplies: tuple[str, ...]
    person: str = ""
    key: tuple[str, ...] = ()
    happened: str = ""
    source_of: str = ""
    notes: str = ""
    families: tuple[str, ...] = field(default=())

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in order."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> RawColumn:
        """Return the column of that name.

        Raises:
            KeyError: there is none.
        """
        for one in self.columns:
            if one.name == name:
                return one
        raise KeyError(name)
