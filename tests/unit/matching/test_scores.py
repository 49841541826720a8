"""The scores are those of statsmodels' logistic regression, and refuse where there is nobody to compare with."""

import numpy as np
import pytest

from casefinder import matching as m


def people(seed=0, count=800):
    draw = np.random.default_rng(seed)
    columns = np.column_stack([draw.normal(75, 8, count), draw.poisson(0.6, count), draw.integers(0, 2, count)])
    treated = draw.random(count) < 1 / (1 + np.exp(2 - 0.05 * (columns[:, 0] - 75) - 0.5 * columns[:, 1]))
    return columns, treated


@pytest.mark.parametrize("weighted", [False, True])
def test_the_propensity_score_equals_statsmodels(weighted):
    sm = pytest.importorskip("statsmodels.api")
    columns, treated = people()
    weight = np.where(treated, 1.0, 4.0) if weighted else None
    score = m.propensity_score(columns, treated, weight)
    fit = sm.GLM(treated.astype(float), sm.add_constant(columns), sm.families.Binomial(), freq_weights=weight).fit(tol=1e-14)
    assert [score.intercept, *score.coefficients] == pytest.approx(list(fit.params), rel=1e-6)
    assert score.risk(columns) == pytest.approx(np.asarray(fit.fittedvalues), rel=1e-6)


def test_given_an_order_the_score_is_the_same_to_the_last_digit():
    columns, treated = people(1)
    shuffled = np.random.default_rng(2).permutation(len(treated))
    back = np.argsort(shuffled)
    one = m.propensity_score(columns, treated, order=np.arange(len(treated)))
    other = m.propensity_score(columns[shuffled], treated[shuffled], order=back)
    assert one.log_odds(columns).tobytes() == other.log_odds(columns[shuffled])[back].tobytes()


def test_equal_people_have_equal_scores():
    columns, treated = people(2)
    score = m.propensity_score(columns, treated)
    assert len(np.unique(score.log_odds(np.tile(columns[:1], (37, 1))))) == 1


def test_the_prognostic_score_does_not_look_at_the_treated():
    columns, treated = people(3)
    outcome = np.random.default_rng(4).random(len(treated)) < 0.3
    one = m.prognostic_score(columns, outcome, treated)
    other = m.prognostic_score(columns, np.where(treated, ~outcome, outcome), treated)
    assert one.coefficients.tolist() == other.coefficients.tolist()
    alone = m.propensity_score(columns[~treated], outcome[~treated])
    assert one.coefficients == pytest.approx(alone.coefficients)


def test_a_column_that_does_not_vary_counts_for_nothing():
    columns, treated = people(5)
    score = m.propensity_score(np.column_stack([columns, np.full(len(columns), 3.0)]), treated)
    assert score.coefficients[-1] == 0
    assert score.coefficients[:3] == pytest.approx(m.propensity_score(columns, treated).coefficients)


def test_people_told_apart_without_error_are_refused():
    columns = np.arange(20.0)[:, None]
    with pytest.raises(m.NoOverlap, match="nobody to compare"):
        m.propensity_score(columns, columns[:, 0] > 9)


@pytest.mark.parametrize(("columns", "treated", "told"), [
    ([[1.0], [2.0]], [1, 1], "one kind only"), ([[1.0], [np.nan]], [1, 0], "missing"), ([1.0, 2.0], [1, 0], "shape"),
    ([[1.0], [2.0], [3.0]], [1, 0], "one value a person"),
    ([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0], [1.0, 2.0]], [1, 0, 0, 1], "add up to others"),
])  # fmt: skip
def test_mistakes_are_named(columns, treated, told):
    with pytest.raises(ValueError, match=told):
        m.propensity_score(columns, treated)


def test_overlap_counts_treated_beyond_every_candidate():
    found = m.overlap([0.0, 1, 2, 9, 0.5, 1.5, 3], [1, 1, 1, 1, 0, 0, 0])
    assert (found.above, found.below, found.share) == (1, 1, 0.5)
    assert found.c_statistic == pytest.approx(6 / 12)
    with pytest.raises(ValueError, match="candidates"):
        m.overlap([1.0, 2.0], [1, 1])
