import math

import numpy as np
import pytest

from casefinder import evaluation as ev
from casefinder.evaluation.sample_size import largest_cox_snell_r2


def c_error(people, prevalence, c):
    tail = (people / 2 - 1) * ((1 - c) / (2 - c) + c / (1 + c))
    return math.sqrt(c * (1 - c) * (1 + tail) / (people**2 * prevalence * (1 - prevalence)))


@pytest.mark.parametrize(("prevalence", "c"), [(0.06, 0.75), (0.006, 0.8), (0.4, 0.6)])
def test_the_size_for_a_c_statistic_is_the_least_that_reaches_the_target(prevalence, c):
    size = ev.size_for_c_statistic(prevalence, c, 0.02)
    assert c_error(size, prevalence, c) <= 0.02 < c_error(size - 1, prevalence, c)


def test_more_parameters_need_more_people_and_a_better_fit_fewer():
    base = ev.development_size(0.08, 40, c_statistic=0.78).people
    assert ev.development_size(0.08, 80, c_statistic=0.78).people > 1.9 * base
    assert ev.development_size(0.08, 40, c_statistic=0.85).people < base


def test_the_slope_needs_spread():
    rng = np.random.default_rng(0)
    narrow, wide = rng.normal(-3, 0.5, 10_000), rng.normal(-3, 1.5, 10_000)
    assert ev.size_for_slope(wide) < ev.size_for_slope(narrow)
    with pytest.raises(ValueError, match="constant"):
        ev.size_for_slope(np.full(10, -2.0))


def test_the_size_for_a_slope_gives_that_standard_error():
    rng = np.random.default_rng(1)
    position = rng.normal(-2, 1, 200_000)
    size = ev.size_for_slope(position, 0.05)
    sample = position[:size]
    found = ev.calibration_slope(rng.random(size) < 1 / (1 + np.exp(-sample)), 1 / (1 + np.exp(-sample)))
    assert found.slope.standard_error == pytest.approx(0.05, rel=0.1)


def test_validation_takes_the_largest_criterion():
    found = ev.validation_size(0.06, 0.75, threshold=0.1, sensitivity=0.5, specificity=0.9)
    assert found.for_observed_expected == 6024
    assert found.for_slope is None
    assert found.for_net_benefit is not None
    assert found.for_fewest_events == math.ceil(100 / 0.06)
    assert found.people == max(found.for_observed_expected, found.for_c_statistic, found.for_net_benefit)
    assert found.events == pytest.approx(found.people * 0.06)


def test_the_net_benefit_formula_equals_a_simulation():
    rng = np.random.default_rng(2)
    prevalence, threshold, sensitivity, specificity = 0.1, 0.15, 0.6, 0.8
    size = ev.size_for_net_benefit(prevalence, threshold, sensitivity, specificity, 0.1)
    having = rng.binomial(size, prevalence, 20_000)
    true = rng.binomial(having, sensitivity)
    false = rng.binomial(size - having, 1 - specificity)
    standardised = true / having - false / having * threshold / (1 - threshold)
    assert standardised.std() == pytest.approx(0.1, rel=0.1)


def test_largest_r2_is_that_of_certainty():
    assert largest_cox_snell_r2(0.174) == pytest.approx(0.603, abs=0.001)


@pytest.mark.parametrize(
    "given",
    [
        {"prevalence": 0.0, "parameters": 5, "r2": 0.1},
        {"prevalence": 0.1, "parameters": 0, "r2": 0.1},
        {"prevalence": 0.1, "parameters": 5},
        {"prevalence": 0.1, "parameters": 5, "r2": 0.1, "c_statistic": 0.7},
        {"prevalence": 0.1, "parameters": 5, "r2": 0.6},
        {"prevalence": 0.1, "parameters": 5, "c_statistic": 0.5},
    ],
)
def test_impossible_plans_are_refused(given):
    with pytest.raises(ValueError, match=r"must be|give the expected fit"):
        ev.development_size(**given)
