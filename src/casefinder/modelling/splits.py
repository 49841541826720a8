"""Who is fitted on, stopped on, calibrated on and tested on, and at which index dates.

A person belongs to one part only, by a SHA-256 hash of seed and person, so nobody is in both training and test. The outcome
window of every other date closes, with the reporting lag, before the test date (methods, 1.1).
"""

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from casefinder.config.model import SplitSettings
from casefinder.dates import add_months, to_day
from casefinder.errors import ModelError, Problem

FIT, STOP, CALIBRATE, TEST = range(4)
PARTS = ("fit", "stop", "calibrate", "test")


@dataclass(frozen=True)
class Plan:
    """Index dates of each part, and the shares of people."""

    dates: dict[int, tuple[dt.date, ...]]
    settings: SplitSettings

    @property
    def index_dates(self) -> list[dt.date]:
        """Every index date, in order."""
        return sorted({date for part in self.dates.values() for date in part})

    @property
    def test_date(self) -> dt.date:
        """The index date of the headline."""
        return self.dates[TEST][0]

    def wanted(self, parts: np.ndarray) -> np.ndarray:
        """Return (people, dates): whether each person is used at each of ``index_dates``."""
        uses = np.array([[date in self.dates[part] for date in self.index_dates] for part in range(len(PARTS))])
        return uses[parts]


def plan(settings: SplitSettings, latest: dt.date, horizon_days: int, lag_days: int) -> Plan:
    """Return the index dates of a model.

    Args:
        settings: months before the test date.
        latest: the latest index date whose outcome could be observed.
        horizon_days: the horizon of the outcome.
        lag_days: how late the outcome's slowest feed reports.

    Raises:
        ModelError: a training window would still be open at the test date.
    """
    test = settings.index_date or add_months(latest, -settings.test_months_before)
    before = {
        FIT: settings.fit_months_before,
        STOP: settings.stop_months_before,
        CALIBRATE: settings.calibrate_months_before,
        TEST: (0,),
    }
    dates = {part: tuple(sorted(_moved(test, months) for months in listed)) for part, listed in before.items()}
    found = Plan(dates, settings)
    if test > latest:
        problem = Problem("split.index_date", f"{test} is after {latest}, the last date whose outcome could be observed")
        raise ModelError("The outcome has not been observed for long enough:", [problem])
    if settings.temporal:
        _check_closed(found, horizon_days, lag_days)
    return found


def _moved(test: dt.date, months: int) -> dt.date:
    """Return the first of a month some months before the test date; the test date itself for none."""
    return add_months(test, -months) if months else test


def _check_closed(plan: Plan, horizon_days: int, lag_days: int) -> None:
    problems = [
        Problem(
            f"split.{PARTS[part]}", f"{date} + {horizon_days} + {lag_days} days of lag passes the test date {plan.test_date}"
        )
        for part in (FIT, STOP, CALIBRATE)
        for date in plan.dates[part]
        if to_day(date) + horizon_days + lag_days > to_day(plan.test_date)
    ]
    if problems:
        remedy = (
            "Raise the months in the model's 'split', or set 'temporal: false' and say so wherever you quote the figures."
        )
        raise ModelError("Training outcomes would not be known at the test date:", problems, remedy)


def parts_of(people: pa.Array, settings: SplitSettings) -> np.ndarray:
    """Return the part of each person: 0 fit, 1 stop, 2 calibrate, 3 test."""
    limits = np.cumsum([settings.fit_share, settings.stop_share, settings.calibrate_share])
    return np.searchsorted(limits, draws(people.to_pylist(), settings.seed), side="right")


def draws(people: Sequence[str], seed: int) -> np.ndarray:
    """Return a number from 0 to 1 for each person, settled by seed and person and nothing else."""
    found = [int.from_bytes(hashlib.sha256(f"{seed}/{person}".encode()).digest()[:8], "big") for person in people]
    return np.array(found, dtype=np.float64) / 2.0**64
