"""The rows to match: one a treated entry, one a control candidate, each at its landmark with what was known then.

A risk set is everyone who could have started at a landmark: the person who did, and people who were alive, registered,
eligible and not treated yet. Someone treated later belongs in the risk sets before their own start, and is followed as a
control until then (Li et al. 2001 JASA 96:870; Thomas et al. 2020 Stat Med 39:2350). A person so has one row for each
landmark.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from casefinder.evaluation.inputs import BoolArray, FloatArray, IntArray, labels, numbers, outcomes, same_length


@dataclass(frozen=True)
class RiskSets:
    """Checked rows, in the order in which they were given.

    Attributes:
        person: a number for each person, the same in all their rows. The numbers stand in tie order: of two equal
            candidates the person with the lower number is taken.
        landmark: of each row, in days or months; larger is later.
        treated: whether the person starts at this landmark.
        stratum: a number for each combination of landmark and exact variables.
        propensity: logit of the propensity score.
        prognostic: logit of the prognostic score, or None.
        closeness: (rows, columns) for the Mahalanobis distance, or None.
        start: landmark at which each *person* is treated; the largest whole number for those who never are.
        order: the rows by person and landmark: the same sequence whatever the order in which rows were given.
        seed: of the tie order.
    """

    person: IntArray
    landmark: IntArray
    treated: BoolArray
    stratum: IntArray
    propensity: FloatArray
    prognostic: FloatArray | None
    closeness: npt.NDArray[np.floating] | None
    start: IntArray
    order: IntArray
    seed: int

    def treated_rows(self) -> IntArray:
        """Return the treated rows by descending propensity, ties in tie order."""
        rows = np.flatnonzero(self.treated)
        return rows[np.lexsort((self.person[rows], -self.propensity[rows]))]

    def in_order(self, values: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
        """Return a column in the order that does not depend on how rows were given, so that sums do not either."""
        return values[self.order]


NEVER = np.iinfo(np.int64).max


def risk_sets(
    person: npt.ArrayLike | Sequence[object],
    landmark: npt.ArrayLike,
    treated: npt.ArrayLike,
    propensity: npt.ArrayLike,
    prognostic: npt.ArrayLike | None = None,
    closeness: npt.ArrayLike | None = None,
    exact: Sequence[npt.ArrayLike | Sequence[object]] = (),
    seed: int = 0,
) -> RiskSets:
    """Return checked rows, ready to match.

    Args:
        person: label of the person in each row.
        landmark: whole number, such as a day or a month; controls are found at the same landmark only.
        treated: 1 or True in the one row in which a person starts, else 0.
        propensity: logit of the propensity score, estimated at entry to the risk set.
        prognostic: logit of the prognostic score.
        closeness: (rows, columns): what pairs should be close on inside the calipers, such as earlier emergency admissions,
            age and frailty. A constant column counts for nothing.
        exact: columns that must be equal in a pair, such as sex and age band.
        seed: settles ties, with the label of the person and nothing else.

    Raises:
        ValueError: unequal lengths, missing values, nobody treated, a person treated twice, twice at one landmark, or a
            candidate at or after their own start.
    """
    given, logit = outcomes(treated, "treated").astype(np.bool_), numbers(propensity, "propensity")
    dates = _whole(landmark)
    people, count = _in_tie_order(person, len(logit), seed)
    same_length(person=people, landmark=dates, treated=given, propensity=logit)
    if not given.any():
        raise ValueError("nobody is treated, so there is nobody to match")
    risk = None if prognostic is None else _column(prognostic, "prognostic", len(logit))
    near = None if closeness is None else _matrix(closeness, len(logit))
    start = _starts(people[given], dates[given], count)
    order = _person_and_landmark(people, dates)
    _refuse_late_candidates(people, dates, given, start)
    return RiskSets(people, dates, given, _strata(dates, exact), logit, risk, near, start, order, seed)


def tie_draws(people: Sequence[object], seed: int) -> IntArray:
    """Return a whole number for each label, settled by seed and label and nothing else."""
    found = [int.from_bytes(hashlib.sha256(f"{seed}/{one}".encode()).digest()[:8], "big") >> 1 for one in people]
    return np.array(found, dtype=np.int64)


def _in_tie_order(person: npt.ArrayLike | Sequence[object], rows: int, seed: int) -> tuple[IntArray, int]:
    codes, known = labels(person, rows, "person")
    rank = np.empty(len(known), dtype=np.int64)
    # Labels are sorted, so two equal draws would keep the order of their labels.
    rank[np.argsort(tie_draws(known, seed), kind="stable")] = np.arange(len(known))
    return rank[codes], len(known)


def _whole(landmark: npt.ArrayLike) -> IntArray:
    dates = numbers(landmark, "landmark")
    if (dates != np.floor(dates)).any():
        raise ValueError("landmark must be whole numbers, such as days or months")
    return dates.astype(np.int64)


def _column(values: npt.ArrayLike, name: str, rows: int) -> FloatArray:
    column = numbers(values, name)
    if len(column) != rows:
        raise ValueError(f"{name} must have one value a row; got {len(column)} for {rows} rows")
    return column


def _matrix(values: npt.ArrayLike, rows: int) -> npt.NDArray[np.floating]:
    matrix = np.asarray(values)
    matrix = matrix if matrix.dtype in (np.float32, np.float64) else matrix.astype(np.float64)
    if matrix.ndim != 2 or len(matrix) != rows:
        raise ValueError(f"closeness must be of {rows} rows and one column a variable; got shape {matrix.shape}")
    missing = sum(int(np.count_nonzero(~np.isfinite(column))) for column in matrix.T)
    if missing:
        raise ValueError(f"closeness has {missing} missing or infinite values; mend them or leave those rows out")
    return matrix


def _starts(people: IntArray, dates: IntArray, count: int) -> IntArray:
    twice = len(people) - len(np.unique(people))
    if twice:
        raise ValueError(f"{twice} rows treat a person who is treated in another row; give each person one start")
    start = np.full(count, NEVER, dtype=np.int64)
    start[people] = dates
    return start


def _person_and_landmark(people: IntArray, dates: IntArray) -> IntArray:
    first = int(dates.min())
    key = people * (int(dates.max()) - first + 1) + (dates - first)
    order = np.argsort(key)
    twice = int(np.count_nonzero(np.diff(key[order]) == 0))
    if twice:
        raise ValueError(f"{twice} rows repeat a person at a landmark; give each person one row a landmark")
    return order.astype(np.int64)


def _refuse_late_candidates(people: IntArray, dates: IntArray, treated: BoolArray, start: IntArray) -> None:
    late = int(np.count_nonzero(~treated & (dates >= start[people])))
    if late:
        raise ValueError(f"{late} control candidates have been treated by their landmark; leave those rows out")


def _strata(dates: IntArray, exact: Sequence[npt.ArrayLike | Sequence[object]]) -> IntArray:
    stratum, _ = labels(dates, len(dates), "landmark")
    for number, column in enumerate(exact):
        codes, known = labels(column, len(dates), f"exact[{number}]")
        stratum, _ = labels(stratum * len(known) + codes, len(dates))
    return stratum
