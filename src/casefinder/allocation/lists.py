"""Sums over the people on the lists of the day, a practice a row: all that shares, targets and what-ifs need.

The need of a practice by a linear model is its sum of columns times the coefficients, so another cap or another step of the
ladder is one product, with nothing fitted or predicted again. Everyone's supply is the mean of the lists.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from casefinder.allocation.design import AGES, Design
from casefinder.allocation.models import CHALLENGERS, Rescaled
from casefinder.evaluation.inputs import FloatArray

CELLS: Final = 2 * len(AGES)
"""Cells of sex (female, male) and age band, in the order of the columns of age and sex."""
_DECILES: Final = 11


@dataclass(frozen=True)
class Lists:
    """Sums over the people on each practice's list.

    Attributes:
        codes: of the practices, in order.
        columns: (practices, columns), supply at the mean of all lists.
        cells: (practices, cells) people by sex and age band.
        cell_columns: (cells, columns), sums over everyone of a cell.
        deciles: (practices, 11) people by tenth of deprivation, the first not known.
        challenger: (challengers, practices) need by the challengers, supply at the mean of those fitted on.
        challenger_cells: (challengers, cells).
        negative: (caps, linear models) people whose predicted need is below 0.
    """

    codes: tuple[str, ...]
    columns: FloatArray
    cells: FloatArray
    cell_columns: FloatArray
    deciles: FloatArray
    challenger: FloatArray
    challenger_cells: FloatArray
    negative: FloatArray

    @property
    def people(self) -> FloatArray:
        """How many people are on each list."""
        return np.asarray(self.deciles.sum(axis=1))


def lists(
    design: Design,
    people: Mapping[str, np.ndarray],
    practice: np.ndarray,
    codes: Sequence[str],
    coefficients: FloatArray,
    others: Mapping[str, Rescaled],
) -> Lists:
    """Add up the people on the lists.

    Args:
        design: the columns.
        people: who is on the lists.
        practice: the number of each one's practice.
        codes: of the practices, by their numbers.
        coefficients: (caps, models, columns).
        others: the challengers.
    """
    count, columns = len(codes), len(design.names)
    supply = design.supply_places
    mean = _mean_supply(design, people)
    sums, cell_columns = np.zeros((count, columns)), np.zeros((CELLS, columns))
    cells, deciles = np.zeros((count, CELLS)), np.zeros((count, _DECILES))
    need, cell_need = np.zeros((len(CHALLENGERS), count)), np.zeros((len(CHALLENGERS), CELLS))
    negative = np.zeros(coefficients.shape[:2])
    for rows, x in design.batches(people):
        x[:, supply] = mean
        own, cell = practice[rows], x[:, :CELLS]
        member = np.zeros((len(own), count))
        member[np.arange(len(own)), own] = 1.0
        sums += member.T @ x
        cell_columns += cell.T @ x
        cells += member.T @ cell
        np.add.at(deciles, (own, people["imd"][rows]), 1.0)
        negative += (x @ coefficients.reshape(-1, columns).T < 0).sum(axis=0).reshape(negative.shape)
        x[:, supply] = 0.0
        for place, name in enumerate(CHALLENGERS):
            predicted = others[name].predict(x)
            need[place] += member.T @ predicted
            cell_need[place] += cell.T @ predicted
    return Lists(tuple(codes), sums, cells, cell_columns, deciles, need, cell_need, negative)


def _mean_supply(design: Design, people: Mapping[str, np.ndarray]) -> FloatArray:
    """Return the mean of everyone's supply on the lists, in the units of the design."""
    return np.asarray(design.supply.rows(people["area"]).mean(axis=0))
