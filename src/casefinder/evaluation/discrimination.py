"""Discrimination: does a person with the outcome rank above a person without?

Sources: DeLong et al. 1988 Biometrics 44:837, by the midranks of Sun and Xu 2014 IEEE Signal Process Lett 21:1389;
weights for censoring make the c-statistic that of Uno et al. 2007 JASA 102:527 at one horizon.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from casefinder.evaluation.draws import c_statistic_draws
from casefinder.evaluation.inputs import FloatArray, labels, ranked_people
from casefinder.evaluation.intervals import Estimate, normal_deviate
from casefinder.evaluation.resampling import REPLICATES, percentile_interval


def c_statistic(outcome: npt.ArrayLike, risk: npt.ArrayLike, weight: npt.ArrayLike | None = None) -> float:
    """Return the chance that a random person with the outcome has a higher risk than a random person without.

    Ties count one half, so a constant risk scores 0.5. With weights each pair counts the product of its two. NaN where
    everyone or no one (of positive weight) has the outcome. ``risk`` may be any score where more means likelier.

    Raises:
        ValueError: unequal lengths, missing values, an outcome other than 0 or 1, a negative weight.

    >>> c_statistic([1, 0, 1, 0], [0.9, 0.5, 0.5, 0.1])
    0.875
    """
    from sklearn.metrics import roc_auc_score

    people = ranked_people(outcome, risk, weight)
    counted = people.weight > 0
    if len(np.unique(people.outcome[counted])) < 2:
        return math.nan
    value = roc_auc_score(people.outcome[counted], people.risk[counted], sample_weight=people.weight[counted])
    return min(1.0, max(0.0, float(value)))


def c_statistic_interval(
    outcome: npt.ArrayLike,
    risk: npt.ArrayLike,
    weight: npt.ArrayLike | None = None,
    cluster: npt.ArrayLike | Sequence[object] | None = None,
    level: float = 0.95,
    replicates: int = REPLICATES,
    seed: int = 0,
) -> Estimate:
    """Return the c-statistic with its interval: DeLong's, or the bootstrap with weights or clusters.

    DeLong's limits are symmetric and cut at 0 and 1. Give ``cluster`` (the person) where a person has more than one row, or
    the practice where the claim is about other practices. Limits are NaN where the c-statistic is, or where only one person
    has (or lacks) the outcome.
    """
    value = c_statistic(outcome, risk, weight)
    if math.isnan(value):
        return Estimate(value)
    if weight is None and cluster is None:
        error = math.sqrt(delong_variance(outcome, risk))
        reach = normal_deviate(level) * error
        return Estimate(value, max(0.0, value - reach), min(1.0, value + reach), error, "DeLong")
    people = ranked_people(outcome, risk, weight)
    members = None if cluster is None else labels(cluster, len(people.risk), "cluster")[0]
    drawn = c_statistic_draws(people, members, replicates, seed)
    interval = percentile_interval(drawn, level)
    return Estimate(value, *interval, float(np.nanstd(drawn, ddof=1)), f"bootstrap, {replicates} replicates")


def delong_variance(outcome: npt.ArrayLike, risk: npt.ArrayLike) -> float:
    """Return DeLong's variance of the c-statistic; NaN with fewer than two people on either side."""
    people = ranked_people(outcome, risk)
    cases, controls = people.risk[people.outcome == 1], people.risk[people.outcome == 0]
    if min(len(cases), len(controls)) < 2:
        return math.nan
    together = midranks(np.concatenate([cases, controls]))
    case_parts = (together[: len(cases)] - midranks(cases)) / len(controls)
    control_parts = (together[len(cases) :] - midranks(controls)) / len(cases)
    return float(case_parts.var(ddof=1) / len(cases) + control_parts.var(ddof=1) / len(controls))


def midranks(values: FloatArray) -> FloatArray:
    """Return the rank of each value from 1 up, ties sharing their mean rank.

    >>> midranks(np.array([3.0, 1.0, 3.0])).tolist()
    [2.5, 1.0, 2.5]
    """
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(count) - (count - 1) / 2)[place], dtype=np.float64)


def average_precision(outcome: npt.ArrayLike, risk: npt.ArrayLike, weight: npt.ArrayLike | None = None) -> float:
    """Return the step-wise area under the precision-recall curve: the sum of (R_k - R_{k-1}) P_k over distinct risks.

    Report it beside the prevalence, which is what a constant risk scores. NaN where no one has the outcome, 1 where everyone
    has it.

    >>> round(average_precision([1, 0, 1, 0], [0.9, 0.5, 0.4, 0.1]), 4)
    0.8333
    """
    from sklearn.metrics import average_precision_score

    people = ranked_people(outcome, risk, weight)
    counted = people.weight > 0
    if not people.outcome[counted].any():
        return math.nan
    return float(
        average_precision_score(people.outcome[counted], people.risk[counted], sample_weight=people.weight[counted])
    )


@dataclass(frozen=True)
class WithinGroups:
    """The c-statistic within each group, and over all pairs of people of one group."""

    overall: float
    by_group: dict[object, float]


def c_statistic_within(
    outcome: npt.ArrayLike,
    risk: npt.ArrayLike,
    group: npt.ArrayLike | Sequence[object],
    weight: npt.ArrayLike | None = None,
) -> WithinGroups:
    """Return the c-statistic within groups such as age bands.

    The overall figure compares only people of one group: each group's c-statistic counts as many times as it has pairs of a
    person with and a person without the outcome. It shows what a model knows beyond the grouping. A group with only one
    kind of outcome is NaN and adds nothing; the overall is NaN where every group is.

    >>> c_statistic_within([1, 0, 0, 1], [0.9, 0.8, 0.1, 0.2], ["old", "old", "young", "young"]).overall
    1.0
    """
    people = ranked_people(outcome, risk, weight)
    codes, groups = labels(group, len(people.risk))
    by_group, pairs = {}, []
    for number, name in enumerate(groups):
        member = (codes == number) & (people.weight > 0)
        event, given = people.outcome[member], people.weight[member]
        by_group[name] = c_statistic(event, people.risk[member], given) if member.any() else math.nan
        pairs.append(float(given[event == 1].sum() * given[event == 0].sum()))
    if not any(pairs):
        return WithinGroups(math.nan, by_group)
    values = np.nan_to_num(np.array(list(by_group.values())))
    return WithinGroups(float(np.average(values, weights=pairs)), by_group)
