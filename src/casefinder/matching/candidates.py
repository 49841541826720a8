"""Who may be a control of whom: rows of one stratum inside the calipers, found by a search in sorted scores.

Controls are sorted by stratum and propensity, so those inside the caliper of a treated row are one slice. No table of all
pairs is ever made.
"""

import numpy as np

from casefinder.evaluation.inputs import BoolArray, IntArray
from casefinder.matching.distance import ROUNDING, Calipers
from casefinder.matching.risk_sets import RiskSets


class Candidates:
    """The control rows of every stratum with a treated row in it, by propensity."""

    def __init__(self, rows: RiskSets, within: Calipers) -> None:
        self._rows, self._within = rows, within
        held = np.zeros(int(rows.stratum.max()) + 1, dtype=np.bool_)
        held[rows.stratum[rows.treated]] = True
        control = rows.order[~rows.treated[rows.order] & held[rows.stratum[rows.order]]]
        control = control[np.lexsort((rows.propensity[control], rows.stratum[control]))]
        self._row = control
        self._person = rows.person[control]
        self._propensity = rows.propensity[control]
        self._prognostic = None if rows.prognostic is None else rows.prognostic[control]
        self._start = np.searchsorted(rows.stratum[control], np.arange(len(held) + 1))

    def of(self, row: int, taken: BoolArray | None = None) -> IntArray:
        """Return the control rows that a treated row may have. Nobody has two rows at a landmark, so nobody is their own.

        Args:
            row: a treated row.
            taken: whether each person is a control already; None where that does not matter.
        """
        window = self._window(row)
        allowed = np.abs(self._propensity[window] - self._rows.propensity[row]) <= self._within.propensity
        if self._prognostic is not None and self._rows.prognostic is not None and np.isfinite(self._within.prognostic):
            allowed &= np.abs(self._prognostic[window] - self._rows.prognostic[row]) <= self._within.prognostic
        if taken is not None:
            allowed &= ~taken[self._person[window]]
        return self._row[window][allowed]

    def _window(self, row: int) -> slice:
        stratum, score = self._rows.stratum[row], self._rows.propensity[row]
        first, last = self._start[stratum], self._start[stratum + 1]
        reach = self._within.propensity * (1 + ROUNDING) + ROUNDING * abs(score)
        inside = self._propensity[first:last]
        low, high = np.searchsorted(inside, score - reach, "left"), np.searchsorted(inside, score + reach, "right")
        return slice(int(first + low), int(first + high))
