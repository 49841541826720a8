"""A measure as a share of what it could have happened to: each trial with its own risk, and charts of single outcomes.

The risk of a trial, such as that an admission is a readmission, follows from the person's case mix: the Poisson regression
of ``expected`` with trials in the place of time, so that over everyone the risks add up to the outcomes. Trials come month
by month; within a month in the order of people, which is that of a hash and so by chance.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from casefinder.comparison import Path, bernoulli_limit_for, bernoulli_scores, cusum
from casefinder.evaluation.inputs import FloatArray
from casefinder.practices.counting import Counted, Trials
from casefinder.practices.expected import rates

LEAST_RISK, MOST_RISK = 1e-4, 0.95
_QUANTILES: Final = 100
"""Risks from which a limit is worked out: so many that stand for all."""
_STEP: Final = math.sqrt(2)
"""Numbers of trials are brought up to the next power of this before a limit is worked out: it moves with their logarithm."""


@dataclass(frozen=True)
class Share:
    """A measure as a share of its trials, one value a practice; ``more`` and ``fewer`` are months of signals."""

    trials: np.ndarray
    outcomes: np.ndarray
    expected: FloatArray
    more: tuple[tuple[int, ...], ...]
    fewer: tuple[tuple[int, ...], ...]


def share_of(counted: Counted, name: str, change: float, quiet_years: float) -> Share | None:
    """Return a measure as a share of its trials; None where it has none, or nobody had any.

    Args:
        counted: of the year.
        name: of the measure.
        change: odds ratio that the charts look for; the others look for its inverse.
        quiet_years: years in which all charts together signal falsely once.
    """
    trials = counted.trials.get(name)
    if trials is None or not trials.outcomes.any():
        return None
    risk = _risks(counted, trials)
    many = len(counted.practices)
    tried, had = (np.bincount(trials.practice, one, many) for one in (trials.count, trials.outcomes))
    due = np.asarray(np.bincount(trials.practice, risk * trials.count, many), dtype=np.float64)
    spread = np.quantile(np.repeat(risk, trials.count), (np.arange(_QUANTILES) + 0.5) / _QUANTILES)
    looks = quiet_years * 2 * max(1, int((tried > 0).sum()))
    sides = [
        tuple(_months(trials, risk, practice, odds, limits) for practice in range(many))
        for odds in (change, 1 / change)
        for limits in [_limits(spread, odds, np.asarray(looks * tried, dtype=np.float64))]
    ]
    return Share(tried.astype(np.int64), had.astype(np.int64), due, sides[0], sides[1])


def _risks(counted: Counted, trials: Trials) -> FloatArray:
    """Return the risk of each person's trials, a value a row of ``trials``."""
    people, place = np.unique(trials.person, return_inverse=True)
    outcomes, count = (np.bincount(place, one, len(people)).astype(np.float64) for one in (trials.outcomes, trials.count))
    found = rates(counted.case_mix.columns[people], outcomes, count)
    return np.asarray(np.clip(found, LEAST_RISK, MOST_RISK)[place])


def _limits(spread: FloatArray, odds: float, people: FloatArray) -> FloatArray:
    """Return the limit of each practice's chart, by how many trials may pass before a false signal; NaN without any."""
    found = np.full(len(people), np.nan)
    power = np.ceil(np.log(np.maximum(people, 1)) / np.log(_STEP))
    for one in np.unique(power[people > 0]):
        found[(power == one) & (people > 0)] = bernoulli_limit_for(spread, odds, float(_STEP**one))
    return found


def _months(trials: Trials, risk: FloatArray, practice: int, odds: float, limits: FloatArray) -> tuple[int, ...]:
    """Return the months in which a practice's chart of single outcomes signalled."""
    own = np.flatnonzero(trials.practice == practice)
    if not len(own):
        return ()
    own = own[np.lexsort((trials.person[own], trials.month[own]))]
    count, had = trials.count[own], trials.outcomes[own]
    last = np.cumsum(count)
    within = np.arange(last[-1]) - np.repeat(last - count, count)
    outcome = within >= np.repeat(count - had, count)
    path: Path = cusum(bernoulli_scores(outcome, np.repeat(risk[own], count), odds), float(limits[practice]))
    month = np.repeat(trials.month[own], count)
    return tuple(sorted({int(month[look]) for look in path.signals}))
