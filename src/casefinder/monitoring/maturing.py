"""Outcomes as they mature: the people of past index dates scored as they were known then, once their window has closed.

Index dates are the first of each month. A person counts once in a whole horizon: a hash of seed and person settles in which
months, so for a horizon of a year a twelfth of the people has its window close each month, nobody's windows overlap, and
each month brings only what is new. No window overlaps one that the version was fitted on.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
import pandas as pd

from casefinder.dates import add_months, horizon, to_day, window_closed
from casefinder.evaluation.censoring import ipcw
from casefinder.histories import Block, Histories
from casefinder.modelling.served_people import days_of
from casefinder.modelling.splits import draws
from casefinder.monitoring.models import Watched

SEED: Final = 7
"""Settles in which months a person counts; another number than the seed of splits, so that neither tells of the other."""
NO_CLUSTER: Final = "no cluster"
COLUMNS: Final = ("look", "cluster", "outcome", "weight", "risk", "served", "listed")


@dataclass(frozen=True)
class Matured:
    """What has matured: ``rows`` has ``look`` (its place among ``looks``), ``cluster``, ``outcome``, ``weight``, ``risk``,
    ``served`` (a service began inside the window) and ``listed`` (stood on an issued list inside it).

    Rows stand in memory only; nothing in them tells who a person is.
    """

    looks: tuple[dt.date, ...]
    stride: int
    rows: pd.DataFrame


@cache
def months_of(days: int) -> int:
    """Return the fewest months that are never shorter than so many days.

    >>> [months_of(days) for days in (28, 30, 90, 365)]
    [1, 2, 4, 12]
    """
    starts = [dt.date(2021, month, 1) for month in range(1, 13)]
    months = 1
    while min((add_months(start, months) - start).days for start in starts) < days:
        months += 1
    return months


def reached(source_kinds: tuple[str, ...], manifest: Mapping[str, Any], as_of: dt.date) -> dt.date:
    """Return the last day on which an event would have been known on ``as_of``, given how late its feeds report.

    Args:
        source_kinds: kinds of fact that an outcome or a feed is made of, as far as the site supplies them.
        manifest: what the record or its histories say: ``extract_date`` and ``complete_to``.
        as_of: the day on which somebody looks.
    """
    extract = dt.date.fromisoformat(manifest["extract_date"])
    complete = [dt.date.fromisoformat(manifest["complete_to"][kind]) for kind in source_kinds]
    return min(min(one, as_of - (extract - one)) for one in complete)


def looks_of(first: dt.date, last_seen: dt.date, days: int) -> tuple[dt.date, ...]:
    """Return the firsts of the months from ``first`` on whose whole window was seen by ``last_seen``."""
    date = first if first.day == 1 else add_months(first, 1)
    found = []
    while window_closed(date, horizon(days), last_seen):
        found.append(date)
        date = add_months(date, 1)
    return tuple(found)


def first_look(watched: Watched) -> dt.date:
    """Return the first index date that counts: not before the test date, and after every window fitted on."""
    first = max(watched.test_date, watched.trained_to)
    return first if first.day == 1 else add_months(first, 1)


def matured(
    watched: Watched,
    histories: Histories,
    as_of: dt.date,
    tell: Callable[[int, int], None] = lambda _done, _all: None,
) -> Matured:
    """Score past index dates with the served version, and put the outcomes beside the risks."""
    last = reached(watched.outcome.outcome.source_kinds, histories.version.manifest, as_of)
    looks, stride = looks_of(first_look(watched), last, watched.horizon), months_of(watched.horizon)
    if not looks:
        return Matured((), stride, pd.DataFrame(columns=[*COLUMNS]))
    numbers = histories.numbers
    found: list[pd.DataFrame] = []
    for done, block in enumerate(histories):
        tell(done, len(numbers))
        found += _block(watched, block, looks, stride)
    rows = pd.concat(found, ignore_index=True)
    return Matured(looks, stride, _weighted(rows, watched.horizon))


def _block(watched: Watched, block: Block, looks: tuple[dt.date, ...], stride: int) -> list[pd.DataFrame]:
    """Return the rows of one block, those of each part of the people at the looks at which it counts."""
    people = [f"monitoring/{person}" for person in block.people.to_pylist()]
    part = np.floor(draws(people, SEED) * stride).astype(np.int64)
    found = []
    for number in range(min(stride, len(looks))):
        dates = looks[number::stride]
        # Parts go with calendar months, so that a person's months stay theirs as years are added.
        own = part == (dates[0].year * 12 + dates[0].month) % stride
        if own.any():
            found.append(_part(watched, block.only(own), dates, looks))
    return found


def _part(watched: Watched, block: Block, dates: tuple[dt.date, ...], looks: tuple[dt.date, ...]) -> pd.DataFrame:
    features, keep, practice = watched.rows(block, dates)
    seen = watched.outcome.rows(block, dates, keep)
    time, cause = seen.time_and_cause(watched.horizon)
    clusters = watched.practices.clusters(watched.practices.codes(practice))
    place = np.array([looks.index(date) for date in dates])
    person, date = np.nonzero(keep)
    people = np.asarray(block.people.to_numpy(zero_copy_only=False), dtype=object)[person]
    listed = watched.lists.listed.first(people, days_of(dates)[date], watched.horizon)
    return pd.DataFrame(
        {
            "look": place[date],
            "cluster": [NO_CLUSTER if one is None else str(one) for one in clusters],
            "outcome": seen.observed.astype(np.float64),
            "time": time,
            "cause": cause,
            "risk": watched.bundle.risks(watched.bundle.raw_scores(features), clusters),
            "served": ~np.isnan(watched.services.rows(block, dates, keep)),
            "listed": ~np.isnan(listed),
        }
    )


def _weighted(rows: pd.DataFrame, days: int) -> pd.DataFrame:
    """Put censoring weights, worked out at each look, in the place of times."""
    weight = np.zeros(len(rows))
    for here in rows.groupby("look").indices.values():
        weight[here] = ipcw(rows["time"].to_numpy()[here], rows["cause"].to_numpy()[here], days).weight
    return rows.assign(weight=weight).drop(columns=["time", "cause"])


def next_close(watched: Watched, looks: tuple[dt.date, ...], manifest: Mapping[str, Any]) -> dt.date:
    """Return the first day on which the window of the next look will have been seen."""
    after = add_months(looks[-1], 1) if looks else first_look(watched)
    kinds = watched.outcome.outcome.source_kinds
    lag = max(to_day(dt.date.fromisoformat(manifest["extract_date"]))
              - to_day(dt.date.fromisoformat(manifest["complete_to"][kind])) for kind in kinds)  # fmt: skip
    return after + dt.timedelta(days=watched.horizon - 1 + lag)
