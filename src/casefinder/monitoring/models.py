"""A model that is watched: the version that is served, ready to score any date as it was known then."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from casefinder.codelists import CodeLists
from casefinder.cohorts import Cohort
from casefinder.config.model import CohortSettings
from casefinder.errors import ConfigError, Problem
from casefinder.features import FeatureTable, chosen
from casefinder.histories import Block, Histories
from casefinder.histories.practices import Practices
from casefinder.modelling.bundle import Bundle
from casefinder.modelling.served_people import ListRecord
from casefinder.modelling.service_starts import ServicesAndLists, ServiceStarts
from casefinder.outcomes import OutcomeTable, outcome
from casefinder.worklist.score import columns_of


@dataclass(frozen=True)
class Watched:
    """A served version with its cohort, features, outcome and services compiled for one record; and the record of lists."""

    bundle: Bundle
    cohort: Cohort
    features: FeatureTable
    columns: np.ndarray
    outcome: OutcomeTable
    practices: Practices
    services: ServiceStarts
    lists: ListRecord

    @classmethod
    def of(
        cls, bundle: Bundle, histories: Histories, codelists: CodeLists, practices: Practices, given: ServicesAndLists
    ) -> "Watched":
        """Compile what a bundle needs.

        Raises:
            ModelError: the model does not fit the record's features.
        """
        concepts, manifest = histories.concepts, histories.version.manifest
        features = FeatureTable(chosen(), concepts, codelists, manifest["supplied"])
        bundle.contract.check(features.features, codelists, manifest["supplied"], bundle.label)
        follows = manifest["observation"]["hospital_data"] == "national"
        about = bundle.about
        target = OutcomeTable(
            outcome(about["outcome"]["name"]), about["horizon_days"], concepts, codelists, follows_leavers=follows
        )
        cohort = Cohort(CohortSettings(**about["cohort"]), concepts, codelists)
        services = ServiceStarts(given.services, given.record.decided, about["horizon_days"], concepts, codelists)
        columns = columns_of(bundle, features.names)
        return cls(bundle, cohort, features, columns, target, practices, services, given.record)

    @property
    def horizon(self) -> int:
        """Days of the horizon."""
        return int(self.bundle.about["horizon_days"])

    @property
    def test_date(self) -> dt.date:
        """The index date on which the version was tested."""
        return dt.date.fromisoformat(self.bundle.about["index_dates"]["test"][0])

    @property
    def trained_to(self) -> dt.date:
        """The first day after every outcome that the version was fitted or calibrated on."""
        dates = self.bundle.about["index_dates"]
        latest = max(dt.date.fromisoformat(date) for part in ("fit", "stop", "calibrate") for date in dates[part])
        return latest + dt.timedelta(days=self.horizon)

    def check(self, as_of: dt.date) -> None:
        """Raise unless a date lies after the version's test date.

        Raises:
            ConfigError: it does not.
        """
        if as_of <= self.test_date:
            problem = Problem("--as-of", f"{as_of} is not after {self.test_date}, the test date of {self.bundle.label}")
            raise ConfigError("There is nothing to compare yet:", [problem], "Give a later date.")

    def rows(self, block: Block, dates: Sequence[dt.date]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the features of a block's cohort in the order of the contract, who was kept, and their practices.

        Returns:
            features (a row a kept person and date), keep (people, dates), concept number of each row's practice.
        """
        cohort = self.cohort.rows(block, dates)
        keep = cohort.included
        return self.features.rows(block, dates, keep)[:, self.columns], keep, cohort.practice[keep]
