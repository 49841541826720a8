"""How good the risks were, month by month and cluster by cluster, on windows that have closed."""

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from casefinder.evaluation import c_statistic_interval, calibration_slope, observed_expected
from casefinder.monitoring.maturing import Matured

ALL: Final = "all clusters"
REPLICATES: Final = 200
"""Bootstrap replicates of the c-statistic's interval, where people were lost and weights stand for them."""


_RATIOS: Final = tuple(f"{name}{end}" for name in ("ratio", "slope", "c_statistic") for end in ("", "_low", "_high"))


@dataclass(frozen=True)
class Figures:
    """Figures of matured outcomes.

    Attributes:
        by_month: a row a look: ``look``, then the measures.
        by_cluster: a row a cluster, and one for all, over the last looks that together hold everyone once: ``cluster``,
            then the measures.
        by_month_without: by month, those whose window saw a service begin left out.
        by_cluster_without: the same by cluster.
        sums: what the charts are made of: ``look``, ``cluster``, ``observed``, ``expected``, ``variance``.

    Measures are ``people``, ``events``, ``expected``, ``ratio`` (O/E), ``slope`` and ``c_statistic``, the last three with
    ``_low`` and ``_high``; NaN where there is none. Tables without some people say how many are left out (``served``,
    ``served_events`` of them with the outcome), and how many of everyone stood on a list inside their window (``listed``).
    """

    by_month: pd.DataFrame
    by_cluster: pd.DataFrame
    by_month_without: pd.DataFrame
    by_cluster_without: pd.DataFrame
    sums: pd.DataFrame
    window: tuple[dt.date, ...]


def figures_of(matured: Matured) -> Figures:
    """Return the figures of what has matured."""
    rows, looks = matured.rows, matured.looks
    months = [(looks[place], rows[rows["look"] == place]) for place in sorted(set(rows["look"]))]
    window = rows[rows["look"] >= max(0, len(looks) - matured.stride)]
    names = sorted(window["cluster"].unique())
    parts = [(ALL, window), *((str(name), window[window["cluster"] == name]) for name in names)] if names else []
    by_month, by_month_without = _tables("look", months)
    by_cluster, by_cluster_without = _tables("cluster", parts)
    return Figures(
        by_month, by_cluster, by_month_without, by_cluster_without, _sums(matured), looks[-matured.stride :] if looks else ()
    )


def _tables(key: str, parts: Sequence[tuple[Any, pd.DataFrame]]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the measures of each part, of everyone and without those who had a service."""
    everyone = [{key: name, **measures(rows)} for name, rows in parts]
    without = [{**row, **_without(rows)} for row, (_name, rows) in zip(everyone, parts, strict=True)]
    return pd.DataFrame(everyone), pd.DataFrame(without)


def _without(rows: pd.DataFrame) -> dict[str, float]:
    """Return the measures of those who had no service, where anybody had one; and how many had."""
    served = rows["served"].to_numpy(dtype=bool)
    seen = (rows["outcome"].to_numpy() > 0) & (rows["weight"].to_numpy() > 0)
    counts = {"served": int(served.sum()), "served_events": int((served & seen).sum()), "listed": int(rows["listed"].sum())}
    return {**counts, **measures(rows[~served])} if served.any() else dict(counts)


def measures(rows: pd.DataFrame) -> dict[str, float]:
    """Return the measures of some rows; NaN where there are none."""
    if rows.empty:
        return {"people": 0, "events": 0.0, "expected": 0.0, **dict.fromkeys(_RATIOS, math.nan)}
    outcome, risk, weight = (rows[name].to_numpy(dtype=np.float64) for name in ("outcome", "risk", "weight"))
    seen = weight > 0
    alike = bool(np.ptp(weight[seen]) < 1e-9) if seen.any() else True
    ratio = observed_expected(outcome, risk, weight)
    slope = calibration_slope(outcome, risk, None if alike and seen.all() else weight).slope
    c = c_statistic_interval(outcome[seen], risk[seen], None if alike else weight[seen], replicates=REPLICATES)
    return {
        "people": len(rows),
        "events": float((outcome * seen).sum()),
        "expected": ratio.expected,
        "ratio": ratio.ratio,
        "ratio_low": ratio.low,
        "ratio_high": ratio.high,
        "slope": slope.value,
        "slope_low": slope.low,
        "slope_high": slope.high,
        "c_statistic": c.value,
        "c_statistic_low": c.low,
        "c_statistic_high": c.high,
    }


def _sums(matured: Matured) -> pd.DataFrame:
    """Return observed, expected and the variance of the observed where every risk is right, by look and cluster.

    Weights for people lost make an observed count vary more: the variance is raised by their mean square over those seen.
    """
    rows = matured.rows
    seen = rows["weight"].to_numpy(dtype=np.float64)
    more = float((seen[seen > 0] ** 2).mean()) if (seen > 0).any() else 1.0
    risk = rows["risk"].to_numpy(dtype=np.float64)
    parts = rows.assign(observed=rows["weight"] * rows["outcome"], expected=risk, variance=more * risk * (1 - risk))
    return parts.groupby(["look", "cluster"], as_index=False)[["observed", "expected", "variance"]].sum()
