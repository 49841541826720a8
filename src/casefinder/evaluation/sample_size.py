"""How many people a study needs, before anything is fitted or validated.

Sources: development, Riley et al. 2019 Stat Med 38:1276 and 2020 BMJ 368:m441; Cox-Snell R-squared from a c-statistic, Riley
et al. 2021 Stat Med 40:859; external validation, Riley et al. 2021 Stat Med 40:4230. No intermediate figure is rounded.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from casefinder.evaluation.inputs import numbers, probability

INTERCEPT_DEVIATE: Final = 1.96
FEWEST_EVENTS: Final = 100


@dataclass(frozen=True)
class DevelopmentSize:
    """People needed to develop a model: for each criterion, and the largest of the three."""

    for_shrinkage: int
    for_optimism: int
    for_intercept: int
    people: int
    events: float
    events_per_parameter: float
    r2: float
    largest_r2: float


def development_size(
    prevalence: float,
    parameters: int,
    r2: float | None = None,
    c_statistic: float | None = None,
    shrinkage: float = 0.9,
    optimism: float = 0.05,
    margin: float = 0.05,
) -> DevelopmentSize:
    """Return the least number of people for developing a model of a yes-or-no outcome.

    Three criteria: expected shrinkage of ``shrinkage`` or more; optimism in Nagelkerke's R-squared of ``optimism`` or less;
    the overall risk known within ``margin``.

    Args:
        prevalence: expected share with the outcome, between 0 and 1.
        parameters: candidate coefficients, every spline and category term counted.
        r2: expected Cox-Snell R-squared; give this or ``c_statistic``.
        c_statistic: expected c-statistic, above 0.5.
        shrinkage: target, between 0 and 1.
        optimism: target difference between apparent and adjusted R-squared as a share of its largest value.
        margin: target half-width of the interval of the overall risk.

    Raises:
        ValueError: an argument is out of range, or r2 is above what the prevalence allows.

    >>> development_size(prevalence=0.174, parameters=24, r2=0.288).people
    662
    """
    _between(prevalence, "prevalence")
    if (r2 is None) == (c_statistic is None):
        raise ValueError("give the expected fit as r2 or as c_statistic, one of the two")
    if parameters < 1:
        raise ValueError(f"parameters must be 1 or more; got {parameters}")
    fit = r2 if r2 is not None else cox_snell_r2(c_statistic or 0.0, prevalence)
    largest = largest_cox_snell_r2(prevalence)
    if not 0 < fit < min(largest, shrinkage):
        raise ValueError(
            f"r2 must be above 0 and below {min(largest, shrinkage):.3f}, which the prevalence allows; got {fit}"
        )
    sizes = (
        _for_shrinkage(parameters, fit, shrinkage),
        _for_shrinkage(parameters, fit, fit / (fit + optimism * largest)),
        math.ceil((INTERCEPT_DEVIATE / margin) ** 2 * prevalence * (1 - prevalence)),
    )
    events = max(sizes) * prevalence
    return DevelopmentSize(*sizes, max(sizes), events, events / parameters, fit, largest)


def _for_shrinkage(parameters: int, r2: float, shrinkage: float) -> int:
    return math.ceil(parameters / ((shrinkage - 1) * math.log(1 - r2 / shrinkage)))


def largest_cox_snell_r2(prevalence: float) -> float:
    """Return the largest Cox-Snell R-squared that an outcome of this prevalence allows.

    >>> round(largest_cox_snell_r2(0.5), 2)
    0.75
    """
    _between(prevalence, "prevalence")
    return 1 - math.exp(2 * (prevalence * math.log(prevalence) + (1 - prevalence) * math.log(1 - prevalence)))


def cox_snell_r2(c_statistic: float, prevalence: float) -> float:
    """Return the Cox-Snell R-squared that goes with a c-statistic, where log odds are normal with one variance on each side.

    Then the logistic model in that score is exact, and its expected log-likelihood is an integral, taken here by the
    trapezoid rule in place of the simulation of the source.

    >>> round(cox_snell_r2(0.8897, 0.174), 3)
    0.29
    """
    from scipy.special import ndtri

    _between(prevalence, "prevalence")
    if not 0.5 < c_statistic < 1:
        raise ValueError(f"c_statistic must be above 0.5 and below 1; got {c_statistic}")
    apart = math.sqrt(2) * float(ndtri(c_statistic))
    score = np.linspace(-12, 12 + apart, 200_001)
    without, having = np.exp(-(score**2) / 2), np.exp(-((score - apart) ** 2) / 2)
    log_odds = math.log(prevalence / (1 - prevalence)) + apart * score - apart**2 / 2
    density = prevalence * having * np.logaddexp(0, -log_odds) + (1 - prevalence) * without * np.logaddexp(0, log_odds)
    fitted = -float(np.trapezoid(density, score)) / math.sqrt(2 * math.pi)
    null = prevalence * math.log(prevalence) + (1 - prevalence) * math.log(1 - prevalence)
    return 1 - math.exp(2 * (null - fitted))


@dataclass(frozen=True)
class ValidationSize:
    """People needed to validate a model: for each criterion asked for, and the largest.

    ``for_slope`` and ``for_net_benefit`` are None where what they need was not given.
    """

    for_observed_expected: int
    for_slope: int | None
    for_c_statistic: int
    for_net_benefit: int | None
    for_fewest_events: int
    people: int
    events: float


def validation_size(
    prevalence: float,
    c_statistic: float,
    log_odds: npt.ArrayLike | None = None,
    observed_expected_error: float = 0.051,
    slope_error: float = 0.051,
    c_error: float = 0.0255,
    threshold: float | None = None,
    sensitivity: float | None = None,
    specificity: float | None = None,
    net_benefit_error: float = 0.051,
) -> ValidationSize:
    """Return the least number of people for validating a model of a yes-or-no outcome.

    Targets are standard errors: 0.051 of ln(O/E), of the slope and of standardised net benefit, and 0.0255 of the
    c-statistic, give 95 % intervals about 0.2, 0.2, 0.2 and 0.1 wide. The floor is 100 people with and 100 without the
    outcome.

    Args:
        prevalence: expected share with the outcome.
        c_statistic: expected, from 0.5 to below 1.
        log_odds: a sample of the model's logits in people like those to come; needed for the slope.
        observed_expected_error: target standard error of ln(O/E).
        slope_error: target standard error of the calibration slope, expected to be 1.
        c_error: target standard error of the c-statistic.
        threshold: risk at which people are treated; with sensitivity and specificity there, for net benefit.
        sensitivity: expected at the threshold.
        specificity: expected at the threshold.
        net_benefit_error: target standard error of net benefit over prevalence.

    >>> validation_size(prevalence=0.06, c_statistic=0.75).for_observed_expected
    6024
    """
    _between(prevalence, "prevalence")
    floor = math.ceil(FEWEST_EVENTS / min(prevalence, 1 - prevalence))
    slope = None if log_odds is None else size_for_slope(log_odds, slope_error)
    benefit = None
    if threshold is not None and sensitivity is not None and specificity is not None:
        benefit = size_for_net_benefit(prevalence, threshold, sensitivity, specificity, net_benefit_error)
    ratio = size_for_observed_expected(prevalence, observed_expected_error)
    c_size = size_for_c_statistic(prevalence, c_statistic, c_error)
    people = max(size for size in (ratio, slope, c_size, benefit, floor) if size is not None)
    return ValidationSize(ratio, slope, c_size, benefit, floor, people, people * prevalence)


def size_for_observed_expected(prevalence: float, error: float = 0.051) -> int:
    """Return the people needed for a standard error of ln(O/E): (1 - prevalence) / (prevalence x error^2), rounded up.

    >>> size_for_observed_expected(0.06), size_for_observed_expected(0.02)
    (6024, 18839)
    """
    _between(prevalence, "prevalence")
    return math.ceil((1 - prevalence) / (prevalence * error**2))


def size_for_slope(log_odds: npt.ArrayLike, error: float = 0.051) -> int:
    """Return the people needed for a standard error of the calibration slope, for logits distributed as this sample."""
    position = numbers(log_odds, "log_odds")
    risk = probability(position)
    spread = risk * (1 - risk)
    level, cross, slope = (float(np.mean(spread * position**power)) for power in (0, 1, 2))
    if not level * slope > cross**2:
        raise ValueError("log_odds are constant, so they carry no information on the slope")
    return math.ceil(level / (error**2 * (level * slope - cross**2)))


def size_for_c_statistic(prevalence: float, c_statistic: float, error: float = 0.0255) -> int:
    """Return the people needed for a standard error of the c-statistic at or below the target (Newcombe's formula).

    >>> size_for_c_statistic(0.018, 0.8, 0.1 / (2 * 1.96))
    4252
    """
    _between(prevalence, "prevalence")
    if not 0.5 <= c_statistic < 1:
        raise ValueError(f"c_statistic must be from 0.5 to below 1; got {c_statistic}")
    spread, odds = c_statistic * (1 - c_statistic), prevalence * (1 - prevalence)
    tail = (1 - c_statistic) / (2 - c_statistic) + c_statistic / (1 + c_statistic)
    # spread (1 + (n/2 - 1) tail) / (n^2 odds) <= error^2 is a quadratic in n.
    square, linear, constant = error**2 * odds, -spread * tail / 2, -spread * (1 - tail)
    root = (-linear + math.sqrt(linear**2 - 4 * square * constant)) / (2 * square)
    return math.ceil(root - 1e-9)


def size_for_net_benefit(
    prevalence: float, threshold: float, sensitivity: float, specificity: float, error: float = 0.051
) -> int:
    """Return the people needed for a standard error of standardised net benefit (net benefit over prevalence)."""
    for value, name in ((prevalence, "prevalence"), (threshold, "threshold")):
        _between(value, name)
    for value, name in ((sensitivity, "sensitivity"), (specificity, "specificity")):
        if not 0 <= value <= 1:
            raise ValueError(f"{name} must be from 0 to 1; got {value}")
    harm = (1 - prevalence) / prevalence * threshold / (1 - threshold)
    spread = (
        sensitivity * (1 - sensitivity) / prevalence
        + harm**2 * specificity * (1 - specificity) / (1 - prevalence)
        + harm**2 * (1 - specificity) ** 2 / (prevalence * (1 - prevalence))
    )
    return math.ceil(spread / error**2)


def _between(value: float, name: str) -> None:
    if not 0 < value < 1:
        raise ValueError(f"{name} must be between 0 and 1; got {value}")
