"""What changes where people are cut off by a score: local linear regression on both sides of the cut.

Who stands just above a cut and who just below it differ in little but the side, so a jump of the outcome at the cut is what
the side does (Thistlethwaite and Campbell 1960 J Educ Psychol 51:309; Imbens and Lemieux 2008 J Econometrics 142:615). A
straight line is fitted on each side, with weights that fall to zero at the bandwidth (triangular kernel). Where the score
could have been moved by those who knew the cut, its density jumps there too (McCrary 2008 J Econometrics 142:698), and so do
things that were settled before.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from casefinder.evaluation.inputs import FloatArray, numbers, same_length
from casefinder.evaluation.intervals import Estimate, student_deviate
from casefinder.matching.effects import ratio_estimate
from casefinder.matching.sandwich import clusters, sandwich

DENSITY_CONSTANT = 24 / 5
"""Of the variance of a local linear density with a triangular kernel, at a boundary (McCrary 2008, equation 5)."""


@dataclass(frozen=True)
class Discontinuity:
    """Both sides at the cut, with intervals from Student's t with one degree of freedom less than there are clusters.

    Attributes:
        above: expected outcome at the cut, from above.
        below: from below.
        difference: above - below.
        ratio: above / below; its standard error is that of its logarithm; NaN where a side is not above zero.
        rows_above: rows inside the bandwidth, above the cut.
        rows_below: below it.
    """

    above: Estimate
    below: Estimate
    difference: Estimate
    ratio: Estimate
    rows_above: int
    rows_below: int


def discontinuity(
    outcome: npt.ArrayLike,
    running: npt.ArrayLike,
    bandwidth: float,
    cluster: npt.ArrayLike | Sequence[object],
    exposure: npt.ArrayLike | None = None,
    person: npt.ArrayLike | Sequence[object] | None = None,
    level: float = 0.95,
) -> Discontinuity:
    """Return the outcome on both sides of the cut, their difference and their ratio.

    Args:
        outcome: of each row, such as emergency admissions.
        running: the score less the cut: 0 or more is above it.
        bandwidth: rows at this distance or further count nothing.
        cluster: such as the list that a row is on.
        exposure: time at risk; the outcome is then a rate, and a row weighs as much as its time.
        person: where the same person may stand in several rows: a second cluster.
        level: coverage of the intervals.

    Raises:
        ValueError: unequal lengths, missing values, no time at risk, fewer than two different scores on a side, or one
            cluster.
    """
    seen, apart = numbers(outcome, "outcome"), numbers(running, "running")
    time = np.ones(len(seen)) if exposure is None else numbers(exposure, "exposure")
    same_length(outcome=seen, running=apart, exposure=time)
    if not bandwidth > 0 or (time <= 0).any():
        raise ValueError("bandwidth and exposure must be above zero")
    inside = np.abs(apart) < bandwidth
    above = apart >= 0
    for side, words in ((above, "above"), (~above, "below")):
        if len(np.unique(apart[inside & side])) < 2:
            raise ValueError(f"a line needs two different scores; there are fewer {words} the cut inside the bandwidth")
    within = clusters(_those(cluster, inside), int(inside.sum()), None if person is None else _those(person, inside))
    weight = (1 - np.abs(apart[inside]) / bandwidth) * time[inside]
    columns = _lines(apart[inside], above[inside])
    found, bread = _weighted(columns, seen[inside] / time[inside], weight)
    scores = columns * (weight * (seen[inside] / time[inside] - columns @ found))[:, None]
    covariance = sandwich(bread, scores, within)[:2, :2]
    degrees = min(int(one.max()) for one in within)
    return _at_the_cut(found[:2], covariance, degrees, level, int((inside & above).sum()), int((inside & ~above).sum()))


def density_jump(running: npt.ArrayLike, bandwidth: float, level: float = 0.95) -> Estimate:
    """Return the density just above the cut over that just below it; 1 where nobody was moved across.

    Rows are counted in bins of 2 sd n^(-1/2), none of which reaches across the cut, and a line is fitted to their heights on
    each side. Scores have to be there as far as the bandwidth on both sides, and not cut off before it.

    Args:
        running: the score less the cut: 0 or more is above it.
        bandwidth: bins at this distance or further count nothing.
        level: coverage of the interval.

    Returns:
        The ratio; its standard error is that of its logarithm. NaN where a side has no density at the cut.

    Raises:
        ValueError: missing values, or fewer than two bins on a side.
    """
    apart = numbers(running, "running")
    width = 2 * float(np.std(apart, ddof=1)) / np.sqrt(len(apart))
    if not bandwidth > 0 or not width > 0 or bandwidth < 2 * width:
        raise ValueError("the bandwidth must be above zero, and hold two bins of the density or more")
    reach = int(np.ceil(bandwidth / width))
    place = np.floor(apart / width).astype(np.int64)
    kept = place[(place >= -reach) & (place < reach)]
    height = np.bincount(kept + reach, minlength=2 * reach) / (len(apart) * width)
    middle = (np.arange(-reach, reach) + 0.5) * width
    weight = np.maximum(1 - np.abs(middle) / bandwidth, 0.0)
    found, _ = _weighted(_lines(middle, middle >= 0), height, weight)
    if min(found[0], found[1]) <= 0:
        return Estimate(float("nan"))
    error = np.sqrt(DENSITY_CONSTANT / (len(apart) * bandwidth) * (1 / found[0] + 1 / found[1]))
    return ratio_estimate(float(found[0] / found[1]), float(error), level, "McCrary 2008")


def _those(labels: npt.ArrayLike | Sequence[object], inside: npt.NDArray[np.bool_]) -> list[object]:
    every = np.asarray(labels, dtype=object)
    if len(every) != len(inside):
        raise ValueError(f"there must be a label for each of {len(inside)} rows; got {len(every)}")
    return list(every[inside])


def _lines(apart: FloatArray, above: npt.NDArray[np.bool_]) -> FloatArray:
    """Return the columns of a level and a slope on each side: both levels first."""
    return np.column_stack([above, ~above, above * apart, ~above * apart]).astype(np.float64)


def _weighted(columns: FloatArray, outcome: FloatArray, weight: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the coefficients of weighted least squares, and the inverse of their information."""
    bread = np.linalg.inv(columns.T @ (columns * weight[:, None]))
    return np.asarray(bread @ (columns.T @ (weight * outcome))), np.asarray(bread)


def _at_the_cut(
    levels: FloatArray, covariance: FloatArray, degrees: int, level: float, rows_above: int, rows_below: int
) -> Discontinuity:
    reach = student_deviate(degrees, level)

    def told(slope: FloatArray) -> Estimate:
        value, error = float(slope @ levels), float(np.sqrt(max(float(slope @ covariance @ slope), 0.0)))
        return Estimate(value, value - reach * error, value + reach * error, error, "Student's t, clustered")

    sides = told(np.array([1.0, 0.0])), told(np.array([0.0, 1.0]))
    ratio = Estimate(float("nan"))
    if min(levels) > 0:
        slope = np.array([1 / levels[0], -1 / levels[1]])
        error = float(np.sqrt(max(float(slope @ covariance @ slope), 0.0)))
        value, far = float(levels[0] / levels[1]), float(np.exp(reach * error))
        ratio = Estimate(value, value / far, value * far, error, "Student's t, clustered, log scale")
    return Discontinuity(sides[0], sides[1], told(np.array([1.0, -1.0])), ratio, rows_above, rows_below)
