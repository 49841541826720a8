"""The calibration curve and the decision curve of one version, as SVG with nothing fetched from anywhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from casefinder.modelling.list_rows import WORDS
from casefinder.reports.line_chart import Curve, line_chart
from casefinder.reports.styles import environment

_ROUND_UP = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)


@dataclass(frozen=True)
class Drawn:
    """Lines to draw: what they show, how to read them, where everything stands, and what the axes show."""

    what: str
    words: str
    chart: Mapping[str, Any]
    across: str
    up: str


def evaluation_charts(about: Mapping[str, Any]) -> dict[str, str]:
    """Return each chart by name, without an ending; one for which every figure is withheld is not among them.

    Args:
        about: what a bundle says of itself, with ``evaluation``: disclosed figures only.
    """
    found = {"calibration_curve": calibration_curve(about), "decision_curve": decision_curve(about)}
    return {name: _svg(about, drawn) for name, drawn in found.items() if drawn}


def calibration_curve(about: Mapping[str, Any]) -> Drawn | None:
    """Return the smoothed observed risk against the risk given, with its band; None where there are no points."""
    curve = about["evaluation"]["curve"]
    points = curve["rows"]
    if len(points) < 2:
        return None
    reach = next(most for most in _ROUND_UP if most >= max(one for row in points for one in (row["risk"], row["observed"])))
    own = Curve(
        "this version",
        "model",
        [(row["risk"], row["observed"]) for row in points],
        [(row["risk"], row["low"], row["high"]) for row in points],
    )
    right = Curve("right", "right", [(0.0, 0.0), (reach, reach)])
    chart = line_chart([right, own], (0.0, reach), (0.0, reach))
    words = f"smoothed by {curve['smoother']}, with a 95 % band; drawn where enough people have such a risk"
    return Drawn("calibration", words, chart, "risk given", "observed risk")


def decision_curve(about: Mapping[str, Any]) -> Drawn | None:
    """Return net benefit by threshold beside treating all, treating nobody and the simple rule; None without figures."""
    rows = about["evaluation"]["net_benefit"]["rows"]
    names = [name for name in ("model", "simple_rule", "treat_all") if any(row.get(name) is not None for row in rows)]
    if "model" not in names:
        return None
    most = max(row[name] for row in rows for name in names if row.get(name) is not None)
    up = (-most / 6, most * 1.05)
    kinds = {"model": "model", "simple_rule": "rule", "treat_all": "all"}
    words = {"model": "this version", "simple_rule": "the simple rule", "treat_all": "everybody"}
    curves = [Curve(words[name], kinds[name], _points(rows, name)) for name in names]
    chart = line_chart(curves, (0.0, max(row["threshold"] for row in rows)), up)
    about_rule = f"the rule is of equal size: {WORDS['simple_rule']}; treating nobody gains 0"
    return Drawn("net benefit", about_rule, chart, "risk from which a person is put forward", "net benefit")


def _points(rows: Sequence[Mapping[str, Any]], name: str) -> list[tuple[float, float]]:
    return [(row["threshold"], row[name]) for row in rows if row.get(name) is not None]


def _svg(about: Mapping[str, Any], drawn: Drawn) -> str:
    invented = ", on invented people" if about["demonstration"] else ""
    where = f"tested at {about['evaluation']['index_date']}{invented}"
    title = f"{about['name']} version {about['version']}: {drawn.what}, {where}"
    template = environment().get_template("lines.svg.j2")
    return template.render(chart=drawn.chart, title=title, about=drawn.words, across=drawn.across, up=drawn.up)
