"""A funnel of practices: where points, limits and marks of the axes stand, for a template to draw. No sums but places."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

_WIDE, _HIGH, _LEFT, _RIGHT, _TOP, _BOTTOM = 860, 480, 70, 70, 20, 60
_STEPS: Final = (1, 2, 5)
MOST_TICKS: Final = 8
LEAST, MOST = 0.5, 1.5
"""The axis of ratios reaches at least this far."""
_NEAR: Final = 0.03
"""Curves begin at this share of the most expected, or before the first practice."""
_POINTS: Final = 120
"""Points of a limit's curve."""

Limits = Callable[[Sequence[float]], tuple[Sequence[float], Sequence[float]]]


@dataclass(frozen=True)
class Point:
    """A practice: its name, expected count and ratio as they are shown, its figures in words, and if it lies outside."""

    name: str
    expected: float
    ratio: float
    words: str
    outside: bool


@dataclass(frozen=True)
class Curve:
    """A pair of limits: a name of the style, words for the end of the line, and what gives them for expected counts."""

    kind: str
    words: str
    limits: Limits


def funnel_chart(points: Sequence[Point], curves: Sequence[Curve]) -> dict[str, Any]:
    """Return where everything stands.

    Args:
        points: at least one.
        curves: widest last.
    """
    most = max(point.expected for point in points) * 1.06
    first = min([most * _NEAR, *(point.expected * 0.9 for point in points)])
    ratios = [point.ratio for point in points]
    up_ticks = ticks(min([LEAST, *ratios]), max([MOST, *ratios]))
    across_ticks = ticks(0.0, most)
    right, bottom = _WIDE - _RIGHT, _HIGH - _BOTTOM
    low, high = up_ticks[0], up_ticks[-1]

    def x(expected: float) -> float:
        return round(_LEFT + expected / most * (right - _LEFT), 1)

    def y(ratio: float) -> float:
        return round(bottom - (ratio - low) / (high - low) * (bottom - _TOP), 1)

    grid = [first * (most / first) ** (step / _POINTS) for step in range(_POINTS + 1)]
    return {
        "width": _WIDE, "height": _HIGH, "left": _LEFT, "right": right, "top": _TOP, "bottom": bottom, "one": y(1.0),
        "across": [{"x": x(tick), "words": f"{tick:,.0f}"} for tick in across_ticks if tick <= most],
        "up": [{"y": y(tick), "words": f"{tick:g}"} for tick in up_ticks],
        "curves": [_drawn(curve, grid, x, y, (low, high)) for curve in curves],
        "points": [
            {"x": x(point.expected), "y": y(point.ratio), "name": point.name, "words": point.words, "outside": point.outside,
             "left": x(point.expected) > right - 150}
            for point in sorted(points, key=lambda point: (point.expected, point.name))
        ],
    }  # fmt: skip


def _drawn(
    curve: Curve, grid: Sequence[float], x: Callable[[float], float], y: Callable[[float], float], ends: tuple[float, float]
) -> dict[str, Any]:
    """Return both sides of a pair of limits, as far as they lie within the axis."""
    sides = []
    for side in curve.limits(grid):
        inside = [(x(one), y(limit)) for one, limit in zip(grid, side, strict=True) if ends[0] <= limit <= ends[1]]
        if inside:
            sides.append({"path": " ".join(f"{one},{other}" for one, other in inside), "end": inside[-1][1]})
    return {"kind": curve.kind, "words": curve.words, "sides": sides}


def ticks(least: float, most: float) -> list[float]:
    """Return round values that hold the least and the most, at most eight steps.

    >>> ticks(0.0, 330.0), ticks(0.61, 1.5)
    ([0.0, 50.0, 100.0, 150.0, 200.0, 250.0, 300.0, 350.0], [0.6, 0.8, 1.0, 1.2, 1.4, 1.6])
    """
    power = math.floor(math.log10(max(most - least, 1e-6))) - 1
    for step in (base * 10.0**exponent for exponent in range(power, power + 4) for base in _STEPS):
        first, last = math.floor(least / step + 1e-9), math.ceil(most / step - 1e-9)
        if last - first <= MOST_TICKS:
            break
    return [round(step * number, 9) for number in range(first, max(last, first + 1) + 1)]
