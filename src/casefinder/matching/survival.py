"""Time to care home or death: cause-specific hazard ratios, and whether one ratio can stand for the whole time.

A cause-specific ratio says how the rate among those still free of every event differs. What share comes to the event is
another question, answered by ``incidence_difference``.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from casefinder.evaluation.censoring import CENSORED, DEATH, EVENT
from casefinder.evaluation.inputs import BoolArray, numbers
from casefinder.evaluation.intervals import Estimate
from casefinder.matching.cox import fit_cox
from casefinder.matching.effects import Matched, matched, ratio_estimate


def hazard_ratio(
    time: npt.ArrayLike,
    cause: npt.ArrayLike,
    treated: npt.ArrayLike,
    matched_set: npt.ArrayLike | Sequence[object],
    weight: npt.ArrayLike | None = None,
    columns: npt.ArrayLike | None = None,
    person: npt.ArrayLike | Sequence[object] | None = None,
    of: Sequence[int] = (EVENT,),
    level: float = 0.95,
) -> Estimate:
    """Return the cause-specific hazard ratio; every other cause ends a person's time at risk.

    Args:
        time: days from time zero to the first of event, death and loss.
        cause: 0 censored, 1 event, 2 death.
        treated: 1 for the treated member of a set.
        matched_set: number of the set; the interval is clustered on it.
        weight: of each row, as ``Members.weight``.
        columns: to adjust for.
        person: a second cluster, where a person may stand in several rows.
        of: causes that count: (1, 2) for event or death together.
        level: coverage.

    Returns:
        The ratio, with the standard error of its logarithm; limits are NaN where an arm has no events.

    Raises:
        ValueError: unequal lengths, missing or negative times, an unknown cause, an empty arm, one set.
    """
    given, event = _followed(time, cause, treated, matched_set, weight, columns, person, of)
    return _ratio(given, event, level)


@dataclass(frozen=True)
class Proportionality:
    """Hazard ratios before and after a day, and how likely so large a difference would be were they one."""

    early: Estimate
    late: Estimate
    p: float


def proportionality(
    time: npt.ArrayLike,
    cause: npt.ArrayLike,
    treated: npt.ArrayLike,
    matched_set: npt.ArrayLike | Sequence[object],
    day: float,
    weight: npt.ArrayLike | None = None,
    person: npt.ArrayLike | Sequence[object] | None = None,
    of: Sequence[int] = (EVENT,),
    level: float = 0.95,
) -> Proportionality:
    """Return the hazard ratio before a day and from it on, to see whether one ratio can stand for both.

    The two log ratios come from stretches of time that do not overlap, so they are taken as uncorrelated. Arguments are
    those of ``hazard_ratio``; p is NaN where an arm has no events in one of the stretches.
    """
    from scipy.special import ndtr

    given, event = _followed(time, cause, treated, matched_set, weight, None, person, of)
    late = given.outcome >= day
    early = _ratio(given._replace(outcome=np.minimum(given.outcome, day)), event & ~late, level)
    within = [np.unique(one[late], return_inverse=True)[1] for one in given.clusters]
    after = Matched(given.outcome[late], given.treated[late], given.weight[late], given.columns[late], within)
    later = _ratio(after, event[late], level)
    if not all(0 < one.value < np.inf for one in (early, later)):
        return Proportionality(early, later, float("nan"))
    apart = np.log(later.value / early.value) / np.hypot(early.standard_error, later.standard_error)
    return Proportionality(early, later, float(2 * ndtr(-abs(apart))))


def _followed(
    time: npt.ArrayLike,
    cause: npt.ArrayLike,
    treated: npt.ArrayLike,
    matched_set: npt.ArrayLike | Sequence[object],
    weight: npt.ArrayLike | None,
    columns: npt.ArrayLike | None,
    person: npt.ArrayLike | Sequence[object] | None,
    of: Sequence[int],
) -> tuple[Matched, BoolArray]:
    given, causes = matched(time, treated, matched_set, weight, columns, person), numbers(cause, "cause")
    if (given.outcome < 0).any() or len(causes) != len(given.outcome) or not np.isin(causes, (CENSORED, EVENT, DEATH)).all():
        raise ValueError("time must be 0 days or more, and cause 0 (censored), 1 (event) or 2 (death), one each a row")
    return given, np.isin(causes, list(of))


def _ratio(given: Matched, event: BoolArray, level: float) -> Estimate:
    counts = [float(given.weight[arm & event].sum()) for arm in (given.treated, ~given.treated)]
    if not all(counts):
        return Estimate(0.0 if counts[1] else float("inf") if counts[0] else float("nan"))
    columns = np.column_stack([given.treated, given.columns])
    coefficients, covariance = fit_cox(given.outcome, event, columns, given.weight, given.clusters)
    return ratio_estimate(float(np.exp(coefficients[0])), float(np.sqrt(covariance[0, 0])), level)
