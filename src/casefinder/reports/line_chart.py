"""Lines over a range of risks: where everything stands, for a template to draw. No sums but places."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

_WIDE, _HIGH, _LEFT, _RIGHT, _TOP, _BOTTOM = 720, 480, 70, 190, 50, 60
_STEPS: Final = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5, 1.0)
_MOST_TICKS: Final = 8
_APART: Final = 16
"""Least distance between the words of two lines."""

Point = tuple[float, float]


@dataclass(frozen=True)
class Curve:
    """One line: its words, a name of the style (model, other, rule, all or right), its points, and a band if it has one.

    ``band`` holds (across, low, high) at each point.
    """

    words: str
    kind: str
    points: Sequence[Point]
    band: Sequence[tuple[float, float, float]] = ()


def line_chart(curves: Sequence[Curve], across: tuple[float, float], up: tuple[float, float]) -> dict[str, Any]:
    """Return where lines, bands, marks of the axes and words stand.

    Args:
        curves: what to draw; a line that leaves the axis upwards or downwards ends where it does.
        across: least and greatest value of the axis from left to right.
        up: least and greatest value of the axis from the bottom.
    """
    right, bottom = _WIDE - _RIGHT, _HIGH - _BOTTOM

    def x(value: float) -> float:
        return round(_LEFT + (value - across[0]) / (across[1] - across[0]) * (right - _LEFT), 1)

    def y(value: float) -> float:
        return round(bottom - (value - up[0]) / (up[1] - up[0]) * (bottom - _TOP), 1)

    drawn = [_drawn(curve, x, y, up) for curve in curves]
    _spread([one for one in drawn if one["path"]])
    return {
        "width": _WIDE,
        "height": _HIGH,
        "left": _LEFT,
        "right": right,
        "top": _TOP,
        "bottom": bottom,
        "across": [{"at": x(tick), "words": f"{tick:g}"} for tick in ticks(*across)],
        "up": [{"at": y(tick), "words": f"{tick:g}"} for tick in ticks(*up)],
        "zero": y(0.0) if up[0] < 0 < up[1] else None,
        "curves": drawn,
    }


def ticks(least: float, most: float) -> list[float]:
    """Return round values between two, at most eight steps.

    >>> ticks(0.0, 0.6)
    [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6]
    """
    for step in _STEPS:
        first, last = math.ceil(least / step - 1e-9), math.floor(most / step + 1e-9)
        if last - first <= _MOST_TICKS:
            break
    return [round(step * number, 6) + 0.0 for number in range(first, last + 1)]


def _drawn(
    curve: Curve, x: Callable[[float], float], y: Callable[[float], float], up: tuple[float, float]
) -> dict[str, Any]:
    points = [(x(across), y(value)) for across, value in _within(curve.points, up)]
    edges = [(across, min(max(low, up[0]), up[1]), min(max(high, up[0]), up[1])) for across, low, high in curve.band]
    band = [(x(across), y(low)) for across, low, _ in edges] + [(x(across), y(high)) for across, _, high in reversed(edges)]
    return {
        "words": curve.words,
        "kind": curve.kind,
        "path": " ".join(f"{one},{other}" for one, other in points),
        "band": " ".join(f"{one},{other}" for one, other in band),
        "dots": points if curve.kind == "model" else [],
        "at": points[-1][1] + 4 if points else None,
        "from": points[-1][0] + 8 if points else None,
    }


def _within(points: Sequence[Point], up: tuple[float, float]) -> list[Point]:
    """Return the points of a line that lie within the axis, and those where it crosses an end of it."""
    found: list[Point] = []
    for place, (across, value) in enumerate(points):
        inside = min(max(value, up[0]), up[1])
        if inside == value:
            found.append((across, value))
            continue
        for other in (place - 1, place + 1):
            if 0 <= other < len(points) and up[0] <= points[other][1] <= up[1]:
                share = (inside - points[other][1]) / (value - points[other][1])
                found.append((points[other][0] + share * (across - points[other][0]), inside))
    return found


def _spread(lines: list[dict[str, Any]]) -> None:
    """Move the words of lines apart where they would stand on one another, the lowest staying where it is."""
    floor = math.inf
    for line in sorted(lines, key=lambda line: (-line["at"], line["words"])):
        line["at"] = round(min(line["at"], floor - _APART), 1)
        floor = line["at"]
