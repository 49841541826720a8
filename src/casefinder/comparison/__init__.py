"""Practices against what was expected of them: arrays in, numbers out. It knows no table, no file and no person.

from casefinder.comparison import funnel, standardised_ratios
ratios = standardised_ratios(observed, expected, level=0.95)
found = funnel(observed, expected, recipe="log")
found.tau2, found.low[0.95], found.position[0.95]
"""

from casefinder.comparison.cusum import Path, bernoulli_scores, cusum, poisson_scores, vlad
from casefinder.comparison.direct import StandardisedRate, dobson_scale, standardised_rate
from casefinder.comparison.funnel import RECIPES, Funnel, funnel, limits_around_one, outside_by_luck
from casefinder.comparison.over_dispersion import OverDispersion, over_dispersion, trimmed, winsorised
from casefinder.comparison.ratios import StandardisedRatios, byar_interval, standardised_ratios, usual_interval
from casefinder.comparison.run_length import (
    LEAST_LIMIT,
    bernoulli_limit_for,
    bernoulli_run_length,
    limit_for,
    run_length,
)
from casefinder.comparison.spc import ProcessLimits, u_chart, xmr_chart

__all__ = [
    "LEAST_LIMIT",
    "RECIPES",
    "Funnel",
    "OverDispersion",
    "Path",
    "ProcessLimits",
    "StandardisedRate",
    "StandardisedRatios",
    "bernoulli_limit_for",
    "bernoulli_run_length",
    "bernoulli_scores",
    "byar_interval",
    "cusum",
    "dobson_scale",
    "funnel",
    "limit_for",
    "limits_around_one",
    "outside_by_luck",
    "over_dispersion",
    "poisson_scores",
    "run_length",
    "standardised_rate",
    "standardised_ratios",
    "trimmed",
    "u_chart",
    "usual_interval",
    "vlad",
    "winsorised",
    "xmr_chart",
]
