"""Who began to receive a service inside an outcome's window: by a meeting's decision, or as stays on record tell."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from casefinder.codelists import CodeLists
from casefinder.config.model import ModelSettings
from casefinder.config.site import ServiceSettings
from casefinder.dates import horizon
from casefinder.definitions import DaysUntil, Measure
from casefinder.definitions.measures import select
from casefinder.errors import ModelError, Problem
from casefinder.histories import Block, Concepts, compile_measures, measure
from casefinder.modelling.served_people import Dated, Days, ListRecord, days_of, refuse_without


class ServiceStarts:
    """What counts as a service at a site, compiled for one record and one horizon.

    As with outcomes, what happened counts whenever it became known, up to the record's extract.
    """

    def __init__(
        self, settings: ServiceSettings, decided: Dated, horizon_days: int, concepts: Concepts, codelists: CodeLists
    ) -> None:
        self._decided, self._horizon = decided, horizon_days
        measures: dict[str, Measure] = {
            kind: DaysUntil(select(kind), horizon(horizon_days)) for kind in dict.fromkeys(settings.stays)
        }
        if settings.caseloads:
            measures["caseload"] = DaysUntil(select("caseload", prefixes=settings.caseloads), horizon(horizon_days))
        self._program = compile_measures(measures, concepts, codelists) if measures else None

    def rows(self, block: Block, dates: Sequence[dt.date], keep: np.ndarray) -> Days:
        """Return for each kept person and index date the days until the first service inside the window, NaN for none."""
        person, date = np.nonzero(keep)
        people = np.asarray(block.people.to_numpy(zero_copy_only=False), dtype=object)[person]
        found = self._decided.first(people, days_of(dates)[date], self._horizon)
        if self._program is None:
            return found
        for days in measure(block, self._program, dates, keep).T:
            found = np.fmin(found, days)
        return found


@dataclass(frozen=True)
class ServicesAndLists:
    """What a site calls a service, and what is on record of its lists."""

    services: ServiceSettings = field(default_factory=ServiceSettings)
    record: ListRecord = field(default_factory=ListRecord)


@dataclass(frozen=True)
class ServedPeople:
    """Who of a model's rows was served, and whether its rows are weighted by a hold-out."""

    starts: ServiceStarts
    record: ListRecord
    hold_out: bool

    @classmethod
    def of(
        cls, settings: ModelSettings, given: ServicesAndLists | None, concepts: Concepts, codelists: CodeLists
    ) -> "ServedPeople | None":
        """Return what a model's rows are told apart by; None where nothing is known of lists and services.

        Raises:
            ModelError: the model is to be fitted on those held out, and nothing is known of lists, or none was issued
                under a hold-out.
        """
        hold_out = settings.served_people == "hold_out"
        if given is None and hold_out:
            problem = Problem("served_people", "hold_out needs the record of lists, which was not given here")
            raise ModelError("These rows cannot be weighted by a hold-out:", [problem])
        if given is None:
            return None
        if hold_out:
            refuse_without(given.record)
        starts = ServiceStarts(given.services, given.record.decided, settings.horizon_days, concepts, codelists)
        return cls(starts, given.record, hold_out)
