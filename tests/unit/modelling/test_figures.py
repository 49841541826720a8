"""Figures of a model: those of scikit-learn, with weights, the list's yield, and what may leave the workspace."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

from casefinder.modelling.disclosed import disclosed, disclosed_figures
from casefinder.modelling.figures import figures


def rows(people=3000):
    draw = np.random.default_rng(9)
    risk = draw.beta(1, 8, people)
    return (draw.random(people) < risk).astype(float), risk, draw.uniform(1, 2, people)


def test_the_figures_are_those_of_scikit_learn():
    outcome, risk, _ = rows()
    found = figures(outcome, risk, np.ones(len(risk)), 0.01)
    assert found["people"] == 3000
    assert found["events"] == int(outcome.sum())
    assert found["c_statistic"] == pytest.approx(roc_auc_score(outcome, risk), abs=1e-6)
    assert found["c_statistic_low"] < found["c_statistic"] < found["c_statistic_high"]
    assert found["average_precision"] == pytest.approx(average_precision_score(outcome, risk), abs=1e-6)
    assert found["brier"] == pytest.approx(brier_score_loss(outcome, risk), abs=1e-6)
    assert found["observed_expected"] == pytest.approx(outcome.sum() / risk.sum(), abs=1e-6)


def test_weights_count():
    outcome, risk, weight = rows()
    found = figures(outcome, risk, weight, 0.01)
    assert found["c_statistic"] == pytest.approx(roc_auc_score(outcome, risk, sample_weight=weight), abs=1e-6)
    assert found["observed_expected"] == pytest.approx((outcome * weight).sum() / risk.sum(), abs=1e-6)


def test_the_yield_is_that_of_the_top_share():
    outcome, risk, _ = rows()
    found = figures(outcome, risk, np.ones(len(risk)), 0.02)
    top = np.argsort(-risk)[:60]
    assert found["k"] == 60
    assert found["ppv_at_k"] == pytest.approx(outcome[top].mean(), abs=1e-6)
    assert found["sensitivity_at_k"] == pytest.approx(outcome[top].sum() / outcome.sum(), abs=1e-6)
    assert found["lift_at_k"] == pytest.approx(outcome[top].mean() / outcome.mean(), abs=1e-6)


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_without_events_or_without_others_there_are_counts_only(value):
    _, risk, weight = rows(40)
    assert figures(np.full(40, value), risk, weight, 0.1) == {"people": 40, "events": int(40 * value)}


def test_what_leaves_the_workspace_is_rounded_or_withheld():
    outcome, risk, _ = rows()
    found = disclosed_figures(figures(outcome, risk, np.ones(3000), 0.01))
    assert found["people"] == 3000
    assert found["events"] % 5 == 0
    assert found["observed_expected"] == round(found["observed_expected"], 2)
    few = disclosed_figures({"people": 1203, "events": 4, "observed_expected": 0.8123, "k": 3})
    assert few == {"people": 1205, "events": None, "observed_expected": None, "k": None}


def test_counts_by_part_rule_and_date_are_rounded_or_withheld():
    about = {
        "rows": {"fit": 1003, "test": 6},
        "events": {"fit": 0, "test": 3},
        "attrition": [{"rule": "died", "left_out": 4, "left": 1234}],
        "censoring": [{"index_date": "2025-01-01", "people": 1234, "lost": 7}],
        "name": "small",
    }
    assert disclosed(about) == {
        "rows": {"fit": 1005, "test": None},
        "events": {"fit": 0, "test": None},
        "attrition": [{"rule": "died", "left_out": None, "left": 1235}],
        "censoring": [{"index_date": "2025-01-01", "people": 1235, "lost": None}],
        "name": "small",
    }


def test_no_count_can_be_worked_back_from_a_share():
    counts = {"people": 5000, "events": 40, "k": 50}
    few = disclosed_figures({**counts, "ppv_at_k": 0.1, "sensitivity_at_k": 0.125, "lift_at_k": 12.5, "prevalence": 0.008})
    assert [few[name] for name in ("ppv_at_k", "sensitivity_at_k", "lift_at_k")] == [None, None, None]
    assert few["prevalence"] == 0.008
    assert disclosed_figures({**counts, "ppv_at_k": 0.2})["ppv_at_k"] == 0.2
    assert disclosed_figures({"people": 5000, "events": 4, "k": 50, "prevalence": 0.0008})["prevalence"] is None


@pytest.mark.parametrize(
    ("found", "k", "events", "hidden"),
    [
        (5, 40, 200, True),  # few found
        (35, 40, 200, True),  # few on the list were not
        (45, 80, 50, True),  # few with the outcome were missed
        (20, 40, 200, False),
        (0, 40, 200, False),
    ],
)
def test_a_list_is_withheld_where_any_count_behind_it_is_few(found, k, events, hidden):
    figures = {"people": 2000, "events": events, "k": k, "ppv_at_k": found / k, "sensitivity_at_k": found / events}
    told = disclosed_figures(figures)
    assert (told["ppv_at_k"] is None) == hidden
    assert (told["sensitivity_at_k"] is None) == hidden


def test_shares_leave_with_two_figures():
    told = disclosed_figures({"people": 9000, "events": 900, "k": 90, "ppv_at_k": 0.633333, "prevalence": 0.098765})
    assert (told["ppv_at_k"], told["prevalence"]) == (0.63, 0.099)
