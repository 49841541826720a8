"""The figures of a validation: each group left out, pooled over groups, the learning curve; exact, and as may be shown."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from casefinder.disclosure import DEFAULT, WITHHELD, Policy
from casefinder.evaluation import Pooled, PooledPerformance, poisson_interval, pooled_performance
from casefinder.evaluation.intervals import normal_deviate
from casefinder.modelling.disclosed import disclosed_figures

MEASURES: Final = {
    "c_statistic": "c-statistic",
    "observed_expected": "observed / expected",
    "calibration_in_the_large": "calibration in the large",
    "calibration_slope": "calibration slope",
}
DECIMALS: Final = {"c_statistic": 3, "ici": 3, "average_precision": 3}
"""Decimals of a figure that is shown; two for all others."""
_LIMITS: Final = ("low", "high")

Row = dict[str, Any]


@dataclass(frozen=True)
class Validated:
    """A row a group, a row a pooled measure, a row a share of the learning curve; None where there is no figure."""

    groups: list[Row]
    pooled: list[Row]
    curve: list[Row]


def validated(people: pd.DataFrame, curve: pd.DataFrame) -> Validated:
    """Return the exact figures.

    Args:
        people: ``group``, ``outcome``, ``weight`` and ``risk``, as ``ladder.leave_one_out`` returns them.
        curve: as ``ladder.learning_curve`` returns it.
    """
    weight = None if (people["weight"] == 1).all() else people["weight"].to_numpy()
    found = pooled_performance(people["outcome"].to_numpy(), people["risk"].to_numpy(), people["group"].to_numpy(), weight)
    rows = [{str(name): _known(value) for name, value in row.items()} for row in curve.to_dict("records")]
    return Validated([_group(row) for row in found.by_group.to_dict("records")], _pooled(found), rows)


def _group(row: Mapping[Any, Any]) -> Row:
    """Return a group with limits of each measure: normal, and for observed over expected exact."""
    found: Row = {"group": str(row["group"]), "people": int(row["people"]), "events": float(row["events"])}
    low, high = poisson_interval(row["events"])
    for name in MEASURES:
        value, error = row[name], row.get(f"{name}_error", math.nan)
        reach = normal_deviate(0.95) * error
        limits = (
            (low / row["expected"], high / row["expected"])
            if name == "observed_expected"
            else (value - reach, value + reach)
        )
        found |= {name: _known(value)} | {f"{name}_{end}": _known(one) for end, one in zip(_LIMITS, limits, strict=True)}
    return found


def _pooled(found: PooledPerformance) -> list[Row]:
    rows: list[Row] = []
    for name in MEASURES:
        one: Pooled | None = getattr(found, name)
        about: Row = {"measure": name, "left_out": found.left_out[name]}
        names = ("estimate", "low", "high", "prediction_low", "prediction_high", "groups")
        rows.append(about | {key: None if one is None else _known(getattr(one, key)) for key in names})
    return rows


def _known(value: Any) -> Any:
    """Return a plain value; None for a figure that is not defined."""
    if isinstance(value, str | int | np.integer):
        return int(value) if isinstance(value, np.integer) else value
    return float(value) if value is not None and math.isfinite(value) else None


def disclosed_validation(exact: Validated, policy: Policy = DEFAULT) -> Validated:
    """Return what may leave the workspace: counts rounded, figures of groups with few outcomes withheld."""
    curve = [_disclosed_share(row, policy) for row in exact.curve]
    pooled = [{name: _rounded(row["measure"], value) for name, value in row.items()} for row in exact.pooled]
    return Validated([_disclosed_group(row, policy) for row in exact.groups], pooled, curve)


def _disclosed_group(row: Row, policy: Policy) -> Row:
    events = round(row["events"])
    few = policy.count(events) is None
    found = {name: WITHHELD if few and value is not None else _rounded(name, value) for name, value in row.items()}
    counts = {"people": policy.count(row["people"]), "events": policy.count(events)}
    return found | {"group": row["group"]} | {name: WITHHELD if count is None else count for name, count in counts.items()}


def _disclosed_share(row: Row, policy: Policy) -> Row:
    about = {name: policy.count(int(row[name])) for name in ("fit_people", "fit_events")}
    figures = {name: value for name, value in row.items() if name not in ("share", *about)}
    may = disclosed_figures(figures, policy) if figures.get("events") is not None else figures
    shown = {
        name: WITHHELD if may[name] is None and value is not None else _rounded(name, may[name])
        for name, value in figures.items()
    }
    return {"share": row["share"], **{name: WITHHELD if one is None else one for name, one in about.items()}, **shown}


def _rounded(name: str, value: Any) -> Any:
    if not isinstance(value, float):
        return value
    base = name.removesuffix("_low").removesuffix("_high")
    return round(value, DECIMALS.get(base, 2)) + 0.0


def plain_rows(exact: Validated) -> dict[str, Sequence[Row]]:
    """Return everything by name, for a file."""
    return {"groups": exact.groups, "pooled": exact.pooled, "curve": exact.curve}
