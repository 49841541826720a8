"""What a row of a filled list says was decided: words, dates and names checked, whatever cannot be read told as a problem.

What stands in a cell is never repeated in a problem, since people write names anywhere.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Final

from casefinder.dates import plain
from casefinder.errors import Problem, one_of
from casefinder.worklist import columns as sheet
from casefinder.worklist.columns import Key
from casefinder.worklist.filled import Filled, FilledRow, as_date
from casefinder.worklist.history import PastDecision
from casefinder.worklist.rules import DECISIONS

DEFER: Final = "defer until"
MEETING: Final = "date of the meeting"
_LOST: Final = (sheet.OWNER, sheet.NEXT_ACTION, sheet.REFERRED_TO, sheet.REVIEW_BY)
"""What would be lost without a decision. A date or a name alone under 'Decided on' or 'Decided by' is often filled down the
whole column, and says nothing."""


@dataclass(frozen=True)
class Days:
    """The days on which a decision may have been taken, and the day of the meeting where the sheet gives one."""

    as_of: dt.date
    today: dt.date
    meeting: dt.date | None = None
    is_meeting_readable: bool = True

    def check(self, date: dt.date) -> str:
        """Return why a decision cannot have been taken on a day; empty where it can."""
        if date < self.as_of:
            return f"is before the date of the list ({plain(self.as_of)})"
        if date > self.today:
            return f"lies in the future (today is {plain(self.today)})"
        return ""


def days_of(filled: Filled, as_of: dt.date, today: dt.date, problems: list[Problem]) -> Days:
    """Return the days of a filled list; a date of the meeting that cannot be used is a problem."""
    days = Days(as_of, today)
    try:
        meeting = as_date(filled.meeting_date)
        what = days.check(meeting) if meeting else ""
    except ValueError as error:
        meeting, what = None, str(error)
    if what:
        problems.append(Problem(MEETING, what))
        return Days(as_of, today, is_meeting_readable=False)
    return Days(as_of, today, meeting)


class _Cells:
    """Reads the cells of one row and keeps what is wrong with them."""

    def __init__(self, row: FilledRow) -> None:
        self._row = row
        self.problems: list[Problem] = []

    def problem(self, what: str) -> None:
        """Keep a problem of this row."""
        self.problems.append(Problem(self._row.where, what))

    def has(self, heading: str) -> bool:
        """Say whether anything stands in a cell."""
        return self._row.cells.get(heading) is not None

    def text(self, heading: str) -> str:
        """Return a cell as text, empty where nothing stands there or it cannot be read."""
        try:
            text = self._row.text(heading)
        except ValueError as error:
            self.problem(f"'{heading}' {error}")
            return ""
        most = sheet.LENGTHS.get(heading)
        if most and len(text) > most:
            self.problem(f"'{heading}' has {len(text)} characters; at most {most} can be kept")
        return text

    def date(self, heading: str) -> dt.date | None:
        """Return a cell as a date, None where nothing stands there or it cannot be read."""
        try:
            return self._row.date(heading)
        except ValueError as error:
            self.problem(f"'{heading}' {error}")
            return None


def decision_of(row: FilledRow, key: Key, days: Days, problems: list[Problem]) -> PastDecision | None:
    """Return the decision of a row; None where there is none, or where something was wrong and went to the problems."""
    cells = _Cells(row)
    if not cells.has(sheet.DECISION):
        lost = next((heading for heading in _LOST if cells.has(heading)), None)
        if lost:
            problems.append(Problem(row.where, f"'{lost}' is filled in, but no decision is chosen"))
        return None
    decision = _word(cells)
    decided_on = _decided_on(cells, days)
    review_by = _review_by(cells, decision, decided_on)
    texts = {heading: cells.text(heading) or None for heading in sheet.LENGTHS}
    problems += cells.problems
    if cells.problems or decided_on is None:
        return None
    return PastDecision(
        list_id=key.list_id,
        person_id=key.person_id,
        decided_on=decided_on,
        decision=decision,
        owner=texts[sheet.OWNER],
        next_action=texts[sheet.NEXT_ACTION],
        referred_to=texts[sheet.REFERRED_TO],
        review_by=review_by,
        decided_by=texts[sheet.DECIDED_BY],
    )


def _word(cells: _Cells) -> str:
    """Return the decision as one of ours, however it was spaced or capitalised."""
    before = len(cells.problems)
    words = " ".join(cells.text(sheet.DECISION).casefold().split())
    if words not in DECISIONS and len(cells.problems) == before:
        cells.problem(f"'{sheet.DECISION}' is not one of ours; {one_of(words, DECISIONS)}")
    return words


def _decided_on(cells: _Cells, days: Days) -> dt.date | None:
    """Return the day of a decision: the row's own, else that of the meeting."""
    if not cells.has(sheet.DECIDED_ON):
        if days.meeting is None and days.is_meeting_readable:
            cells.problem(f"has a decision but no date under '{sheet.DECIDED_ON}', and the sheet gives no {MEETING}")
        return days.meeting
    date = cells.date(sheet.DECIDED_ON)
    if date and (what := days.check(date)):
        cells.problem(f"'{sheet.DECIDED_ON}' {what}")
    return date


def _review_by(cells: _Cells, decision: str, decided_on: dt.date | None) -> dt.date | None:
    """Return the day of the next look, which lies after the decision."""
    if decision == DEFER and not cells.has(sheet.REVIEW_BY):
        cells.problem(f"'{DEFER}' needs a date under '{sheet.REVIEW_BY}'")
    date = cells.date(sheet.REVIEW_BY)
    if date and decided_on and date <= decided_on:
        cells.problem(f"'{sheet.REVIEW_BY}' is not after the day of the decision ({plain(decided_on)})")
    return date
