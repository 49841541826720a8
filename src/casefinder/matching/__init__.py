"""Matched cohorts: arrays in, numbers out, usable without the rest of the package.

In order of use: scores to match on (``propensity_score``, ``prognostic_score``, ``overlap``), the rows to match
(``risk_sets``), the matching (``match``) and its balance (``balance``), none of which looks at an outcome; then effects in
the matched sets (``follow_up``, ``rate_effect``, ``mean_effect``, ``hazard_ratio``, ``incidence_difference``); comparisons
over time that are shown beside them (``before_after``, ``difference_in_differences``), and at a cut (``discontinuity``,
``density_jump``); last what would have to be true for a finding
to be wrong (``e_value``, ``rosenbaum_bounds``, ``calibrate``, ``simulate_unrecorded``, ``minimum_detectable``).

A mistake in the arrays raises ValueError with counts, never a value that belongs to a person. A figure that is not defined
is NaN. No figure depends on the order of the rows beyond rounding; chance is settled by a seed alone.
"""

from casefinder.matching.balance import Balance, Comparison, balance, compare, ks, unmatched_compared
from casefinder.matching.confounding import Unrecorded, simulate_unrecorded
from casefinder.matching.differences import (
    Cells,
    Difference,
    before_after,
    by_period,
    cells,
    difference_in_differences,
    placebo,
    pre_trend,
)
from casefinder.matching.discontinuity import Discontinuity, density_jump, discontinuity
from casefinder.matching.distance import Calipers, Distance, standard_deviation
from casefinder.matching.e_values import EValue, e_value
from casefinder.matching.effects import Effect, days_alive_out_of_hospital, mean_effect, rate_effect
from casefinder.matching.follow_up import follow_up
from casefinder.matching.incidence import IncidenceDifference, incidence_difference
from casefinder.matching.negative_controls import (
    Calibrated,
    SystematicError,
    calibrate,
    share_excluding_one,
    systematic_error,
)
from casefinder.matching.pairs import BrokenPairs, MatchSettings, Members, Pairs, match
from casefinder.matching.power import log_ratio_error, minimum_detectable, power
from casefinder.matching.risk_sets import NEVER, RiskSets, risk_sets
from casefinder.matching.rosenbaum import Bound, rosenbaum_bounds, sensitivity_gamma
from casefinder.matching.scores import NoOverlap, Overlap, Score, overlap, prognostic_score, propensity_score
from casefinder.matching.set_bootstrap import bootstrap_effect
from casefinder.matching.staggered import Staggered, staggered
from casefinder.matching.survival import Proportionality, hazard_ratio, proportionality

__all__ = [
    "NEVER",
    "Balance",
    "Bound",
    "BrokenPairs",
    "Calibrated",
    "Calipers",
    "Cells",
    "Comparison",
    "Difference",
    "Discontinuity",
    "Distance",
    "EValue",
    "Effect",
    "IncidenceDifference",
    "MatchSettings",
    "Members",
    "NoOverlap",
    "Overlap",
    "Pairs",
    "Proportionality",
    "RiskSets",
    "Score",
    "Staggered",
    "SystematicError",
    "Unrecorded",
    "balance",
    "before_after",
    "bootstrap_effect",
    "by_period",
    "calibrate",
    "cells",
    "compare",
    "days_alive_out_of_hospital",
    "density_jump",
    "difference_in_differences",
    "discontinuity",
    "e_value",
    "follow_up",
    "hazard_ratio",
    "incidence_difference",
    "ks",
    "log_ratio_error",
    "match",
    "mean_effect",
    "minimum_detectable",
    "overlap",
    "placebo",
    "power",
    "pre_trend",
    "prognostic_score",
    "propensity_score",
    "proportionality",
    "rate_effect",
    "risk_sets",
    "rosenbaum_bounds",
    "sensitivity_gamma",
    "share_excluding_one",
    "simulate_unrecorded",
    "staggered",
    "standard_deviation",
    "systematic_error",
    "unmatched_compared",
]
