"""Dots with intervals, line under line in panels: where everything stands, for a template to draw. No sums but places."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

_LEFT, _RIGHT, _WIDE, _ROW, _HEAD, _TOP = 300, 20, 860, 18, 34, 26
MOST_TICKS: Final = 8


@dataclass(frozen=True)
class Line:
    """One line: its words, the figure in words, and value and limits where they may be drawn.

    ``kind`` is one of the names of the style: model, other, pooled or prediction.
    """

    words: str
    figure: str
    value: float | None
    low: float | None
    high: float | None
    kind: str = "other"


Panel = tuple[str, Sequence[Line]]


def dot_chart(
    panels: Sequence[Panel], least: float, most: float, mark: float | None = None, room: int = _LEFT
) -> dict[str, Any]:
    """Return where titles, lines, dots, intervals and the marks of the axis stand.

    Args:
        panels: a title and lines each.
        least: least value that the axis has to hold.
        most: greatest value that the axis has to hold.
        mark: a value with a line of its own, such as 1 for observed over expected.
        room: for the words of lines, in units of the picture; what is more than usual makes it wider.
    """
    drawn = [one for _, lines in panels for line in lines for one in (line.value, line.low, line.high) if one is not None]
    ticks = _ticks(min([least, *drawn]), max([most, *drawn]))
    wide = _WIDE + room - _LEFT
    across = (wide - room - _RIGHT) / (ticks[-1] - ticks[0])

    def place(value: float) -> float:
        return round(room + (value - ticks[0]) * across, 1)

    down, found = float(_TOP), []
    for title, lines in panels:
        shown = [_line(line, down + _HEAD + _ROW * number, place) for number, line in enumerate(lines)]
        found.append({"told": title, "y": down + 20, "lines": shown})
        down += _HEAD + _ROW * len(lines)
    return {
        "width": wide,
        "height": down + 16,
        "left": room,
        "top": _TOP - 6,
        "bottom": down,
        "mark": None if mark is None else place(mark),
        "ticks": [{"x": place(tick), "words": f"{tick:g}"} for tick in ticks],
        "panels": found,
    }


def _ticks(least: float, most: float) -> list[float]:
    """Return round values that hold the least and the most, at most eight steps.

    >>> _ticks(0.53, 0.98)
    [0.5, 0.6, 0.7, 0.8, 0.9, 1.0]
    """
    for step in (0.05, 0.1, 0.2, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0):
        first, last = math.floor(least / step + 1e-9), math.ceil(most / step - 1e-9)
        if last - first <= MOST_TICKS:
            break
    return [round(step * number, 6) for number in range(first, max(last, first + 1) + 1)]


def _line(line: Line, down: float, place: Callable[[float], float]) -> dict[str, Any]:
    return {
        "y": down,
        "words": line.words,
        "kind": line.kind,
        "figure": line.figure,
        "dot": None if line.value is None else place(line.value),
        "low": None if line.low is None else place(line.low),
        "high": None if line.high is None else place(line.high),
    }
