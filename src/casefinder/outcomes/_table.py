"""Outcomes of a block: did it happen within the horizon, who died, who left before it could be seen."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from casefinder.codelists import CodeLists
from casefinder.dates import add_months, horizon, window_closed
from casefinder.definitions import DaysUntil, DaysWithin, Measure, Outcome
from casefinder.definitions.measures import select
from casefinder.errors import ModelError, Problem
from casefinder.histories import Block, Concepts, compile_measures, measure


@dataclass(frozen=True)
class Observed:
    """What was seen of each kept person and index date, one value a row.

    ``amount`` is the cost or count for outcomes that are amounts. ``event_day`` and ``death_day`` count from the index date,
    NaN for none. ``left_day`` is the day on which the person left observation, NaN where the whole horizon was seen.
    """

    observed: np.ndarray
    amount: np.ndarray
    event_day: np.ndarray
    death_day: np.ndarray
    left_day: np.ndarray

    @property
    def censored(self) -> np.ndarray:
        """True where the person left before the event, death or the end of the horizon."""
        first = np.fmin(self.event_day, self.death_day)
        return ~np.isnan(self.left_day) & ~(first <= self.left_day)

    def time_and_cause(self, days: int) -> tuple[np.ndarray, np.ndarray]:
        """Return when each person's follow-up ended and why: 0 censored or followed to the end, 1 event, 2 death."""
        times = np.stack([_or_never(np.where(self.observed == 1, self.event_day, np.nan)), _or_never(self.death_day)])
        left = _or_never(self.left_day)
        first = times.min(axis=0)
        cause = np.where((first <= left) & np.isfinite(first), times.argmin(axis=0) + 1, 0)
        return np.minimum(np.minimum(first, left), float(days)), cause


def _or_never(days: np.ndarray) -> np.ndarray:
    """Return days with infinity where there is none."""
    return np.where(np.isnan(days), np.inf, days)


class OutcomeTable:
    """An outcome over a horizon, compiled for one record.

    Deaths stay in, as no event unless the outcome says otherwise. A person who leaves the observed area is censored, unless
    hospital data follow people across the country.
    """

    def __init__(
        self, outcome: Outcome, days: int, concepts: Concepts, codelists: CodeLists, *, follows_leavers: bool
    ) -> None:
        self.outcome, self.days, self._follows = outcome, days, follows_leavers
        window = horizon(days)
        measures: dict[str, Measure] = {
            "event": outcome.event(window),
            "death": DaysUntil(select("death"), window),
            "here": DaysWithin(select("registration"), window),
        }
        self._program = compile_measures(measures, concepts, codelists)

    def rows(self, block: Block, index_dates: Sequence[dt.date], keep: np.ndarray) -> Observed:
        """Return the outcome of each kept person and index date."""
        event, death, here = measure(block, self._program, index_dates, keep).T
        amount = np.nan_to_num(event) if self.outcome.is_amount else np.zeros(len(event))
        day = np.where(np.isnan(event), np.nan, 0.0) if self.outcome.is_amount else event
        if self.outcome.with_death:
            day = np.fmin(day, death)
        gone = (here < self.days) & ~(death <= here + 1)
        left = np.where(gone, here, np.nan) if not self._follows else np.full(len(here), np.nan)
        seen = ~np.isnan(day) & ~(day > _or_never(left))
        return Observed(seen.astype(np.int8), amount, np.where(seen, day, np.nan), death, left)


def latest_index_date(outcome: Outcome, days: int, complete_to: Mapping[str, str]) -> dt.date:
    """Return the latest first of a month whose horizon had closed in every feed that the outcome needs.

    Raises:
        ModelError: the record lacks a feed that the outcome needs.
    """
    lacking = [kind for kind in outcome.source_kinds if kind not in complete_to]
    if lacking:
        problem = Problem(outcome.name, f"needs {', '.join(lacking)}, which no source of this site supplies")
        raise ModelError("The outcome cannot be observed here:", [problem])
    reached = min(dt.date.fromisoformat(complete_to[kind]) for kind in outcome.source_kinds)
    date = add_months(reached, 0)
    while not window_closed(date, horizon(days), reached):
        date = add_months(date, -1)
    return date
