"""Measures of predicted amounts against scikit-learn and plain loops."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import mean_absolute_error, r2_score

from casefinder.evaluation.amounts import (
    person_measures,
    practice_means,
    practice_measures,
    predictive_ratios,
    tenths,
)

CHANCE = np.random.default_rng(5)
ACTUAL = CHANCE.gamma(0.4, 3000, 2000)
PREDICTED = 0.3 * ACTUAL + CHANCE.normal(800, 300, 2000)
WEIGHT = CHANCE.uniform(0.05, 1, 2000)
PRACTICE = CHANCE.integers(0, 12, 2000)


def test_measures_of_people_are_those_of_scikit_learn():
    found = person_measures(ACTUAL, PREDICTED, WEIGHT)
    assert found.r2 == pytest.approx(r2_score(ACTUAL, PREDICTED, sample_weight=WEIGHT), rel=1e-12)
    assert found.mae == pytest.approx(mean_absolute_error(ACTUAL, PREDICTED, sample_weight=WEIGHT), rel=1e-12)
    constant = np.full(2000, np.average(ACTUAL, weights=WEIGHT))
    baseline = mean_absolute_error(ACTUAL, constant, sample_weight=WEIGHT)
    assert found.cpm == pytest.approx(1 - found.mae / baseline, rel=1e-12)
    assert found.mean == pytest.approx(constant[0])


def test_squared_correlation_is_numpys():
    found = person_measures(ACTUAL, PREDICTED)
    assert found.squared_correlation == pytest.approx(np.corrcoef(ACTUAL, PREDICTED)[0, 1] ** 2, rel=1e-10)


def test_squared_correlation_forgives_a_wrong_level_and_r2_does_not():
    right, doubled = (person_measures(ACTUAL, factor * ACTUAL) for factor in (1, 2))
    assert right.r2 == pytest.approx(1)
    assert doubled.squared_correlation == pytest.approx(1)
    assert doubled.r2 < 0.2


def test_the_mean_explains_nothing():
    found = person_measures(ACTUAL, np.full(2000, np.average(ACTUAL, weights=WEIGHT)), WEIGHT)
    assert found.r2 == pytest.approx(0, abs=1e-12)
    assert found.cpm == pytest.approx(0, abs=1e-12)
    assert np.isnan(found.squared_correlation)


def test_whole_weights_are_repeated_people():
    times = CHANCE.integers(1, 4, 2000)
    weighted = person_measures(ACTUAL, PREDICTED, times)
    repeated = person_measures(np.repeat(ACTUAL, times), np.repeat(PREDICTED, times))
    for name in ("mean", "r2", "squared_correlation", "mae", "cpm"):
        assert getattr(weighted, name) == pytest.approx(getattr(repeated, name), rel=1e-10)


def test_measures_of_practices_are_a_plain_loop():
    means = practice_means(ACTUAL, PREDICTED, PRACTICE, WEIGHT)
    actual, predicted = [], []
    for practice in range(12):
        own = practice == PRACTICE
        actual.append(np.average(ACTUAL[own], weights=WEIGHT[own]))
        predicted.append(np.average(PREDICTED[own], weights=WEIGHT[own]))
    assert means["actual"].to_numpy() == pytest.approx(actual)
    assert means["predicted"].to_numpy() == pytest.approx(predicted)
    found = practice_measures(means["actual"], means["predicted"])
    assert found.r2 == pytest.approx(r2_score(actual, predicted))
    apart = [abs(p / a - 1) for a, p in zip(actual, predicted, strict=True)]
    assert found.mape == pytest.approx(np.mean(apart))
    assert found.within_tenth == pytest.approx(np.mean([one <= 0.1 for one in apart]))


def test_a_practice_without_cost_has_no_relative_error():
    found = practice_measures([0.0, 100.0], [50.0, 105.0])
    assert found.practices == 2
    assert found.mape == pytest.approx(0.05)
    assert found.within_tenth == 1.0


def test_a_practice_without_a_person_year_is_left_out():
    assert practice_means([1.0, 2.0], [1.0, 1.0], ["a", "b"], [1.0, 0.0])["practice"].tolist() == ["a"]


def test_predictive_ratios_are_sums_over_sums():
    found = predictive_ratios(ACTUAL, PREDICTED, PRACTICE, WEIGHT)
    for row in found.itertuples():
        own = row.group == PRACTICE
        assert row.ratio == pytest.approx((WEIGHT[own] @ PREDICTED[own]) / (WEIGHT[own] @ ACTUAL[own]))
        assert row.people == own.sum()
    assert found["people"].sum() == 2000
    assert np.isnan(predictive_ratios([0.0], [1.0], ["none"])["ratio"][0])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 30), min_size=1, max_size=60))
def test_tenths_keep_equal_values_together_and_rise_with_the_value(values):
    found = tenths(np.array(values, dtype=float))
    assert set(found) <= set(range(1, 11))
    by_value = {}
    for value, tenth in zip(values, found, strict=True):
        assert by_value.setdefault(value, tenth) == tenth
        share = sum(one <= value for one in values) / len(values)
        assert tenth == max(1, np.ceil(10 * share - 1e-9))


def test_tenths_hold_a_tenth_of_the_weight_each():
    found = tenths(ACTUAL, WEIGHT)
    shares = np.bincount(found, WEIGHT)[1:] / WEIGHT.sum()
    assert shares == pytest.approx(np.full(10, 0.1), abs=0.001)


@pytest.mark.parametrize("call", [
    lambda: person_measures([1.0], [1.0, 2.0]), lambda: person_measures([np.nan], [1.0]),
    lambda: person_measures([1.0], [1.0], [-1.0]), lambda: predictive_ratios([1.0], [1.0], [None]),
])  # fmt: skip
def test_mistakes_in_the_arrays_are_refused(call):
    with pytest.raises(ValueError, match=r"length|one value|missing|negative"):
        call()
