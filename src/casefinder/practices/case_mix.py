"""The people behind a practice's figures: age, sex, deprivation of the area, and conditions on record before the year.

No term for a practice, and nothing that a practice's care can change within the year: no earlier use of care, no test, no
referral, no medicine. Every column is a yes or no, so a million people take a hundred megabytes.
"""

import itertools
from dataclasses import dataclass
from typing import Final

import numpy as np

from casefinder.definitions import Feature, Need
from casefinder.features import FeatureTable, chosen
from casefinder.tables import SEXES

AGES: Final = (0, 1, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60, 65, 70, 75, 80, 85, 90, 95)
"""First ages of the bands of the European Standard Population 2013."""
OLDEST_FITTED: Final = 90
"""Bands from here on are fitted as one."""
DECILES: Final = tuple(range(10))
"""Deciles with a term of their own: 0 stands for an area that is not known, and the tenth is the reference."""
_OTHERS: Final = ("age", "sex", "imd_decile")


def case_mix_features() -> tuple[Feature, ...]:
    """Return the features that the case mix is made of: an illness is on record where its feature is known at all."""
    known = {one.name: one for one in chosen(("demographics", "conditions"))}
    conditions = [name for name, one in known.items() if one.need is Need.ILLNESS]
    return tuple(known[name] for name in (*_OTHERS, *conditions))


def band_words() -> list[str]:
    """Return the age bands in words."""
    ends = [f"{start}-{after - 1}" if after - start > 1 else f"{start}" for start, after in itertools.pairwise(AGES)]
    return [*ends, f"{AGES[-1]}+"]


@dataclass(frozen=True)
class CaseMix:
    """The case mix of people: one row a person.

    Attributes:
        band: place of the age in ``AGES``.
        columns: 0 or 1, uint8, a column for each term of the model.
        decile: deprivation decile, 0 where it is not known.
        conditions: how many of the conditions are on record.
    """

    band: np.ndarray
    columns: np.ndarray
    decile: np.ndarray
    conditions: np.ndarray


class CaseMixTable:
    """The case mix, compiled for one record."""

    def __init__(self, features: FeatureTable) -> None:
        self.features = features
        self._place = {name: place for place, name in enumerate(features.names)}
        self._conditions = [place for name, place in self._place.items() if name not in _OTHERS]

    @property
    def names(self) -> tuple[str, ...]:
        """The terms of the model, in order; a reference band, sex and decile have none."""
        fitted = [start for start in AGES if start <= OLDEST_FITTED]
        ages = [f"{sex}, aged {start} on" for sex in ("female", "not female") for start in fitted]
        deciles = [f"deprivation decile {one}" if one else "deprivation not known" for one in DECILES]
        return (*ages[1:], *deciles, *(self.features.names[place] for place in self._conditions))

    def rows(self, found: np.ndarray) -> CaseMix:
        """Return the case mix of people.

        Args:
            found: (people, features), the rows of ``features``; age is known for all of them.
        """
        band = np.digitize(found[:, self._place["age"]], AGES) - 1
        female = found[:, self._place["sex"]] == SEXES.index("female")
        decile = np.nan_to_num(found[:, self._place["imd_decile"]]).astype(np.int8)
        conditions = ~np.isnan(found[:, self._conditions])
        fitted = np.minimum(band, AGES.index(OLDEST_FITTED))
        cell = np.where(female, 0, AGES.index(OLDEST_FITTED) + 1) + fitted
        cells = 2 * (AGES.index(OLDEST_FITTED) + 1)
        ages = (cell[:, None] == np.arange(1, cells)[None, :]).astype(np.uint8)
        areas = (decile[:, None] == np.array(DECILES)[None, :]).astype(np.uint8)
        columns = np.hstack([ages, areas, conditions.astype(np.uint8)])
        return CaseMix(band.astype(np.int8), columns, decile, conditions.sum(axis=1).astype(np.int8))
