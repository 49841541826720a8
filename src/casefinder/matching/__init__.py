"""Matched cohorts: arrays in, numbers out, usable without the rest of the package.

In order of use: scores to match on (``propensity_score``, ``prognostic_score``, ``overlap``), the rows to match
(``risk_sets``), the matching (``match``) and its balance (``balance``).

A mistake in the arrays raises ValueError with counts, never a value that belongs to a person. A figure that is not defined
is NaN. No figure depends on the order of the rows beyond rounding; chance is settled by a seed alone.
"""

from casefinder.matching.balance import Balance, Comparison, balance, compare, ks, unmatched_compared
from casefinder.matching.distance import Calipers, Distance, standard_deviation
from casefinder.matching.pairs import BrokenPairs, MatchSettings, Members, Pairs, match
from casefinder.matching.risk_sets import NEVER, RiskSets, risk_sets
from casefinder.matching.scores import NoOverlap, Overlap, Score, overlap, prognostic_score, propensity_score

__all__ = [
    "NEVER",
    "Balance",
    "BrokenPairs",
    "Calipers",
    "Comparison",
    "Distance",
    "MatchSettings",
    "Members",
    "NoOverlap",
    "Overlap",
    "Pairs",
    "RiskSets",
    "Score",
    "balance",
    "compare",
    "ks",
    "match",
    "overlap",
    "prognostic_score",
    "propensity_score",
    "risk_sets",
    "standard_deviation",
    "unmatched_compared",
]
