"""One look of monitoring as a page: feeds, inputs, lists, matured outcomes and charts, with nothing fetched from anywhere.

The page is for anyone at the site, so each figure on it is disclosed and charts stand in tenths of their limit.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import pandas as pd

from casefinder.dates import plain
from casefinder.disclosure import DEFAULT, shown
from casefinder.modelling.reach import reach_words
from casefinder.monitoring import say
from casefinder.monitoring.alarms import Alarms, Chart
from casefinder.monitoring.feeds import Feed, Volume
from casefinder.monitoring.inputs import SHIFTED, WATCH
from casefinder.monitoring.listed import IssuedList
from casefinder.monitoring.look import Look, ModelLook
from casefinder.pages import policy
from casefinder.reports.styles import environment, style_sheet

MOST_FEATURES: Final = 15
"""Features shown of those that have moved most."""
COMPARED: Final = ("ratio", "slope", "c_statistic")
MEASURES: Final = ("ratio", "slope", "c_statistic")
BAR, TALL = 14, 44
"""Width and height of a month's bar in the picture of a feed."""
STEP, MIDDLE = 14, 32
"""Width of a look, and half the height, in the picture of a chart."""
LOWEST, HIGHEST = 0.5, 2.0
"""Range of O/E that is drawn, on a scale of logarithms."""
PLOT, ROW = 480.0, 26.0
"""Width of the plot of O/E by month, and height of a row."""


def monitoring_page(seen: Look) -> str:
    """Return the page of a look."""
    style = style_sheet("monitoring.css")
    return (
        environment()
        .get_template("monitoring.html.j2")
        .render(
            seen=seen,
            style=style,
            policy=policy(style),
            problems=[*seen.feed_problems, *seen.alarm_problems],
            feeds=[_feed(feed) for feed in seen.feeds],
            lists=[_list(one) for one in seen.lists],
            models=[_model(one) for one in seen.models],
            services=say.services_words(seen.services),
            read_both=say.READ_BOTH,
            other_people=say.OTHER_PEOPLE,
            watch=WATCH,
            shifted=SHIFTED,
        )
    )


def _feed(feed: Feed) -> dict[str, Any]:
    words = say.feed_words(feed)
    return {
        "name": feed.name,
        "state": "at fault" if feed.is_wrong else feed.line.state,
        "words": "; ".join(words) if words else feed.line.words,
        "usual": say.range_words(feed.volume) if feed.volume else "not judged",
        "late": say.late_words(feed.lateness) if feed.kinds else "",
        "picture": _bars(feed.volume) if feed.volume else None,
    }


def _bars(volume: Volume) -> dict[str, Any]:
    """Return where the bars of a feed's months stand, from the counts as they may be shown."""
    counts = [DEFAULT.count(one.facts) or 0 for one in volume.months]
    limits = [one for one in (volume.low, volume.high) if one is not None]
    most = max([1.0, *counts, *limits])

    def height(value: float) -> int:
        return round(TALL * max(0.0, value) / most)

    bars = [
        {"x": BAR * place, "y": TALL - height(count), "height": height(count), "outside": one.outside != 0,
         "words": f"{say.month_words(one)}: {say.count_shown(one.facts)}"}
        for place, (one, count) in enumerate(zip(volume.months, counts, strict=True))
    ]  # fmt: skip
    band = {"y": TALL - height(limits[1]), "height": height(limits[1]) - height(limits[0])} if limits else None
    return {"bars": bars, "band": band, "width": BAR * len(bars), "height": TALL}


def _list(one: IssuedList) -> dict[str, str]:
    kind, _, name = one.scope.partition(":")
    changed = one.churn
    return {
        "scope": f"{kind} {name}",
        "as_of": plain(one.as_of),
        "people": say.count_shown(one.people),
        "previous": plain(one.previous) if one.previous else "none",
        "joined": say.count_shown(changed.joined) if changed else "–",
        "left": say.count_shown(changed.left) if changed else "–",
    }


def _model(model: ModelLook) -> dict[str, Any]:
    moved = model.inputs.at_least(0.0).head(MOST_FEATURES).to_dict("records")
    months = model.figures.by_month.to_dict("records")
    return {
        "look": model,
        "moved": [{"name": row["name"], "index": f"{row['index']:.3f}", "state": _state(row["index"]),
                   "before": _percent(row["unknown_before"]), "now": _percent(row["unknown_now"])} for row in moved],
        "score": f"{model.inputs.score:.3f}",
        "score_state": _state(model.inputs.score),
        "many_watched": len(model.inputs.at_least(WATCH)),
        "many_shifted": len(model.inputs.at_least(SHIFTED)),
        "matured": say.look_words(model.looks, model.next_close),
        "months": [{"words": plain(row["look"]), **_measures(row)} for row in months],
        "plot": _plot(months) if months else None,
        "clusters": [{"words": row["cluster"], **_measures(row), "state": say.standing(model.alarms, row["cluster"]),
                      "picture": _chart(model.alarms, row["cluster"])}
                     for row in model.figures.by_cluster.to_dict("records")],
        "design": say.design_words(model.alarms.design, len(model.alarms.charts), len(model.looks))
                  if model.alarms.design else [],
        "window": model.figures.window,
        "served": _served(model),
        "learnt": reach_words(model.reach),
    }  # fmt: skip


def _served(model: ModelLook) -> list[dict[str, Any]]:
    """Return clusters, then months, each with its measures of everyone and without those who had a service.

    Empty where nobody had one.
    """
    figures = model.figures
    found = []
    for key, everyone, without in (
        ("cluster", figures.by_cluster, figures.by_cluster_without),
        ("look", figures.by_month, figures.by_month_without),
    ):
        for row, other in zip(everyone.to_dict("records"), without.to_dict("records"), strict=True):
            words = str(row[key]) if key == "cluster" else plain(row[key])
            pairs = [(say.ratio_shown(row, name), say.without_shown(other, name)) for name in COMPARED]
            counts = {name: say.count_shown(other[name]) for name in ("served", "listed")}
            found.append({"words": words, **counts, "pairs": pairs})
    return found if figures.by_month_without.get("served", pd.Series(dtype=int)).any() else []


def _state(index: float) -> str:
    return "shifted" if index >= SHIFTED else "watch" if index >= WATCH else "steady"


def _percent(share: float) -> str:
    return f"{100 * share:.0f}"


def _measures(row: Mapping[Any, Any]) -> dict[str, str]:
    figures = {name: say.ratio_shown(row, name) for name in MEASURES}
    return {"people": say.count_shown(row["people"]), "events": say.count_shown(row["events"]),
            "interval": say.interval_shown(row), **figures}  # fmt: skip


def _chart(alarms: Alarms, cluster: str) -> dict[str, Any] | None:
    """Return the two sides of a cluster's chart as lines, over-prediction above; None where there is no chart.

    A chart is not drawn where any look rests on one to seven outcomes.
    """
    chart = next((one for one in alarms.charts if one.cluster == cluster), None)
    if chart is None or alarms.design is None or not _may_be_drawn(chart):
        return None
    over, under = (say.tenths(side.values, alarms.design.limit) for side in (chart.over, chart.under))
    return {
        "over": _line(over, -1),
        "under": _line(under, 1),
        "signals": [{"x": STEP * (place + 1), "y": MIDDLE - way * (MIDDLE - 4)}
                    for way, side in ((1, chart.over), (-1, chart.under)) for place in side.signals],
        "width": STEP * (len(over) + 1),
        "height": 2 * MIDDLE,
        "middle": MIDDLE,
        "top": 4,
        "bottom": 2 * MIDDLE - 4,
        "words": f"over-prediction at most {max(over)} tenths of the limit, under-prediction at most {max(under)}",
    }  # fmt: skip


def _may_be_drawn(chart: Chart) -> bool:
    return all(DEFAULT.count(round(float(count))) is not None for count in chart.observed)


def _line(values: Sequence[int], way: int) -> str:
    """Return the points of one side of a chart, from its start at 0."""
    places = [
        f"{STEP * place},{MIDDLE + way * round(value * (MIDDLE - 4) / 10)}" for place, value in enumerate([0, *values])
    ]
    return " ".join(places)


def _plot(months: Sequence[Mapping[Any, Any]]) -> dict[str, Any]:
    """Return where O/E of each month stands, with its interval."""
    rows = []
    for place, row in enumerate(months):
        hidden = say.few(row) or not math.isfinite(row["ratio"])
        low, middle, high = (
            None if hidden else _x(round(float(row[name]), 2)) for name in ("ratio_low", "ratio", "ratio_high")
        )
        rows.append({"y": ROW * (place + 0.5) + 24, "words": plain(row["look"]), "low": low, "middle": middle, "high": high,
                     "figure": shown(None) if hidden else f"{row['ratio']:.2f}"})  # fmt: skip
    ticks = [{"x": _x(value), "words": f"{value:g}"} for value in (0.5, 0.67, 0.8, 1.0, 1.25, 1.5, 2.0)]
    return {"rows": rows, "ticks": ticks, "one": _x(1.0), "width": 110 + PLOT + 60, "height": ROW * len(rows) + 34}


def _x(ratio: float) -> float:
    inside = min(max(ratio, LOWEST), HIGHEST)
    return round(110 + PLOT * math.log(inside / LOWEST) / math.log(HIGHEST / LOWEST), 1)
