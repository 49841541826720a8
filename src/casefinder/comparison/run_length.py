"""How long a CUSUM runs without change before it signals, and the limit that makes it run as long as wanted.

A Markov chain over the values that the chart can take below its limit, in equal steps (Brook and Evans 1972 Biometrika
59:539). With several charts, ask for a run of so many times as many looks: m charts that each signal falsely once in m L
looks signal together once in L.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt

from casefinder.comparison.cusum import bernoulli_scores, poisson_scores
from casefinder.evaluation.inputs import FloatArray

STATES: Final = 120
"""Steps between 0 and the limit; with more of them the run length comes out a little longer, never much."""
LEAST_LIMIT: Final = float(np.log(20))
"""No limit is lower, however much is expected: what a chart has gathered must be at least twenty times likelier under the
change than without it."""
_MOST_TIMES: Final = 5
_ROUNDING: Final = 1e-9
_NEAR: Final = 0.01
_ENDLESS: Final = 1e9


def run_length(expected: float, ratio: float, limit: float, true_ratio: float = 1.0, states: int = STATES) -> float:
    """Return the average looks until a Poisson chart that starts at 0 signals; infinity beyond a thousand million.

    Args:
        expected: count expected at each look.
        ratio: O/E that the chart looks for, above or below 1.
        limit: value at which it signals.
        true_ratio: true O/E; 1 gives the run length without change.
        states: steps of the chain.
    """
    chances = _chances(expected * true_ratio)
    return _chain(poisson_scores(np.arange(len(chances)), np.full(len(chances), expected), ratio), chances, limit, states)


def bernoulli_run_length(risks: npt.ArrayLike, odds_ratio: float, limit: float, states: int = STATES) -> float:
    """Return the average people until a chart of single outcomes signals though every risk is right.

    Args:
        risks: (people,) risks as they come; each is as likely to come next as any other.
        odds_ratio: change in the odds that the chart looks for, above or below 1.
        limit: value at which it signals.
        states: steps of the chain; more where a usual step of the chart would be less than one of them, but at most 5 times.
    """
    each = np.asarray(risks, dtype=np.float64)
    usual = float(np.abs(bernoulli_scores(np.zeros(len(each)), each, odds_ratio)).mean())
    states = min(max(states, int(np.ceil(limit / usual))), _MOST_TIMES * states)
    steps = np.concatenate([bernoulli_scores(np.full(len(each), outcome), each, odds_ratio) for outcome in (0, 1)])
    return _chain(steps, np.concatenate([1 - each, each]) / len(each), limit, states)


def _chain(steps: FloatArray, chances: FloatArray, limit: float, states: int) -> float:
    """Return the average looks from 0 to the limit of a chart that moves by each step with its chance.

    A value between two states is shared between them so that its mean is kept: a step smaller than a state would else be
    lost, or made twice as long, and charts of single outcomes move by such steps.
    """
    different, place = np.unique(steps, return_inverse=True)
    width, likely = limit / states, np.bincount(place, chances)
    at = np.maximum(0.0, np.arange(states)[:, None] + different[None, :] / width)
    low = np.floor(at + _ROUNDING)
    part = np.clip(at - low, 0.0, 1.0)
    rows = np.broadcast_to(np.arange(states)[:, None], low.shape)
    moves = np.zeros((states, states + 1))  # the last column is the limit, from which nothing returns
    for place_after, share in ((low, 1 - part), (low + 1, part)):
        np.add.at(moves, (rows, np.minimum(place_after, states).astype(np.int64)), likely * share)
    try:
        found = float(np.linalg.solve(np.eye(states) - moves[:, :states], np.ones(states))[0])
    except np.linalg.LinAlgError:  # it never signals, as far as these numbers tell
        return float("inf")
    return found if 0 < found < _ENDLESS else float("inf")  # beyond that, rounding decides


def _chances(mean: float) -> FloatArray:
    """Return the Poisson chances of 0, 1, 2, ... so far that less than one in a thousand million is left out."""
    from scipy.special import gammaln

    most = int(mean + 8 * np.sqrt(mean) + 20)
    count = np.arange(most + 1)
    return np.exp(count * np.log(mean) - mean - gammaln(count + 1))


def limit_for(expected: float, ratio: float, looks: float) -> float:
    """Return the limit at which a Poisson chart without change signals once in so many looks on average, or more rarely.

    Raises:
        ValueError: nothing is expected, or the ratio is 1.
    """
    if expected <= 0 or ratio <= 0 or ratio == 1:
        raise ValueError("a chart needs some event that is expected, and a change to look for")
    return _limit(lambda limit: run_length(expected, ratio, limit), looks)


def bernoulli_limit_for(risks: npt.ArrayLike, odds_ratio: float, people: float) -> float:
    """Return the limit at which a chart of single outcomes signals falsely once in so many people on average, or rarer.

    Raises:
        ValueError: a risk is not between 0 and 1, there is none, or the odds ratio is 1.
    """
    each = np.asarray(risks, dtype=np.float64)
    if not len(each) or not ((each > 0) & (each < 1)).all() or odds_ratio <= 0 or odds_ratio == 1:
        raise ValueError("a chart needs risks between 0 and 1, and a change to look for")
    return _limit(lambda limit: bernoulli_run_length(each, odds_ratio, limit), people)


def _limit(length: Callable[[float], float], wanted: float) -> float:
    low = high = LEAST_LIMIT
    while length(high) < wanted:
        low, high = high, 1.5 * high
    while high - low > _NEAR:
        middle = (low + high) / 2
        low, high = (middle, high) if length(middle) < wanted else (low, middle)
    return high
