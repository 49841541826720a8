"""The closed test: which update it chooses and how often, what it leaves out, and what it refuses."""

from collections import Counter

import numpy as np
import pytest

from casefinder.evaluation import closed_test

REPEATS = 400


def drawn(seed, people=1500, intercept=0.0, slope=1.0, new_effect=0.0):
    """Outcome, risk and predictors of people whose true log odds are moved from what the model says."""
    rng = np.random.default_rng(seed)
    predictors = rng.normal(size=(people, 3))
    lp = -1 + predictors @ [0.7, 0.4, 0.0]
    truth = intercept + slope * lp + new_effect * predictors[:, 2]
    outcome = (rng.random(people) < 1 / (1 + np.exp(-truth))).astype(float)
    return outcome, 1 / (1 + np.exp(-lp)), predictors


@pytest.mark.parametrize(
    ("moved", "expected"),
    [
        ({}, "keep"),
        ({"intercept": 0.5}, "intercept"),
        ({"intercept": -0.5, "slope": 0.5}, "intercept and slope"),
    ],
)
def test_the_true_update_is_chosen_as_often_as_the_level_says(moved, expected):
    chosen = Counter(closed_test(*drawn(seed, **moved)).chosen for seed in range(REPEATS))
    # 95 in 100 where what is wrong is always found; three standard errors of 400 draws are 3.3 in 100.
    assert chosen[expected] / REPEATS == pytest.approx(0.95, abs=0.033)


def test_a_predictor_that_works_otherwise_than_before_calls_for_a_refit():
    chosen = Counter(closed_test(*drawn(seed, new_effect=0.5)).chosen for seed in range(50))
    assert chosen["refit"] == 50


def test_the_same_people_at_several_dates_give_no_more_certainty_than_once():
    outcome, risk, predictors = drawn(3, intercept=0.1)
    person = np.arange(len(outcome))
    once = closed_test(outcome, risk, predictors, weight=np.ones(len(outcome)))
    thrice = closed_test(
        np.tile(outcome, 3), np.tile(risk, 3), np.tile(predictors, (3, 1)), cluster=np.tile(person, 3), least_events=200
    )
    assert (thrice.people, thrice.events) == (once.people, once.events)
    for one, other in zip(once.tests, thrice.tests, strict=True):
        assert other.likelihood_ratio == pytest.approx(3 * one.likelihood_ratio, rel=1e-6)
        assert other.statistic == pytest.approx(one.statistic, rel=1e-3)


def test_repeated_rows_are_taken_for_one_person_as_often_as_the_level_says():
    rejected = 0
    for seed in range(200):
        outcome, risk, predictors = drawn(seed, people=1000)
        again = np.random.default_rng(seed + 10_000).random(1000) < 0.5
        rows = np.concatenate([np.arange(1000), np.flatnonzero(again)])
        found = closed_test(outcome[rows], risk[rows], predictors[rows], cluster=rows)
        rejected += found.chosen != "keep"
    assert rejected / 200 == pytest.approx(0.05, abs=0.046)


def test_a_predictor_that_others_determine_is_left_out():
    outcome, risk, predictors = drawn(1, slope=0.7)
    lp = np.log(risk / (1 - risk))
    more = np.column_stack([3 * lp - 2, np.ones(len(lp)), predictors[:, :1], predictors[:, 2:], 5 - predictors[:, 0]])
    plain, padded = closed_test(outcome, risk, predictors[:, [0, 2]]), closed_test(outcome, risk, more)
    assert (plain.predictors, padded.predictors) == (2, 2)
    assert [one.degrees for one in padded.tests] == [4, 3, 2]
    assert [one.p for one in padded.tests] == pytest.approx([one.p for one in plain.tests], rel=1e-6)


def test_without_predictors_intercept_and_slope_is_the_fullest_model():
    outcome, risk, _predictors = drawn(1, intercept=-0.5, slope=0.4)
    found = closed_test(outcome, risk, np.empty((len(outcome), 0)))
    assert found.chosen == "intercept and slope"
    assert [one.degrees for one in found.tests] == [2, 1, 0]
    assert found.tests[2].p == 1.0


def test_neither_the_order_of_rows_nor_the_scale_of_predictors_matters():
    outcome, risk, predictors = drawn(4, intercept=0.3)
    order = np.random.default_rng(0).permutation(len(outcome))
    one = closed_test(outcome, risk, predictors)
    other = closed_test(outcome[order], risk[order], predictors[order] * [1e6, 1e-6, 1] + [0, 0, 40])
    assert [test.statistic for test in other.tests] == pytest.approx([test.statistic for test in one.tests], rel=1e-6)
    assert other.intercept_and_slope == pytest.approx(one.intercept_and_slope, rel=1e-6)


def test_events_of_people_lost_from_sight_do_not_count():
    outcome, risk, predictors = drawn(2, people=800)
    weight = np.ones(800)
    events = np.flatnonzero(outcome)
    assert len(events) > 200
    weight[events[150:]] = 0
    with pytest.raises(ValueError, match="fewer than 200 people with, or without, the outcome"):
        closed_test(outcome, risk, predictors, weight)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda outcome, risk, predictors: (outcome[:300], risk[:300], predictors[:300]), "too few events"),
        (lambda outcome, risk, predictors: (outcome, np.full(len(risk), 0.3), predictors), "the same risk"),
        (lambda outcome, risk, predictors: (outcome, risk, predictors[:, 0]), "one row a person and a column each"),
        (lambda outcome, risk, predictors: (outcome, risk, predictors[:10]), "one row a person and a column each"),
        (lambda outcome, risk, predictors: (outcome, risk, predictors * np.nan), "missing or infinite"),
        (lambda outcome, risk, _predictors: (outcome, risk, outcome[:, None]), "part the two outcomes completely"),
        (lambda outcome, risk, predictors: (outcome, risk + 1, predictors), "probability from 0 to 1"),
    ],
)
def test_what_cannot_be_judged_is_refused(change, words):
    with pytest.raises(ValueError, match=words):
        closed_test(*change(*drawn(1)))
