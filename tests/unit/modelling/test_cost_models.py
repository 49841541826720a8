"""Challengers of the linear cost model against statsmodels, and the edge cases of their data."""

import numpy as np
import pytest
import statsmodels.api as sm

from casefinder.allocation.models import rescaled
from casefinder.modelling.cost_models import POWER, fit_tweedie, fit_tweedie_trees, fit_two_part

CHANCE = np.random.default_rng(3)
PEOPLE = 3000
X = np.column_stack([CHANCE.integers(0, 2, (PEOPLE, 3)), CHANCE.normal(size=PEOPLE)]).astype(float)
MEAN = np.exp(5 + X @ np.array([0.8, -0.4, 0.0, 0.3]))
Y = np.where(CHANCE.random(PEOPLE) < 0.7, CHANCE.gamma(0.8, MEAN / 0.8), 0.0)
W = CHANCE.uniform(0.2, 1, PEOPLE)


def test_tweedie_is_that_of_statsmodels():
    family = sm.families.Tweedie(link=sm.families.links.Log(), var_power=POWER)
    expected = sm.GLM(Y, sm.add_constant(X), family=family, freq_weights=W).fit()
    found = fit_tweedie(X, Y, W)
    assert found.predict(X) == pytest.approx(expected.predict(sm.add_constant(X)), rel=2e-3)


def test_two_part_is_a_logit_times_a_gamma_of_statsmodels():
    columns = sm.add_constant(X)
    some = Y > 0
    chance = sm.GLM(some.astype(float), columns, family=sm.families.Binomial(), freq_weights=W).fit()
    family = sm.families.Gamma(link=sm.families.links.Log())
    size = sm.GLM(Y[some], columns[some], family=family, freq_weights=W[some]).fit()
    expected = chance.predict(columns) * size.predict(columns)
    assert fit_two_part(X, Y, W).predict(X) == pytest.approx(expected, rel=2e-3)


def test_two_part_where_everyone_costs_something_is_the_gamma_alone():
    found = fit_two_part(X, Y + 1, W)
    assert found.predict(X) == pytest.approx(found.size.predict(X))


def test_trees_are_the_same_each_time_and_find_the_level_of_groups():
    names = ("a", "b", "c", "d")
    found, again = (fit_tweedie_trees(X, Y, W, names, 1) for _ in range(2))
    assert found.text == again.text
    predicted = found.predict(X)
    for value in (0, 1):
        own = X[:, 0] == value
        assert np.average(predicted[own], weights=W[own]) == pytest.approx(np.average(Y[own], weights=W[own]), rel=0.1)


@pytest.mark.parametrize("fit", [fit_tweedie, fit_two_part])
def test_rescaling_reaches_the_total_exactly(fit):
    found = rescaled(fit(X, Y, W), X, Y, W)
    assert W @ found.predict(X) == pytest.approx(W @ Y, rel=1e-12)
