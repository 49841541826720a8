"""Where everything stands on the forest chart of calibration by group: one panel a group, one line a version.

The axis is that of ratios: too many by half and too few by half lie equally far from 1.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from casefinder.disclosure import WITHHELD
from casefinder.modelling.calibration_history import EVERYONE, ShownVersion

TICKS: Final = (0.1, 0.2, 0.33, 0.5, 0.67, 0.8, 1.0, 1.25, 1.5, 2.0, 3.0, 5.0, 10.0)
LEAST, MOST = 0.5, 2.0
"""The axis reaches at least this far."""
EDGE_LOW, EDGE_HIGH = 0.2, 5.0
"""And at most this far: an interval that goes on is drawn with an arrow."""
NOTHING: Final = "–"

_WIDE, _LEFT, _RIGHT, _TOP, _HEAD, _LINE, _GAP = 1000, 250, 300, 40, 22, 26, 10


def forest(versions: Sequence[ShownVersion], band: tuple[float, float]) -> dict[str, Any]:
    """Return the chart: its size, axis, band, and panels of lines.

    Args:
        versions: oldest first.
        band: within which a group's figure is taken as right.
    """
    panels = group_lines(versions)
    ends = [line["row"][name] for panel in panels for line in panel["lines"] for name in ("low", "high")]
    known = [one for one in ends if one]
    least = max(EDGE_LOW, min([LEAST, *known]))
    most = min(EDGE_HIGH, max([MOST, *known]))

    def place(ratio: float) -> float:
        inside = min(max(ratio, least), most)
        share = math.log(inside / least) / math.log(most / least)
        return round(_LEFT + share * (_WIDE - _LEFT - _RIGHT), 1)

    down = float(_TOP)
    for panel in panels:
        panel["y"] = down + 15
        for number, line in enumerate(panel["lines"]):
            line |= _placed(line["row"], place, least, most) | {"y": down + _HEAD + _LINE * number + 10}
        down += _HEAD + _LINE * len(panel["lines"]) + _GAP
        panel["rule"] = down - _GAP / 2
    return {
        "width": _WIDE,
        "height": down + 10,
        "left": _LEFT,
        "right": _WIDE - _RIGHT,
        "top": _TOP - 8,
        "bottom": down,
        "one": place(1.0),
        "band": (place(band[0]), place(band[1])),
        "ticks": [{"x": place(tick), "words": f"{tick:g}"} for tick in TICKS if least <= tick <= most],
        "panels": panels,
    }


def group_lines(versions: Sequence[ShownVersion]) -> list[dict[str, Any]]:
    """Return a panel for everyone and for each group by name, each with a line for every version that has it."""
    cluster = {row["group"]: row.get("cluster", "") for one in versions for row in one.rows}
    panels = [_panel(EVERYONE, "", versions, [one.everyone for one in versions])]
    for name in sorted(cluster, key=lambda name: (cluster[name], name)):
        rows = [next((row for row in one.rows if row["group"] == name), None) for one in versions]
        panels.append(_panel(name, cluster[name], versions, rows))
    return panels


def _panel(
    name: str, cluster: str, versions: Sequence[ShownVersion], rows: Sequence[Mapping[str, Any] | None]
) -> dict[str, Any]:
    lines = [
        {"version": one.version, "index_date": one.index_date, "serves": one.serves, "row": row, "figure": figure(row)}
        for one, row in zip(versions, rows, strict=True)
        if row is not None
    ]
    return {"name": name, "cluster": cluster, "lines": lines}


def _placed(row: Mapping[str, Any], place: Any, least: float, most: float) -> dict[str, Any]:
    """Return where one line's dot, interval and diamond stand; None for what is not shown."""
    low, high = row["low"], row["high"]
    shown = low is not None and high is not None
    shrunken = row.get("shrunken")
    return {
        "dot": None if row["ratio"] is None or not least <= row["ratio"] <= most else place(row["ratio"]),
        "low": place(low or least) if shown else None,
        "high": place(high) if shown else None,
        "beyond_low": shown and low < least,
        "beyond_high": shown and high > most,
        "diamond": None if shrunken is None or not least <= shrunken <= most else place(shrunken),
    }


def figure(row: Mapping[str, Any] | None, name: str = "ratio", low: str = "low", high: str = "high") -> str:
    """Return a ratio with its interval, the mark of a withheld one, or why there is none.

    >>> figure({"ratio": 1.1, "low": 0.9, "high": 1.34, "note": ""})
    '1.10 (0.90 to 1.34)'
    """
    if row is None:
        return NOTHING
    if row.get(low) is None:
        return WITHHELD
    interval = f"{row[low]:.2f} to {row[high]:.2f}"
    return f"{row[name]:.2f} ({interval})" if row[name] is not None else f"{NOTHING} ({interval})"
