"""How long a Poisson CUSUM runs without change before it signals, and the limit that makes it run as long as wanted.

A Markov chain over the values that the chart can take below its limit, in equal steps (Brook and Evans 1972 Biometrika
59:539). With several charts, ask for a run of so many times as many looks: m charts that each signal falsely once in m L
looks signal together once in L.
"""

from typing import Final

import numpy as np

from casefinder.comparison.cusum import poisson_scores
from casefinder.evaluation.inputs import FloatArray

STATES: Final = 120
"""Steps between 0 and the limit. Where few events are expected the chart takes few values, and the run length is rough."""
LEAST_LIMIT: Final = float(np.log(20))
"""No limit is lower, however much is expected: what a chart has gathered must be at least twenty times likelier under the
change than without it."""
_NEAR: Final = 0.01
_ENDLESS: Final = 1e9


def run_length(expected: float, ratio: float, limit: float, true_ratio: float = 1.0, states: int = STATES) -> float:
    """Return the average looks until a chart that starts at 0 signals; infinity beyond a thousand million.

    Args:
        expected: count expected at each look.
        ratio: O/E that the chart looks for, above or below 1.
        limit: value at which it signals.
        true_ratio: true O/E; 1 gives the run length without change.
        states: steps of the chain.
    """
    chances = _chances(expected * true_ratio)
    step = poisson_scores(np.arange(len(chances)), np.full(len(chances), expected), ratio)
    width = limit / (states - 0.5)  # the states are 0, one width, two widths, ...; the last ends at the limit
    values = np.arange(states) * width
    after = np.floor(np.maximum(0.0, values[:, None] + step[None, :]) / width + 0.5).astype(np.int64)
    moves = np.zeros((states, states))
    rows = np.broadcast_to(np.arange(states)[:, None], after.shape)
    inside = after < states
    np.add.at(moves, (rows[inside], after[inside]), np.broadcast_to(chances, after.shape)[inside])
    try:
        found = float(np.linalg.solve(np.eye(states) - moves, np.ones(states))[0])
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
    """Return the limit at which a chart without change signals once in so many looks on average, or more rarely.

    Raises:
        ValueError: nothing is expected, or the ratio is 1.
    """
    if expected <= 0 or ratio <= 0 or ratio == 1:
        raise ValueError("a chart needs some event that is expected, and a change to look for")
    low = high = LEAST_LIMIT
    while run_length(expected, ratio, high) < looks:
        low, high = high, 1.5 * high
    while high - low > _NEAR:
        middle = (low + high) / 2
        low, high = (middle, high) if run_length(expected, ratio, middle) < looks else (low, middle)
    return high
