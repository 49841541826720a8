"""Calibration of one version by cluster, by practice and by characteristic, from the people it was tested on.

Exact figures stay in the workspace, in ``calibration.json`` beside the bundle; ``disclosed_calibration`` gives what may
leave it. A group's figure mixes unmeasured need, coding, access and care: it says where risks are wrong, and ranks nobody.
"""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import pandas as pd

from casefinder.engines import Version, Workspace
from casefinder.evaluation.equity import EVENT_FLOOR
from casefinder.evaluation.groups import FEWEST_GROUPS, calibration_by_group, partial_pooling
from casefinder.modelling.subgroups import characteristics
from casefinder.modelling.tested import read_tested

FILE: Final = "calibration.json"
GROUPINGS: Final = {"cluster": "gp_cluster", "practice": "practice_code"}
NOT_STATED: Final = "not stated"
Rows = list[dict[str, Any]]


def calibration_tables(people: pd.DataFrame) -> dict[str, Any]:
    """Return exact calibration by cluster, by practice and by characteristic.

    Args:
        people: the people tested, as ``read_tested`` gives them.

    Returns:
        ``index_date``; ``cluster`` and ``practice``, each with ``rows`` and, from three groups on, ``intercept``,
        ``spread``, ``spread_high`` and ``range`` of the partial pooling; ``subgroups`` with ``rows``. A row has ``group``,
        ``people``,
        ``events``, ``effective`` (events, less what unequal weights lose), ``observed``, ``expected``, ``ratio`` (None below
        five expected), ``low``, ``high``, and ``shrunken`` with its interval. A row of a practice has ``cluster`` too;
        one of a subgroup has ``characteristic``, and no ratio below 20 people with the outcome or without it.
    """
    found: dict[str, Any] = {"index_date": str(people["index_date"].iloc[0])}
    labels = {by: people[column].fillna(NOT_STATED).astype(str) for by, column in GROUPINGS.items()}
    for by, group in labels.items():
        found[by] = _pooled(people, group)
    cluster = dict(zip(labels["practice"], labels["cluster"], strict=True))
    for row in found["practice"]["rows"]:
        row["cluster"] = cluster[row["group"]]
    found["subgroups"] = {
        "rows": [
            {"characteristic": name, **_above_floor(row)}
            for name, group in characteristics(people).items()
            for row in _rows(people, group)
        ]
    }
    return found


def _rows(people: pd.DataFrame, group: pd.Series) -> Rows:
    table = calibration_by_group(people["outcome"], people["risk"], group, people["weight"])
    seen = (people["outcome"] * (people["weight"] > 0)).groupby(group).sum()
    squares = ((people["outcome"] * people["weight"]) ** 2).groupby(group).sum()
    rows = []
    for row in table.to_dict("records"):
        square = float(squares[row["group"]])
        effective = row["observed"] ** 2 / square if square else 0.0
        figures = {name: _figure(row[name]) for name in ("observed", "expected", "ratio", "low", "high")}
        events = int(seen[row["group"]])
        rows.append(
            {"group": row["group"], "people": int(row["people"]), "events": events, "effective": _figure(effective)}
            | figures
        )
    return rows


def _pooled(people: pd.DataFrame, group: pd.Series) -> dict[str, Any]:
    """Return a table with each group's effect shrunk towards the average, where groups and events are enough for it."""
    rows = _rows(people, group)
    if len(rows) < FEWEST_GROUPS or not 0 < people["outcome"].sum() < len(people):
        return {"rows": [row | {"shrunken": None, "shrunken_low": None, "shrunken_high": None} for row in rows]}
    fit = partial_pooling(people["outcome"], people["risk"], group, people["weight"])
    for row, one in zip(rows, fit.effects.to_dict("records"), strict=True):
        row |= {"shrunken": _figure(one["effect"])}
        row |= {"shrunken_low": _figure(one["low"]), "shrunken_high": _figure(one["high"])}
    return {
        "rows": rows,
        "intercept": _figure(fit.intercept.value),
        "spread": _figure(fit.spread.value),
        "spread_high": _figure(fit.spread.high),
        "range": [_figure(limit) for limit in fit.practice_range],
    }


def _above_floor(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row without its ratio where too few have the outcome, or too few have not."""
    enough = min(row["events"], row["people"] - row["events"]) >= EVENT_FLOOR
    return row if enough else row | {"ratio": None, "low": None, "high": None}


def _figure(value: float) -> float | None:
    """Return a figure to six decimals, so that the last bits of arithmetic change no file; None where there is none."""
    return round(float(value), 6) if math.isfinite(value) else None


def groups_off(rows: Sequence[Mapping[str, Any]], band: tuple[float, float]) -> list[str]:
    """Return the groups whose whole interval lies outside a band."""
    low, high = band
    known = [row for row in rows if row["low"] is not None and row["high"] is not None]
    return [str(row["group"]) for row in known if row["high"] < low or row["low"] > high]


def read_calibration(workspace: Workspace, model: str, version: Version) -> dict[str, Any]:
    """Return the exact tables of a version: those written with it, or worked out from the people it was tested on.

    Raises:
        WorkspaceError: neither is held.
    """
    path = version / FILE
    if path.is_file():
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return found
    return calibration_tables(read_tested(workspace, model, version.number))


def tables_text(tables: Mapping[str, Any]) -> str:
    """Return the exact tables as the text of their file."""
    return json.dumps(tables, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
