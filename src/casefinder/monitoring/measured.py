"""Figures of a look that MLflow may hold: disclosed, a name each."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from casefinder.modelling.reach import disclosed_reach
from casefinder.monitoring import say
from casefinder.monitoring.feeds import Feed
from casefinder.monitoring.inputs import SHIFTED, WATCH
from casefinder.monitoring.look import ModelLook
from casefinder.monitoring.outcomes import ALL

_MEASURES = {"ratio": "observed_expected", "slope": "calibration_slope", "c_statistic": "c_statistic"}


def metrics(model: ModelLook, feeds: Sequence[Feed]) -> dict[str, float]:
    """Return the metrics of one model by name; what is withheld or unknown is left out.

    Figures of a cluster carry its name: ``observed_expected/North``.
    """
    found = {
        "score_stability_index": model.inputs.score,
        "features_to_watch": float(len(model.inputs.at_least(WATCH))),
        "features_shifted": float(len(model.inputs.at_least(SHIFTED))),
        "matured_index_dates": float(len(model.looks)),
        "alarms_standing": float(len(model.alarms.standing)),
        "feeds_at_fault": float(sum(feed.is_wrong for feed in feeds)),
    }
    for row in model.figures.by_cluster.to_dict("records"):
        found |= _figures(row)
    for row in model.figures.by_cluster_without.to_dict("records"):
        found |= _figures_without(row)
    share = disclosed_reach(model.reach)["expected_share"]
    found |= {} if share is None else {"expected_share_served": share}
    return {name: value for name, value in found.items() if math.isfinite(value)}


def _figures(row: Mapping[Any, Any]) -> dict[str, float]:
    if say.few(row):
        return {}
    return {f"{name}{_ending(row)}": round(float(row[column]), 2) for column, name in _MEASURES.items()}


def _figures_without(row: Mapping[Any, Any]) -> dict[str, float]:
    """Return figures without those who had a service, where anybody had one and none tells of a few of them."""
    told = {name: say.without_shown(row, column) for column, name in _MEASURES.items()} if row["served"] else {}
    known = {name: words for name, words in told.items() if words.replace(".", "").isdigit()}
    return {f"{name}_without_served{_ending(row)}": float(words) for name, words in known.items()}


def _ending(row: Mapping[Any, Any]) -> str:
    return "" if row["cluster"] == ALL else f"/{_plain(str(row['cluster']))}"


def _plain(name: str) -> str:
    """Return a name with only what MLflow takes.

    >>> _plain("St Mary's & North")
    'St Mary-s - North'
    """
    return "".join(one if one.isascii() and (one.isalnum() or one in "_-. ") else "-" for one in name)
