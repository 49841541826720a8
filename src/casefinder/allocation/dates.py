"""The year that is fitted on: twelve months that every feed of costs holds."""

import datetime as dt
from collections.abc import Mapping
from typing import Final

from casefinder.allocation.cost import YEAR
from casefinder.allocation.prices import ACTIVITIES
from casefinder.dates import add_months, horizon, window_closed
from casefinder.errors import ModelError, Problem

NEEDED: Final = "hospital"
"""Without hospital care there is no allocation; other feeds count where the site has them."""


def priced_kinds(supplied: Mapping[str, str]) -> list[str]:
    """Return the kinds of priced activity that the record holds, of those that say how far they are complete."""
    kinds = {kind for one in ACTIVITIES.values() for kind in one.of.kinds}
    return sorted(kinds & set(supplied))


def fit_date(complete_to: Mapping[str, str], as_of: dt.date, asked: dt.date | None) -> dt.date:
    """Return the first day of the year that is fitted on.

    It is the latest first of a month, on or before the date of the lists, whose year every feed of costs holds; or the day
    asked for.

    Args:
        complete_to: how far each kind of fact is complete, as dates.
        as_of: the date of the lists.
        asked: a date to fit at, None for the latest.

    Raises:
        ModelError: the site has no hospital care, or the year asked for is not complete.
    """
    kinds = priced_kinds(complete_to)
    if NEEDED not in kinds:
        problem = Problem(NEEDED, "no source of this site supplies it")
        raise ModelError("The cost of care cannot be worked out:", [problem])
    reached = {kind: dt.date.fromisoformat(complete_to[kind]) for kind in kinds}
    earliest = min(reached.values())
    latest = min(add_months(earliest, 0), add_months(as_of, 0))
    while not window_closed(latest, horizon(YEAR), earliest):
        latest = add_months(latest, -1)
    if asked is None:
        return latest
    problems = [
        Problem(kind, f"is complete to {day} only")
        for kind, day in reached.items()
        if not window_closed(asked, horizon(YEAR), day)
    ]
    problems += [Problem("--fit-at", f"{asked} is after the date of the lists, {as_of}")] if asked > as_of else []
    if problems:
        remedy = f"The latest year that can be fitted on begins on {latest}: leave --fit-at out, or give that date."
        raise ModelError(f"The year from {asked} cannot be fitted on:", problems, remedy)
    return asked
