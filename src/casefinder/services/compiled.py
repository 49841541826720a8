"""What a design asks of a record, compiled for it: eligibility, what people have in common, the run-up, covariates.

Nothing here looks at a person's time zero or later. The run-up is what happened in windows before it; it is asked as a
horizon from the beginning of the first window, so that a feed that told late counts too, and ends the day before time zero.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from casefinder.codelists import CodeLists
from casefinder.cohorts import Cohort
from casefinder.config.service import RunUpSettings, ServiceProtocol
from casefinder.dates import horizon, lookback, to_date, to_day
from casefinder.definitions import AgeYears, Category, Count, DaysUntil, DaysWithin, Measure, Outcome
from casefinder.definitions.measures import select
from casefinder.features import FeatureTable
from casefinder.histories import Block, Histories, Program, compile_measures, measure
from casefinder.outcomes import OutcomeTable
from casefinder.services.columns import run_up_name
from casefinder.services.measures import MEASURES, RUN_UP
from casefinder.services.protocol import feature_records
from casefinder.tables import SEXES

PERSON: dict[str, Measure] = {
    "age": AgeYears(),
    "sex": Category(select("sex"), {name: (name,) for name in SEXES}),
}
SAID = ("age", "sex", "imd_decile", "in_care_home")
"""Features that pairs may be asked to have in common, or that subgroups are made of, whatever the covariates."""


@dataclass(frozen=True)
class RunUp:
    """Emergency admissions in windows before time zero, and whether the person was still there the day before it.

    ``shift`` is how many days before time zero the program's own index date lies.
    """

    names: tuple[str, ...]
    happened: Program
    known: Program | None
    shift: int

    def rows(self, block: Block, dates: Sequence[dt.date], keep: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return counts (rows, windows), and whether each was alive and registered the day before, as is known today."""
        early = [to_date(to_day(date) - self.shift) for date in dates]
        found = measure(block, self.happened, early, keep)
        there = np.isnan(found[:, -2]) & (found[:, -1] > 0)
        counts = found[:, :-2] if self.known is None else measure(block, self.known, dates, keep)
        return counts, there


def run_up(settings: RunUpSettings, histories: Histories, codelists: CodeLists) -> RunUp:
    """Compile the run-up for a record."""
    ends = (0, *settings.days)
    spans = list(pairwise(ends))
    shift = ends[-1]
    names = tuple(run_up_name(near, far) for near, far in spans)
    forward: dict[str, Measure] = {
        name: Count(RUN_UP.of, horizon(far - near, after=shift - far))
        for name, (near, far) in zip(names, spans, strict=True)
    }
    forward["died"] = DaysUntil(select("death"), horizon(shift))
    forward["there"] = DaysWithin(select("registration"), horizon(1, after=shift - 1))
    back: dict[str, Measure] = {
        name: Count(RUN_UP.of, lookback(far - near, until=near)) for name, (near, far) in zip(names, spans, strict=True)
    }
    known = compile_measures(back, histories.concepts, codelists) if settings.seen == "known" else None
    return RunUp(names, compile_measures(forward, histories.concepts, codelists), known, shift)


@dataclass(frozen=True)
class Compiled:
    """Everything that rows of a design are made of."""

    histories: Histories
    person: Program
    cohort: Cohort
    features: FeatureTable
    said: FeatureTable
    run_up: RunUp
    prognosis: OutcomeTable

    @classmethod
    def of(cls, protocol: ServiceProtocol, histories: Histories, codelists: CodeLists) -> "Compiled":
        """Compile a protocol for the record that histories were written from."""
        concepts, supplied = histories.concepts, histories.version.manifest["supplied"]
        follows = histories.version.manifest["observation"]["hospital_data"] == "national"
        of = MEASURES[protocol.primary]
        earlier = Outcome(of.name, of.words, lambda window: DaysUntil(of.of, window), of.feeds)
        return cls(
            histories,
            compile_measures(PERSON, concepts, codelists),
            Cohort(protocol.eligibility, concepts, codelists),
            FeatureTable(feature_records(protocol.covariates), concepts, codelists, supplied),
            FeatureTable(feature_records(SAID), concepts, codelists, supplied),
            run_up(protocol.run_up, histories, codelists),
            OutcomeTable(earlier, protocol.horizon_days, concepts, codelists, follows_leavers=follows),
        )
