"""Performance group by group and pooled: what a practice that is not in the data may expect.

The step of internal-external validation after the fits: the risks of each group should come from a model fitted without it.
Source: Debray et al. 2023 BMJ 380:e071018 (TRIPOD-Cluster).
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from casefinder.evaluation.calibration import calibration_in_the_large, calibration_slope, observed_expected
from casefinder.evaluation.discrimination import c_statistic_interval
from casefinder.evaluation.inputs import FloatArray, labels, people_at_risk
from casefinder.evaluation.intervals import Estimate
from casefinder.evaluation.pooling import Pooled, pool, pool_c_statistics, pool_observed_expected


@dataclass(frozen=True)
class PooledPerformance:
    """Each measure pooled over groups, and the groups themselves.

    A pooled figure is None with fewer than two groups to pool, and for O/E where a group has no outcome: leaving such groups
    out would raise it, and ``partial_pooling`` keeps them.

    Attributes:
        by_group: ``group``, ``people``, ``events``, then each measure with its standard error; NaN where not defined.
        c_statistic: pooled on the logit scale.
        observed_expected: pooled as ln(O/E).
        calibration_in_the_large: pooled as it is.
        calibration_slope: pooled as it is.
        left_out: measure to the number of groups that could not be used for it.
    """

    by_group: pd.DataFrame
    c_statistic: Pooled | None
    observed_expected: Pooled | None
    calibration_in_the_large: Pooled | None
    calibration_slope: Pooled | None
    left_out: dict[str, int]


def pooled_performance(
    outcome: npt.ArrayLike,
    risk: npt.ArrayLike,
    group: npt.ArrayLike | Sequence[object],
    weight: npt.ArrayLike | None = None,
    level: float = 0.95,
) -> PooledPerformance:
    """Return each measure in each group, and pooled by restricted maximum likelihood with Hartung and Knapp's interval.

    A c-statistic of 0 or 1, and a group where a measure has no standard error, cannot be pooled and is left out and counted.
    With weights the c-statistics' standard errors come from the bootstrap.
    """
    people = people_at_risk(outcome, risk, weight)
    codes, names = labels(group, len(people.risk))
    rows = []
    for number, name in enumerate(names):
        member = codes == number
        part = [people.outcome[member], people.risk[member], None if weight is None else people.weight[member]]
        rows.append({"group": name, "people": int(member.sum()), **_of_group(*part)})
    table = pd.DataFrame(rows)
    usable = {
        "c_statistic": table["c_statistic"].between(0, 1, inclusive="neither") & (table["c_statistic_error"] > 0),
        "observed_expected": table["events"] > 0,
        "calibration_in_the_large": table["calibration_in_the_large_error"] > 0,
        "calibration_slope": table["calibration_slope_error"] > 0,
    }
    no_zeros = bool(usable["observed_expected"].all()) and len(table) > 1
    return PooledPerformance(
        table,
        _pooled(table, "c_statistic", usable, lambda c, error: pool_c_statistics(c, error, level)),
        pool_observed_expected(table["events"], table["expected"], level) if no_zeros else None,
        _pooled(table, "calibration_in_the_large", usable, lambda value, error: pool(value, error**2, level)),
        _pooled(table, "calibration_slope", usable, lambda value, error: pool(value, error**2, level)),
        {measure: int((~rows_).sum()) for measure, rows_ in usable.items()},
    )


def _of_group(outcome: FloatArray, risk: FloatArray, weight: FloatArray | None) -> dict[str, float]:
    if weight is not None and not weight.any():
        weight_free = {"c_statistic", "calibration_in_the_large", "calibration_slope"}
        unknown = {name: math.nan for measure in weight_free for name in (measure, f"{measure}_error")}
        return {"events": 0.0, "expected": float(risk.sum()), "observed_expected": 0.0, **unknown}
    ratio = observed_expected(outcome, risk, weight)
    measures: dict[str, Estimate] = {
        "c_statistic": c_statistic_interval(outcome, risk, weight),
        "calibration_in_the_large": calibration_in_the_large(outcome, risk, weight),
        "calibration_slope": calibration_slope(outcome, risk, weight).slope,
    }
    found = {"events": ratio.observed, "expected": ratio.expected, "observed_expected": ratio.ratio}
    for name, measure in measures.items():
        found |= {name: measure.value, f"{name}_error": measure.standard_error}
    return found


def _pooled(
    table: pd.DataFrame, measure: str, usable: dict[str, "pd.Series[bool]"], by: Callable[[FloatArray, FloatArray], Pooled]
) -> Pooled | None:
    rows = table[usable[measure]]
    if len(rows) < 2:
        return None
    return by(np.asarray(rows[measure], dtype=np.float64), np.asarray(rows[f"{measure}_error"], dtype=np.float64))
