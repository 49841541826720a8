"""Rates over time with the limits of statistical process control.

A u-chart for rates of events (limits from Poisson variation around the mean rate), and an XmR chart for any figure (limits
from the moving range: 2.66 times its mean; Shewhart 1931; Provost and Murray, The Health Care Data Guide, 2011). A look
signals outside the limits, or at the seventh of seven or more in a row on one side of the mean.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from casefinder.evaluation.inputs import FloatArray

DEVIATIONS: Final = 3.0
MOVING_RANGE: Final = 2.66
RUN: Final = 7


@dataclass(frozen=True)
class ProcessLimits:
    """The figure at each look, the mean, its limits at each look, and the looks that signal."""

    values: FloatArray
    mean: float
    low: FloatArray
    high: FloatArray
    signals: tuple[int, ...]


def u_chart(events: npt.ArrayLike, exposure: npt.ArrayLike) -> ProcessLimits:
    """Return the rate at each look with limits three standard deviations from the mean rate; no lower limit is below 0.

    Args:
        events: (looks,) counts.
        exposure: (looks,) people, or days that people spent; above 0.

    Raises:
        ValueError: some exposure is not above 0.
    """
    seen, had = np.asarray(events, dtype=np.float64), np.asarray(exposure, dtype=np.float64)
    if not (had > 0).all():
        raise ValueError("each look needs some exposure")
    mean = float(seen.sum() / had.sum())
    reach = DEVIATIONS * np.sqrt(mean / had)
    return _charted(seen / had, mean, np.maximum(0.0, mean - reach), mean + reach)


def xmr_chart(values: npt.ArrayLike) -> ProcessLimits:
    """Return a figure at each look with limits from its moving range.

    >>> chart = xmr_chart([10.0, 12.0, 11.0, 13.0])
    >>> round(chart.mean, 3), round(float(chart.high[0]), 3)
    (11.5, 15.933)
    """
    found = np.asarray(values, dtype=np.float64)
    mean = float(found.mean())
    reach = MOVING_RANGE * float(np.abs(np.diff(found)).mean()) if len(found) > 1 else np.nan
    return _charted(found, mean, np.full(len(found), mean - reach), np.full(len(found), mean + reach))


def _charted(values: FloatArray, mean: float, low: FloatArray, high: FloatArray) -> ProcessLimits:
    side = np.sign(values - mean)
    signals, run = [], 0
    for place, (value, here) in enumerate(zip(values, side, strict=True)):
        run = run + 1 if here and place and here == side[place - 1] else int(here != 0)
        if value < low[place] or value > high[place] or run >= RUN:
            signals.append(place)
    return ProcessLimits(values, mean, low, high, tuple(signals))
