"""What leaves the workspace of a look: small counts withheld, words told in order, nothing fetched."""

import datetime as dt
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from casefinder.evaluation import churn
from casefinder.monitoring.alarms import alarms_of
from casefinder.monitoring.feeds import Feed, Month, Volume
from casefinder.monitoring.inputs import SCORE, Inputs
from casefinder.monitoring.listed import IssuedList
from casefinder.monitoring.look import Look, ModelLook
from casefinder.monitoring.maturing import Matured
from casefinder.monitoring.measured import metrics
from casefinder.monitoring.outcomes import figures_of
from casefinder.reports.monitoring_page import monitoring_page
from casefinder.worklist.freshness import FeedLine

AS_OF = dt.date(2026, 4, 1)
LOOKS = tuple(dt.date(2024, month, 1) for month in range(1, 13))
NAME = "St <b>Mary's</b>"
"""A cluster whose name would be markup."""


def rows(cluster, people, events, risk):
    """People at each look, of whom the first few have the outcome."""
    outcome = (np.arange(people) < events).astype(float)
    spread = np.linspace(0.5 * risk, 1.5 * risk, people)[::-1]
    parts = [pd.DataFrame({"look": look, "cluster": cluster, "outcome": outcome, "weight": 1.0, "risk": spread})
             for look in range(12)]  # fmt: skip
    return pd.concat(parts)


def model(*parts, feeds=()):
    past = Matured(LOOKS, 12, pd.concat(parts, ignore_index=True))
    figures = figures_of(past)
    table = pd.DataFrame([("age", 0.31, 0.0, 0.0), ("falls", 0.02, 0.0, 0.5), (SCORE, 0.123, 0.0, 0.0)],
                         columns=["name", "index", "unknown_before", "unknown_now"])  # fmt: skip
    moved = Inputs(dt.date(2024, 1, 1), AS_OF, 5000, 5100, table)
    return ModelLook("emergency_admission", "emergency_admission@3", "an emergency admission", dt.date(2024, 1, 1), moved,
                     LOOKS, figures, alarms_of(figures.sums, LOOKS), dt.date(2026, 5, 1), feeds)  # fmt: skip


def feed(facts, low=900.0, high=1100.0):
    months = tuple(Month(dt.date(2025, place + 1, 1), count, int(count > high) - int(count < low))
                   for place, count in enumerate(facts))  # fmt: skip
    line = FeedLine("Hospital stays", "fresh", AS_OF, "to 30 Jan 2026")
    return Feed("Hospital stays", ("hospital",), line, (), Volume(months, low, high), None)


def look(*models, feeds=(), lists=()):
    return Look("A site", False, AS_OF, pd.DataFrame(), feeds, lists, models)


def cells(page, name):
    """The cells of the row whose heading is ``name``."""
    found = re.search(rf'<th scope="row">{re.escape(name)}</th>(.*?)</tr>', page, flags=re.S)
    return re.findall(r"<td[^>]*>([^<]*)</td>", found[1])


RIGHT = rows("South", 300, 30, 0.1)


def test_figures_that_rest_on_few_outcomes_are_withheld_everywhere():
    few = pd.concat([rows("Tiny", 40, 0, 0.01), rows("Tiny", 1, 1, 0.3).head(4)])
    seen = model(RIGHT, few)
    assert seen.figures.by_cluster.set_index("cluster").loc["Tiny", "events"] == 4
    page = monitoring_page(look(seen))
    people, events, ratio, limits, _slope, c_statistic = cells(page, "Tiny")[:6]
    assert (people, events, ratio, limits, c_statistic) == ("485", "*", "*", "* to *", "*")
    assert cells(page, "South")[:3] == ["3,600", "360", "1.00"]
    logged = metrics(seen, ())
    assert logged["observed_expected/South"] == 1.0
    assert not [name for name in logged if "Tiny" in name]


def test_a_chart_that_would_tell_a_small_count_is_not_drawn():
    page = monitoring_page(look(model(RIGHT, rows("Small", 60, 5, 0.1))))
    drawn = {name: "<svg" in re.search(rf'<th scope="row">{name}</th>(.*?)</tr>', page, flags=re.S)[1]
             for name in ("South", "Small")}  # fmt: skip
    assert drawn == {"South": True, "Small": False}


def test_feeds_come_before_alarms_and_the_first_alarm_names_its_feed():
    wrong = rows("West", 300, 12, 0.1)
    seen = look(model(RIGHT, wrong, feeds=("Hospital stays",)), feeds=(feed([1000] * 9 + [500, 400, 300]),))
    where = [problem.where for problem in (*seen.feed_problems, *seen.alarm_problems)]
    assert where[0] == "Hospital stays"
    assert "emergency_admission@3, West" in where
    assert seen.alarm_problems[0].what.endswith("Look at the feed first: Hospital stays")
    page = monitoring_page(seen)
    assert page.index("incomplete: 3 of the last 12") < page.index("emergency_admission@3, ")
    assert "ALARM: over-predicts" in page


def test_many_clusters_are_told_together():
    wrong = [rows(f"C{number}", 300, 12, 0.1) for number in range(7)]
    told = look(model(*wrong)).alarm_problems
    assert [problem.where for problem in told] == [
        "emergency_admission@3, all clusters",
        "emergency_admission@3, 7 clusters",
    ]
    assert told[1].what == "risks of an emergency admission are too high: C0, C1, C2, C3, C4 and 2 more"


def test_where_nothing_is_wrong_the_page_says_so():
    seen = look(model(RIGHT), feeds=(feed([1000] * 12),))
    assert (seen.feed_problems, seen.alarm_problems) == ([], [])
    assert "No alarm" in monitoring_page(seen)


def test_names_are_text_and_nothing_is_fetched():
    seen = model(RIGHT, rows(NAME, 300, 30, 0.1))
    page = monitoring_page(look(seen))
    assert "<b>Mary" not in page
    assert "St &lt;b&gt;Mary&#39;s&lt;/b&gt;" in page
    assert "<script" not in page
    assert not re.findall(r"""(?:src|href|url)\s*[=(]\s*["']?(?!["']?data:)""", page)
    assert any(name.startswith("observed_expected/St -b-Mary-s") for name in metrics(seen, ()))


def test_lists_show_what_changed_and_withhold_how_few():
    changed = churn(["a", "b", "c"], ["b", "c", "d"])
    lists = (
        IssuedList("practice:A1", AS_OF, 15, dt.date(2026, 3, 25), changed),
        IssuedList("cluster:North", AS_OF, 30, None, None),
    )
    page = monitoring_page(look(model(RIGHT), lists=lists))
    assert cells(page, "practice A1") == ["1 Apr 2026", "15", "25 Mar 2026", "*", "*"]
    assert cells(page, "cluster North") == ["1 Apr 2026", "30", "none", "–", "–"]


def test_features_that_moved_most_come_first():
    page = monitoring_page(look(model(RIGHT)))
    assert cells(page, "age") == ["0.310", "shifted", "0", "0"]
    assert cells(page, "falls") == ["0.020", "steady", "0", "50"]
    assert page.index(">age<") < page.index(">falls<")
    assert "0.123 (watch)" in page


def test_before_anything_has_matured_the_page_says_when_it_will():
    past = Matured((), 12, pd.DataFrame(columns=["look", "cluster", "outcome", "weight", "risk"], dtype=float))
    figures = figures_of(past)
    seen = replace(model(RIGHT), looks=(), figures=figures, alarms=alarms_of(figures.sums, ()))
    page = monitoring_page(look(seen))
    assert "No window has closed since the version was tested. The first will have been seen on 1 May 2026." in page
    assert metrics(seen, ())["matured_index_dates"] == pytest.approx(0)
