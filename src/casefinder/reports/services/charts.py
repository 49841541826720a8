"""The pictures of a service's report, each drawn from the disclosed table beside it."""

from collections.abc import Sequence
from typing import Any, Final

from markupsafe import Markup

from casefinder.disclosure import Cell, DisclosedTable
from casefinder.reports.dot_chart import Line, Panel, dot_chart
from casefinder.reports.months_chart import MonthLine, months_chart
from casefinder.reports.published import Chart
from casefinder.reports.services.tables import CONTROLS, HIGH, LEFT_OUT, LOW, RATIO, TREATED
from casefinder.reports.styles import environment

WIDEST: Final = 4.0
"""A limit further out is drawn here; the table has its figure."""
_LONGEST: Final = 72
_LETTER, _LEAST_ROOM = 6.3, 300
"""Room that a letter of a label takes, and that labels have at least, in units of the picture."""
_BOX, _BOX_HIGH, _GAP = 430, 48, 26


def _svg(template: str, **given: Any) -> Markup:
    return Markup(environment().get_template(template).render(**given))


def _number(cell: Cell) -> float | None:
    return float(cell) if isinstance(cell, int | float) else None


def _short(words: Cell) -> str:
    text = str(words)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1].rstrip()}…"


def _dots(panels: Sequence[Panel], least: float, most: float, mark: float, title: str, about: str) -> Markup:
    """Return lines with dots, with room for the longest label."""
    longest = max((len(line.words) for _, lines in panels for line in lines), default=0)
    room = max(_LEAST_ROOM, round(_LETTER * longest) + 20)
    return _svg("dots.svg.j2", chart=dot_chart(panels, least, most, mark, room), title=title, about=about)


def _people(cell: Cell) -> str:
    return f"{cell:,}" if isinstance(cell, int) else str(cell)


def flow_chart(table: DisclosedTable, steps: int) -> Chart:
    """Return the flow as boxes: the first rows of its table."""
    boxes = []
    for number, row in enumerate(table.rows[:steps]):
        following = table.column(LEFT_OUT)[number + 1] if number + 1 < steps else None
        boxes.append(
            {
                "x": 10, "y": 10 + number * (_BOX_HIGH + _GAP), "wide": _BOX, "high": _BOX_HIGH, "figure": _people(row[1]),
                "words": row[0], "left_out": f"{_people(following)} not" if following else "",
            }
        )  # fmt: skip
    title = "From everyone served to everyone matched"
    high = 20 + steps * (_BOX_HIGH + _GAP) - _GAP
    svg = _svg("service_flow.svg.j2", boxes=boxes, width=860, height=high, gap=_GAP, aside=_BOX + 50, title=title)
    return Chart(title, f"{title}. Drawn from the rounded figures of the table.", svg)


def love_plot(table: DisclosedTable) -> Chart:
    """Return the love plot: standardised differences before and after."""
    panels = []
    for title, heading, kind in (("Before matching", "SMD before", "other"), ("After matching", "SMD after", "model")):
        lines = []
        for row in table.records():
            value = _number(row[heading])
            lines.append(
                Line(_short(row["What"]), "withheld" if value is None else f"{value:+.2f}", value, None, None, kind)
            )
        panels.append((title, lines))
    title = "Standardised differences before and after matching"
    about = "0 is alike. The scale is the spread of the treated before matching, in both panels."
    svg = _dots(panels, -0.25, 0.25, 0.0, title, about)
    return Chart("Love plot", f"{title}. {about}", svg)


def around_chart(table: DisclosedTable) -> Chart | None:
    """Return rates around time zero, both arms; None where a third or more of an arm is withheld: a line would bridge it."""
    lines = [
        MonthLine(name, [_number(cell) for cell in table.column(name)], name == TREATED, told=True)
        for name in (CONTROLS, TREATED)
    ]
    if any(3 * sum(value is None for value in line.values) > len(line.values) for line in lines):
        return None
    told = [str(words).split(" ") for words in table.column(table.headings[0])]
    spans = [f"-{one[0]}" if one[-1] == "before" else f"+{one[0]}" for one in told]
    words = [span if place % 3 == 0 else "" for place, span in enumerate(spans)]
    title = "Emergency admissions around time zero, per 100 people a year"
    svg = _svg("months.svg.j2", chart=months_chart(lines, words, from_zero=True), title=title, up="Per 100 people a year")
    about = (
        "Days from time zero. Use rises before it, because people are taken on when they have been unwell, and falls after."
    )
    return Chart(title, f"{title}. {about}", svg)


def forest(table: DisclosedTable, names: Sequence[str], title: str, bold: Sequence[str] = ()) -> Chart | None:
    """Return a forest of the ratios of a table; None where nothing can be drawn.

    ``names`` are the headings that name a line, ``bold`` the lines that stand out.
    """
    lines = []
    for row in table.records():
        value, low, high = (_number(row[heading]) for heading in (RATIO, LOW, HIGH))
        if value is None:
            continue
        words = ", ".join(str(row[name]) for name in names)
        inside = [min(one, WIDEST) if one is not None else None for one in (value, low, high)]
        figure = f"{value:.2f} ({low:.2f} to {high:.2f})" if low is not None and high is not None else f"{value:.2f}"
        lines.append(Line(_short(words), figure, inside[0], inside[1], inside[2], "model" if words in bold else "other"))
    if not lines:
        return None
    about = "Left of 1, less in the treated; right of it, more. Lines hold 95 in 100; those that reach further are cut."
    svg = _dots([(title, lines)], 0.5, 1.5, 1.0, title, about)
    return Chart(title, f"{title}. {about}", svg)
