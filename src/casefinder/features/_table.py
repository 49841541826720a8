"""Features of a block: one compiled pass, then what is worked out from other features."""

import datetime as dt
from collections.abc import Sequence

import numpy as np

from casefinder.codelists import CodeLists
from casefinder.definitions import Absent, Derived, Feature
from casefinder.features._supply import fed
from casefinder.histories import Block, Concepts, Program, compile_measures, measure


class FeatureTable:
    """Features compiled for one record: asked block by block.

    A feature that the site cannot feed (``_supply``) is empty for everyone, never zero.
    """

    def __init__(
        self, features: Sequence[Feature], concepts: Concepts, codelists: CodeLists, supplied: Sequence[str]
    ) -> None:
        self.features = tuple(features)
        self._base = [feature for feature in features if not isinstance(feature.measure, Derived)]
        self.program: Program = compile_measures(
            {one.name: one.measure for one in self._base if not isinstance(one.measure, Derived)}, concepts, codelists
        )
        self.supplied = fed(features, concepts, codelists, set(supplied))
        measured = {one.name: place for place, one in enumerate(self._base)}
        # Derived features take the place of the first measure until they are worked out.
        self._source = np.array([measured.get(name, 0) for name in self.names], dtype=np.int64)
        self._fed = np.array([self.supplied[one.name] for one in self._base], dtype=bool)
        self._zero = np.array([one.absent is Absent.ZERO for one in self._base], dtype=bool)
        self._scale = np.array([one.scale for one in self._base], dtype=float)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(feature.name for feature in self.features)

    def not_supplied(self) -> tuple[str, ...]:
        """Features that this site cannot feed."""
        return tuple(name for name, fed in self.supplied.items() if not fed)

    def rows(self, block: Block, index_dates: Sequence[dt.date], keep: np.ndarray | None = None) -> np.ndarray:
        """Return float32 features, a row for each kept person and index date (by person, then date).

        A feature is NaN where nobody knows its value.
        """
        found = self._settled(measure(block, self.program, index_dates, keep))
        columns = {one.name: found[:, place] for place, one in enumerate(self._base)}
        out = found.astype(np.float32).take(self._source, axis=1)
        for place, feature in enumerate(self.features):
            if isinstance(feature.measure, Derived):
                columns[feature.name] = derive(feature.measure, [columns[name] for name in feature.measure.inputs])
                out[:, place] = columns[feature.name]
        return out

    def _settled(self, found: np.ndarray) -> np.ndarray:
        """Put measures in their units, with absence settled, in place: the table is too large to go through by column."""
        for place, feature in enumerate(self._base):
            if feature.categories:
                column = found[:, place]
                column[column < 0] = np.nan
        np.copyto(found, 0.0, where=np.isnan(found) & self._zero)
        found *= self._scale
        found[:, ~self._fed] = np.nan
        return found


def derive(how: Derived, inputs: Sequence[np.ndarray]) -> np.ndarray:
    """Work a feature out from others, each one value a person; unknown inputs make it unknown, but are left out of sums."""
    values = np.stack(inputs)
    unknown = np.isnan(values).all(axis=0)
    match how.how:
        case "difference":
            return np.asarray(values[0] - values[1])
        case "ratio":
            with np.errstate(divide="ignore", invalid="ignore"):
                return np.where(values[1] > 0, values[0] / values[1], np.nan)
        case "weighted":
            found = _weighted(how, values)
        case "sum":
            found = np.nansum(values, axis=0)
    return np.where(unknown, np.nan, found)


def _weighted(how: Derived, values: np.ndarray) -> np.ndarray:
    """Add the weights of the inputs above zero, a milder form not counted beside its severe one."""
    present = dict(zip(how.inputs, values > 0, strict=True))
    for mild, severe in how.hierarchy.items():
        present[mild] = present[mild] & ~present[severe]
    weights = zip(how.inputs, how.weights, strict=True)
    return np.asarray(sum(present[name] * weight for name, weight in weights), dtype=float)
