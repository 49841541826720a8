"""Features and outcomes of a cohort put side by side, block by block. This is the one place where they meet."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from casefinder.cohorts import Cohort, attrition
from casefinder.evaluation.censoring import ipcw
from casefinder.features import FeatureTable
from casefinder.histories import Histories
from casefinder.modelling.splits import PARTS, Plan, parts_of
from casefinder.outcomes import OutcomeTable


@dataclass(frozen=True)
class Matrix:
    """Rows of people at index dates: features (float32), outcome (0/1), weight, part, practice and date of each."""

    names: tuple[str, ...]
    features: np.ndarray
    outcome: np.ndarray
    weight: np.ndarray
    part: np.ndarray
    date: np.ndarray
    practice: np.ndarray
    people: np.ndarray
    notes: dict[str, object]

    def of(self, part: int) -> np.ndarray:
        """Return the rows of one part."""
        return np.flatnonzero(self.part == part)


@dataclass(frozen=True)
class Ingredients:
    """What a matrix is made of, compiled for one record."""

    histories: Histories
    cohort: Cohort
    features: FeatureTable
    outcome: OutcomeTable


def assemble(ready: Ingredients, plan: Plan, tell: Callable[[int, int], None] = lambda _done, _all: None) -> Matrix:
    """Return the rows of every part of a plan, with censoring weights worked out at each index date."""
    dates = plan.index_dates
    gathered: list[dict[str, np.ndarray]] = []
    excluded = np.zeros(len(ready.cohort.rules) + 1, dtype=np.int64)
    numbers = ready.histories.numbers
    for done, block in enumerate(ready.histories):
        tell(done, len(numbers))
        part = parts_of(block.people, plan.settings)
        cohort = ready.cohort.rows(block, dates)
        excluded += np.bincount(cohort.rule[:, dates.index(plan.test_date)], minlength=len(excluded))
        keep = cohort.included & plan.wanted(part)
        person, date = np.nonzero(keep)
        seen = ready.outcome.rows(block, dates, keep)
        time, cause = seen.time_and_cause(ready.outcome.days)
        gathered.append(
            {
                "features": ready.features.rows(block, dates, keep),
                "outcome": seen.observed,
                "time": time,
                "cause": cause,
                "part": part[person],
                "date": date,
                "practice": cohort.practice[person, date],
                "people": np.asarray(block.people.to_numpy(zero_copy_only=False))[person],
            }
        )
    rows = {name: np.concatenate([one[name] for one in gathered]) for name in gathered[0]}
    weight, censored = _weights(rows["time"], rows["cause"], rows["date"], dates, ready.outcome.days)
    return Matrix(
        names=ready.features.names,
        features=rows["features"],
        outcome=rows["outcome"].astype(np.float64),
        weight=weight,
        part=rows["part"],
        date=rows["date"],
        practice=rows["practice"],
        people=rows["people"],
        notes={
            "attrition": attrition(ready.cohort.rules, excluded),
            "censoring": censored,
            "rows": {name: int(np.sum(rows["part"] == place)) for place, name in enumerate(PARTS)},
            "events": {name: int(rows["outcome"][rows["part"] == place].sum()) for place, name in enumerate(PARTS)},
        },
    )


def _weights(
    time: np.ndarray, cause: np.ndarray, date: np.ndarray, dates: Sequence[dt.date], days: int
) -> tuple[np.ndarray, list[dict[str, object]]]:
    """Return censoring weights at each index date, and what they were worked out from."""
    weight = np.zeros(len(time))
    notes: list[dict[str, object]] = []
    for place, when in enumerate(dates):
        here = np.flatnonzero(date == place)
        if not len(here):
            continue
        found = ipcw(time[here], cause[here], days)
        weight[here] = found.weight
        notes.append(
            {
                "index_date": str(when),
                "people": len(here),
                "lost": found.lost,
                "largest_weight": round(found.maximum, 6),
                "truncated_at": round(found.limit, 6),
            }
        )
    return weight, notes
