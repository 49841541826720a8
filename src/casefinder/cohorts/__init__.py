"""Who is scored at an index date: rules in and out, and how many each rule left out.

Every rule sees only what was visible on the index date. Caseload, recently discussed and end-of-life are rules of a list and
never of a cohort.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from casefinder.codelists import CodeLists
from casefinder.config.model import CohortSettings
from casefinder.dates import EVER, lookback
from casefinder.definitions import AgeYears, Category, Count, DaysSince, DaysWithin, Inside, Measure
from casefinder.definitions.measures import select
from casefinder.histories import Block, Concepts, compile_measures, measure

EVIDENCE_DAYS = 730
"""A sign of living in a care home counts for two years."""


def measures(settings: CohortSettings) -> dict[str, Measure]:
    """Return what the rules look at."""
    registered = select("registration")
    return {
        "age": AgeYears(),
        "deaths": Count(select("death"), EVER),
        "practice": Category(registered, inside=True),
        "registered_days": DaysWithin(registered, lookback(max(1, settings.min_registered_days))),
        "in_care_home": Inside(select("care_home")),
        "care_home_evidence_days": DaysSince(select("care_home_evidence")),
    }


@dataclass(frozen=True)
class CohortRows:
    """People of a block at each index date: (people, dates) arrays.

    ``rule`` is 0 for those included, else the number of the first rule not passed, counted from 1 in ``Cohort.rules``;
    ``practice`` is the concept number of the practice, -1 for none.
    """

    rule: np.ndarray
    practice: np.ndarray

    @property
    def included(self) -> np.ndarray:
        """True for those who passed every rule."""
        return self.rule == 0


class Cohort:
    """The cohort of a model, compiled for one record."""

    def __init__(self, settings: CohortSettings, concepts: Concepts, codelists: CodeLists) -> None:
        self.settings = settings
        self._program = compile_measures(measures(settings), concepts, codelists)

    @property
    def rules(self) -> tuple[str, ...]:
        """What each rule says of the people whom it leaves out, in order."""
        settings = self.settings
        found = ["not yet born", "died", "not registered with a practice"]
        found.append(f"registered for less than {settings.min_registered_days} days")
        found += [f"younger than {settings.min_age}", f"older than {settings.max_age}"]
        return (*found, "already lives in a care home") if settings.not_in_care_home else tuple(found)

    def rows(self, block: Block, index_dates: Sequence[dt.date]) -> CohortRows:
        """Return who is included at each index date, and why the others are not."""
        found = measure(block, self._program, index_dates).reshape(len(block), len(index_dates), -1)
        column = dict(zip(self._program.names, np.moveaxis(found, 2, 0), strict=True))
        settings = self.settings
        resident = (column["in_care_home"] > 0) | (column["care_home_evidence_days"] <= EVIDENCE_DAYS)
        fails = [
            np.isnan(column["age"]),
            column["deaths"] > 0,
            np.isnan(column["practice"]),
            column["registered_days"] < settings.min_registered_days,
            column["age"] < settings.min_age,
            column["age"] >= settings.max_age + 1,
        ]
        if settings.not_in_care_home:
            fails.append(resident)
        rule = np.select(fails, range(1, len(fails) + 1), default=0)
        practice = np.where(np.isnan(column["practice"]), -1, column["practice"]).astype(np.int64)
        return CohortRows(rule, practice)


def attrition(rules: Sequence[str], counts: np.ndarray) -> list[dict[str, int | str]]:
    """Return how many people were left after each rule.

    Args:
        rules: what each rule says.
        counts: people by rule number, 0 for those included.
    """
    left = int(counts.sum())
    table: list[dict[str, int | str]] = [{"rule": "everyone in the record", "left_out": 0, "left": left}]
    for number, rule in enumerate(rules, start=1):
        left -= int(counts[number])
        table.append({"rule": rule, "left_out": int(counts[number]), "left": left})
    return table
