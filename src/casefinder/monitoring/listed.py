"""Lists as they were issued: how long each is, and how many of its people are new since the one before."""

import datetime as dt
from dataclasses import dataclass

from casefinder.evaluation import Churn, churn
from casefinder.worklist.history import ListHistory


@dataclass(frozen=True)
class IssuedList:
    """The latest list of a practice or a cluster, beside the one before it (None where there was none)."""

    scope: str
    as_of: dt.date
    people: int
    previous: dt.date | None
    churn: Churn | None


def issued_lists(history: ListHistory, as_of: dt.date) -> tuple[IssuedList, ...]:
    """Return the latest list of each practice and cluster, up to and with ``as_of``."""
    found = []
    for scope in history.scopes():
        latest = history.last_before(scope, as_of + dt.timedelta(days=1))
        if not latest:
            continue
        before = history.last_before(scope, latest[0].as_of)
        changed = churn((row.person_id for row in before), (row.person_id for row in latest)) if before else None
        found.append(IssuedList(scope, latest[0].as_of, len(latest), before[0].as_of if before else None, changed))
    return tuple(found)
