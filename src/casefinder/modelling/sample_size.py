"""How many people a model needs, worked out before it is fitted, from what is expected of it and not from its own results.

The expected c-statistic stands in the model's file. It gives R-squared, and the spread of the log-odds, where log-odds are
normal with one variance among people with and without the outcome (Riley et al. 2021 Stat Med 40:859).
"""

import math
from dataclasses import asdict
from typing import Any, Final

import numpy as np

from casefinder.config.model import ModelSettings
from casefinder.disclosure import DEFAULT, Policy
from casefinder.evaluation.sample_size import development_size, validation_size

_SAMPLE: Final = 10_000


def sample_size(
    prevalence: float, parameters: int, fitted_on: int, tested_on: int, settings: ModelSettings
) -> dict[str, Any]:
    """Return how many people are needed to fit and to test a model, beside how many there are.

    Args:
        prevalence: share of the rows fitted on that have the outcome; rounded to three decimals first, so that what is
            needed tells no exact count.
        parameters: candidate features, each counted once.
        fitted_on: people fitted on; one who gives rows at several dates counts once.
        tested_on: people tested on.
        settings: of the model.

    Returns:
        ``prevalence``, ``parameters``, ``anticipated_c_statistic``, ``anticipated_from``, ``r2`` (Cox-Snell) and
        ``largest_r2``; ``development``, with ``for_shrinkage``, ``for_optimism``, ``for_intercept``, ``people`` and
        ``events`` needed, ``available`` people and ``enough``; ``validation``, with ``for_observed_expected``,
        ``for_slope``, ``for_c_statistic``, ``for_net_benefit``, ``for_fewest_events``, ``people`` and ``events`` needed,
        ``available`` and ``enough``.
    """
    prevalence = min(max(round(prevalence, 3), 0.001), 0.999)
    expected = settings.evaluation.anticipated_c_statistic
    threshold = settings.gates.threshold
    fit = asdict(development_size(prevalence, parameters, c_statistic=expected))
    sensitivity, specificity = _at(threshold, expected, prevalence)
    test = asdict(
        validation_size(
            prevalence, expected, expected_log_odds(expected, prevalence),
            threshold=threshold, sensitivity=sensitivity, specificity=specificity,
        )
    )  # fmt: skip
    r2 = {name: round(fit.pop(name), 6) for name in ("r2", "largest_r2")}
    fit.pop("events_per_parameter")
    return {
        "prevalence": prevalence,
        "parameters": parameters,
        "anticipated_c_statistic": expected,
        "anticipated_from": settings.evaluation.anticipated_from,
        **r2,
        "development": _beside(fit, fitted_on),
        "validation": _beside(test, tested_on),
    }


def _beside(needed: dict[str, Any], available: int) -> dict[str, Any]:
    whole = needed | {"events": math.ceil(needed["events"])}
    return whole | {"available": available, "enough": available >= needed["people"]}


def expected_log_odds(c_statistic: float, prevalence: float) -> np.ndarray:
    """Return log-odds of people as a c-statistic and a prevalence would have them: quantiles, so no chance enters.

    >>> expected_log_odds(0.75, 0.1).round(1)[[0, -1]].tolist()
    [-6.3, 1.4]
    """
    from scipy.special import ndtri

    apart = math.sqrt(2) * float(ndtri(c_statistic))
    having = max(1, round(_SAMPLE * prevalence))
    places = [ndtri((np.arange(size) + 0.5) / size) for size in (_SAMPLE - having, having)]
    score = np.concatenate([places[0], places[1] + apart])
    return np.asarray(math.log(prevalence / (1 - prevalence)) + apart * score - apart**2 / 2)


def _at(threshold: float, c_statistic: float, prevalence: float) -> tuple[float, float]:
    """Return sensitivity and specificity at a risk, as a c-statistic and a prevalence would have them."""
    from scipy.special import ndtr, ndtri

    apart = math.sqrt(2) * float(ndtri(c_statistic))
    odds = math.log(threshold / (1 - threshold)) - math.log(prevalence / (1 - prevalence))
    cut = odds / apart + apart / 2
    return float(ndtr(apart - cut)), float(ndtr(cut))


def disclosed_sample_size(sizes: dict[str, Any], policy: Policy = DEFAULT) -> dict[str, Any]:
    """Return what may leave the workspace: people there are, rounded; people needed are no count of anybody."""
    parts = {
        name: sizes[name] | {"available": policy.count(sizes[name]["available"])} for name in ("development", "validation")
    }
    return sizes | parts
