"""What the tables of calibration by group may say outside the workspace.

Counts are rounded or withheld. A ratio is given to two decimals, and withheld where 1 to 7 people had the outcome. What was
expected is rounded like a count, and limits are those of the rounded count, so no exact count can be worked back from them.
"""

from collections.abc import Mapping
from typing import Any, Final

from casefinder.disclosure import DEFAULT, Policy
from casefinder.evaluation.equity import EVENT_FLOOR
from casefinder.evaluation.groups import LEAST_EXPECTED
from casefinder.evaluation.intervals import poisson_interval

WITHHELD: Final = "withheld"
TOO_FEW: Final = f"fewer than {LEAST_EXPECTED:.0f} expected"
BELOW_FLOOR: Final = f"fewer than {EVENT_FLOOR} with or without the outcome"
_NAMES: Final = ("characteristic", "group", "cluster")
_RATIOS: Final = ("ratio", "low", "high", "shrunken", "shrunken_low", "shrunken_high")


def disclosed_calibration(tables: Mapping[str, Any], policy: Policy = DEFAULT) -> dict[str, Any]:
    """Return tables that may leave the workspace, from the exact ones of ``calibration_tables``.

    Returns:
        The same names; a row keeps what names it and has ``people``, ``events``, ``expected``, ``ratio``, ``low``,
        ``high``, for clusters and practices ``shrunken`` with its limits, and ``note``: why a figure is missing, or nothing.
    """
    found: dict[str, Any] = {"index_date": tables["index_date"]}
    for name, table in tables.items():
        if isinstance(table, Mapping):
            rest = {key: _two(value) for key, value in table.items() if key != "rows"}
            found[name] = {"rows": [disclosed_row(row, policy) for row in table["rows"]], **rest}
    return found


def disclosed_row(row: Mapping[str, Any], policy: Policy = DEFAULT) -> dict[str, Any]:
    """Return one row that may leave the workspace."""
    names = {name: row[name] for name in _NAMES if name in row}
    people, events = policy.count(row["people"]), policy.count(row["events"])
    figures = dict.fromkeys([name for name in _RATIOS if name in row])
    shown: dict[str, Any] = {**names, "people": people, "events": events, "expected": None, **figures, "note": WITHHELD}
    if people is None or events is None or policy.count(row["people"] - row["events"]) is None:
        return shown
    shown["expected"] = policy.count(round(row["expected"])) if row["expected"] >= LEAST_EXPECTED else None
    shown["note"] = _note(row)
    if row["low"] is None:
        return shown
    low, high = _limits(row, policy)
    shrunken = {name: _two(row[name]) for name in figures if name.startswith("shrunken")}
    return shown | {"ratio": _two(row["ratio"]), "low": low, "high": high} | shrunken


def _limits(row: Mapping[str, Any], policy: Policy) -> tuple[float, float]:
    """Return limits of observed over expected as those of the rounded count, on the scale of the exact ratio."""
    if not row["events"]:
        return 0.0, round(row["high"], 2)
    count = policy.count(round(row["effective"])) or policy.count(row["events"]) or 0
    ratio, limits = row["observed"] / row["expected"], poisson_interval(count)
    return round(ratio * limits.low / count, 2), round(ratio * limits.high / count, 2)


def _note(row: Mapping[str, Any]) -> str:
    if row["low"] is None:
        return BELOW_FLOOR
    return TOO_FEW if row["expected"] < LEAST_EXPECTED else ""


def _two(value: Any) -> Any:
    if isinstance(value, list):
        return [_two(one) for one in value]
    return round(value, 2) if isinstance(value, float) else value
