"""Charts over time: VLAD for the eye, CUSUM for decisions.

After each look a CUSUM adds the log-likelihood ratio of an outcome R times as frequent (as likely, in odds) as expected, and
never falls below 0. Poisson counts: O ln R - (R - 1) E (Lucas 1985 Technometrics 27:129). Single outcomes: Steiner et al.
2000 Biostatistics 1:441. It starts again at 0 after a signal. The limit comes from the run length without any change
(``run_length``), never from a rule of thumb. R above 1 looks for more than expected, R below 1 for less.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from casefinder.evaluation.inputs import FloatArray


def vlad(observed: npt.ArrayLike, expected: npt.ArrayLike) -> FloatArray:
    """Return expected less observed, added up look by look: above 0, fewer than expected so far.

    >>> vlad([2, 0, 1], [1.0, 1.0, 1.0]).tolist()
    [-1.0, 0.0, 0.0]
    """
    return np.cumsum(np.asarray(expected, dtype=np.float64) - np.asarray(observed, dtype=np.float64))


def poisson_scores(observed: npt.ArrayLike, expected: npt.ArrayLike, ratio: float) -> FloatArray:
    """Return what each look adds to a chart that looks for O/E = ``ratio``.

    >>> poisson_scores([12.0], [10.0], 1.5).round(4).tolist()
    [-0.1344]
    """
    seen, due = np.asarray(observed, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    return seen * np.log(ratio) - (ratio - 1.0) * due


def bernoulli_scores(outcome: npt.ArrayLike, risk: npt.ArrayLike, odds_ratio: float) -> FloatArray:
    """Return what each person adds to a chart that looks for odds ``odds_ratio`` times those of the risk.

    Args:
        outcome: 0 or 1.
        risk: probability of the outcome, in (0, 1).
        odds_ratio: the change looked for.

    >>> bernoulli_scores([1, 0], [0.1, 0.1], 2.0).round(4).tolist()
    [0.5978, -0.0953]
    """
    seen, risks = np.asarray(outcome, dtype=np.float64), np.asarray(risk, dtype=np.float64)
    return seen * np.log(odds_ratio) - np.log1p(risks * (odds_ratio - 1.0))


@dataclass(frozen=True)
class Path:
    """A chart: its value after each look (before it starts again), and the looks at which it reached its limit."""

    values: FloatArray
    signals: tuple[int, ...]


def cusum(scores: npt.ArrayLike, limit: float) -> Path:
    """Return the path of one side of a chart; it starts at 0, and again at 0 after each signal.

    >>> cusum(poisson_scores([8, 9, 9, 5], [5, 5, 5, 5], 1.5), limit=1.5).signals
    (1,)
    """
    values, signals, value = [], [], 0.0
    for place, step in enumerate(np.asarray(scores, dtype=np.float64)):
        value = max(0.0, value + float(step))
        values.append(value)
        if value >= limit:
            signals.append(place)
            value = 0.0
    return Path(np.array(values), tuple(signals))
