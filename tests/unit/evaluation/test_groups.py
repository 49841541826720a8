import math

import numpy as np
import pandas as pd
import pytest
from scipy import integrate, optimize

from casefinder import evaluation as ev
from casefinder.evaluation.inputs import log_odds
from casefinder.evaluation.random_intercept import RandomIntercept


def integrated(outcome, offset, weight, group, a, s):
    """The log-likelihood by numerical integration, one group at a time."""
    total = 0.0
    for number in np.unique(group):
        member = group == number

        def density(z, member=member):
            position = offset[member] + a + s * z
            logs = weight[member] * (outcome[member] * position - np.logaddexp(0, position))
            return math.exp(logs.sum() - z**2 / 2) / math.sqrt(2 * math.pi)

        total += math.log(integrate.quad(density, -12, 12, epsabs=0, epsrel=1e-11, limit=400)[0])
    return total


def economy(seed, groups, size, spread):
    rng = np.random.default_rng(seed)
    group = rng.integers(0, groups, size)
    position = rng.normal(-2, 1, size)
    effect = rng.normal(0, spread, groups)
    outcome = (rng.random(size) < 1 / (1 + np.exp(-(position + 0.2 + effect[group])))).astype(float)
    return outcome, 1 / (1 + np.exp(-position)), group, effect


@pytest.mark.parametrize(("a", "s"), [(0.0, 0.5), (0.4, 1.5), (-1.0, 0.05), (0.2, 0.0)])
@pytest.mark.parametrize("weighted", [False, True])
def test_quadrature_equals_integration(a, s, weighted):
    outcome, risk, group, _ = economy(1, 9, 140, 0.8)
    weight = np.random.default_rng(2).uniform(0, 2, 140) if weighted else np.ones(140)
    found = RandomIntercept(outcome, log_odds(risk), weight, group).at(a, s)
    assert found.value == pytest.approx(integrated(outcome, log_odds(risk), weight, group, a, s), rel=1e-7)


def test_slopes_are_those_of_the_likelihood():
    outcome, risk, group, _ = economy(1, 9, 140, 0.8)
    model = RandomIntercept(outcome, log_odds(risk), np.ones(140), group)
    slopes = optimize.approx_fprime(np.array([0.3, 0.7]), lambda place: model.at(*place).value, 1e-6)
    found = model.at(0.3, 0.7)
    assert [found.slope_a, found.slope_s] == pytest.approx(slopes, abs=1e-3)


def test_partial_pooling_is_the_maximum_and_its_interval_the_profile():
    outcome, risk, group, _ = economy(3, 12, 900, 1.2)
    found = ev.partial_pooling(outcome, risk, group)
    offset, weight = log_odds(risk), np.ones(900)

    def lost(place):
        return -integrated(outcome, offset, weight, group, place[0], place[1])

    best = optimize.minimize(lost, [0.2, 0.5], method="Nelder-Mead", options={"xatol": 1e-6, "fatol": 1e-9})
    assert [found.intercept.value, found.spread.value] == pytest.approx(best.x, abs=1e-4)
    assert found.log_likelihood == pytest.approx(-best.fun, abs=1e-6)
    assert found.spread.low > 0
    for limit in found.spread.interval:
        profiled = optimize.minimize_scalar(lambda a, limit=limit: lost((a, limit)), bounds=(-2, 2), method="bounded").fun
        assert 2 * (profiled - best.fun) == pytest.approx(3.8415, abs=1e-3)


def test_planted_effects_are_found_and_shrunk():
    outcome, risk, group, effect = economy(5, 20, 40_000, 0.4)
    found = ev.partial_pooling(outcome, risk, group)
    assert found.spread.low < 0.4 < found.spread.high
    centred = effect - effect.mean()
    u = found.effects["u"].to_numpy()
    assert np.corrcoef(u, centred)[0, 1] > 0.95
    covered = (np.log(found.effects["low"]) <= centred + 0.15) & (centred - 0.15 <= np.log(found.effects["high"]))
    assert covered.mean() > 0.9
    low, high = found.practice_range
    assert np.log([low, high]) == pytest.approx(found.intercept.value + np.array([-1, 1]) * 1.959964 * found.spread.value)


def test_effects_lie_nearer_to_the_average_than_their_groups_own_figures():
    outcome, risk, group, _ = economy(5, 20, 2_000, 0.4)
    found = ev.partial_pooling(outcome, risk, group)
    for row in found.effects.itertuples():
        own = ev.calibration_in_the_large(outcome[group == row.group], risk[group == row.group]).value
        assert math.isnan(own) or abs(row.u) <= abs(own - found.intercept.value) + 1e-6


def test_a_group_without_outcomes_keeps_its_place():
    outcome, risk, group, _ = economy(6, 6, 1_200, 0.3)
    outcome[group == 4] = 0
    effects = ev.partial_pooling(outcome, risk, group).effects.set_index("group")
    assert effects.loc[4, "observed"] == 0
    assert 0 < effects.loc[4, "effect"] == effects["effect"].min()


def test_no_spread_is_a_spread_of_zero():
    """Every group has the same outcomes at the same risks, so they are more alike than chance allows."""
    risk, outcome = np.tile([0.2, 0.4, 0.6], 40), np.tile([0, 0, 1, 0, 1, 0], 20)
    found = ev.partial_pooling(outcome, risk, np.repeat(np.arange(10), 12))
    assert (found.spread.value, found.spread.low) == (0.0, 0.0)
    assert found.spread.high > 0
    assert found.effects["effect"].tolist() == [1.0] * 10
    large = ev.calibration_in_the_large(outcome, risk)
    assert found.intercept.value == pytest.approx(large.value)
    assert found.intercept.standard_error == pytest.approx(large.standard_error, rel=1e-4)


def test_a_spread_needs_three_groups_and_two_outcomes():
    with pytest.raises(ValueError, match="three groups or more; got 2"):
        ev.partial_pooling([0, 1, 0, 1], [0.1, 0.2, 0.3, 0.4], [1, 1, 2, 2])
    with pytest.raises(ValueError, match="everyone or no one"):
        ev.partial_pooling([0, 0, 0], [0.1, 0.2, 0.3], [1, 2, 3])


def test_the_table_shows_no_point_below_five_expected():
    outcome, risk = np.tile([0, 1], 20), np.repeat([0.1, 0.4], 20)
    table = ev.calibration_by_group(outcome, risk, np.repeat(["small", "large"], 20)).set_index("group")
    assert table.index.tolist() == ["large", "small"]
    assert table.loc["large", ["people", "observed", "expected"]].tolist() == pytest.approx([20, 10, 8])
    assert table.loc["large", "ratio"] == pytest.approx(1.25)
    assert math.isnan(table.loc["small", "ratio"])
    assert table.loc["small", "low"] == pytest.approx(ev.poisson_interval(10)[0] / 2)


def test_pooling_two_groups_has_no_prediction_interval():
    found = ev.pool([0.1, 0.5], [0.01, 0.02])
    assert math.isfinite(found.low)
    assert all(math.isnan(limit) for limit in found.prediction_interval)


def test_groups_that_agree_have_no_variance_between_them():
    found = ev.pool([0.2, 0.2, 0.2], [0.01, 0.02, 0.03])
    assert (found.tau2, found.estimate, found.standard_error) == pytest.approx((0, 0.2, 0))


def test_the_variance_between_groups_is_where_the_restricted_likelihood_peaks():
    rng = np.random.default_rng(1)
    effect, variance = rng.normal(0, 1, 15), rng.uniform(0.1, 0.4, 15)
    found = ev.pool(effect, variance).tau2

    def lost(tau2):
        weight = 1 / (variance + tau2)
        mean = np.average(effect, weights=weight)
        return np.log(variance + tau2).sum() + np.log(weight.sum()) + np.sum(weight * (effect - mean) ** 2)

    assert lost(found) < min(lost(found * 0.999), lost(found * 1.001))


@pytest.mark.parametrize(
    ("estimates", "variances", "told"),
    [([0.1], [0.1], "two groups"), ([0.1, 0.2], [0.1, 0.0], "above zero"), ([0.1, np.nan], [0.1, 0.1], "missing")],
)
def test_what_cannot_be_pooled_is_refused(estimates, variances, told):
    with pytest.raises(ValueError, match=told):
        ev.pool(estimates, variances)


def test_no_outcome_has_no_logarithm():
    with pytest.raises(ValueError, match="use partial_pooling"):
        ev.pool_observed_expected([3, 0], [2.0, 2.0])
    with pytest.raises(ValueError, match="no logit"):
        ev.pool_c_statistics([0.7, 1.0], [0.01, 0.01])


def test_c_statistics_are_pooled_on_the_logit_scale():
    found = ev.pool_c_statistics([0.7, 0.8, 0.75], [0.02, 0.03, 0.02])
    c, error = np.array([0.7, 0.8, 0.75]), np.array([0.02, 0.03, 0.02])
    plain = ev.pool(np.log(c / (1 - c)), (error / (c * (1 - c))) ** 2)
    assert log_odds(np.array([found.estimate, found.low, found.high])) == pytest.approx(
        [plain.estimate, plain.low, plain.high]
    )


def test_performance_is_pooled_over_groups_and_says_what_it_left_out():
    outcome, risk, group, _ = economy(7, 8, 4_000, 0.3)
    found = ev.pooled_performance(outcome, risk, group)
    assert found.c_statistic is not None
    assert found.c_statistic.low < ev.c_statistic_within(outcome, risk, group).overall < found.c_statistic.high
    assert found.left_out == dict.fromkeys(found.left_out, 0)
    outcome[group == 2] = 0
    without = ev.pooled_performance(outcome, risk, group)
    assert without.observed_expected is None
    assert without.left_out == dict.fromkeys(found.left_out, 1)
    assert without.c_statistic.groups == 7
    assert isinstance(without.by_group, pd.DataFrame)


def test_performance_is_pooled_with_weights_too():
    outcome, risk, group, _ = economy(8, 4, 1_200, 0.3)
    found = ev.pooled_performance(outcome, risk, group, weight=np.where(np.arange(1_200) % 9, 1.125, 0.0))
    assert found.c_statistic.groups == 4
    assert found.calibration_slope.prediction_low < found.calibration_slope.low
