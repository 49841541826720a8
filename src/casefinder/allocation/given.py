"""Files that a commissioner gives: today's budgets, a grouping of practices, published list sizes. All problems at once."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from casefinder.allocation.design import AGES
from casefinder.allocation.lists import CELLS
from casefinder.errors import ConfigError, Problem
from casefinder.evaluation.inputs import FloatArray

_PUBLISHED: Final = ("CODE", "SEX", "AGE_GROUP_5", "NUMBER_OF_PATIENTS")
_SEXES: Final = ("FEMALE", "MALE")
KINDS_OF_GROUP: Final[Mapping[str, str]] = {"cluster": "gp_cluster", "place": "place"}
"""Column of the table of practices that names each kind of group."""
_NAMED: Final = 5
"""At most so many practices are named in a message."""


def _read(path: Path, columns: Sequence[str]) -> pd.DataFrame:
    """Read some columns of a CSV file as text.

    Raises:
        ConfigError: it cannot be read, or lacks a column.
    """
    try:
        found = pd.read_csv(path, dtype=str, encoding="utf-8-sig", keep_default_na=False)
    except (OSError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise ConfigError(f"{path} cannot be read as a CSV file: {type(error).__name__}.") from None
    lacking = [name for name in columns if name not in found.columns]
    if lacking:
        remedy = f"Its first line must name the columns {', '.join(columns)}."
        raise ConfigError(f"{path} cannot be used:", [Problem(name, "no such column") for name in lacking], remedy)
    return found[list(columns)].apply(lambda column: column.str.strip())


def _listed(codes: Collection[str]) -> str:
    some = sorted(codes)
    more = f" and {len(some) - _NAMED} more" if len(some) > _NAMED else ""
    return ", ".join(some[:_NAMED]) + more


def _of_practices(path: Path, found: pd.DataFrame, wanted: Sequence[str], what: str) -> list[Problem]:
    """Return what is wrong with a table that must name every practice once and no other."""
    codes = found["practice_code"]
    twice, lacking = set(codes[codes.duplicated()]), set(wanted) - set(codes)
    strange = set(codes) - set(wanted)
    problems = [Problem(_listed(twice), f"named more than once in {path.name}")] if twice else []
    problems += [Problem(_listed(lacking), f"has people and no {what} in {path.name}")] if lacking else []
    problems += [Problem(_listed(strange), "is no practice of this record")] if strange else []
    return problems


def read_budgets(path: Path, practices: Sequence[str], known: Collection[str]) -> FloatArray:
    """Return today's budget in pounds of each practice, from a file with ``practice_code`` and ``budget``.

    Args:
        path: of the file.
        practices: those with people, in order.
        known: every practice of the record; a budget of one without people counts as nothing and is no mistake.

    Raises:
        ConfigError: a practice is missing, named twice or unknown, or a budget is no amount of 0 or more.
    """
    found = _read(path, ("practice_code", "budget"))
    found = found[~(found["practice_code"].isin(known) & ~found["practice_code"].isin(practices))]
    problems = _of_practices(path, found, practices, "budget")
    amount = pd.to_numeric(found["budget"].str.replace(",", "").str.removeprefix("£"), errors="coerce")
    bad = found["practice_code"][amount.isna() | (amount < 0)]
    problems += [Problem(_listed(set(bad)), "budget is missing, negative or no number")] if len(bad) else []
    _raise(path, problems, "budgets")
    by_code = dict(zip(found["practice_code"], amount, strict=True))
    return np.array([by_code[code] for code in practices], dtype=np.float64)


def budgets_of_record(table: pd.DataFrame, practices: Sequence[str], year: str) -> tuple[FloatArray, str] | None:
    """Return budgets in pounds from the record, and their financial year: the one asked for, or the latest before it.

    None where the record holds none.

    Raises:
        ConfigError: a practice with people has no budget in that year, or two.
    """
    before = sorted({one for one in table["financial_year"] if one <= year})
    if not before:
        return None
    found = table[table["financial_year"] == before[-1]]
    found = found[found["practice_code"].isin(practices)]
    path = Path("the source 'budgets'")
    _raise(path, _of_practices(path, found, practices, "budget"), "budgets")
    by_code = dict(zip(found["practice_code"], found["budget"], strict=True))
    return np.array([by_code[code] / 100 for code in practices]), before[-1]


def read_grouping(path: Path, practices: Sequence[str], known: Collection[str]) -> list[str]:
    """Return the group of each practice, from a file with ``practice_code`` and ``group``.

    Raises:
        ConfigError: a practice is missing, named twice or unknown, or a group has no name.
    """
    found = _read(path, ("practice_code", "group"))
    found = found[~(found["practice_code"].isin(known) & ~found["practice_code"].isin(practices))]
    problems = _of_practices(path, found, practices, "group")
    nameless = set(found["practice_code"][found["group"] == ""])
    problems += [Problem(_listed(nameless), "its group has no name")] if nameless else []
    _raise(path, problems, "a grouping")
    by_code = dict(zip(found["practice_code"], found["group"], strict=True))
    return [by_code[code] for code in practices]


def groups_of_record(table: pd.DataFrame, practices: Sequence[str], by: str) -> list[str]:
    """Return the cluster or place of each practice.

    Raises:
        ConfigError: the table of practices does not say it for some.
    """
    column = KINDS_OF_GROUP[by]
    told = dict(zip(table["practice_code"], table[column], strict=True))
    lacking = [code for code in practices if not isinstance(told.get(code), str) or not told[code]]
    if lacking:
        remedy = "Complete the table of practices and link again, or give every practice a group with --grouping FILE."
        problem = Problem(_listed(lacking), f"the table of practices names no {by}")
        raise ConfigError(f"Practices cannot be added up by {by}:", [problem], remedy)
    return [str(told[code]) for code in practices]


def _raise(path: Path, problems: Sequence[Problem], what: str) -> None:
    if problems:
        remedy = "Give every practice that has people exactly one line."
        raise ConfigError(f"{path} cannot be used as {what}:", problems, remedy)


def read_list_sizes(path: Path, practices: Sequence[str]) -> FloatArray:
    """Return (practices, cells) people on published lists by sex and age band, in the order of ``Lists.cells``.

    The file has the columns of the yearly bands that NHS England publishes of patients registered at practices: ``CODE``,
    ``SEX`` (FEMALE, MALE, ALL), ``AGE_GROUP_5`` (such as 0_4, 95+, ALL) and ``NUMBER_OF_PATIENTS``. Lines of ALL are passed
    over, and practices of other places too.

    Raises:
        ConfigError: a practice is missing or has a band twice, or a band or number cannot be read.
    """
    found = _read(path, _PUBLISHED)
    found = found[(found["SEX"] != "ALL") & (found["AGE_GROUP_5"] != "ALL") & found["CODE"].isin(practices)]
    least = pd.to_numeric(found["AGE_GROUP_5"].str.extract(r"^(\d+)", expand=False), errors="coerce")
    number = pd.to_numeric(found["NUMBER_OF_PATIENTS"], errors="coerce")
    place = np.minimum(np.searchsorted(AGES, least.fillna(0), side="right") - 1, len(AGES) - 1)
    problems = _published_problems(found, least, number, practices)
    _raise(path, problems, "published list sizes")
    cell = place + len(AGES) * (found["SEX"] == _SEXES[1]).to_numpy()
    order = {code: row for row, code in enumerate(practices)}
    table = np.zeros((len(practices), CELLS))
    np.add.at(table, (found["CODE"].map(order).to_numpy(), cell), number.to_numpy(dtype=np.float64))
    return table


def _published_problems(found: pd.DataFrame, least: pd.Series, number: pd.Series, practices: Sequence[str]) -> list[Problem]:
    problems = []
    lacking = set(practices) - set(found["CODE"])
    if lacking:
        problems.append(Problem(_listed(lacking), "has people and no line"))
    twice = set(found["CODE"][found.duplicated(["CODE", "SEX", "AGE_GROUP_5"])])
    if twice:
        problems.append(Problem(_listed(twice), "has a band twice; give one date only"))
    bad: Mapping[str, pd.Series] = {
        "SEX": ~found["SEX"].isin(_SEXES),
        "AGE_GROUP_5": least.isna() | (least % 5 != 0),
        "NUMBER_OF_PATIENTS": number.isna() | (number < 0),
    }
    return problems + [
        Problem(name, f"{int(where.sum()):,} lines cannot be read") for name, where in bad.items() if where.any()
    ]
