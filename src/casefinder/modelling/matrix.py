"""Features and outcomes of a cohort put side by side, block by block. This is the one place where they meet."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from casefinder.cohorts import Cohort, attrition
from casefinder.evaluation.censoring import ipcw
from casefinder.features import FeatureTable
from casefinder.histories import Block, Histories
from casefinder.modelling.served_people import days_of, weights
from casefinder.modelling.service_starts import ServedPeople
from casefinder.modelling.splits import PARTS, Plan, parts_of
from casefinder.outcomes import OutcomeTable


@dataclass(frozen=True)
class Matrix:
    """Rows of people at index dates: features (float32), outcome (0/1), weight, part, practice and date of each.

    ``served`` holds the days until a service began inside the window, NaN for none; None where nothing is known of services.
    """

    names: tuple[str, ...]
    features: np.ndarray
    outcome: np.ndarray
    weight: np.ndarray
    part: np.ndarray
    date: np.ndarray
    practice: np.ndarray
    people: np.ndarray
    notes: dict[str, object]
    served: np.ndarray | None = None

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
    served: ServedPeople | None = None


def assemble(ready: Ingredients, plan: Plan, tell: Callable[[int, int], None] = lambda _done, _all: None) -> Matrix:
    """Return the rows of every part of a plan, with censoring weights worked out at each index date.

    Where a model is fitted on those held out, rows that a list reached are left out, and those held out weigh for them.

    Raises:
        ModelError: the hold-out does not cover the windows.
    """
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
        gathered.append(_block(ready, block, dates, keep, part, cohort.practice))
    rows = {name: np.concatenate([one[name] for one in gathered]) for name in gathered[0]}
    rows["weight"], censored = _weights(rows["time"], rows["cause"], rows["date"], dates, ready.outcome.days)
    notes: dict[str, object] = {"attrition": attrition(ready.cohort.rules, excluded), "censoring": censored}
    if ready.served and ready.served.hold_out:
        rows, notes["hold_out"] = _without_reached(rows, ready.served, dates, ready.outcome.days)
    return Matrix(
        names=ready.features.names,
        features=rows["features"],
        outcome=rows["outcome"].astype(np.float64),
        weight=rows["weight"],
        part=rows["part"],
        date=rows["date"],
        practice=rows["practice"],
        people=rows["people"],
        notes={
            **notes,
            "rows": {name: int(np.sum(rows["part"] == place)) for place, name in enumerate(PARTS)},
            "events": {name: int(rows["outcome"][rows["part"] == place].sum()) for place, name in enumerate(PARTS)},
        },
        served=rows.get("served"),
    )


def _block(
    ready: Ingredients, block: Block, dates: Sequence[dt.date], keep: np.ndarray, part: np.ndarray, practice: np.ndarray
) -> dict[str, np.ndarray]:
    """Return the rows of one block, column by column."""
    person, date = np.nonzero(keep)
    seen = ready.outcome.rows(block, dates, keep)
    time, cause = seen.time_and_cause(ready.outcome.days)
    found = {
        "features": ready.features.rows(block, dates, keep),
        "outcome": seen.observed,
        "time": time,
        "cause": cause,
        "part": part[person],
        "date": date,
        "practice": practice[person, date],
        "people": np.asarray(block.people.to_numpy(zero_copy_only=False))[person],
    }
    return {**found, "served": ready.served.starts.rows(block, dates, keep)} if ready.served else found


def _without_reached(
    rows: dict[str, np.ndarray], served: ServedPeople, dates: Sequence[dt.date], days: int
) -> tuple[dict[str, np.ndarray], dict[str, int]]:
    """Return the rows that no list reached, those held out weighing for those that one did; and how many there are."""
    own = weights(served.record, rows["people"], days_of(dates)[rows["date"]], days)
    rows = {**rows, "weight": rows["weight"] * own}
    kept = {name: values[own > 0] for name, values in rows.items()}
    return kept, {"reached_by_a_list": int(np.sum(own == 0)), "held_out_in_their_stead": int(np.sum(own > 1))}


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
