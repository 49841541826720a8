"""Raw text to typed columns: each value accepted, blanked or named as the row's problem. Ibis expressions only.

A code outside its value set, a date that is no date, a sentinel, a number out of range: each has its words here.
"""

import datetime as dt
from collections.abc import Callable
from typing import Any

import ibis
from ibis import _

from casefinder.codelists import CodeLists
from casefinder.definitions import Extract, RawColumn
from casefinder.engines import month_start

Stage = Callable[[ibis.Table], ibis.Table]
"""Names a step of relational work for the engine."""

FIRST_PLAUSIBLE = dt.date(1905, 1, 1)
"""No one alive was born before; an earlier date is an error or a sentinel."""

SENTINEL_DATES = ("1800-01-01", "1801-01-01", "1802-01-01", "1582-10-15", "1899-12-30", "1900-01-01", "9999-12-31")
"""Dates that stand for "not known" in NHS extracts (HES data dictionary; warehouse defaults)."""

EMPTY_CODES = ("-", "--", "---", "----", "&", "NULL", "null")
"""Marks that stand for "no code here" in HES and warehouse extracts."""

_ISO = r"^\d{4}-\d{2}-\d{2}([ T].*)?$"
_COMPACT = r"^\d{8}$"
_SLASHED = r"^\d{2}/\d{2}/\d{4}( .*)?$"
_MONTH_YEAR = r"^(0[1-9]|1[0-2])\d{4}$"
_YEAR_MONTH = r"^(18|19|20)\d{2}-?(0[1-9]|1[0-2])$"
_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
_WHOLE = r"^[+-]?\d+(\.0+)?$"
_CODE_TYPES = ("icd10", "icd9", "opcs4", "bnf")


def iso_date(text: ibis.Value) -> ibis.Value:
    """Return the date that a text spells: YYYY-MM-DD, DD/MM/YYYY or YYYYMMDD, with or without a time; else null."""
    spelt = ibis.cases(
        (text.re_search(_ISO), text.substr(0, 10)),
        (text.re_search(_COMPACT), text.substr(0, 4) + "-" + text.substr(4, 2) + "-" + text.substr(6, 2)),
        (text.re_search(_SLASHED), text.substr(6, 4) + "-" + text.substr(3, 2) + "-" + text.substr(0, 2)),
    )
    return spelt.try_cast("date")


def month_date(text: ibis.Value) -> ibis.Value:
    """Return the first day of the month that a text spells: MMYYYY (HES), YYYY-MM, YYYYMM or any date; else null."""
    spelt = ibis.cases(
        (text.re_search(_MONTH_YEAR), text.substr(2, 4) + "-" + text.substr(0, 2)),
        (text.re_search(_YEAR_MONTH), text.substr(0, 4) + "-" + text.right(2)),
    )
    return ibis.coalesce((spelt + "-01").try_cast("date"), month_start(iso_date(text)))


def clean_code(system: str, text: ibis.Value) -> ibis.Value:
    """Return a code as the contract writes it, or null where it is not one of its system.

    Upper case and no dot. ICD-10 keeps four characters and loses the padding ``X`` (``I10X``) and the dagger, asterisk
    or dash that NHS extracts add; BNF codes keep up to 15 characters.
    """
    bare = text.re_replace(r"[^A-Za-z0-9]", "").upper()
    shape = {"icd10": r"^[A-Z][0-9][0-9A-Z][0-9]?$", "opcs4": r"^[A-Z][0-9]{2,3}$", "icd9": r"^[0-9EV][0-9]{2,4}$"}
    if system == "icd10":
        bare = bare.left(4).re_replace(r"X$", "")
    return ibis.cases((bare.re_search(shape.get(system, r"^[0-9A-Z]{4,15}$")), bare), else_=ibis.null("string"))


def _number(text: ibis.Value, whole: bool) -> ibis.Value:
    value = ibis.cases((text.re_search(_WHOLE if whole else _NUMBER), text)).try_cast("float64")
    return value.try_cast("int64") if whole else value


def _typed(column: RawColumn, text: ibis.Value) -> ibis.Value:
    """Return the value of a text under the column's type; null where it has none."""
    match column.type:
        case "date":
            return iso_date(text)
        case "month":
            return month_date(text)
        case "integer":
            return _number(text, whole=True)
        case "number":
            return _number(text, whole=False)
        case "pounds":
            return (_number(text, whole=False) * 100).round().cast("int64")
        case "icd10" | "icd9" | "opcs4" | "bnf":
            return clean_code(column.type, text)
        case "code":
            return text.lower().re_replace(r"\s+", " ") if column.fold else text
        case _:
            return text


def _fault(column: RawColumn, text: ibis.Value, value: ibis.Value, codelists: CodeLists, latest: dt.date) -> ibis.Value:
    """Return the words for what is wrong with a value that is there, or null."""
    branches: list[tuple[ibis.Value, Any]] = []
    if column.type in ("date", "month"):
        branches.append((value.isnull(), "is not a date"))
        branches.append((value < FIRST_PLAUSIBLE, "is a date before 1905"))
        if not column.future:
            branches.append((value > latest, "is a date after the extract"))
    elif column.type in ("integer", "number", "pounds"):
        words = "is not a whole number" if column.type == "integer" else "is not a number"
        branches.append((value.isnull(), words))
    elif column.type in _CODE_TYPES:
        branches.append((value.isnull(), f"is not written like a code of {column.type.upper()}"))
    scale = 100 if column.type == "pounds" else 1
    if column.low is not None:
        branches.append((value < column.low * scale, f"is below {column.low:g}"))
    if column.high is not None:
        branches.append((value > column.high * scale, f"is above {column.high:g}"))
    if column.pattern:
        branches.append((~text.re_search(column.pattern), "is not written as it should be"))
    if column.values:
        branches.append((~value.isin(codelists[column.values].values()), "is not a code of its value set"))
    if not branches:
        return ibis.null("string")
    return ibis.ifelse(text.isnull(), ibis.null("string"), ibis.cases(*branches, else_=ibis.null("string")))


def _is_missing(column: RawColumn, text: ibis.Value) -> ibis.Value:
    """Say whether a text stands for "not recorded": a declared mark, an empty code, or a sentinel date."""
    marks = (*column.missing, *(EMPTY_CODES if column.type in _CODE_TYPES else ()))
    found = text.isin(marks) if marks else ibis.literal(False)
    if column.type in ("date", "month"):
        date = month_date(text) if column.type == "month" else iso_date(text)
        found = found | date.cast("string").isin(SENTINEL_DATES)
    return found.fill_null(False)


def checked(raw: ibis.Table, extract: Extract, codelists: CodeLists, latest: dt.date, stage: Stage) -> ibis.Table:
    """Return typed rows: the layout's columns, what came with the row, ``problem_column``, ``problem``, ``blanked``.

    Args:
        raw: text columns of the layout, with ``file``, ``line`` and, where the extract has people, ``person_id`` and
            ``person_problem``.
        extract: the layout.
        codelists: value sets.
        latest: the extract date; nothing can have happened after it.
        stage: names a step, so that each value is worked out once however often later steps mention it.
    """
    columns = [one for one in extract.columns if one.name != extract.person]
    texts = stage(_texts(raw, extract, columns))
    values = stage(texts.mutate(**{f"value_{one.name}": _typed(one, texts[one.name]) for one in columns}))
    faults = {
        f"fault_{one.name}": _fault(one, values[one.name], values[f"value_{one.name}"], codelists, latest) for one in columns
    }
    judged = stage(values.mutate(**faults))
    return _ruled(stage(_verdict(judged, extract, columns)), extract)


def _texts(raw: ibis.Table, extract: Extract, columns: list[RawColumn]) -> ibis.Table:
    """Return the texts with marks for "not recorded" taken out, and the whole raw row as one text."""
    carried = ("person_id", "person_problem", "file", "line") if extract.person else ("file", "line")
    return raw.select(
        *carried,
        **{one.name: ibis.ifelse(_is_missing(one, raw[one.name]), ibis.null("string"), raw[one.name]) for one in columns},
        **{f"there_{one.name}": raw[one.name].notnull() for one in columns if one.required},
        raw_text=_joined([raw[one.name].fill_null("") for one in columns], "\x1f"),
    )


def _verdict(judged: ibis.Table, extract: Extract, columns: list[RawColumn]) -> ibis.Table:
    """Return values without their faults, the first problem of the row, and what was blanked."""
    problems: list[tuple[ibis.Value, str, ibis.Value]] = []
    values, blanked = {}, []
    if extract.person:
        problems.append((judged.person_problem.notnull(), extract.person, judged.person_problem))
    for column in columns:
        value, fault = judged[f"value_{column.name}"], judged[f"fault_{column.name}"]
        values[column.name] = ibis.ifelse(fault.notnull(), ibis.null(value.type()), value)
        if column.required:
            lacking = ibis.ifelse(judged[f"there_{column.name}"], "stands for 'not known'", "is empty")
            problems.append((judged[column.name].isnull(), column.name, lacking))
        if column.required or column.strict:
            problems.append((fault.notnull(), column.name, fault))
        else:
            blanked.append(ibis.ifelse(fault.notnull(), column.name + ": " + fault + ";", ""))
    carried = ("person_id", "file", "line") if extract.person else ("file", "line")
    return judged.select(
        *carried,
        **values,
        problem_column=_first([(when, name) for when, name, _words in problems]),
        problem=_first([(when, words) for when, _name, words in problems]),
        blanked=_joined(blanked, "").nullif(""),
        raw_text=judged.raw_text,
    )


def _ruled(typed: ibis.Table, extract: Extract) -> ibis.Table:
    """Add the problems that lie between columns, and keep raw text only where there is a problem."""
    broken = [(rule.broken(typed).fill_null(False), rule) for rule in extract.rules]
    ruled = typed.mutate(
        problem_column=typed.problem_column.coalesce(_first([(when, rule.column) for when, rule in broken])),
        problem=typed.problem.coalesce(_first([(when, rule.words) for when, rule in broken])),
    )
    return ruled.mutate(raw_text=ibis.cases((_.problem.notnull(), _.raw_text), else_=ibis.null("string")))


def _first(branches: list[tuple[Any, Any]]) -> ibis.Value:
    return ibis.cases(*branches, else_=ibis.null("string")) if branches else ibis.null("string")


def _joined(parts: list[ibis.Value], between: str) -> ibis.Value:
    whole = parts[0] if parts else ibis.literal("")
    for part in parts[1:]:
        whole = whole + between + part if between else whole + part
    return whole


def accepted(rows: ibis.Table) -> ibis.Table:
    """Return the rows without a problem."""
    return rows.filter(_.problem.isnull()).drop("problem", "problem_column", "blanked", "raw_text")
