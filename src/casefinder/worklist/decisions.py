"""A filled list taken back in: every row checked, all problems told at once, all or nothing recorded.

A person is never named in a problem: a row number leads to them.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from casefinder.dates import plain
from casefinder.errors import DecisionError, Problem
from casefinder.worklist import columns as sheet
from casefinder.worklist.columns import Key
from casefinder.worklist.decided import days_of, decision_of
from casefinder.worklist.filled import Filled, FilledRow, read_filled
from casefinder.worklist.history import IssuedRow, ListHistory, PastDecision

_REMEDY: Final = "Mend the file and give it again; nothing has been taken in."
_MOVED: Final = (
    "its key does not fit the rank and name beside it; cells were altered, or some columns sorted without the others"
)


@dataclass(frozen=True)
class DecisionsRead:
    """What a filled list held: people on it, decisions now recorded, those taken in before, and people without one."""

    list_id: str
    rows: int
    decided: int
    already_taken_in: int
    undecided: int


def read_decisions(path: Path, history: ListHistory, today: dt.date) -> DecisionsRead:
    """Take the decisions of a filled list into the database, all or none.

    Args:
        path: the filled .xlsx or .csv file.
        history: the database of issued lists and decisions.
        today: no decision may be dated after it.

    Raises:
        DecisionError: naming every problem and its row: it is no list of ours or was never issued, keys were altered, are
            missing or stand twice, a decision or a date cannot be read, or another copy has decided differently.
    """
    filled = read_filled(path)
    rows = _keyed(path, filled)
    list_id = rows[0][1].list_id
    issued = _issued(path, rows, history)
    problems: list[Problem] = []
    days = days_of(filled, issued[0].as_of, today, problems)
    found = [(row, decision_of(row, key, days, problems)) for row, key in rows]
    decided = [(row, one) for row, one in found if one]
    new = _not_yet_recorded(decided, history.decisions_of(list_id), problems)
    _refuse(path, problems)
    history.record(new)
    return DecisionsRead(list_id, len(rows), len(new), len(decided) - len(new), len(rows) - len(decided))


def _refuse(path: Path, problems: Sequence[Problem]) -> None:
    if problems:
        count = f"{len(problems)} problem{'s' if len(problems) > 1 else ''}"
        raise DecisionError(f"{path.name} has {count}, so nothing was taken in:", problems, _REMEDY)


def _keyed(path: Path, filled: Filled) -> list[tuple[FilledRow, Key]]:
    """Return the rows with their keys.

    Raises:
        DecisionError: there are no rows, or keys are missing, altered, stand twice or belong to several lists.
    """
    found: list[tuple[FilledRow, Key]] = []
    problems: list[Problem] = []
    seen: dict[str, int] = {}
    for row in filled.rows:
        key = _key(row, filled.names)
        if isinstance(key, str):
            problems.append(Problem(row.where, key))
        elif found and key.list_id != found[0][1].list_id:
            problems.append(Problem(row.where, f"belongs to another list than row {found[0][0].number}"))
        elif key.person_id in seen:
            problems.append(Problem(row.where, f"is the same person as row {seen[key.person_id]}"))
        else:
            seen[key.person_id] = row.number
            found.append((row, key))
    _refuse(path, problems)
    if not found:
        raise DecisionError(f"{path.name} holds no rows of people.", remedy=_REMEDY)
    return found


def _key(row: FilledRow, names: str) -> Key | str:
    """Return a row's key, or what is wrong with it."""
    try:
        text, rank, name = row.text(sheet.KEY), row.text(sheet.RANK), row.text(names)
    except ValueError as error:
        return f"rank, name or key {error}"
    if not text:
        return "has no key: the row was added, or its hidden key was deleted"
    key = Key.read(text)
    if key is None:
        return "its key has been altered"
    return key if key.fits(rank, name) else _MOVED


def _issued(path: Path, rows: Sequence[tuple[FilledRow, Key]], history: ListHistory) -> list[IssuedRow]:
    """Return the list as it was issued.

    Raises:
        DecisionError: it was never issued, or someone in the file is not on it.
    """
    issued = history.issued(rows[0][1].list_id)
    if not issued:
        remedy = (
            "Read it into the workspace that it came from, or make the list again with: "
            "casefinder worklist --practice CODE --as-of DATE --workspace DIR"
        )
        raise DecisionError(f"{path.name} is a list that was never issued from this workspace.", remedy=remedy)
    on_list = {one.person_id for one in issued}
    what = "its person is not on the list that was issued"
    _refuse(path, [Problem(row.where, what) for row, key in rows if key.person_id not in on_list])
    return issued


def _not_yet_recorded(
    decided: Sequence[tuple[FilledRow, PastDecision]], recorded: Sequence[PastDecision], problems: list[Problem]
) -> list[PastDecision]:
    """Return the decisions that are not recorded yet; another decision for the person on the same day is a problem."""
    known = {(one.person_id, one.decided_on): one for one in recorded}
    new = []
    for row, decision in decided:
        earlier = known.get((decision.person_id, decision.decided_on))
        if earlier is None:
            new.append(decision)
        elif earlier != decision:
            day = plain(decision.decided_on)
            problems.append(Problem(row.where, f"another copy of this list has already recorded something else on {day}"))
    return new
