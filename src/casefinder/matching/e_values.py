"""E-values: how strongly something unrecorded would have to go with both service and outcome to explain an effect away.

VanderWeele and Ding 2017 Ann Intern Med 167:268. The E-value is on the scale of a risk ratio; other measures are first
brought near one. Reported for the estimate, and for the limit of its interval nearest 1.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from casefinder.evaluation.intervals import Estimate

Measure = Literal["risk_ratio", "rate_ratio", "hazard_ratio", "odds_ratio"]


@dataclass(frozen=True)
class EValue:
    """E-values of an estimate and of the limit nearest 1, which is 1 where the interval holds 1."""

    estimate: float
    limit: float


def e_value(ratio: Estimate, measure: Measure = "rate_ratio", is_common: bool = False) -> EValue:
    """Return the E-values of a ratio.

    Args:
        ratio: with its limits; an effect below 1 is turned round.
        measure: risk and rate ratios are taken as they are.
        is_common: whether more than about 15 % have the outcome by the end of follow-up; then a hazard ratio is brought to
            (1 - 0.5^sqrt(HR)) / (1 - 0.5^sqrt(1/HR)) and an odds ratio to its root.

    Returns:
        NaN for a limit that is not defined.

    Raises:
        ValueError: the ratio is not above zero, or an unknown measure.

    >>> found = e_value(Estimate(3.9, 1.8, 8.7), "risk_ratio")
    >>> round(found.estimate, 2), round(found.limit, 2)
    (7.26, 3.0)
    """
    if not ratio.value > 0 or np.isinf(ratio.value):
        raise ValueError(f"an E-value needs a ratio above zero; got {ratio.value}")
    value, low, high = (_risk_ratio(one, measure, is_common) for one in (ratio.value, ratio.low, ratio.high))
    if value >= 1:
        return EValue(_e(value), _e(max(low, 1.0)) if low == low else np.nan)
    return EValue(_e(value), _e(min(high, 1.0)) if high == high else np.nan)


def _risk_ratio(ratio: float, measure: Measure, is_common: bool) -> float:
    if measure not in ("risk_ratio", "rate_ratio", "hazard_ratio", "odds_ratio"):
        raise ValueError(f"measure must be risk_ratio, rate_ratio, hazard_ratio or odds_ratio; got {measure!r}")
    if not is_common or measure in ("risk_ratio", "rate_ratio") or np.isnan(ratio):
        return ratio
    if measure == "odds_ratio":
        return float(np.sqrt(ratio))
    return float((1 - 0.5 ** np.sqrt(ratio)) / (1 - 0.5 ** np.sqrt(1 / ratio)))


def _e(ratio: float) -> float:
    above = ratio if ratio >= 1 else 1 / ratio
    return float(above + np.sqrt(above * (above - 1)))
