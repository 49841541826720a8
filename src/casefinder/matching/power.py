"""Power of a matched comparison of rates, and the smallest ratio that it can be expected to show.

From the normal approximation to the log rate ratio, with the variance of a count raised by its dispersion (Zhu and Lakkis
2014 Stat Med 33:376 for negative binomial counts). Matching makes members of a set alike, so the true power is mostly a
little higher. It stands beside every finding of no difference.
"""

import numpy as np

from casefinder.evaluation.intervals import normal_deviate


def log_ratio_error(
    treated: int, ratio: float, control_rate: float, years: float = 1.0, effect: float = 1.0, dispersion: float = 0.0
) -> float:
    """Return the standard error of the log rate ratio.

    Args:
        treated: matched treated people.
        ratio: controls for each.
        control_rate: events per person-year without the service.
        years: mean time at risk.
        effect: true rate ratio.
        dispersion: a of the variance m + a m^2; 0 for Poisson counts.

    Raises:
        ValueError: anything not above zero, or a negative dispersion.
    """
    if not (treated > 0 and ratio > 0 and control_rate > 0 and years > 0 and effect > 0 and dispersion >= 0):
        raise ValueError("people, controls, rate, years and effect must be above zero, and the dispersion zero or more")
    own = 1 / (control_rate * effect * years) + dispersion
    others = 1 / (control_rate * years) + dispersion
    return float(np.sqrt(own / treated + others / (treated * ratio)))


def power(
    effect: float, treated: int, ratio: float, control_rate: float, years: float = 1.0, dispersion: float = 0.0,
    level: float = 0.95,
) -> float:  # fmt: skip
    """Return the chance that the interval leaves out 1 when the true rate ratio is ``effect``.

    Other arguments are those of ``log_ratio_error``.

    >>> round(power(0.8, 500, 3, 1.0), 3)
    0.978
    """
    from scipy.special import ndtr

    apart = abs(np.log(effect)) / log_ratio_error(treated, ratio, control_rate, years, effect, dispersion)
    reach = normal_deviate(level)
    return float(ndtr(apart - reach) + ndtr(-apart - reach))


def minimum_detectable(
    treated: int, ratio: float, control_rate: float, years: float = 1.0, dispersion: float = 0.0, wanted: float = 0.8,
    level: float = 0.95,
) -> tuple[float, float]:  # fmt: skip
    """Return the rate ratios nearest 1, below it and above it, that would be shown with the wanted power.

    Returns:
        0 for the lower where no reduction would be shown so often.

    Raises:
        ValueError: as ``log_ratio_error``, or a wanted power that is not between 1 - level and 1.
    """
    from scipy.optimize import brentq

    if not 1 - level < wanted < 1:
        raise ValueError(f"wanted power must be between {1 - level:.2f} and 1; got {wanted}")

    def short(log_effect: float) -> float:
        return power(float(np.exp(log_effect)), treated, ratio, control_rate, years, dispersion, level) - wanted

    # Few events are left to count where nearly all are prevented, so power falls again far below 1: look from 1 outwards.
    steps = np.linspace(0, -6, 601)
    reached = next((place for place, step in enumerate(steps) if short(float(step)) > 0), None)
    below = 0.0 if reached is None else float(np.exp(brentq(short, steps[reached], steps[reached - 1])))
    return below, float(np.exp(brentq(short, 0.0, 20.0)))
