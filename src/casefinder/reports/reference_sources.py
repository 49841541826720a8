"""The page of sources: every layout of a raw file, its columns, and what becomes of its rows."""

import datetime as dt
from types import ModuleType

import ibis

import casefinder.sources
from casefinder.codelists import load_codelists
from casefinder.config.known import Known
from casefinder.definitions import Extract, RawColumn, catalogue
from casefinder.reports.reference_page import code, first_line, page, section, table
from casefinder.sources import Linking, extracts

TYPES = {
    "text": "text",
    "code": "code",
    "integer": "whole number",
    "number": "number",
    "pounds": "amount of money",
    "date": "date",
    "month": "month",
    "person": "identifier of the person",
    "icd10": "ICD-10 code",
    "icd9": "ICD-9 code",
    "opcs4": "OPCS-4 code",
    "bnf": "BNF code",
}
"""Types of a raw column, as people say them."""

_STORED = {"integer": "int64", "number": "float64", "pounds": "int64", "date": "date", "month": "date"}

READING = """How to read the columns:

- **row**: a row without a usable value here is quarantined. **bad value**: an empty cell is fine, a bad value quarantines
  the row. **blanked**: a bad value is left empty and counted, and the row stands.
- **file**: the file must have the column. **may lack**: it need not.
- A site maps its own column names to these in its site file, and says there when rows could have been known.
- Dates are read as YYYY-MM-DD, DD/MM/YYYY or YYYYMMDD, months as MMYYYY, YYYY-MM or YYYYMM. A sentinel date counts as empty.
- A value set is a [code list](codelists.md) whose codes may stand in the column."""


def sources_page() -> str:
    """Return the page."""
    files = catalogue(casefinder.sources, "EXTRACTS")
    return page(
        "Sources",
        'A source of a site is read by one of these layouts. What no source supplies is "not supplied", never zero.',
        READING,
        *[_dataset(name, layouts) for name, layouts in files.items()],
    )


def fed_by(kinds: tuple[str, ...]) -> list[str]:
    """Return the layouts that supply any of some kinds of fact; whoever is registered somewhere is also observed."""
    wanted = {"registration" if kind == "observed" else kind for kind in kinds}
    return [name for name, one in extracts().items() if wanted & set(one.supplies)]


def _dataset(name: str, layouts: tuple[Extract, ...]) -> str:
    module: ModuleType = getattr(casefinder.sources, name)
    return section(f"File `{name}`", first_line(module.__doc__), *[_layout(one) for one in layouts])


def _layout(one: Extract) -> str:
    about = [f"{one.meaning[0].upper()}{one.meaning[1:]}. {one.notes}".strip(), f"What becomes of it: {_becomes(one)}"]
    told = [
        ("Tables that it feeds", code(parts(one))),
        ("Kinds of fact that it supplies", code(one.supplies)),
        ("Column of the person", code([one.person] if one.person else [])),
        ("Column of the practice, for linkage rates", code([one.practice] if one.practice else [])),
        ("A later row with the same values in these replaces an earlier one", code(one.key)),
        ("Quarantined when", "; ".join(f"`{rule.column}` {rule.words}" for rule in one.rules)),
    ]
    columns = table(("Column", "Type", "Needed", "Limits", "Meaning"), [_column(each) for each in one.columns])
    lines = "\n".join(f"- {what}: {words}" for what, words in told if words)
    return section(f"`{one.name}`", *about, lines, columns, level=3)


def _becomes(one: Extract) -> str:
    """Return the first line of what turns rows into facts, as its docstring says it."""
    return f"casefinder turns{first_line(one.facts.__doc__).removeprefix('Turn')}"


def parts(one: Extract) -> list[str]:
    """Return the tables of the contract that a layout feeds, found by asking it what it makes of a table with no rows."""
    kinds = {column.name: _STORED.get(column.type, "string") for column in one.columns if column.name != one.person}
    rows = ibis.table({**kinds, "person_id": "string", "superseded_date": "date"}, name=one.name)
    day = dt.date(2000, 1, 1)
    return sorted(one.facts(rows, Linking(one.name, Known(date=day), day, {}, load_codelists())))


def _column(one: RawColumn) -> tuple[str, ...]:
    faulty = "row" if one.required else "bad value" if one.strict else "blanked"
    faulty = "row" if one.type == "person" else faulty
    return (
        f"`{one.name}`",
        TYPES[one.type],
        f"{faulty}, {'file' if one.present else 'may lack'}",
        _limits(one),
        one.meaning,
    )


def _limits(one: RawColumn) -> str:
    """Return what may stand in a column."""
    said = [
        f"value set `{one.values}`" if one.values else "",
        f"written as `{one.pattern}`" if one.pattern else "",
        f"at least {one.low:g}" if one.low is not None else "",
        f"at most {one.high:g}" if one.high is not None else "",
        f"{code(one.missing)} count as empty" if one.missing else "",
        "may lie after the extract" if one.future else "",
    ]
    return "; ".join(words for words in said if words)
