"""What allocation keeps of each person: a few codes, not a matrix. One task a block, as when a model is fitted.

Illnesses, area, care home, age and sex are features of the catalogue that say of need (``Feature.need``); a barred one can
never be asked for here. Cost and days seen are those of the year from the index date on which the model is fitted.
"""

import datetime as dt
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from casefinder.allocation.cost import YEAR
from casefinder.allocation.prices import unit_measures
from casefinder.codelists import CodeLists
from casefinder.cohorts import EVIDENCE_DAYS, Cohort, attrition
from casefinder.config.model import CohortSettings
from casefinder.dates import horizon
from casefinder.definitions import Category, DaysUntil, DaysWithin, Feature, Measure, Need
from casefinder.definitions.measures import select
from casefinder.engines.apart import write_whole
from casefinder.features import FeatureTable, families
from casefinder.histories import Block, Histories, Program, compile_measures, measure
from casefinder.modelling.splits import draws
from casefinder.modelling.stored_rows import Storage
from casefinder.outcomes import outcome

EVERYONE: Final = CohortSettings(min_age=0, max_age=120, min_registered_days=0)
"""Whoever is on a list counts, from the first day and at any age."""
_UNKNOWN_SEX: Final = 3
_WHERE: Final = {"area": Category(select("residence"), inside=True)}


def need_features() -> tuple[Feature, ...]:
    """Return the features that allocation reads, in the order of the catalogue; ethnic group is left out.

    Ethnic group is no act of a practice; it is left out because cost by group holds what people could not get.
    """
    every = [feature for family in families().values() for feature in family.features]
    singly = {"age", "sex", "imd_decile", "in_care_home", "care_home_evidence_days"}
    return tuple(
        one
        for one in every
        if (one.need is Need.ILLNESS and one.name.endswith("_years")) or (one.name in singly and one.need is not Need.BARRED)
    )


def illnesses() -> tuple[str, ...]:
    """Return the features that tell an illness."""
    return tuple(one.name for one in need_features() if one.need is Need.ILLNESS)


@dataclass(frozen=True)
class Compiled:
    """What is asked of a record, compiled for it."""

    histories: Histories
    cohort: Cohort
    features: FeatureTable
    where: Program
    year: Program
    units: Program
    priced: tuple[str, ...]

    @classmethod
    def of(cls, histories: Histories, codelists: CodeLists) -> "Compiled":
        """Compile for the record that histories were written from."""
        concepts, window = histories.concepts, horizon(YEAR)
        year: dict[str, Measure] = {
            "cost": outcome("cost").event(window),
            "death": DaysUntil(select("death"), window),
            "here": DaysWithin(select("registration"), window),
        }
        units = unit_measures(window)
        return cls(
            histories,
            Cohort(EVERYONE, concepts, codelists),
            FeatureTable(need_features(), concepts, codelists, histories.version.manifest["supplied"]),
            compile_measures(_WHERE, concepts, codelists),
            compile_measures(year, concepts, codelists),
            compile_measures(units, concepts, codelists),
            tuple(units),
        )


@dataclass(frozen=True)
class BlockSaid:
    """What a block said besides its rows: people left out at the index dates, and units and pence of each activity."""

    excluded: np.ndarray
    units: np.ndarray


@dataclass(frozen=True)
class WritePeople:
    """Writes the rows of a block: called with its number, wherever the record can be read and ``folder`` written.

    ``dates`` holds the index date of the fit and the date of the lists, once where they are the same.
    """

    ready: Compiled
    dates: tuple[dt.date, ...]
    folder: Path
    seed: int

    def __call__(self, number: int) -> BlockSaid:
        """Work out the rows of one block, and write them."""
        block = self.ready.histories.block(number)
        cohort = self.ready.cohort.rows(block, self.dates)
        keep = cohort.included
        person, date = np.nonzero(keep)
        drawn = draws(block.people.to_pylist(), self.seed)
        rows = {
            "date": date.astype(np.int8),
            "practice": cohort.practice[person, date].astype(np.int32),
            "draw": drawn[person],
            **self._said(block, keep),
            **self._year(block, keep, date),
        }
        written = io.BytesIO()
        pq.write_table(pa.table(rows), written, compression="lz4")
        write_whole(self.file(number), written.getvalue())
        rules = len(self.ready.cohort.rules) + 1
        excluded = np.stack([np.bincount(cohort.rule[:, place], minlength=rules) for place in range(len(self.dates))])
        return BlockSaid(excluded, self._units(block, keep))

    def file(self, number: int) -> Path:
        """Return the file of a block's rows."""
        return self.folder / f"{number:05d}.parquet"

    def _said(self, block: Block, keep: np.ndarray) -> dict[str, np.ndarray]:
        found = self.ready.features.rows(block, self.dates, keep)
        column = dict(zip(self.ready.features.names, found.T, strict=True))
        area = measure(block, self.ready.where, self.dates, keep)[:, 0]
        resident = (column["in_care_home"] > 0) | (column["care_home_evidence_days"] <= EVIDENCE_DAYS)
        return {
            "age": column["age"],
            "sex": np.where(np.isnan(column["sex"]), _UNKNOWN_SEX, column["sex"]).astype(np.int8),
            "imd": np.nan_to_num(column["imd_decile"]).astype(np.int8),
            "care_home": resident,
            "area": np.where(np.isnan(area), -1, area).astype(np.int32),
            **{name: ~np.isnan(column[name]) for name in illnesses()},
        }

    def _year(self, block: Block, keep: np.ndarray, date: np.ndarray) -> dict[str, np.ndarray]:
        """Return cost in pence and days seen in the year from the first date; 0 in rows of the other date."""
        first = np.zeros_like(keep)
        first[:, 0] = keep[:, 0]
        cost, death, here = measure(block, self.ready.year, self.dates, first).T
        place = np.flatnonzero(date == 0)
        found: dict[str, np.ndarray] = {"cost": np.zeros(len(date), np.int64), "days": np.zeros(len(date), np.int16)}
        found["cost"][place] = np.nan_to_num(cost).astype(np.int64)
        alive = np.where(np.isnan(death), YEAR, death + 1)
        found["days"][place] = np.minimum(here, alive).astype(np.int16)
        return found | {"died": np.isin(np.arange(len(date)), place[~np.isnan(death)])}

    def _units(self, block: Block, keep: np.ndarray) -> np.ndarray:
        first = np.zeros_like(keep)
        first[:, 0] = keep[:, 0]
        return measure(block, self.ready.units, self.dates, first).sum(axis=0)


@dataclass(frozen=True)
class AllocationRows:
    """People on the lists at the date of the fit and at the date of the lists, a value a person and date.

    Attributes:
        columns: by name: ``practice`` and ``area`` (concept numbers, -1 for none), ``age`` in years, ``sex`` (place in
            ``SEXES``), ``imd`` (decile, 0 not known), ``care_home``, one for each illness, ``draw`` (0 to 1, settled by seed
            and person), ``cost`` in pence and ``days`` of the year from the first date, ``died`` in it, ``date`` (0 or 1).
        attrition: at each date, how many people were left after each rule.
        units: units and pence of each activity of the year.
    """

    columns: dict[str, np.ndarray]
    attrition: list[list[dict[str, int | str]]]
    units: dict[str, float]

    def at(self, date: int) -> dict[str, np.ndarray]:
        """Return the columns of one date."""
        here = self.columns["date"] == date
        return {name: values[here] for name, values in self.columns.items()}


def gather(
    ready: Compiled,
    dates: tuple[dt.date, ...],
    storage: Storage,
    seed: int,
    tell: Callable[[int, int], None] = lambda _done, _all: None,
) -> AllocationRows:
    """Return everyone on a list at the dates; ``tell`` is called with blocks done and all blocks."""
    write, numbers = WritePeople(ready, dates, storage.new_folder(), seed), ready.histories.numbers
    said: list[BlockSaid] = []
    tell(0, len(numbers))
    with storage.tasks() as each:
        for block in each(write, numbers):
            said.append(block)
            tell(len(said), len(numbers))
    tables = [pq.read_table(pa.BufferReader(write.file(number).read_bytes())) for number in numbers]
    names = tables[0].column_names
    columns = {name: np.concatenate([table[name].to_numpy() for table in tables]) for name in names}
    excluded = np.sum([block.excluded for block in said], axis=0)
    units = np.sum([block.units for block in said], axis=0)
    return AllocationRows(
        columns,
        [attrition(ready.cohort.rules, counts) for counts in excluded],
        dict(zip(ready.priced, units.tolist(), strict=True)),
    )
