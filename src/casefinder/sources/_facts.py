"""Typed rows of a source to tables of the contract: the few shapes that every source shares."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ibis
from ibis import _

from casefinder.codelists import CodeLists
from casefinder.config.known import Known
from casefinder.engines import add_days
from casefinder.tables import PARTS, Column

_IBIS = {
    "text": "string",
    "date": "date",
    "integer": "int64",
    "small": "int32",
    "number": "float64",
    "pence": "int64",
    "yes_no": "boolean",
}


@dataclass(frozen=True)
class Linking:
    """What a source needs to know to become facts: its name, when its rows were known, prices, code lists."""

    source: str
    known: Known
    extract_date: dt.date
    prices: Mapping[str, int]
    codelists: CodeLists

    def known_date(self, rows: ibis.Table, date: ibis.Value) -> ibis.Value:
        """Return the first day on which something that happened on ``date`` could have been known."""
        if self.known.date is not None:
            return ibis.ifelse(date.isnull(), ibis.null("date"), ibis.greatest(ibis.date(str(self.known.date)), date))
        if not self.known.column:
            return add_days(date, self.known.lag_days or 0)
        said = add_days(rows[self.known.column], self.known.plus_days)
        if self.known.lag_days is not None:
            said = ibis.coalesce(said, add_days(date, self.known.lag_days))
        return ibis.ifelse(date.isnull(), ibis.null("date"), ibis.greatest(said, date))

    def price(self, activity: str) -> int:
        """Return the price of a unit of activity in pence; 0 where the site's price list does not name it."""
        return self.prices.get(activity, 0)

    def priced(self, value: ibis.Value, activities: Mapping[str, str]) -> ibis.Value:
        """Return the price that each value stands for, in pence; 0 for others."""
        return ibis.cases(*[(value == one, self.price(activity)) for one, activity in activities.items()], else_=0)

    def grouped(self, value: ibis.Value, codelist: str, otherwise: str | None = None) -> ibis.Value:
        """Return the group of each code of a value set; ``otherwise`` for codes that are missing or not in it."""
        groups: dict[str, list[str]] = {}
        for code, group in self.codelists[codelist].by_group().items():
            groups.setdefault(group, []).append(code)
        fallback = ibis.null("string") if otherwise is None else otherwise
        return ibis.cases(*[(value.isin(codes), group) for group, codes in groups.items()], else_=fallback)


def shaped(part: str, rows: ibis.Table, **values: Any) -> ibis.Table:
    """Return ``rows`` as a part of the contract; a column not given is null, or 0 or empty where it may not be null.

    Raises:
        TypeError: a value is given for a column that the part does not have.
    """
    table = PARTS[part]
    unknown = sorted(set(values) - set(table.names))
    if unknown:
        raise TypeError(f"{part} has no columns {unknown}")
    return rows.select(**{column.name: _cell(column, values.get(column.name)) for column in table})


def _cell(column: Column, value: Any) -> ibis.Value:
    kind = _IBIS[column.type]
    if isinstance(value, ibis.Value):
        return value.cast(kind)
    if value is None and not column.null:
        value = {"text": "", "yes_no": False}.get(column.type, 0)
    return ibis.null(kind) if value is None else ibis.literal(value).cast(kind)


def points(rows: ibis.Table, link: Linking, *, kind: str, date: ibis.Value, **values: Any) -> ibis.Table:
    """Return dated facts of one kind, known when the source says unless ``known_date`` is given; undated rows fall out."""
    known = values.pop("known_date", link.known_date(rows, date))
    facts = shaped(
        "points",
        rows,
        person_id=rows.person_id,
        event_date=date,
        known_date=known,
        superseded_date=rows.superseded_date,
        source=link.source,
        kind=kind,
        **values,
    )
    return facts.filter(_.event_date.notnull())


def stays(rows: ibis.Table, link: Linking, *, start: ibis.Value, end: ibis.Value, **values: Any) -> ibis.Table:
    """Return intervals, known when the source says unless given; ``end`` is the first day after, null while open."""
    values.setdefault("start_known_date", link.known_date(rows, start))
    values.setdefault("end_known_date", link.known_date(rows, end))
    return shaped(
        "stays",
        rows,
        person_id=rows.person_id,
        start_date=start,
        end_date=end,
        superseded_date=rows.superseded_date,
        source=link.source,
        **values,
    )


def unpivot(rows: ibis.Table, columns: list[str]) -> ibis.Table:
    """Return one row for each code in any of ``columns``, with ``code`` and ``position``: 1 for the first column, else 2."""
    coded = ibis.array(
        [ibis.struct({"code": rows[name], "position": 1 if place == 0 else 2}) for place, name in enumerate(columns)]
    )
    long = rows.mutate(coded=coded.unnest())
    return long.mutate(code=_.coded["code"], position=_.coded["position"]).drop("coded").filter(_.code.notnull())


def union(*tables: ibis.Table) -> ibis.Table:
    """Return the rows of several tables of one shape."""
    return ibis.union(*tables) if len(tables) > 1 else tables[0]
