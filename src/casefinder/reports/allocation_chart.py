"""Distances from target with both intervals, line under line in the order of names, drawn from the disclosed table."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from markupsafe import Markup

from casefinder.disclosure import Cell, DisclosedTable
from casefinder.reports.published import Chart
from casefinder.reports.styles import environment

_LEFT, _RIGHT, _WIDE, _ROW, _TOP = 300, 30, 900, 22, 34
_STEPS: Final = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0)
_MOST_TICKS: Final = 9
NAMES: Final = ("Distance, %", "Model, low %", "Model, high %", "Chance, low %", "Chance, high %", "Reading")
"""Headings of the figures that are drawn, in the order in which the table has them."""


def distance_chart(table: DisclosedTable, clear: Sequence[str]) -> Chart:
    """Return the chart of a table of distances; ``clear`` are the words of those that no interval takes to zero."""
    rows = [(row[0], *(row[table.headings.index(name)] for name in NAMES)) for row in table.rows]
    numbers = [cell for row in rows for cell in row[1:6] if isinstance(cell, int | float)]
    ticks = _ticks(min([-1.0, *numbers]), max([1.0, *numbers]))
    across = (_WIDE - _LEFT - _RIGHT) / (ticks[-1] - ticks[0])

    def place(value: float) -> float:
        return round(_LEFT + (value - ticks[0]) * across, 1)

    lines = [_line(row, _TOP + 14 + _ROW * number, place, clear) for number, row in enumerate(rows)]
    bottom = _TOP + _ROW * len(rows) + 8
    about = (
        "Distance of today's budget from the target, in per cent of the target, in the order of names. Solid line: models "
        "fitted on practices drawn again. Broken line: what chance alone does to a list of this size. A filled dot is a "
        "distance that neither line takes to zero."
    )
    svg = environment().get_template("distance.svg.j2").render(
        width=_WIDE, height=bottom + 8, top=_TOP, bottom=bottom, zero=place(0.0), about=about, lines=lines,
        ticks=[{"x": place(tick), "words": f"{tick:+g} %" if tick else "0"} for tick in ticks],
    )  # fmt: skip
    return Chart("Distance from target", about, Markup(svg))


def _ticks(least: float, most: float) -> list[float]:
    """Return round values that hold the least and the most.

    >>> _ticks(-3.2, 8.1)
    [-4.0, -2.0, 0.0, 2.0, 4.0, 6.0, 8.0, 10.0]
    """
    for step in _STEPS:
        first, last = int(least // step), int(-(-most // step))
        if last - first < _MOST_TICKS:
            break
    return [step * number for number in range(first, last + 1)]


def _line(row: tuple[Cell, ...], down: float, place: Callable[[float], float], clear: Sequence[str]) -> dict[str, Any]:
    words, distance, low, high, chance_low, chance_high, reading = row

    def span(one: Cell, other: Cell) -> tuple[float, float] | None:
        both = isinstance(one, int | float) and isinstance(other, int | float)
        return (place(float(one)), place(float(other))) if both else None  # type: ignore[arg-type]

    shown = isinstance(distance, int | float)
    said = f"{words}: {distance} %, {low} to {high} by the model, {chance_low} to {chance_high} by chance; {reading}"
    return {
        "y": down,
        "words": words,
        "figure": distance,
        "dot": place(float(distance)) if shown else None,  # type: ignore[arg-type]
        "drawn": span(low, high),
        "chance": span(chance_low, chance_high),
        "is_clear": reading in clear,
        "said": said if shown else f"{words}: withheld",
    }
