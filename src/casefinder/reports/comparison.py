"""A comparison of scores: rows for the screen, and one page with a table and a chart, nothing fetched from anywhere."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from casefinder.disclosure import WITHHELD
from casefinder.pages import policy
from casefinder.reports.dot_chart import Line, dot_chart
from casefinder.reports.styles import environment, style_sheet

COLUMNS: Final = ("score", "c-statistic", "difference", "PPV", "sensitivity", "net benefit", "O/E")
NONE: Final = "–"

Row = Mapping[str, Any]


def screen_tables(rows: Sequence[Row]) -> list[tuple[str, list[list[str]]]]:
    """Return the tables for the screen: a title each question, and a line each score in the order of ``COLUMNS``."""
    asked = [list(members) for _, members in groupby(rows, key=lambda row: row["question"])]
    return [(told(scores[0]), [[row["words"], *_cells(row)] for row in scores]) for scores in asked]


def told(row: Row) -> str:
    """Return a question with how many people it was asked of, and of how many the answer was yes."""
    people, events = (value if value == WITHHELD else f"{value:,}" for value in (row["people"], row["events"]))
    return f"{row['question']}: {events} of {people} people"


def _cells(row: Row) -> list[str]:
    return [
        with_limits(row, "c_statistic", 3, "–"),
        with_limits(row, "difference", 3, ", "),
        with_limits(row, "ppv_at_k", 2, "–"),
        figure(row["sensitivity_at_k"], 2),
        figure(row["net_benefit"], 4),
        with_limits(row, "observed_expected", 2, "–"),
    ]


def with_limits(row: Row, name: str, decimals: int, between: str = " to ") -> str:
    """Return a figure with its limits.

    >>> with_limits({"a": 0.8123, "a_low": 0.79, "a_high": 0.83}, "a", 2)
    '0.81 (0.79 to 0.83)'
    """
    value, low, high = (row.get(f"{name}{end}") for end in ("", "_low", "_high"))
    if isinstance(value, str) or value is None or low is None or isinstance(low, str):
        return figure(value, decimals)
    return f"{value:.{decimals}f} ({low:.{decimals}f}{between}{high:.{decimals}f})"


def figure(value: Any, decimals: int) -> str:
    """Return a figure; the mark of a withheld one, or a dash where there is none."""
    if value is None:
        return NONE
    return value if isinstance(value, str) else f"{value:.{decimals}f}"


def comparison_page(rows: Sequence[Row], about: Mapping[str, Any], remarks: Sequence[str]) -> bytes:
    """Return the page. Every figure in it comes from ``rows``, which hold only what may leave the workspace.

    Args:
        rows: one a question and score, as ``disclosed_comparison`` returns them.
        about: name, version, meaning, site, demonstration, temporal, index_date, list_share of the model.
        remarks: what should be known of the comparison.
    """
    style = style_sheet("figures.css")
    asked = [list(members) for _, members in groupby(rows, key=lambda row: row["question"])]
    text = (
        environment()
        .get_template("comparison.html.j2")
        .render(
            about=about,
            asked=[{"told": told(scores[0]), "k": scores[0]["k"], "rows": scores} for scores in asked],
            chart=chart(asked),
            remarks=remarks,
            with_limits=with_limits,
            figure=figure,
            style=style,
            policy=policy(style),
        )
    )
    return text.encode("utf-8")


def chart(asked: Sequence[Sequence[Row]]) -> dict[str, Any]:
    """Return the chart of c-statistics: one panel a question, one line a score."""
    return dot_chart([(told(scores[0]), [line_of(row) for row in scores]) for scores in asked], 0.5, 1.0)


def line_of(row: Row) -> Line:
    """Return the line of a score: its dot and interval where there is a figure that may be shown."""
    value, low, high = (drawn(row[f"c_statistic{end}"]) for end in ("", "_low", "_high"))
    kind = "model" if row["score"] == "model" else "other"
    return Line(row["words"], with_limits(row, "c_statistic", 3), value, low, high, kind)


def drawn(value: Any) -> float | None:
    """Return a figure that can be drawn; None where it is withheld or there is none."""
    return value if isinstance(value, float) else None
