"""Lines over the months of a year: where they stand, for a template to draw. No sums but places."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from casefinder.reports.funnel_chart import ticks

_WIDE, _HIGH, _LEFT, _RIGHT, _TOP, _BOTTOM = 860, 420, 96, 170, 20, 40


@dataclass(frozen=True)
class MonthLine:
    """One line: its name, a value a month (None for none), if it stands out, and if its name is written at its end."""

    name: str
    values: Sequence[float | None]
    outside: bool = False
    told: bool = False


def months_chart(lines: Sequence[MonthLine], months: Sequence[str], from_zero: bool = False) -> dict[str, Any]:
    """Return where lines and the marks of the axes stand.

    Args:
        lines: those that stand out are drawn last.
        months: words of each month.
        from_zero: the axis begins at 0, rather than holding it.
    """
    known = [value for line in lines for value in line.values if value is not None]
    up = ticks(min([0.0, *known]), max([0.0 if from_zero else 1.0, *known]))
    right, bottom = _WIDE - _RIGHT, _HIGH - _BOTTOM

    def x(month: int) -> float:
        return round(_LEFT + (month + 0.5) / len(months) * (right - _LEFT), 1)

    def y(value: float) -> float:
        return round(bottom - (value - up[0]) / (up[-1] - up[0]) * (bottom - _TOP), 1)

    drawn = []
    for line in sorted(lines, key=lambda line: line.outside):
        places = [(x(month), y(value)) for month, value in enumerate(line.values) if value is not None]
        if places:
            path = " ".join(f"{across},{down}" for across, down in places)
            told = line.told or line.outside
            drawn.append({"name": line.name, "outside": line.outside, "told": told, "path": path, "said": _said(line),
                          "end_x": places[-1][0], "end_y": places[-1][1]})  # fmt: skip
    return {
        "width": _WIDE, "height": _HIGH, "left": _LEFT, "right": right, "top": _TOP, "bottom": bottom, "zero": y(0.0),
        "across": [{"x": x(month), "words": words} for month, words in enumerate(months)],
        "up": [{"y": y(tick), "words": f"{tick:,.10g}"} for tick in up], "lines": drawn,
    }  # fmt: skip


def _said(line: MonthLine) -> str:
    """Return where a line ends, in words, and if it stands out."""
    last = next(value for value in reversed(line.values) if value is not None)
    figure = f"{last:,.0f}" if float(last).is_integer() else f"{last:,}"
    return f"{figure} at the end{', stands out' if line.outside else ''}"
