"""Negative controls: outcomes and periods that the service cannot have changed, and what they say about the rest.

An estimate for such an outcome should be 1. How the logarithms of several scatter around 0 beyond chance is the systematic
error of the design: a normal distribution, fitted by maximum likelihood, by which p and interval of the outcome of
interest are widened (Schuemie et al. 2014 Stat Med 33:209; 2018 PNAS 115:2571).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from casefinder.evaluation.inputs import FloatArray
from casefinder.evaluation.intervals import Estimate, normal_deviate
from casefinder.matching.effects import ratio_estimate

FEW = 5
"""Below so many negative controls their spread says little."""


@dataclass(frozen=True)
class SystematicError:
    """Normal distribution of the error of a log ratio beyond chance.

    Attributes:
        mean: of the log ratios of negative controls.
        deviation: their spread beyond their standard errors.
        controls: how many there were.
        is_few: too few for the calibration to be more than a hint.
    """

    mean: float
    deviation: float
    controls: int
    is_few: bool


@dataclass(frozen=True)
class Calibrated:
    """A ratio with its systematic error taken off and counted in, and p of no effect before and after."""

    ratio: Estimate
    p: float
    p_before: float


def systematic_error(controls: Sequence[Estimate]) -> SystematicError:
    """Return the systematic error that negative controls show.

    Args:
        controls: ratios of outcomes that the service cannot have changed, each with the standard error of its logarithm.

    Raises:
        ValueError: fewer than two with a standard error.
    """
    from scipy.optimize import minimize_scalar

    usable = [one for one in controls if one.value > 0 and np.isfinite(one.value) and one.standard_error > 0]
    if len(usable) < 2:
        raise ValueError(f"calibration needs two negative controls or more with an interval; got {len(usable)}")
    logs, variances = np.log([one.value for one in usable]), np.array([one.standard_error for one in usable]) ** 2

    def lost(deviation: float) -> float:
        total = deviation**2 + variances
        return float(np.sum(np.log(total) + (logs - _mean(logs, total)) ** 2 / total))

    reach = 2 * float(np.sqrt(np.mean(logs**2) + variances.max()))
    found = float(minimize_scalar(lost, bounds=(0, reach), method="bounded", options={"xatol": 1e-10}).x)
    deviation = found if lost(found) < lost(0.0) else 0.0
    return SystematicError(_mean(logs, deviation**2 + variances), deviation, len(usable), len(usable) < FEW)


def _mean(logs: FloatArray, variances: FloatArray) -> float:
    return float(np.average(logs, weights=1 / variances))


def calibrate(ratio: Estimate, error: SystematicError, level: float = 0.95) -> Calibrated:
    """Return a ratio calibrated by negative controls.

    The interval takes the systematic error to be the same whatever the true effect, which negative controls alone cannot
    tell.

    Raises:
        ValueError: the ratio has no standard error.
    """
    from scipy.special import ndtr

    if not (ratio.value > 0 and ratio.standard_error > 0):
        raise ValueError("calibration needs a ratio above zero with the standard error of its logarithm")
    value, spread = np.log(ratio.value) - error.mean, float(np.hypot(ratio.standard_error, error.deviation))
    p, before = (float(2 * ndtr(-abs(one))) for one in (value / spread, np.log(ratio.value) / ratio.standard_error))
    return Calibrated(ratio_estimate(float(np.exp(value)), spread, level, "calibrated by negative controls"), p, before)


def share_excluding_one(controls: Sequence[Estimate], level: float = 0.95) -> float:
    """Return the share of negative controls whose interval leaves out 1; about 1 - level where the design is sound."""
    reach = normal_deviate(level)
    apart = [
        abs(np.log(one.value)) > reach * one.standard_error for one in controls if one.value > 0 and one.standard_error > 0
    ]
    return float(np.mean(apart)) if apart else float("nan")
