"""Scores of other tools on the tested people: from the linked record, or from a CSV file that a site supplies.

A file has one line a person: ``person_id`` (a pseudonym of this workspace) or ``identifier`` (as in the raw files; it is
turned into a pseudonym with the site's key and kept nowhere), and a column each score. A column called ``risk_...`` holds
risks from 0 to 1 of the model's own outcome and horizon. A column ``index_date`` keeps only the lines of the test date. No
message holds an identifier or a value of a person.
"""

import csv
import datetime as dt
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from casefinder.config import Site
from casefinder.dates import lookback
from casefinder.disclosure import DEFAULT, shown
from casefinder.errors import ConfigError, Problem
from casefinder.histories import Histories, visible_facts
from casefinder.record.identity import Pseudonymiser, pseudonymiser

KIND: Final = "external_score"
LOOKBACK_DAYS: Final = 365
"""A score of a tool that is older than this on the index date is not a score of that date."""
PERSON, IDENTIFIER, DATE = "person_id", "identifier", "index_date"
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{1,30}")
_SHAPE: Final = (
    "The file needs a first line of names: person_id or identifier, index_date if it holds more than one date, and a name "
    "of small letters, digits and _ for each score"
)
_TAKEN: Final = frozenset(
    ("model", "other_model", "age_and_sex", "two_or_more_admissions", "charlson", "hospital_frailty_risk_score", "deficits",
     "raw_score", "risk", "other_raw_score", "other_risk", "outcome", "weight", "practice_code", "gp_cluster")
)  # fmt: skip


@dataclass(frozen=True)
class Supplied:
    """Scores by person: ``person_id`` and a column each score, NaN where there is none; and what should be said of them."""

    people: pd.DataFrame
    names: tuple[str, ...]
    remarks: tuple[str, ...] = ()


def scores_of_record(histories: Histories, index_date: dt.date) -> Supplied:
    """Return the latest score of each tool that the linked record knew on a date, at most a year old then."""
    table = histories.concepts.table
    if not (table["kind"] == KIND).any():
        return Supplied(pd.DataFrame({PERSON: []}), ())
    found = []
    for block in histories:
        facts = visible_facts(block, histories.concepts, index_date, lookback(LOOKBACK_DAYS), (KIND,))
        latest = facts.sort_values(["person", "code", "start"], kind="stable").drop_duplicates(
            ["person", "code"], keep="last"
        )
        names = np.asarray(block.people.to_numpy(zero_copy_only=False))
        found.append(latest.assign(person_id=names[latest["person"].to_numpy()])[[PERSON, "code", "value"]])
    wide = pd.concat(found).pivot(index=PERSON, columns="code", values="value")
    usable = [name for name in sorted(wide.columns) if name not in _TAKEN]
    return Supplied(wide[usable].rename_axis(columns=None).reset_index(), tuple(usable))


def read_scores(path: Path, site: Site, index_date: dt.date) -> Supplied:
    """Read a file of scores.

    Args:
        path: the CSV file.
        site: whose key turns identifiers into pseudonyms.
        index_date: the test date.

    Raises:
        ConfigError: there is no such file, it lacks columns, a value is not a number, or a person stands in it twice.
    """
    if not path.is_file():
        raise ConfigError(f"There is no file of scores at {path}.", remedy="Check --scores.")
    heading, lines = _read(path)
    names = _score_names(path, heading)
    dated = DATE in heading
    kept = [(number, line) for number, line in lines if not dated or line[DATE].strip() == str(index_date)]
    people, unusable = _people(kept, site, PERSON in heading)
    values = {name: [_number(line[name]) for _, line in kept] for name in names}
    _check(path, people, values, [number for number, _ in kept])
    remarks = [f"lines of {path.name} left out: {shown(DEFAULT.count(count))}, {what}" for what, count in unusable.items()]
    if not dated:
        remarks.append(
            f"{path.name} has no {DATE}: its scores must have been worked out from what was known on {index_date}"
        )
    table = pd.DataFrame({PERSON: people, **values}).dropna(subset=[PERSON]).reset_index(drop=True)
    return Supplied(table, tuple(names), tuple(remarks))


def _read(path: Path) -> tuple[list[str], list[tuple[int, dict[str, str]]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = csv.DictReader(stream, restval="", restkey="")
            rows.fieldnames = [name.strip() for name in rows.fieldnames or []]
            return list(rows.fieldnames), [(rows.line_num, row) for row in rows]
    except UnicodeDecodeError:
        raise ConfigError(f"{path.name} is not UTF-8 text.", remedy="Save it as UTF-8 and try again.") from None


def _score_names(path: Path, heading: Sequence[str]) -> list[str]:
    """Return the names of the scores. A heading may be a person's line in a file without names, so none is shown."""
    problems = []
    if (PERSON in heading) == (IDENTIFIER in heading):
        problems.append(Problem("columns", f"one of {PERSON} and {IDENTIFIER} must be there, and not both"))
    names = [name for name in heading if name not in (PERSON, IDENTIFIER, DATE)]
    wrong = [place for place, name in enumerate(heading, 1) if name in names and not _NAME.fullmatch(name)]
    problems += [Problem(f"column {place}", "its name is not that of a score") for place in wrong]
    problems += [Problem(name, "is the name of another column; give the score another") for name in names if name in _TAKEN]
    if not names:
        problems.append(Problem("columns", "there is no column of a score"))
    if len(set(names)) < len(names):
        problems.append(Problem("columns", "two have the same name"))
    if problems:
        raise ConfigError(f"{path.name} cannot be read as scores:", problems, f"{_SHAPE}.")
    return names


def _people(
    lines: Sequence[tuple[int, dict[str, str]]], site: Site, pseudonyms: bool
) -> tuple[list[str | None], Counter[str]]:
    """Return the pseudonym of each line, None where it has none, and how many lines have each problem."""
    if pseudonyms:
        return [line[PERSON].strip() or None for _, line in lines], Counter()
    turned: Pseudonymiser = pseudonymiser(site, None, site.folder)
    found = [turned.one(line[IDENTIFIER].strip()) for _, line in lines]
    return [person for person, _ in found], Counter(problem for _, problem in found if problem)


def _number(text: str) -> float | None:
    """Return a value; NaN where there is none, None where it is not a number."""
    if not text.strip():
        return math.nan
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _check(
    path: Path, people: Sequence[str | None], values: Mapping[str, Sequence[float | None]], lines: Sequence[int]
) -> None:
    """Raise unless every value is a number, every risk a probability, and everyone stands there once."""
    problems = []
    for name, column in values.items():
        problems += _where(name, [lines[place] for place, value in enumerate(column) if value is None], "is not a number")
        if name.startswith("risk_"):
            outside = [lines[place] for place, value in enumerate(column) if value is not None and not _may_be_risk(value)]
            problems += _where(name, outside, "is not a risk from 0 to 1")
    problems += _where(PERSON, _again(people, lines), "this person stands there already")
    if problems:
        raise ConfigError(f"{path.name} cannot be read as scores:", problems, "Mend those lines and try again.")


def _again(people: Sequence[str | None], lines: Sequence[int]) -> list[int]:
    """Return the lines of people who stand on an earlier line already."""
    seen: set[str] = set()
    found = []
    for person, line in zip(people, lines, strict=True):
        if person is not None and person in seen:
            found.append(line)
        seen |= {person} if person is not None else set()
    return found


def _may_be_risk(value: float) -> bool:
    return math.isnan(value) or 0 <= value <= 1


def _where(column: str, lines: Sequence[int], what: str) -> list[Problem]:
    return [Problem(f"line {lines[0]}, {column}", f"{what} ({len(lines):,} such lines)")] if lines else []
