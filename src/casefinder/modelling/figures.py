"""The figures of a model on its test rows: discrimination, calibration, yield of the list, with intervals."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from casefinder.evaluation.calibration import (
    calibration_error,
    calibration_in_the_large,
    calibration_slope,
    observed_expected,
)
from casefinder.evaluation.discrimination import average_precision, c_statistic_interval
from casefinder.evaluation.lists import list_yield
from casefinder.evaluation.overall import brier, ipa, prevalence


def figures(outcome: np.ndarray, risk: np.ndarray, weight: np.ndarray, share: float) -> dict[str, Any]:
    """Return the headline figures, rounded to what they can bear; None where there is none.

    Args:
        outcome: 0 or 1.
        risk: calibrated risk.
        weight: censoring weight.
        share: the share of people that a list holds.
    """
    events = float(np.sum(outcome * (weight > 0)))
    if not 0 < events < np.sum(weight > 0):
        return {"people": len(outcome), "events": int(events)}
    k = max(1, round(share * len(outcome)))
    interval = c_statistic_interval(outcome, risk, weight if np.ptp(weight[weight > 0]) > 1e-9 else None)
    observed = observed_expected(outcome, risk, weight)
    slope = calibration_slope(outcome, risk, weight)
    large = calibration_in_the_large(outcome, risk, weight)
    error = calibration_error(outcome, risk, weight)
    listed = list_yield(outcome, risk, k, weight)
    found: dict[str, Any] = rounded(
        {
            "people": len(outcome),
            "events": int(events),
            "prevalence": prevalence(outcome, weight),
            "c_statistic": interval.value,
            "c_statistic_low": interval.low,
            "c_statistic_high": interval.high,
            "average_precision": average_precision(outcome, risk, weight),
            "brier": brier(outcome, risk, weight),
            "ipa": ipa(outcome, risk, weight),
            "observed_expected": observed.ratio,
            "observed_expected_low": observed.low,
            "observed_expected_high": observed.high,
            "calibration_in_the_large": large.value,
            "calibration_slope": slope.slope.value,
            "calibration_slope_low": slope.slope.low,
            "calibration_slope_high": slope.slope.high,
            "ici": error.ici,
            "e50": error.e50,
            "e90": error.e90,
            "smoother": error.smoother,
            "k": k,
            "ppv_at_k": listed.ppv,
            "sensitivity_at_k": listed.sensitivity,
            "lift_at_k": listed.lift,
        }
    )
    return found


def rounded(value: Any) -> Any:
    """Return figures to six decimals, so that the last bits of arithmetic do not change a file; None where there is none.

    Records and tables are taken with everything in them, and numbers of NumPy become plain ones.

    >>> rounded({"a": [0.12345678, float("nan")], "k": 3})
    {'a': [0.123457, None], 'k': 3}
    """
    if isinstance(value, Mapping):
        return {str(name): rounded(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(one) for one in value]
    if isinstance(value, str | int) or value is None:
        return value
    if isinstance(value, np.integer):
        return int(value)
    return round(float(value), 6) if math.isfinite(value) else None
