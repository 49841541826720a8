"""Balance before and after matching: never a p-value, and one scale for both.

The standardised mean difference divides by the standard deviation of the treated *before* matching, in both rows, so that it
cannot look better because the spread changed (Stuart 2010 Stat Sci 25:1). A 0/1 column has the deviation sqrt(p (1 - p)).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from casefinder.evaluation.inputs import BoolArray, FloatArray, numbers, outcomes, same_length, weights

LARGEST_SMD: Final = 0.1
LARGEST_SMD_OF_PROGNOSIS: Final = 0.05
VARIANCE_RATIOS: Final = (0.8, 1.25)


@dataclass(frozen=True)
class Comparison:
    """One column in the treated and in the others.

    Attributes:
        treated: mean.
        control: mean.
        smd: (treated - control) / standard deviation of the treated before matching.
        variance_ratio: variance of the treated over that of the controls; NaN for a 0/1 column, whose variance is its
            mean's.
        ks: largest difference between the two distribution functions, weighted (Kolmogorov-Smirnov).
    """

    treated: float
    control: float
    smd: float
    variance_ratio: float
    ks: float


@dataclass(frozen=True)
class Balance:
    """A column before and after, and whether it is inside its targets."""

    name: str
    before: Comparison
    after: Comparison
    largest_smd: float

    @property
    def is_balanced(self) -> bool:
        """Whether |SMD| is below its target and the variance ratio, if there is one, between 0.8 and 1.25."""
        ratio = self.after.variance_ratio
        spread = bool(np.isnan(ratio)) or VARIANCE_RATIOS[0] <= ratio <= VARIANCE_RATIOS[1]
        return abs(self.after.smd) < self.largest_smd and spread


def compare(
    values: npt.ArrayLike, treated: npt.ArrayLike, weight: npt.ArrayLike | None = None, deviation: float | None = None
) -> Comparison:
    """Compare one column between treated and controls.

    Args:
        values: one value a row.
        treated: 1 for treated rows.
        weight: of each row, such as ``Members.weight``.
        deviation: standard deviation of the treated before matching; that of these rows where None.

    Returns:
        An SMD of NaN where the treated do not vary.

    Raises:
        ValueError: unequal lengths, missing values, or nobody in an arm.

    >>> compare([1, 2, 3, 2, 3, 4], [1, 1, 1, 0, 0, 0]).smd
    -1.0
    """
    column, is_treated = numbers(values, "values"), outcomes(treated, "treated").astype(np.bool_)
    counted = weights(weight, len(column))
    same_length(values=column, treated=is_treated, weight=counted)
    if not counted[is_treated].any() or not counted[~is_treated].any():
        raise ValueError("balance needs rows with weight in both arms")
    own, others = (column[is_treated], counted[is_treated]), (column[~is_treated], counted[~is_treated])
    means = float(np.average(own[0], weights=own[1])), float(np.average(others[0], weights=others[1]))
    scale = treated_deviation(column, is_treated) if deviation is None else deviation
    variances = _variance(*own), _variance(*others)
    is_binary = bool(np.isin(column, (0, 1)).all())
    ratio = np.nan if is_binary or not variances[1] > 0 else variances[0] / variances[1]
    smd = (means[0] - means[1]) / scale if scale > 0 else np.nan
    return Comparison(*means, float(smd), float(ratio), ks(column, is_treated, counted))


def treated_deviation(column: FloatArray, treated: BoolArray) -> float:
    """Return the standard deviation of the treated: sqrt(p (1 - p)) for a 0/1 column, else with n - 1."""
    own = column[treated]
    is_binary = bool(np.isin(column, (0, 1)).all())
    return float(np.std(own, ddof=0 if is_binary or len(own) < 2 else 1))


def ks(column: FloatArray, treated: BoolArray, weight: FloatArray) -> float:
    """Return the largest difference between two weighted distribution functions."""
    order = np.argsort(column, kind="stable")
    values, own = column[order], treated[order]
    step = np.where(own, weight[order] / weight[treated].sum(), -weight[order] / weight[~treated].sum())
    apart = np.abs(np.cumsum(step))
    last_of_value = np.append(values[1:] != values[:-1], True)
    return float(apart[last_of_value].max())


def _variance(values: FloatArray, weight: FloatArray) -> float:
    """Return the variance with weights that stand for reliability; that with n - 1 where all are equal."""
    total = float(weight.sum())
    free = total - float(weight @ weight) / total
    mean = np.average(values, weights=weight)
    return float(weight @ (values - mean) ** 2) / free if free > 1e-12 * total else 0.0


def balance(
    columns: npt.NDArray[np.floating],
    names: Sequence[str],
    treated: npt.ArrayLike,
    rows: npt.ArrayLike,
    treated_after: npt.ArrayLike,
    weight_after: npt.ArrayLike,
    age: str | None = None,
    strict: Sequence[str] = (),
) -> list[Balance]:
    """Return the balance of every column, its square, and its product with age.

    Args:
        columns: (rows, columns) of everyone who could be matched: covariates, propensity and prognostic score.
        names: of the columns.
        treated: 1 for treated rows.
        rows: the rows in sets, as ``Members.row``; a control in several sets stands there several times.
        treated_after: ``Members.treated``.
        weight_after: ``Members.weight``.
        age: name of the column whose products are looked at; None for no products.
        strict: columns held to |SMD| < 0.05: the prognostic score and earlier admissions.

    Raises:
        ValueError: a name in ``age`` or ``strict`` that is no column, or as ``compare``.
    """
    unknown = sorted({*strict, *([age] if age else [])} - set(names))
    if unknown or columns.ndim != 2 or columns.shape[1] != len(names):
        raise ValueError(f"give one name a column, and in age and strict only those; not a column: {', '.join(unknown)}")
    is_treated = outcomes(treated, "treated").astype(np.bool_)
    chosen = np.asarray(rows, dtype=np.int64)
    found = []
    for name, limit_of, column in _terms(columns, names, age):
        limit = LARGEST_SMD_OF_PROGNOSIS if limit_of in strict and name == limit_of else LARGEST_SMD
        before = compare(column, is_treated)
        deviation = treated_deviation(column, is_treated)
        found.append(Balance(name, before, compare(column[chosen], treated_after, weight_after, deviation), limit))
    return found


def _terms(
    columns: npt.NDArray[np.floating], names: Sequence[str], age: str | None
) -> Iterator[tuple[str, str, FloatArray]]:
    """Yield name, the column it is made of, and values: columns, squares of those that are not 0/1, products with age."""
    given = {name: columns[:, place].astype(np.float64) for place, name in enumerate(names)}
    yield from ((name, name, column) for name, column in given.items())
    yield from ((f"{name} squared", name, column**2) for name, column in given.items() if not np.isin(column, (0, 1)).all())
    if age is not None:
        yield from ((f"{name} x {age}", name, column * given[age]) for name, column in given.items() if name != age)


def unmatched_compared(
    columns: npt.NDArray[np.floating], names: Sequence[str], treated: npt.ArrayLike, unmatched: npt.ArrayLike
) -> dict[str, Comparison]:
    """Compare treated people without a control (as ``treated``) with those who have one (as ``control``), column by column.

    Args:
        columns: (rows, columns).
        names: of the columns.
        treated: 1 for treated rows.
        unmatched: rows of treated people without a control, as ``Pairs.unmatched``.

    Returns:
        Nothing where everyone or nobody is matched. SMDs are on the deviation of all treated.
    """
    is_treated = outcomes(treated, "treated").astype(np.bool_)
    without = np.zeros(len(is_treated), dtype=np.bool_)
    without[np.asarray(unmatched, dtype=np.int64)] = True
    if not without.any() or (without == is_treated).all():
        return {}
    given = {name: columns[:, place].astype(np.float64) for place, name in enumerate(names)}
    return {
        name: compare(column[is_treated], without[is_treated], deviation=treated_deviation(column, is_treated))
        for name, column in given.items()
    }
