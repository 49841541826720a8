"""The columns of the cost model, and the steps of the ladder that use them; people are expanded a few at a time.

Bands and yes-or-no columns are 0 or 1; someone whose sex is not known as female or male counts half in each, so the bands of
age and sex always add up to 1 and hold the level of cost. Supply is standardised, its mean at 0: to hold it at the mean of
the people fitted on is leaving its columns out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from casefinder.evaluation.inputs import FloatArray
from casefinder.features.conditions import said

BATCH: Final = 32_768
"""People whose columns stand in memory at once."""
AGES: Final = (*range(0, 95, 5),)
"""Youngest age of each band; the last is open."""
_COUNTS: Final = (1, 2, 3, 4, 6)
"""A column each for so many illnesses or more."""
_IMD: Final = ("1", "2", "4", "5", "unknown")
"""Fifths of deprivation with a column of their own, 1 the most deprived; the third is what they are compared with."""
SUPPLY: Final = ("hospital_minutes", "care_home_beds", "gp_appointments")
LADDER: Final = ("age_sex", "diagnoses", "area", "supply")
"""Steps, each with the columns of those before it."""
STEP_WORDS: Final[Mapping[str, str]] = {
    "age_sex": "age and sex",
    "diagnoses": "and diagnoses",
    "area": "and deprivation, area and care home",
    "supply": "and supply",
    "parsimonious": "parsimonious",
    "tweedie": "Tweedie, log link",
    "two_part": "two-part: any cost, and how much",
    "trees": "boosted trees, Tweedie",
}
"""How each model is said as a step."""
USED_WORDS: Final[Mapping[str, str]] = {
    "age_sex": "age and sex alone",
    "diagnoses": "age, sex and diagnoses",
    "area": "age, sex, diagnoses, deprivation and care home, with supply left out of the fit",
    "supply": "age, sex, diagnoses, deprivation and care home, with supply held at its mean",
    "parsimonious": "age, sex and the few columns that say most, with supply held at its mean",
    "tweedie": "all columns by a Tweedie model, with supply held at its mean",
    "two_part": "all columns by a two-part model, with supply held at its mean",
    "trees": "all columns by boosted trees, with supply held at its mean",
}
"""How the model that shares rest on is said."""


def age_band(age: np.ndarray) -> np.ndarray:
    """Return the place of each age in ``AGES``."""
    return np.clip(np.searchsorted(AGES, age, side="right") - 1, 0, len(AGES) - 1)


def band_words(place: int) -> str:
    """Return a band in words.

    >>> band_words(0), band_words(18)
    ('0 to 4', '90 and over')
    """
    return f"{AGES[place]} and over" if place == len(AGES) - 1 else f"{AGES[place]} to {AGES[place + 1] - 1}"


def illness_words(feature: str) -> str:
    """Return an illness in words.

    >>> illness_words("copd_years")
    'chronic obstructive pulmonary disease (COPD)'
    """
    return said(feature.removesuffix("_years"))


def imd_fifth(decile: np.ndarray) -> np.ndarray:
    """Return the fifth of deprivation (1 the most deprived) of each tenth, 0 where it is not known."""
    return (np.asarray(decile) + 1) // 2


@dataclass(frozen=True)
class Supply:
    """Supply of the areas: standardised values by the number of an area's concept, and what was standardised by.

    Attributes:
        names: what is supplied.
        value: (areas, names); 0, the mean, where it is not known.
        known: whether each area's supply is known.
        mean: of the people fitted on.
        spread: their standard deviation.
    """

    names: tuple[str, ...]
    value: FloatArray
    known: np.ndarray
    mean: FloatArray
    spread: FloatArray

    @classmethod
    def of(cls, areas: pd.DataFrame, codes: Mapping[int, str], people: np.ndarray, weight: FloatArray) -> "Supply":
        """Return the supply of the areas in which people live.

        Args:
            areas: the table ``areas`` of the record.
            codes: LSOA of each concept number of a residence.
            people: the concept number of each person's area, -1 for none.
            weight: of each person.
        """
        size = max([*codes, 0]) + 1
        listed = areas.set_index("lsoa")[list(SUPPLY)].astype(np.float64)
        raw = np.full((size, len(SUPPLY)), np.nan)
        for concept, lsoa in codes.items():
            if lsoa in listed.index:
                raw[concept] = listed.loc[lsoa].to_numpy()
        lived = np.bincount(people[people >= 0], weight[people >= 0], size)
        known = ~np.isnan(raw)
        part = known * lived[:, None]
        total = np.maximum(part.sum(axis=0), 1e-300)
        mean = (part * np.nan_to_num(raw)).sum(axis=0) / total
        spread = np.sqrt((part * np.nan_to_num(raw - mean) ** 2).sum(axis=0) / total)
        standard = np.divide(raw - mean, spread, out=np.zeros_like(raw), where=known & (spread > 0))
        return cls(SUPPLY, np.nan_to_num(standard), known.all(axis=1), mean, spread)

    def rows(self, area: np.ndarray) -> FloatArray:
        """Return the standardised supply of each person's area; the mean for people without one."""
        inside = (area >= 0) & (area < len(self.value))
        found = np.zeros((len(area), len(self.names)))
        found[inside] = self.value[area[inside]]
        return found


@dataclass(frozen=True)
class Design:
    """The columns in order: their names, and how many belong to each step of the ladder."""

    illnesses: tuple[str, ...]
    supply: Supply

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(name for step in LADDER for name in self._of_step(step))

    def _of_step(self, step: str) -> tuple[str, ...]:
        match step:
            case "age_sex":
                return tuple(f"{sex} {band_words(place)}" for sex in ("female", "male") for place in range(len(AGES)))
            case "diagnoses":
                many = tuple(f"{least} or more illnesses" if least > 1 else "any illness" for least in _COUNTS)
                return (*(illness_words(name) for name in self.illnesses), *many)
            case "area":
                return (*(f"deprivation fifth {fifth}" for fifth in _IMD), "care home")
            case _:
                return tuple(name.replace("_", " ") for name in self.supply.names)

    def places(self, model: str) -> np.ndarray:
        """Return the columns of a step, with those of the steps before it."""
        upto = LADDER.index(model) + 1
        return np.arange(sum(len(self._of_step(step)) for step in LADDER[:upto]))

    @property
    def supply_places(self) -> np.ndarray:
        """The columns of supply."""
        return np.setdiff1d(self.places("supply"), self.places("area"))

    def rows(self, people: Mapping[str, np.ndarray]) -> FloatArray:
        """Return (people, columns) of some people; the columns of ``people`` are those of ``AllocationRows``."""
        count, bands = len(people["age"]), len(AGES)
        every = np.arange(count)
        age_sex = np.zeros((count, 2 * bands))
        band, sex = age_band(people["age"]), people["sex"]
        for place in (0, 1):
            own = np.where(sex == place, 1.0, np.where(sex > 1, 0.5, 0.0))
            age_sex[every, place * bands + band] = own
        ill = np.stack([people[name] for name in self.illnesses], axis=1).astype(np.float64)
        number = ill.sum(axis=1)
        many = np.stack([number >= least for least in _COUNTS], axis=1)
        fifth = imd_fifth(people["imd"])
        area = np.stack([fifth == (0 if name == "unknown" else int(name)) for name in _IMD], axis=1)
        home = people["care_home"][:, None]
        return np.hstack([age_sex, ill, many, area, home, self.supply.rows(people["area"])])

    def batches(self, people: Mapping[str, np.ndarray]) -> Iterator[tuple[slice, FloatArray]]:
        """Yield the columns of everyone, some people at a time and in order."""
        for start in range(0, len(people["age"]), BATCH):
            part = slice(start, start + BATCH)
            yield (
                part,
                self.rows(
                    {name: people[name][part] for name in ("age", "sex", "imd", "care_home", "area", *self.illnesses)}
                ),
            )
