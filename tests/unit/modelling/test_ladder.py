"""The validation ladder: who is left out of a fit, and the figures of groups, pooled and as they may be shown."""

import numpy as np
import pandas as pd
import pytest

from casefinder.config import load_model
from casefinder.evaluation import pooled_performance
from casefinder.modelling import ladder as rungs
from casefinder.modelling.ladder import Ladder, leave_one_out
from casefinder.modelling.splits import CALIBRATE, FIT, STOP, TEST, Plan
from casefinder.modelling.validated import disclosed_validation, validated
from casefinder.reports.dot_chart import Line, dot_chart


class Rows:
    """What a fit asks of the prepared rows."""

    def __init__(self, outcome):
        self.outcome = outcome

    def at(self, places):
        return places, self.outcome[places], np.ones(len(places))


@pytest.fixture
def rows():
    """Four people at two dates, one row each; person 1 moves from the north to the south before the test date."""
    person = np.array([0, 0, 1, 1, 2, 2, 3, 3])
    at_test = np.array([False, True] * 4)
    part = np.array([FIT, FIT, FIT, FIT, STOP, STOP, CALIBRATE, CALIBRATE])
    used = np.stack([(part == one) & ~at_test for one in (FIT, STOP, CALIBRATE, TEST)])
    group = np.array(["north", "north", "north", "south", "south", "south", None, None], dtype=object)
    settings = load_model("emergency_admission")
    return Ladder(settings, Plan({}, settings.split), Rows(np.zeros(8)), used, at_test, person, {"cluster": group})


def test_a_group_left_out_has_no_part_in_the_fit_that_tests_it(rows, monkeypatch):
    asked = []

    def watched(given, left_out, tested):
        asked.append((np.flatnonzero(left_out), tested))
        return np.zeros(len(tested)), np.ones(len(tested)), np.full(len(tested), 0.5)

    monkeypatch.setattr(rungs, "tested_without", watched)
    found = leave_one_out(rows, "cluster", lambda *_: None)
    assert found["group"].tolist() == ["north", "south", "south"]
    (north, tested_north), (south, tested_south) = asked
    assert tested_north.tolist() == [1]
    assert tested_south.tolist() == [3, 5]
    assert north.tolist() == [0, 1, 2]
    assert south.tolist() == [2, 3, 4, 5]  # row 2: the one who moved, when still in the north
    assert all(one in left for left, tested in asked for one in tested)


def test_one_group_cannot_be_left_out(rows):
    alone = {"cluster": np.full(8, "north", dtype=object)}
    with pytest.raises(rungs.ModelError, match="leaving one out needs 2 or more"):
        rungs.groups_of(Ladder(**(vars(rows) | {"groups": alone})), "cluster")


@pytest.fixture(scope="module")
def people():
    draw = np.random.default_rng(2)
    risk = draw.beta(1, 8, 3000)
    group = np.array(["north", "south", "east", "west", "tiny"])[np.minimum(np.arange(3000) // 740, 4)]
    outcome = (draw.random(3000) < risk).astype(float)
    outcome[np.flatnonzero(group == "tiny")[3:]] = 0
    outcome[np.flatnonzero(group == "tiny")[:3]] = 1
    return pd.DataFrame({"group": group, "outcome": outcome, "weight": 1.0, "risk": risk})


CURVE = pd.DataFrame(
    [
        {"share": 0.5, "fit_people": 13, "fit_events": 5, "c_statistic": float("nan")},
        {"share": 1.0, "fit_people": 26, "fit_events": 60, "c_statistic": 0.71239, "people": 402, "events": 51, "k": 43,
         "ppv_at_k": 0.1234},
    ]
)  # fmt: skip


def test_groups_and_pooled_figures_are_those_of_the_evaluation(people):
    found = validated(people, CURVE)
    pooled = pooled_performance(people["outcome"], people["risk"], people["group"])
    assert [row["group"] for row in found.groups] == ["east", "north", "south", "tiny", "west"]
    assert found.pooled[0]["estimate"] == pooled.c_statistic.estimate
    assert found.pooled[0]["prediction_high"] == pooled.c_statistic.prediction_high
    for row in found.groups:
        part = people[people["group"] == row["group"]]
        assert row["events"] == part["outcome"].sum()
        assert row["observed_expected"] == pytest.approx(part["outcome"].sum() / part["risk"].sum())
        assert row["observed_expected_low"] < row["observed_expected"] < row["observed_expected_high"]
        assert row["c_statistic_low"] < row["c_statistic"] < row["c_statistic_high"]
    assert found.curve[0]["c_statistic"] is None


def test_a_group_of_few_events_shows_no_figure_and_counts_are_rounded(people):
    shown = disclosed_validation(validated(people, CURVE))
    tiny = next(row for row in shown.groups if row["group"] == "tiny")
    assert tiny["people"] == 40
    assert {value for name, value in tiny.items() if name not in ("group", "people")} == {"*"}
    assert all(row["people"] % 5 == 0 for row in shown.groups)
    small, whole = shown.curve
    assert (small["fit_people"], small["fit_events"], small["c_statistic"]) == (15, "*", None)
    assert (whole["people"], whole["events"], whole["c_statistic"]) == (400, 50, 0.712)
    assert whole["ppv_at_k"] == "*"  # five people found


def test_a_chart_holds_every_dot_and_leaves_out_what_may_not_be_drawn():
    lines = [Line("a", "0.40", 0.4, 0.31, 0.5), Line("b", "*", None, None, None), Line("new", "", None, 0.2, 0.9)]
    chart = dot_chart([("one", lines)], 0.5, 0.8, mark=0.5)
    assert chart["ticks"][0]["words"] == "0.2"
    assert chart["ticks"][-1]["words"] == "0.9"
    first, second, third = chart["panels"][0]["lines"]
    assert chart["ticks"][0]["x"] < first["low"] < first["dot"] < first["high"] == chart["mark"]
    assert second["dot"] is second["low"] is None
    assert third["low"] == chart["ticks"][0]["x"]
    assert first["y"] < second["y"] < third["y"] < chart["bottom"]
