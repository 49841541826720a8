"""Difference-in-differences over practices, for a service that practices took up rather than people chosen by recent events.

It is right only where practices differ in a stable level. Whether they do is looked at before the start: by the trend, and
by a start that never was. It compares everyone on the practices' lists, so it shows what a service did to a whole practice.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from casefinder.codelists import CodeLists
from casefinder.cohorts import Cohort
from casefinder.config.service import ServiceProtocol
from casefinder.dates import horizon, to_date
from casefinder.definitions import Count, DaysUntil, DaysWithin, Measure
from casefinder.definitions.measures import select
from casefinder.errors import Problem, ServiceError
from casefinder.histories import Block, Histories, Program, compile_measures, measure
from casefinder.histories.practices import Practices
from casefinder.matching import Cells, Difference, cells, difference_in_differences, placebo, pre_trend
from casefinder.modelling.stored_rows import Storage
from casefinder.services.followed import DAYS_A_YEAR
from casefinder.services.measures import Measured

PERIOD: Final = 91
"""Days of a period."""
BEFORE: Final = 6
"""Periods before the start; methods ask for four or more."""
PLACEBO: Final = -3


def measures_of(of: Measured) -> dict[str, Measure]:
    """Return what is asked of each person in each period."""
    window = horizon(PERIOD)
    return {
        "count": DaysWithin(of.of, window) if of.kind == "days" else Count(of.of, window),
        "death": DaysUntil(select("death"), window),
        "here": DaysWithin(select("registration"), window),
    }


@dataclass(frozen=True)
class PracticePeriods:
    """Adds a block up to practices and periods: called with its number."""

    histories: Histories
    cohort: Cohort
    program: Program
    dates: tuple[dt.date, ...]

    def __call__(self, number: int) -> pd.DataFrame:
        """Return events and person-years, a row each practice (concept number) and period."""
        block: Block = self.histories.block(number)
        rows = self.cohort.rows(block, self.dates)
        keep = rows.included
        count, death, here = measure(block, self.program, self.dates, keep).T
        person, date = np.nonzero(keep)
        days = np.minimum(here, np.where(np.isnan(death), PERIOD, death + 1))
        table = pd.DataFrame(
            {"practice": rows.practice[person, date], "period": date, "count": count, "years": days / DAYS_A_YEAR}
        )
        return table.groupby(["practice", "period"], as_index=False)[["count", "years"]].sum()


def periods(start: int, last: int) -> tuple[list[dt.date], list[int]]:
    """Return the first day of each period and its number, 0 the first of the service; only whole periods up to a last day.

    >>> dates, numbers = periods(1000, 1000 + 2 * PERIOD - 1)
    >>> numbers
    [-6, -5, -4, -3, -2, -1, 0, 1]
    """
    after = (last + 1 - start) // PERIOD
    numbers = list(range(-BEFORE, after))
    return [to_date(start + PERIOD * number) for number in numbers], numbers


def practice_cells(
    parts: Sequence[pd.DataFrame], numbers: Sequence[int], practices: Practices, served: Sequence[str]
) -> Cells:
    """Return the cells of practices that were there in every period."""
    table = pd.concat(parts).groupby(["practice", "period"], as_index=False)[["count", "years"]].sum()
    whole = table.groupby("practice")["period"].nunique()
    table = table[table["practice"].isin(whole.index[whole == len(numbers)])]
    codes = practices.codes(table["practice"].to_numpy())
    treated = np.isin(codes.astype(str), list(served)).astype(float)
    period = np.array(numbers)[table["period"].to_numpy()]
    return cells(table["count"].to_numpy(), table["years"].to_numpy(), treated, period, codes.astype(str))


def compared(given: Cells) -> pd.DataFrame:
    """Return the comparison as a ratio and per 100 people a year, with its trend and a placebo before the start."""
    rows = [
        _row("ratio of ratios", difference_in_differences(given)),
        _row("trend before the start: ratio a period; 1 is right", pre_trend(given)),
        _row(f"a start that never was, {-PLACEBO} periods early; 1 is right", placebo(given, PLACEBO)),
        _row("difference per 100 people a year", difference_in_differences(given, "difference")),
    ]
    return pd.DataFrame(rows).assign(events=int(given.count.sum()))


def _row(words: str, found: Difference) -> dict[str, Any]:
    estimate = found.estimate
    return {
        "what": words, "ratio": estimate.value, "low": estimate.low, "high": estimate.high, "p": found.p,
        "practices": found.clusters, "served": found.treated_clusters,
    }  # fmt: skip


def rollout(
    protocol: ServiceProtocol,
    of: Measured,
    histories: Histories,
    codelists: CodeLists,
    practices: Practices,
    served: Sequence[str],
    starts: tuple[int, int],
    storage: Storage,
) -> pd.DataFrame:
    """Return the comparison over practices.

    Args:
        protocol: says who is eligible.
        of: the primary outcome.
        histories: of the record.
        codelists: of the site.
        practices: of the record.
        served: codes of the practices where the service runs.
        starts: first time zero, and the last day on which the outcome could be observed.
        storage: runs the tasks.

    Raises:
        ServiceError: the feeds begin too late, or practices of one kind only were there throughout.
    """
    dates, numbers = periods(*starts)
    first = histories.version.manifest["history_from"]
    if numbers[-1] < 0 or (first and str(dates[0]) < first):
        problem = Problem(
            "organisation_level", f"{BEFORE} periods of {PERIOD} days before the start and one after it are needed"
        )
        raise ServiceError("Practices cannot be compared over time:", [problem], "Set organisation_level: false.")
    program = compile_measures(measures_of(of), histories.concepts, codelists)
    work = PracticePeriods(histories, Cohort(protocol.eligibility, histories.concepts, codelists), program, tuple(dates))
    with storage.tasks() as each:
        parts = list(each(work, histories.numbers))
    try:
        return compared(practice_cells(parts, numbers, practices, served))
    except ValueError as error:
        problem = Problem("organisation_level", str(error))
        raise ServiceError("Practices cannot be compared over time:", [problem], "Set organisation_level: false.") from None
