"""The four models of the closed test are those that statsmodels fits; its likelihood ratios are statsmodels' own."""

import numpy as np
import pytest
import scipy.stats
import statsmodels.api as sm

from casefinder import evaluation as ev


@pytest.fixture(scope="module")
def people():
    rng = np.random.default_rng(5)
    predictors = np.column_stack([rng.normal(size=3000), rng.integers(0, 2, 3000), rng.gamma(1.0, 3.0, 3000)])
    lp = -1.8 + predictors @ [0.6, 0.4, 0.1]
    truth = 0.2 + 0.8 * lp + 0.5 * predictors[:, 1]
    outcome = (rng.random(3000) < 1 / (1 + np.exp(-truth))).astype(float)
    return outcome, 1 / (1 + np.exp(-lp)), predictors, rng.uniform(0.5, 2, 3000), lp


def fits(outcome, lp, predictors, weight=None):
    """Return statsmodels' fits of the four models: keep, intercept, intercept and slope, fullest."""
    given = {"family": sm.families.Binomial(), "freq_weights": weight}
    ones = np.ones((len(lp), 1))
    keep = np.sum((1 if weight is None else weight) * (outcome * lp - np.logaddexp(0, lp)))
    intercept = sm.GLM(outcome, ones, offset=lp, **given).fit(tol=1e-12)
    line = sm.GLM(outcome, np.column_stack([ones, lp]), **given).fit(tol=1e-12)
    fullest = sm.GLM(outcome, np.column_stack([ones, lp, predictors]), **given).fit(tol=1e-12)
    return keep, intercept, line, fullest


@pytest.mark.parametrize("weighted", [False, True])
def test_likelihoods_and_updates_equal_those_of_statsmodels(people, weighted):
    outcome, risk, predictors, weight, lp = people
    weight = weight if weighted else None
    found = ev.closed_test(outcome, risk, predictors[:, :2], weight)
    keep, intercept, line, fullest = fits(outcome, lp, predictors[:, :2], weight)
    assert [one.log_likelihood for one in found.tests] == pytest.approx([keep, intercept.llf, line.llf], rel=1e-10)
    assert found.log_likelihood == pytest.approx(fullest.llf, rel=1e-10)
    assert found.intercept == pytest.approx(intercept.params[0], rel=1e-6)
    assert found.intercept_and_slope == pytest.approx(tuple(line.params), rel=1e-6)
    assert [one.degrees for one in found.tests] == [4, 3, 2]


def test_without_weights_the_tests_are_plain_likelihood_ratio_tests(people):
    outcome, risk, predictors, _weight, lp = people
    found = ev.closed_test(outcome, risk, predictors[:, :2])
    keep, intercept, line, fullest = fits(outcome, lp, predictors[:, :2])
    for test, reached, degrees in zip(found.tests, (keep, intercept.llf, line.llf), (4, 3, 2), strict=True):
        ratio = 2 * (fullest.llf - reached)
        assert (test.correction, test.likelihood_ratio) == (1.0, pytest.approx(ratio, rel=1e-7))
        assert test.p == pytest.approx(scipy.stats.chi2.sf(ratio, degrees), rel=1e-6)
    assert found.chosen == "refit"


def test_with_weights_the_correction_is_the_mean_eigenvalue_of_sandwich_over_model_covariance(people):
    outcome, risk, predictors, weight, lp = people
    found = ev.closed_test(outcome, risk, predictors[:, :2], weight)
    columns = np.column_stack([np.ones(3000), lp, predictors[:, :2]])
    fit = sm.GLM(outcome, columns, family=sm.families.Binomial(), freq_weights=weight).fit(tol=1e-12)
    bread = fit.cov_params()
    scores = columns * (weight * (outcome - fit.fittedvalues))[:, None]
    sandwich = bread @ scores.T @ scores @ bread
    for test, first in zip(found.tests, (0, 1, 2), strict=True):
        tested = [0, 1, 2, 3][first:]
        mean = np.linalg.eigvals(
            np.linalg.solve(bread[np.ix_(tested, tested)], sandwich[np.ix_(tested, tested)])
        ).real.mean()
        assert test.correction == pytest.approx(mean, rel=1e-6)
        assert test.statistic == pytest.approx(test.likelihood_ratio / mean, rel=1e-6)
