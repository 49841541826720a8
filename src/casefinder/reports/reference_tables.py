"""The page of the contract's tables: every table and column between two steps, and every kind of fact."""

from casefinder.reports.reference_page import code, page, section, table
from casefinder.tables import (
    EPISODES,
    FACT_KINDS,
    METHODS,
    OBJECTIONS,
    PERSON_RECORDS,
    POINT_KINDS,
    STAY_KINDS,
    TABLES,
    Table,
)

TYPES = {
    "text": "text",
    "date": "a day",
    "integer": "whole number, 64 bits",
    "small": "whole number, 32 bits",
    "number": "number",
    "pence": "whole pence",
    "yes_no": "true or false",
}
"""Types of a column, as people say them."""


def tables_page() -> str:
    """Return the page."""
    return page(
        "Tables",
        "Each step reads tables and writes one. A column may be empty only where it says so. Dates are days; the end of an "
        "interval is the first day after it.",
        *[_described(one) for one in TABLES],
        section(
            "While linking",
            "Sources feed these tables too. `casefinder link` makes people and stays from them; they are not kept.",
            *[_described(one, level=3) for one in (PERSON_RECORDS, EPISODES, OBJECTIONS)],
        ),
        section("Kinds of point", table(("Kind", "Meaning"), _kinds(POINT_KINDS))),
        section("Kinds of stay", table(("Kind", "Meaning"), _kinds(STAY_KINDS))),
        section("Facts about the person", table(("Kind", "Meaning"), _kinds(FACT_KINDS))),
        section("Methods of a stay", code(name for name in METHODS if name) + ", or empty where there is none."),
    )


def _described(one: Table, level: int = 2) -> str:
    key = f" Key: {code(one.key)}." if one.key else ""
    rows = [
        (
            f"`{column.name}`",
            TYPES[column.type],
            "may be empty" if column.null else "",
            _allowed(column.allowed),
            column.meaning,
        )
        for column in one
    ]
    heading = ("Column", "Type", "Empty", "Allowed values", "Meaning")
    return section(f"`{one.name}`", f"One row for {one.grain}.{key}", table(heading, rows), level=level)


def _allowed(values: object) -> str:
    """Return the allowed values, or where a long list of them stands."""
    if values == METHODS:
        return "a [method](#methods-of-a-stay)"
    if values == tuple(POINT_KINDS):
        return "a [kind of point](#kinds-of-point)"
    if values == tuple(STAY_KINDS):
        return "a [kind of stay](#kinds-of-stay)"
    return code(values) if isinstance(values, tuple) else ""


def _kinds(kinds: dict[str, str]) -> list[tuple[str, str]]:
    return [(f"`{name}`", meaning) for name, meaning in kinds.items()]
