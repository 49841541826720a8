"""The calibration alarm of a model: one chart a cluster and one for all of them, on outcomes as they mature."""

import datetime as dt
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from casefinder.comparison import Path, cusum, poisson_scores
from casefinder.monitoring.cusum import LOOKS, Design, design
from casefinder.monitoring.outcomes import ALL

OVER: Final = "over-predicts"
UNDER: Final = "under-predicts"


@dataclass(frozen=True)
class Chart:
    """The two sides of one cluster's chart, with what it was made of: a value a look."""

    cluster: str
    observed: np.ndarray
    expected: np.ndarray
    over: Path
    under: Path


@dataclass(frozen=True)
class Signal:
    """A chart that reached its limit: which, at which index date, which way, and O/E over the looks since then a year."""

    cluster: str
    look: dt.date
    way: str
    observed: float
    expected: float


@dataclass(frozen=True)
class Alarms:
    """The charts of a model and the signals that stand: those of the last twelve looks, the latest of each chart."""

    design: Design | None
    charts: tuple[Chart, ...]
    standing: tuple[Signal, ...]


def alarms_of(sums: pd.DataFrame, looks: tuple[dt.date, ...], seed: int = 1) -> Alarms:
    """Return the charts of a model's matured outcomes.

    Args:
        sums: ``look``, ``cluster``, ``observed``, ``expected``, ``variance``.
        looks: the index dates, oldest first.
        seed: of the simulation that finds the limit.
    """
    if not looks:
        return Alarms(None, (), ())
    observed, expected, variance = (
        sums.pivot(index="look", columns="cluster", values=name).reindex(range(len(looks))).fillna(0.0)
        for name in ("observed", "expected", "variance")
    )
    set_for = design(expected.mean().to_numpy(), variance.mean().to_numpy(), seed=seed)
    whole = [_chart(ALL, observed.sum(axis=1).to_numpy(), expected.sum(axis=1).to_numpy(), set_for)]
    single = [_chart(str(name), observed[name].to_numpy(), expected[name].to_numpy(), set_for) for name in observed.columns]
    charts = tuple(whole + single) if len(single) > 1 else tuple(whole)
    standing = tuple(found for chart in charts if (found := _standing(chart, looks)) is not None)
    return Alarms(set_for, charts, standing)


def _chart(cluster: str, observed: np.ndarray, expected: np.ndarray, set_for: Design) -> Chart:
    ratio, limit = set_for.ratio, set_for.limit
    over, under = (cusum(poisson_scores(observed, expected, way), limit) for way in (1 / ratio, ratio))
    return Chart(cluster, observed, expected, over, under)


def _standing(chart: Chart, looks: tuple[dt.date, ...]) -> Signal | None:
    """Return the latest signal of a chart within the last twelve looks, None where there is none."""
    first = len(looks) - LOOKS
    found = [(place, OVER) for place in chart.over.signals] + [(place, UNDER) for place in chart.under.signals]
    latest = max((one for one in found if one[0] >= first), default=None)
    if latest is None:
        return None
    year = slice(max(0, first), None)
    return Signal(chart.cluster, looks[latest[0]], latest[1], float(chart.observed[year].sum()),
                  float(chart.expected[year].sum()))  # fmt: skip
