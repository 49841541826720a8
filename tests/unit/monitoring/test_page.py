"""What leaves the workspace of a look: small counts withheld, words told in order, nothing fetched."""

import datetime as dt
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from casefinder.config.site import ServiceSettings
from casefinder.evaluation import churn
from casefinder.modelling.reach import reach
from casefinder.monitoring import say
from casefinder.monitoring.alarms import alarms_of
from casefinder.monitoring.feeds import Feed, Month, Volume
from casefinder.monitoring.inputs import SCORE, Inputs
from casefinder.monitoring.listed import IssuedList
from casefinder.monitoring.look import Look, ModelLook
from casefinder.monitoring.maturing import COLUMNS, Matured
from casefinder.monitoring.measured import metrics
from casefinder.monitoring.outcomes import figures_of
from casefinder.reports.monitoring_page import monitoring_page
from casefinder.worklist.freshness import FeedLine

AS_OF = dt.date(2026, 4, 1)
LOOKS = tuple(dt.date(2024, month, 1) for month in range(1, 13))
NAME = "St <b>Mary's</b>"
"""A cluster whose name would be markup."""


def rows(cluster, people, events, risk, served=0):
    """People at each look, of whom the first few have the outcome, and the first few had a service and stood on a list."""
    had = np.arange(people) < served
    outcome = (np.arange(people) < events).astype(float)
    spread = np.linspace(0.5 * risk, 1.5 * risk, people)[::-1]
    parts = [pd.DataFrame({"look": look, "cluster": cluster, "outcome": outcome, "weight": 1.0, "risk": spread,
                           "served": had, "listed": had})
             for look in range(12)]  # fmt: skip
    return pd.concat(parts)


def model(*parts, feeds=()):
    past = Matured(LOOKS, 12, pd.concat(parts, ignore_index=True))
    figures = figures_of(past)
    table = pd.DataFrame([("age", 0.31, 0.0, 0.0), ("falls", 0.02, 0.0, 0.5), (SCORE, 0.123, 0.0, 0.0)],
                         columns=["name", "index", "unknown_before", "unknown_now"])  # fmt: skip
    moved = Inputs(dt.date(2024, 1, 1), AS_OF, 5000, 5100, table)
    return ModelLook("emergency_admission", "emergency_admission@3", "an emergency admission", dt.date(2024, 1, 1), moved,
                     LOOKS, figures, alarms_of(figures.sums, LOOKS), dt.date(2026, 5, 1), feeds,
                     reach(past.rows["risk"], past.rows["served"], 0.01))  # fmt: skip


def feed(facts, low=900.0, high=1100.0):
    months = tuple(Month(dt.date(2025, place + 1, 1), count, int(count > high) - int(count < low))
                   for place, count in enumerate(facts))  # fmt: skip
    line = FeedLine("Hospital stays", "fresh", AS_OF, "to 30 Jan 2026")
    return Feed("Hospital stays", ("hospital",), line, (), Volume(months, low, high), None)


def look(*models, feeds=(), lists=()):
    return Look("A site", False, AS_OF, pd.DataFrame(), feeds, lists, ServiceSettings(), models)


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
    assert (people, events, ratio, limits, c_statistic) == ("485", "*", "*", "*", "*")
    assert cells(page, "South")[:3] == ["3,600", "360", "1.00"]
    logged = metrics(seen, ())
    assert logged["observed_expected/South"] == 1.0
    assert not [name for name in logged if "Tiny" in name]


def test_the_middle_cluster_is_told_by_what_has_matured_and_by_the_year():
    seen = model(RIGHT)
    one = say.design_words(seen.alarms.design, 2, 1)[1]
    assert "(about 30 outcomes expected in the 1 that has matured, so about 360 in 12 monthly index dates)" in one
    assert (
        "(about 360 outcomes expected in 12 monthly index dates, on average over all that have matured)"
        in (say.design_words(seen.alarms.design, 2, 12)[1])
    )


def test_the_next_look_waits_for_extracts():
    day = dt.date(2026, 4, 1)
    assert say.look_words(LOOKS[:1], day).endswith("matured: 1 Jan 2024. The next is seen once extracts reach 1 Apr 2026.")
    assert say.look_words((), day).endswith("The first is seen once extracts reach 1 Apr 2026.")


def test_the_page_says_that_its_people_are_not_those_of_the_card():
    assert say.OTHER_PEOPLE in monitoring_page(look(model(RIGHT)))


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
    past = Matured((), 12, pd.DataFrame(columns=[*COLUMNS], dtype=float))
    figures = figures_of(past)
    seen = replace(model(RIGHT), looks=(), figures=figures, alarms=alarms_of(figures.sums, ()))
    page = monitoring_page(look(seen))
    assert "No window has closed since the version was tested. The first is seen once extracts reach 1 May 2026." in page
    assert metrics(seen, ())["matured_index_dates"] == pytest.approx(0)


# --- people who had a service -------------------------------------------------------------------------------------------


def test_every_figure_stands_with_and_without_people_who_had_a_service():
    """Forty at the top of each month had a service and twenty of them the outcome all the same."""
    served = rows("West", 300, 20, 0.1, served=40)
    seen = model(RIGHT, served)
    by_cluster, without = (
        table.set_index("cluster") for table in (seen.figures.by_cluster, seen.figures.by_cluster_without)
    )
    left = served[~served["served"]]
    assert without.loc["West", ["served", "served_events", "listed"]].tolist() == [480, 240, 480]
    assert without.loc["West", "people"] == len(left)
    assert without.loc["West", "ratio"] == pytest.approx(left["outcome"].sum() / left["risk"].sum())
    assert without.loc["South", "served"] == 0
    assert without.loc["South", "ratio"] == by_cluster.loc["South", "ratio"]
    page = monitoring_page(look(seen))
    table = page[page.index('id="served-1"') :]
    assert "A service is a decision of a meeting (discuss, accept), inside the outcome" in table
    assert "Neither alone is right" in table
    shown = cells(table, "West")
    assert shown[:4] == ["480", "480", f"{by_cluster.loc['West', 'ratio']:.2f}", f"{without.loc['West', 'ratio']:.2f}"]
    assert len(cells(table, "1 Jan 2024")) == 8
    found = metrics(seen, ())
    assert found["observed_expected_without_served"] == pytest.approx(without.loc["all clusters", "ratio"], abs=0.0051)
    assert "observed_expected_without_served/South" not in found
    assert found["expected_share_served"] == pytest.approx(served["risk"][served["served"]].sum() / 720, abs=0.0051)


def test_figures_that_would_tell_of_a_few_people_served_are_withheld():
    part = rows("West", 300, 20, 0.1)
    few = part.assign(served=(part["look"] == 0) & (np.arange(len(part)) < 3))
    seen = model(RIGHT, few)
    shown = cells(monitoring_page(look(seen)).split('id="served-1"')[1], "West")
    assert shown[1] == "*"
    assert shown[3::2] == ["*", "*", "*"]
    assert not any("without_served" in name for name in metrics(seen, ()))


def test_the_page_warns_where_a_new_fit_would_learn_what_services_did():
    warned = monitoring_page(look(model(rows("West", 300, 20, 0.1, served=40))))
    assert "Before fitting again:" in warned
    assert "had a service begin inside their window" in warned
    assert "Before fitting again:" not in monitoring_page(look(model(RIGHT)))


def test_where_nobody_had_a_service_the_page_says_so():
    assert "Nobody in these windows had a service on record." in monitoring_page(look(model(RIGHT)))


def test_where_everyone_had_a_service_nobody_is_left_to_judge():
    seen = model(rows("West", 300, 20, 0.1, served=300), RIGHT)
    without = seen.figures.by_cluster_without.set_index("cluster")
    assert without.loc["West", "people"] == 0
    assert np.isnan(without.loc["West", "ratio"])
    assert cells(monitoring_page(look(seen)).split('id="served-1"')[1], "West")[3] == "–"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"decisions": ["accept"], "referred_only": True, "caseloads": ["virtual_ward"], "stays": ["home_care"]},
         "A service is a decision of a meeting (accept) and a place to which they were referred; or the start of time on "
         "the caseload of virtual_ward; or the start of home care, inside the outcome's window."),
        ({"decisions": []}, "Nothing counts as a service."),
    ],
)  # fmt: skip
def test_what_counts_as_a_service_is_said(settings, words):
    assert say.services_words(ServiceSettings(**settings)) == words
