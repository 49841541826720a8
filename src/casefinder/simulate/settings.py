"""What may be chosen about the made-up economy: its calendar, its effects, its planted faults."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from casefinder.dates import add_months, to_day
from casefinder.errors import ConfigError, Problem
from casefinder.simulate.arrays import Rows

NEVER: Final = 2**30
"""A day that does not come."""

FAULTS: Final = {
    "duplicate_rows": "rows sent twice, equal in every column",
    "resubmitted_rows": "a corrected version of a hospital episode, with a later submission date",
    "resubmitted_contacts": "a corrected version of a community or mental health contact, submitted in a later month",
    "sentinel_dates": "a date that stands for 'not known' where a date is needed",
    "registration_floors": "registrations that begin on 1900-01-01",
    "overlapping_stays": "a stay at a second hospital that begins before the first has ended",
    "open_stays": "a hospital spell whose end was never sent",
    "unknown_people": "rows of people who are not registered here, under valid numbers",
    "invalid_identifiers": "numbers with a wrong check digit",
    "sentinel_identifiers": "the number 9999999999",
    "unbridged_people": "mental health rows whose person id leads nowhere",
    "over_full_identifier": "rows of many people under one valid number",
    "impossible_ages": "a birth year of 1799, an age of 194",
    "bad_codes": "codes outside their value set",
    "future_dates": "something that happened after the extract",
    "shared_number": "a second person under a number of someone else",
    "dummy_people": "test records among the people of a practice",
    "sensitive_people": "people whose record is protected",
    "confidential_people": "people whose record is confidential",
    "type1_dissents": "an objection, at the practice, to use of the record beyond direct care",
    "type1_withdrawals": "such an objection taken back",
    "national_opt_outs": "people left out of the list that the national checking service returns",
    "transfers": "a stay that goes on at a second hospital",
    "restricted_codes": "codes that the law keeps apart",
    "births_at_home_on_adults": "a birth at home as intended (2C) on an adult",
    "silent_practice": "a practice whose feed stops about five months before the end",
    "deaths_without_registration": "a death that the practice knows of and the register does not",
    "deaths_unknown_to_practice": "a registered death that the practice never recorded",
    "deaths_registered_twice": "two registrations of one death",
}
"""Every kind of fault that can be planted in the raw files, and what it is."""


@dataclass(frozen=True)
class EconomySettings:
    """Choices about the economy. The defaults are those of the demonstration.

    ``until`` is the last day of records and the day of the extract; ``years`` whole years end on it. Chunks of
    ``chunk_people`` people are made apart, each from seeds of its own, so ``processes`` changes nothing in the files.
    ``service_rate_ratio`` multiplies the rate of emergency admission while a person is on the caseload of the
    case-management service; ``enrolment_on_unrecorded`` is what one standard deviation of the unrecorded part of a
    person's risk adds to the log odds of being enrolled. The two shares of people who pay for their own care home hold
    for the most and the least deprived tenth of areas (ONS, Care homes and estimating the self-funding population,
    England: 22 % and 54 %). ``faults`` names the kinds of fault to plant.
    """

    until: dt.date = dt.date(2026, 3, 31)
    years: int = 6
    processes: int = 2
    chunk_people: int = 10_000
    unrecorded_sd: float = 0.35
    practice_sd: float = 0.08
    cluster_sd: float = 0.05
    self_funded_most_deprived: float = 0.22
    self_funded_least_deprived: float = 0.54
    service_start: dt.date = dt.date(2023, 10, 1)
    service_rate_ratio: float = 0.9
    enrolment_on_unrecorded: float = 0.0
    over_full_events: int = 25_000
    faults: frozenset[str] = field(default_factory=lambda: frozenset(FAULTS))

    def __post_init__(self) -> None:
        problems = []
        if add_months(self.until, 1) - self.until != dt.timedelta(days=1):
            problems.append(Problem("until", "must be the last day of a month"))
        if not 4 <= self.years <= 10:
            problems.append(Problem("years", "must be from 4 to 10: lookback, training and test years"))
        if unknown := sorted(self.faults - set(FAULTS)):
            problems.append(Problem("faults", f"no such kind of fault: {', '.join(unknown)}"))
        if self.chunk_people < 500 or self.processes < 1:
            problems.append(Problem("chunk_people, processes", "at least 500 people a chunk, and one process"))
        if problems:
            raise ConfigError("These settings of the economy cannot be used:", problems)

    def plants(self, kind: str) -> bool:
        """Say whether a kind of fault is to be planted."""
        if kind not in FAULTS:
            raise KeyError(f"no such kind of fault: {kind}")
        return kind in self.faults


RUN_IN_MONTHS: Final = 24
"""Months lived through before the first record, so that recent admissions and packages of care are as they would be."""

AHEAD_MONTHS: Final = 12
"""Months after the last record that a true risk may look into."""


@dataclass(frozen=True)
class Calendar:
    """The months of an economy. ``starts`` holds the first day of each, from the run-in to a year after the records.

    Days are whole numbers since 1970-01-01. Month 0 is the first month of records; ``first`` and ``last`` are the first
    and the last day of records.
    """

    starts: Rows
    months: int
    first: int
    last: int
    year_of: Rows
    month_of: Rows

    def start(self, month: int) -> int:
        """Return the first day of a month counted from the first month of records; the run-in has negative months."""
        return int(self.starts[month + RUN_IN_MONTHS])

    def days(self, month: int) -> int:
        """Return how many days a month has."""
        return self.start(month + 1) - self.start(month)

    @property
    def recorded(self) -> Rows:
        """The first day of each month of records."""
        return self.starts[RUN_IN_MONTHS : RUN_IN_MONTHS + self.months]

    def month_at(self, days: Rows) -> Rows:
        """Return the month of records in which each day lies; before the records 0, after them the last."""
        found = np.searchsorted(self.recorded, days, side="right") - 1
        return np.clip(found, 0, self.months - 1)

    def index_months(self) -> list[int]:
        """Return the months whose first day is an index date: quarter days from two years in to the day after the end."""
        return [month for month in range(24, self.months + 1) if (self.month_of[month + RUN_IN_MONTHS] - 1) % 3 == 0]


def calendar(settings: EconomySettings) -> Calendar:
    """Return the calendar of an economy."""
    after = settings.until + dt.timedelta(days=1)
    months = settings.years * 12
    dates = [add_months(after, shift) for shift in range(-months - RUN_IN_MONTHS, AHEAD_MONTHS + 1)]
    return Calendar(
        starts=np.array([to_day(date) for date in dates], np.int32),
        months=months,
        first=to_day(add_months(after, -months)),
        last=to_day(settings.until),
        year_of=np.array([date.year for date in dates], np.int32),
        month_of=np.array([date.month for date in dates], np.int32),
    )
