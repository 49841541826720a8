import math

import numpy as np
import pytest

from casefinder import evaluation as ev

OUTCOME = np.array([1, 0, 1, 1, 0, 0, 0, 1, 0, 0])
RISK = np.array([0.9, 0.8, 0.7, 0.5, 0.5, 0.5, 0.3, 0.2, 0.1, 0.1])


def test_a_list_without_ties_by_hand():
    found = ev.list_yield(OUTCOME, RISK, 3)
    assert (found.found, found.ppv, found.sensitivity) == (2.0, 2 / 3, 0.5)
    assert found.lift == pytest.approx((2 / 3) / 0.4)
    assert found.number_needed_to_review == pytest.approx(1.5)
    assert found.cut_off == 0.7


def test_places_left_are_shared_among_ties():
    """Two places for three people at 0.5, one of whom has the outcome."""
    found = ev.list_yield(OUTCOME, RISK, 5)
    assert found.found == pytest.approx(2 + 2 / 3)
    assert found.ppv == pytest.approx((2 + 2 / 3) / 5)
    assert found.sensitivity == pytest.approx((2 + 2 / 3) / 4)


def test_sharing_is_the_mean_over_every_way_to_break_the_tie():
    rng = np.random.default_rng(0)
    draws = []
    for _ in range(4000):
        order = np.lexsort((rng.random(10), -RISK))[:5]
        draws.append(OUTCOME[order].mean())
    assert ev.ppv_at_k(OUTCOME, RISK, 5) == pytest.approx(np.mean(draws), abs=0.01)


def test_the_whole_population_is_a_list():
    found = ev.list_yield(OUTCOME, RISK, 10)
    assert (found.ppv, found.sensitivity, found.lift) == (0.4, 1.0, 1.0)


def test_a_constant_risk_finds_its_share():
    assert ev.ppv_at_k(OUTCOME, np.full(10, 0.3), 4) == pytest.approx(0.4)
    assert ev.lift_at_k(OUTCOME, np.full(10, 0.3), 4) == pytest.approx(1.0)


def test_a_list_that_finds_no_one():
    found = ev.list_yield([0, 0, 1], [0.9, 0.8, 0.1], 2)
    assert (found.ppv, found.sensitivity, found.number_needed_to_review) == (0.0, 0.0, math.inf)
    none = ev.list_yield([0, 0, 0], [0.9, 0.8, 0.1], 2)
    assert none.ppv == 0.0
    assert math.isnan(none.sensitivity)
    assert math.isnan(none.lift)


@pytest.mark.parametrize("k", [0, -1, 11, 2.5, "3"])
def test_an_impossible_k_is_refused_and_told(k):
    with pytest.raises(ValueError, match=f"got {k}"):
        ev.ppv_at_k(OUTCOME, RISK, k)


def test_the_lost_take_places_and_are_not_seen():
    """Three on the list; the second was lost, so two are seen, one of them counting twice."""
    found = ev.list_yield([1, 0, 0, 0], [0.9, 0.8, 0.7, 0.1], 3, weight=[1, 0, 2, 1])
    assert found.ppv == pytest.approx(1 / 3)
    assert found.sensitivity == 1.0
    assert found.lift == pytest.approx((1 / 3) / (1 / 4))
    assert math.isnan(ev.ppv_at_k([1, 0], [0.9, 0.1], 1, weight=[0, 1]))


def test_a_rule_is_measured_at_the_same_size():
    """Earlier admissions as the score: two people with two, then three with one for the place left."""
    admissions = np.array([2, 0, 2, 1, 1, 0, 1, 0, 0, 0])
    assert ev.ppv_at_k(OUTCOME, admissions, 3) == pytest.approx((2 + 1 / 3) / 3)


def test_share_with_a_flag_shares_ties_too():
    flag = np.array([1, 0, 0, 1, 1, 0, 0, 0, 0, 0])
    assert ev.share_with(flag, RISK, 5) == pytest.approx((1 + 2 * 2 / 3) / 5)


def test_lists_within_groups_are_each_groups_own():
    practice = np.array(["a"] * 4 + ["b"] * 6)
    found = ev.lists_within(OUTCOME, RISK, practice, k=2)
    assert found.by_group["group"].tolist() == ["a", "b"]
    assert found.by_group["ppv"].tolist() == [0.5, 0.0]
    assert found.by_group["events"].tolist() == [3, 1]
    assert found.together.k == 4
    assert found.together.ppv == 0.25
    assert found.together.sensitivity == 0.25
    assert found.together.lift == pytest.approx(0.25 / 0.4)


def test_a_small_group_lists_everyone():
    found = ev.lists_within(OUTCOME, RISK, ["a"] * 9 + ["b"], k=3)
    assert found.by_group["k"].tolist() == [3, 1]


def test_lists_may_be_a_share_of_each_group():
    found = ev.lists_within(OUTCOME, RISK, ["a"] * 4 + ["b"] * 6, share=0.25)
    assert found.by_group["k"].tolist() == [1, 2]
    assert ev.list_length(10, share=0.001) == 1
    assert ev.list_length(10, share=0.25) == 3


@pytest.mark.parametrize("length", [{}, {"k": 2, "share": 0.1}, {"k": 0}, {"share": 0.0}, {"share": 1.5}])
def test_a_length_that_is_none_or_both_or_out_of_range_is_refused(length):
    with pytest.raises(ValueError, match=r"k|share"):
        ev.lists_within(OUTCOME, RISK, ["a"] * 10, **length)


def test_net_benefit_by_hand():
    """At 0.5 six are treated: three with the outcome, three without."""
    assert ev.net_benefit(OUTCOME, RISK, 0.5) == pytest.approx(3 / 10 - 3 / 10 * 1)
    assert ev.net_benefit(OUTCOME, RISK, 0.2) == pytest.approx(4 / 10 - 4 / 10 * 0.25)
    assert ev.net_benefit(OUTCOME, RISK, 0.0) == pytest.approx(0.4)


def test_the_decision_curve_stands_beside_all_none_and_rules():
    admissions = np.array([2, 0, 2, 1, 1, 0, 1, 0, 0, 0])
    curve = ev.decision_curve(OUTCOME, RISK, [0.1, 0.5, 0.95], rules={"two": admissions >= 2}, scores={"most": admissions})
    assert curve["treated"].tolist() == [10, 6, 0]
    assert curve["treat_none"].tolist() == [0, 0, 0]
    assert curve["treat_all"].tolist() == pytest.approx([0.4 - 0.6 * t / (1 - t) for t in (0.1, 0.5, 0.95)])
    assert curve["model"][0] == pytest.approx(curve["treat_all"][0])
    assert curve["model"][2] == 0
    assert curve["two"][1] == pytest.approx(2 / 10)
    # Six by admissions: five with any, then one of five with none, one of whom has the outcome.
    assert curve["most"][1] == pytest.approx((3 + 1 / 5) / 10 - (2 + 4 / 5) / 10)
    assert curve["most"][2] == 0


def test_a_threshold_of_one_has_no_odds():
    with pytest.raises(ValueError, match="below 1; got 1"):
        ev.net_benefit(OUTCOME, RISK, 1.0)


def test_a_rule_that_is_no_share_is_refused():
    with pytest.raises(ValueError, match="from 0 to 1"):
        ev.net_benefit_of_rule(OUTCOME, OUTCOME * 2, 0.1)
