"""What a comparison of scores may show outside the workspace: counts rounded, figures withheld where people are few."""

import math
from collections.abc import Mapping
from typing import Any, Final

import pandas as pd

from casefinder.disclosure import DEFAULT, WITHHELD, Policy
from casefinder.modelling.disclosed import disclosed_figures

_ABOUT: Final = ("question", "outcome", "horizon_days", "score", "words", "people", "events", "k")
_BY_LIST: Final = ("ppv_at_k_low", "ppv_at_k_high", "sensitivity_at_k_low", "sensitivity_at_k_high", "net_benefit")
"""Figures from which the people found by a list can be worked back, beside those of every model."""
DECIMALS: Final = {
    "prevalence": 3, "c_statistic": 3, "difference": 3, "average_precision": 3, "ppv_at_k": 2, "sensitivity_at_k": 2,
    "net_benefit": 4, "observed_expected": 2, "calibration_slope": 2, "ici": 3, "ipa": 3,
}  # fmt: skip
"""Decimals of each figure; its limits have as many. No figure of a list is fine enough to count the people on it."""


def disclosed_comparison(table: pd.DataFrame, policy: Policy = DEFAULT) -> list[dict[str, Any]]:
    """Return rows of a comparison that may be shown: ``*`` where a figure is withheld, None where there is none."""
    rows: list[dict[str, Any]] = [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]
    return [_row(row, policy) for row in rows]


def _row(row: Mapping[str, Any], policy: Policy) -> dict[str, Any]:
    may = disclosed_figures(row, policy)
    few = policy.count(int(row["events"])) is None
    found: dict[str, Any] = {}
    for name, value in row.items():
        if name in _ABOUT:
            found[name] = WITHHELD if may[name] is None else may[name]
        elif value is None or not math.isfinite(value):
            found[name] = None
        else:
            hidden = few or may[name] is None or (name in _BY_LIST and may["ppv_at_k"] is None)
            found[name] = WITHHELD if hidden else round(float(value), _decimals(name)) + 0.0
    return found


def _decimals(name: str) -> int:
    return DECIMALS[name.removesuffix("_low").removesuffix("_high")]
