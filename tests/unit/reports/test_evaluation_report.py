"""Charts and tables of the measures of a version: what they draw and say, and what they leave out."""

import xml.etree.ElementTree as ElementTree
from itertools import pairwise

import pytest
from tests.unit.modelling.test_measured import SETTINGS, made_up

from casefinder.modelling.by_group import calibration_tables
from casefinder.modelling.disclosed_groups import disclosed_calibration
from casefinder.modelling.disclosed_measures import disclosed_measures
from casefinder.modelling.measured import measured
from casefinder.reports.evaluation_charts import evaluation_charts
from casefinder.reports.evaluation_tables import (
    EQUITY_HEADING,
    LISTS_HEADING,
    equity_table,
    list_table,
    practice_words,
    stability_words,
)
from casefinder.reports.line_chart import Curve, line_chart

NAMESPACE = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def about():
    people = made_up(2500, seed=6)
    return {
        "name": "emergency <admission>", "version": 3, "demonstration": True,
        "evaluation": disclosed_measures(measured(people, SETTINGS)),
        "calibration": disclosed_calibration(calibration_tables(people)),
    }  # fmt: skip


def test_charts_are_well_formed_and_fetch_nothing(about):
    charts = evaluation_charts(about)
    assert set(charts) == {"calibration_curve", "decision_curve"}
    for text in charts.values():
        root = ElementTree.fromstring(text)
        assert "on invented people" in root.attrib["aria-label"]
        assert text.count("http") == 1
        assert "<script" not in text
        assert "&lt;admission&gt;" in text


def test_every_point_that_may_be_shown_is_drawn(about):
    root = ElementTree.fromstring(evaluation_charts(about)["calibration_curve"])
    assert len(root.findall(f"{NAMESPACE}circle")) == len(about["evaluation"]["curve"]["rows"])
    root = ElementTree.fromstring(evaluation_charts(about)["decision_curve"])
    shown = [row for row in about["evaluation"]["net_benefit"]["rows"] if row["model"] is not None]
    assert len(root.findall(f"{NAMESPACE}circle")) == len(shown)


def test_nothing_is_drawn_of_what_is_withheld(about):
    empty = disclosed_measures(measured(made_up(200).assign(outcome=0.0), SETTINGS))
    assert evaluation_charts(about | {"evaluation": empty}) == {}
    assert list_table(empty)[2] == []
    assert equity_table(empty, about["calibration"])[2] == []


def test_a_line_ends_where_it_leaves_the_axis():
    chart = line_chart([Curve("all", "all", [(0.0, 1.0), (1.0, -1.0)])], (0.0, 1.0), (-0.5, 1.0))
    first, last = (tuple(map(float, one.split(","))) for one in chart["curves"][0]["path"].split(" "))
    assert first == (chart["left"], chart["top"])
    assert last == (pytest.approx(chart["left"] + 0.75 * (chart["right"] - chart["left"])), chart["bottom"])


def test_words_of_lines_do_not_stand_on_one_another():
    curves = [Curve(name, "other", [(0.0, 0.5), (1.0, 0.5)]) for name in "abc"]
    heights = sorted(one["at"] for one in line_chart(curves, (0.0, 1.0), (0.0, 1.0))["curves"])
    assert all(later - earlier >= 16 for earlier, later in pairwise(heights))


def test_lists_are_told_at_every_length_with_scores_side_by_side(about):
    _, heading, lines = list_table(about["evaluation"])
    assert heading == list(LISTS_HEADING)
    assert [line[:2] for line in lines[:3]] == [["top 2 in 100", who] for who in ("model", "other model", "simple rule")]
    assert len(lines) == 3 * (3 + 2)
    assert {line[-1] for line in lines} == {"–"}
    assert all(len(line) == len(heading) for line in lines)
    row = next(row for row in about["evaluation"]["lists"]["rows"] if row["score"] == "model" and row["share"] == 0.1)
    line = next(line for line in lines if line[:2] == ["top 10 in 100", "model"])
    assert line[3] == f"{row['ppv']:.2f} ({row['ppv_low']:.2f} to {row['ppv_high']:.2f})"


def test_lists_of_practices_say_how_deep_they_go(about):
    row = about["evaluation"]["practice_lists"]["rows"][0]
    names = [line[0] for line in list_table(about["evaluation"])[2]]
    assert f"top {row['k']} tested in each practice (as deep as its top {row['stands_for']})" in names
    words = practice_words(about["evaluation"])
    assert f"top {row['k']} tested go as deep as the top {row['stands_for']} of everyone" in words
    assert practice_words({"practice_lists": {"rows": []}}) == ""


def test_groups_have_observed_over_expected_beside_who_gets_on_the_list(about):
    title, heading, lines = equity_table(about["evaluation"], about["calibration"])
    assert "top 5 in 100" in title
    assert heading == list(EQUITY_HEADING)
    female = next(line for line in lines if line[0] == "sex: female")
    ratio = next(row for row in about["calibration"]["subgroups"]["rows"] if row["group"] == "female")
    assert female[5] == f"{ratio['ratio']:.2f} ({ratio['low']:.2f} to {ratio['high']:.2f})"
    disabled = next(line for line in lines if line[0] == "learning disability: yes")
    assert set(disabled[5:]) <= {"*", "–"}


def test_stability_is_told_or_how_to_find_out(about):
    again = "casefinder train death --refits 20 --workspace ws"
    assert stability_words(about["evaluation"]["stability"], again).endswith(f"type: {again}")
    found = {"refits": 20, "mean_error": 0.0123, "centile_95_error": 0.05, "overlap_mean": 0.7, "overlap_least": 0.61}
    words = stability_words(found, again)
    assert "20 refits" in words
    assert "70 in 100 (least 61)" in words
