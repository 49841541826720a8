"""The measures against scikit-learn, statsmodels and scipy, and against published examples."""

import math

import numpy as np
import pytest
import scipy.stats
import sklearn.metrics
import statsmodels.api as sm
from statsmodels.genmod.bayes_mixed_glm import BinomialBayesMixedGLM

from casefinder import evaluation as ev
from casefinder.evaluation.intervals import student_deviate


@pytest.fixture(scope="module")
def people():
    rng = np.random.default_rng(11)
    risk = np.round(rng.beta(0.8, 6, 900), 2).clip(0.01, 0.99)
    return {
        "outcome": (rng.random(900) < 0.3 * risk**0.5).astype(float),
        "risk": risk,
        "weight": rng.uniform(0.5, 3, 900),
        "cluster": rng.integers(0, 60, 900),
    }


def logit(risk):
    return np.log(risk / (1 - risk))


@pytest.mark.parametrize("weighted", [False, True])
def test_rank_and_accuracy_equal_scikit_learn(people, weighted):
    outcome, risk = people["outcome"], people["risk"]
    weight = people["weight"] if weighted else None
    given = {"sample_weight": weight}
    assert ev.c_statistic(outcome, risk, weight) == pytest.approx(sklearn.metrics.roc_auc_score(outcome, risk, **given))
    precision = sklearn.metrics.average_precision_score(outcome, risk, **given)
    assert ev.average_precision(outcome, risk, weight) == pytest.approx(precision)
    assert ev.brier(outcome, risk, weight) == pytest.approx(sklearn.metrics.brier_score_loss(outcome, risk, **given))


def test_top_k_equals_scikit_learn_where_nobody_ties(people):
    outcome, risk = people["outcome"], people["risk"] + np.linspace(0, 1e-6, 900)
    listed = (risk >= np.sort(risk)[-150]).astype(int)
    assert ev.ppv_at_k(outcome, risk, 150) == pytest.approx(sklearn.metrics.precision_score(outcome, listed))
    assert ev.sensitivity_at_k(outcome, risk, 150) == pytest.approx(sklearn.metrics.recall_score(outcome, listed))


def test_recalibration_with_weights_has_the_sandwich_errors_of_statsmodels(people):
    position = logit(people["risk"])
    columns = sm.add_constant(position)
    theirs = sm.GLM(people["outcome"], columns, family=sm.families.Binomial(), freq_weights=people["weight"]).fit(tol=1e-12)
    scores = columns * (people["weight"] * (people["outcome"] - theirs.fittedvalues))[:, None]
    bread = theirs.cov_params()
    errors = np.sqrt(np.diag(bread @ scores.T @ scores @ bread))
    ours = ev.calibration_slope(people["outcome"], people["risk"], people["weight"])
    assert [ours.intercept.value, ours.slope.value] == pytest.approx(theirs.params, rel=1e-8)
    assert [ours.intercept.standard_error, ours.slope.standard_error] == pytest.approx(errors, rel=1e-6)


def test_clustered_errors_equal_statsmodels(people):
    columns = sm.add_constant(logit(people["risk"]))
    how = {"cov_type": "cluster", "cov_kwds": {"groups": people["cluster"], "use_correction": False}}
    theirs = sm.GLM(people["outcome"], columns, family=sm.families.Binomial()).fit(tol=1e-12, **how)
    clusters = len(np.unique(people["cluster"]))
    ours = ev.calibration_slope(people["outcome"], people["risk"], cluster=people["cluster"])
    errors = theirs.bse * math.sqrt(clusters / (clusters - 1))
    assert [ours.intercept.standard_error, ours.slope.standard_error] == pytest.approx(errors, rel=1e-6)


def test_partial_pooling_is_near_the_variational_fit_of_statsmodels():
    """Only roughly: statsmodels fits a Bayesian model with a prior, by an approximation."""
    rng = np.random.default_rng(3)
    group = np.repeat(np.arange(25), 120)
    effect = rng.normal(0, 0.6, 25)
    outcome = (rng.random(3000) < 1 / (1 + np.exp(1.2 - effect[group]))).astype(float)
    member = (group[:, None] == np.arange(25)).astype(float)
    theirs = BinomialBayesMixedGLM(outcome, np.ones((3000, 1)), member, np.zeros(25, dtype=int), vcp_p=2).fit_vb()
    ours = ev.partial_pooling(outcome, np.full(3000, 0.5), group)
    assert ours.intercept.value == pytest.approx(theirs.fe_mean[0], abs=0.05)
    assert ours.spread.value == pytest.approx(float(np.exp(theirs.vcp_mean[0])), rel=0.15)
    assert np.corrcoef(ours.effects["u"], theirs.vc_mean)[0, 1] > 0.99


def test_deviates_and_gamma_limits_equal_scipy():
    assert student_deviate(7) == pytest.approx(scipy.stats.t.ppf(0.975, 7))
    low, high = ev.poisson_interval(12.5, variance=20.0, largest=2.0, level=0.9)
    assert low == pytest.approx(20 / 25 * scipy.stats.chi2.ppf(0.05, 2 * 12.5**2 / 20))
    assert high == pytest.approx(24 / (2 * 14.5) * scipy.stats.chi2.ppf(0.95, 2 * 14.5**2 / 24))


@pytest.mark.parametrize(
    ("r2", "parameters", "prevalence", "sizes"),
    [
        (0.288, 24, 0.174, (623, 662, 221)),
        (0.55, 24, 0.174, (255, 532, 221)),
        (0.288, 24, 0.25, (623, 590, 289)),
    ],
)
def test_development_size_equals_the_published_examples(r2, parameters, prevalence, sizes):
    """The tests of the R package pmsampsize, whose second criterion once rounded two figures on the way."""
    found = ev.development_size(prevalence, parameters, r2=r2)
    assert (found.for_shrinkage, found.for_optimism, found.for_intercept) == sizes
    assert found.people == max(sizes)


def test_r2_from_a_c_statistic_equals_a_fit_to_many_people():
    rng = np.random.default_rng(5)
    outcome = (np.arange(400_000) < 80_000).astype(float)
    score = rng.normal(0, 1, 400_000) + math.sqrt(2) * scipy.stats.norm.ppf(0.78) * outcome
    fit = sm.Logit(outcome, sm.add_constant(score)).fit(disp=0)
    assert ev.cox_snell_r2(0.78, 0.2) == pytest.approx(1 - math.exp(-fit.llr / 400_000), abs=0.003)


def test_validation_size_equals_the_published_examples():
    """Riley et al. 2021 Stat Med 40:4230; the tests of the R package pmvalsampsize (prevalence 0.018, c-statistic 0.8)."""
    assert ev.size_for_observed_expected(0.06) == 6024
    assert ev.size_for_observed_expected(0.02) == 18839
    assert ev.size_for_observed_expected(0.018, 0.2456) == 905
    assert ev.size_for_c_statistic(0.018, 0.8, 0.1 / (2 * 1.96)) == 4252
    logits = scipy.stats.norm.ppf((np.arange(200_000) + 0.5) / 200_000, -5, 2.5)
    assert ev.size_for_slope(logits, 0.2 / (2 * 1.96)) == pytest.approx(4540, rel=0.01)
