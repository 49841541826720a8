"""People whom a list or a service has reached, and weights under which a model does not learn what that did to them.

A model that works is followed by services for those it puts first, and the services change the outcomes that the next model
is fitted on: fitted naively, it learns that such people are safe, and they fall off the list (Liley et al. 2021, "Model
updating after interventions paradoxically introduces bias", AISTATS, PMLR 130:3916). A hold-out undoes it: a share s of all
people, drawn by chance, is scored but put on no list by score (Haidar-Wehbe et al. 2022, "Optimal sizing of a holdout set
for safe predictive model updating"). Of the people whom a list could reach, those held out stand for all: they weigh 1/s,
and those whom the list did reach weigh nothing (Horvitz and Thompson 1952, JASA 47:663). All others weigh 1.

The draw is by chance, so whether somebody is held out tells nothing of their risk: in expectation weighted rows are those
of a world without lists. That holds for whatever a list sets off; what a service does to people who were never to be on a
list stays in the rows.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from casefinder.dates import plain, to_date, to_day
from casefinder.errors import ModelError, Problem
from casefinder.modelling.splits import draws

Days = npt.NDArray[np.float64]
People = npt.NDArray[np.object_] | Sequence[str]
SPAN: Final = 1 << 22
"""More days than any calendar here has, so that the days of one person never run into those of the next."""
KEEP_WITHOUT: Final = "Set 'served_people: keep' in the model file, which leaves such rows as they are."


def held_out(people: Sequence[str], share: float, seed: int) -> npt.NDArray[np.bool_]:
    """Say who is held out: a share of all people, settled by a SHA-256 hash of seed and person and nothing else.

    A larger share holds out the same people and more. The draw tells nothing of other draws of the same seed.

    >>> held_out(["a", "b", "c"], share=1.0, seed=1).tolist()
    [True, True, True]
    """
    return draws([f"hold-out/{person}" for person in people], seed) < share


class Dated:
    """Dated facts about people, ordered so that the first of each in a window is found by one search."""

    def __init__(self, people: Sequence[str] = (), days: Sequence[int] = ()) -> None:
        """Take one person and one day (since 1970-01-01, at least 0) a fact."""
        self._people = pd.Index(sorted(set(people)), dtype=object)
        number = self._people.get_indexer(pd.Index(list(people), dtype=object)).astype(np.int64)
        self._keys = np.sort(number * SPAN + np.asarray(list(days), dtype=np.int64))

    def __len__(self) -> int:
        return len(self._keys)

    @property
    def days(self) -> npt.NDArray[np.int64]:
        """Every day of a fact, once, in order."""
        return np.unique(self._keys % SPAN)

    def first(self, people: People, start: npt.ArrayLike, length: int) -> Days:
        """Return for each person and day the days until the first fact in [start, start + length), NaN for none.

        >>> Dated(["a", "a", "b"], [10, 20, 5]).first(["a", "a", "b", "c"], [0, 11, 6, 0], 10).tolist()
        [nan, 9.0, nan, nan]
        """
        number = self._people.get_indexer(pd.Index(people, dtype=object)).astype(np.int64)
        found = np.full(len(number), np.nan)
        if not len(self):
            return found
        wanted = number * SPAN + np.asarray(start, dtype=np.int64)
        place = np.searchsorted(self._keys, wanted)
        until = self._keys[np.minimum(place, len(self) - 1)] - wanted
        seen = (number >= 0) & (place < len(self)) & (until < length)
        found[seen] = until[seen]
        return found


@dataclass(frozen=True)
class ListRecord:
    """What is on record of lists and of what meetings decided.

    Attributes:
        listed: who stood on an issued list, and its day.
        held_out: by share held out: who would have stood on an issued list, had they not been, and its day.
        decided: who got a service by a meeting's decision, and the day of it.
        without: days of issued lists for which no hold-out stood.
        lost: days of issued lists whose people are no longer on record.
    """

    listed: Dated = field(default_factory=Dated)
    held_out: Mapping[float, Dated] = field(default_factory=dict)
    decided: Dated = field(default_factory=Dated)
    without: tuple[int, ...] = ()
    lost: tuple[int, ...] = ()


def row_weights(listed: npt.ArrayLike, share: npt.ArrayLike) -> Days:
    """Return the weight of each row.

    Args:
        listed: whether the person stood on a list inside the row's window.
        share: the share of people held out, for a person held out who would else have stood on a list inside the window;
            NaN for everybody else.

    Returns:
        0 for those listed, 1 / share for those held out, 1 for all others. Somebody who was both was reached: 0.

    >>> row_weights([False, True, False, True], [np.nan, np.nan, 0.1, 0.1]).tolist()
    [1.0, 0.0, 10.0, 0.0]
    """
    shares, reached = np.asarray(share, dtype=np.float64), np.asarray(listed, dtype=bool)
    if ((shares <= 0) | (shares > 1)).any():
        raise ValueError("a share held out lies above 0 and is at most 1")
    return np.where(reached, 0.0, np.where(np.isnan(shares), 1.0, 1.0 / shares))


def weights(record: ListRecord, people: People, start: npt.ArrayLike, horizon_days: int) -> Days:
    """Return the weight of each row: a person, and the day number of its index date.

    Where the share changed inside a window the smallest counts, since who is held out at it was held out throughout.

    Raises:
        ModelError: no list was ever issued under a hold-out; or, inside a window, a list was issued without one or its
            people are no longer on record.
    """
    _check(record, np.unique(np.asarray(start)), horizon_days)
    listed = ~np.isnan(record.listed.first(people, start, horizon_days))
    share = np.full(len(listed), np.nan)
    for own, facts in sorted(record.held_out.items(), reverse=True):
        share[~np.isnan(facts.first(people, start, horizon_days))] = own
    return row_weights(listed, share)


def refuse_without(record: ListRecord) -> None:
    """Raise unless a list was ever issued under a hold-out.

    Raises:
        ModelError: none was.
    """
    if not record.held_out:
        what = "no list was issued under a hold-out, so there is nobody to stand for those whom lists reached"
        remedy = f"Set lists.hold_out in the site file and wait until windows have closed. {KEEP_WITHOUT}"
        raise ModelError("The model cannot be fitted with 'served_people: hold_out':", [Problem("lists", what)], remedy)


def _check(record: ListRecord, starts: npt.NDArray[np.int64], horizon_days: int) -> None:
    """Raise unless every list inside a window stood under a hold-out, and its people are known."""
    refuse_without(record)
    causes = ((record.without, "without a hold-out"), (record.lost, "whose people are no longer on record"))
    problems = [
        Problem(f"index date {to_date(int(start))}", f"its window holds a list of {plain(to_date(min(inside)))} {words}")
        for start in starts
        for days, words in causes
        if (inside := [day for day in days if start <= day < start + horizon_days])
    ]
    if problems:
        remedy = f"Choose index dates whose windows begin after the hold-out did. {KEEP_WITHOUT}"
        raise ModelError("The hold-out does not cover the windows of the model:", problems, remedy)


def days_of(dates: Sequence[dt.date]) -> npt.NDArray[np.int64]:
    """Return the day number of each date."""
    return np.array([to_day(date) for date in dates], dtype=np.int64)
