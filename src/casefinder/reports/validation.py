"""The validation of a model: tables for the screen, and one page with charts, nothing fetched from anywhere."""

from collections.abc import Mapping
from typing import Any, Final

from casefinder.modelling.validated import MEASURES, Validated
from casefinder.pages import policy
from casefinder.reports.comparison import drawn, figure, with_limits
from casefinder.reports.dot_chart import Line, dot_chart
from casefinder.reports.styles import environment, style_sheet

Table = tuple[str, list[str], list[list[str]]]
_CHARTED: Final = {
    "c_statistic": (0.6, 0.9, None),
    "observed_expected": (0.7, 1.3, 1.0),
    "calibration_slope": (0.7, 1.3, 1.0),
}
"""Measures drawn: least and greatest value of the axis, and the value that is right."""


def decimals(measure: str) -> int:
    """Return the decimals of a measure: three for the c-statistic, two for the others."""
    return 3 if measure == "c_statistic" else 2


def group_table(shown: Validated, by: str) -> Table:
    """Return each group left out: title, heading, lines."""
    rows = [
        [row["group"], _count(row["people"]), _count(row["events"]),
         *(with_limits(row, name, decimals(name)) for name in MEASURES if name != "calibration_in_the_large")]
        for row in shown.groups
    ]  # fmt: skip
    heading = [by, "people", "with the outcome", "c-statistic", "observed / expected", "calibration slope"]
    return f"Each {by} under a model fitted without it", heading, rows


def pooled_table(shown: Validated, by: str) -> Table:
    """Return the pooled measures, each with its interval and the range for a new group."""
    rows = [
        [MEASURES[row["measure"]], *(_pooled(row, name) for name in ("estimate", "prediction")), str(row["left_out"])]
        for row in shown.pooled
    ]
    heading = ["measure", "mean (95 % interval)", f"a new {by} (95 %)", f"{by}s left out of the pooling"]
    return f"Pooled over {by}s", heading, rows


def _pooled(row: Mapping[str, Any], name: str) -> str:
    places = decimals(row["measure"])
    if name == "estimate":
        return with_limits({**row, "estimate_low": row["low"], "estimate_high": row["high"]}, "estimate", places)
    low, high = row["prediction_low"], row["prediction_high"]
    return figure(None, places) if low is None or high is None else f"{low:.{places}f} to {high:.{places}f}"


def curve_table(shown: Validated) -> Table:
    """Return the learning curve; its last line is the temporal headline."""
    rows = [
        [f"{100 * row['share']:g} %", _count(row["fit_people"]), _count(row["fit_events"]),
         with_limits(row, "c_statistic", 3), with_limits(row, "calibration_slope", 2), figure(row.get("ici"), 3)]
        for row in shown.curve
    ]  # fmt: skip
    heading = ["fitted on", "people", "rows with the outcome", "c-statistic", "calibration slope", "ICI"]
    return "Fitted on more and more people, tested on a later date; the last line is the headline", heading, rows


def _count(count: Any) -> str:
    return f"{count:,}" if isinstance(count, int) else str(count)


def validation_page(shown: Validated, about: Mapping[str, Any]) -> bytes:
    """Return the page. Every figure in it comes from ``shown``, which holds only what may leave the workspace.

    Args:
        shown: as ``disclosed_validation`` returns it.
        about: name, meaning, served, by, site, demonstration, index_date and temporal of the model.
    """
    style, by = style_sheet("figures.css"), str(about["by"])
    text = (
        environment()
        .get_template("validation.html.j2")
        .render(
            about=about,
            style=style,
            policy=policy(style),
            curve=dot_chart([("c-statistic on the people tested", [_share(row) for row in shown.curve])], 0.6, 0.9),
            charts=[(MEASURES[name], _chart(shown, name, by)) for name in _CHARTED],
            tables=[curve_table(shown), group_table(shown, by), pooled_table(shown, by)],
        )
    )
    return text.encode("utf-8")


def _share(row: Mapping[str, Any]) -> Line:
    value, low, high = (drawn(row.get(f"c_statistic{end}")) for end in ("", "_low", "_high"))
    kind = "model" if row["share"] == 1 else "other"
    return Line(f"{100 * row['share']:g} % of people", with_limits(row, "c_statistic", 3), value, low, high, kind)


def _chart(shown: Validated, name: str, by: str) -> dict[str, Any]:
    """Return one measure of every group, of all pooled, and its range for a new one."""
    least, most, mark = _CHARTED[name]
    groups = []
    for row in shown.groups:
        value, low, high = (drawn(row[f"{name}{end}"]) for end in ("", "_low", "_high"))
        groups.append(Line(row["group"], with_limits(row, name, decimals(name)), value, low, high))
    pooled = next(row for row in shown.pooled if row["measure"] == name)
    mean, low, high, new_low, new_high = (
        drawn(pooled[key]) for key in ("estimate", "low", "high", "prediction_low", "prediction_high")
    )
    both = [
        Line("pooled", _pooled(pooled, "estimate"), mean, low, high, "pooled"),
        Line(f"a new {by}", _pooled(pooled, "prediction"), None, new_low, new_high, "prediction"),
    ]
    return dot_chart([(MEASURES[name], [*groups, *both])], least, most, mark)
