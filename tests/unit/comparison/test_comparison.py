"""Ratios, funnels, rates and charts: libraries, published examples, plain loops, and what must not happen."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.stats import chi2, norm, poisson
from statsmodels.stats.rates import confint_poisson

from casefinder.comparison import (
    bernoulli_limit_for,
    bernoulli_run_length,
    bernoulli_scores,
    byar_interval,
    cusum,
    funnel,
    limit_for,
    limits_around_one,
    outside_by_luck,
    over_dispersion,
    poisson_scores,
    run_length,
    standardised_rate,
    standardised_ratios,
    u_chart,
    vlad,
    winsorised,
    xmr_chart,
)


@pytest.mark.parametrize("level", [0.95, 0.998])
@pytest.mark.parametrize("count", [0, 1, 5, 9])
def test_below_ten_limits_are_exact(count, level):
    found = standardised_ratios([count], [4.0], level)
    low, high = confint_poisson(count, 1, method="exact-c", alpha=1 - level)
    assert found.method == ("exact",)
    assert (found.low[0], found.high[0]) == pytest.approx((np.nan_to_num(low) / 4, high / 4), abs=1e-9)


@pytest.mark.parametrize(("count", "low", "high"), [(10, 4.79, 18.39), (100, 81.36, 121.63), (1000, 938.97, 1063.95)])
def test_from_ten_on_limits_are_byars_and_near_the_exact_ones(count, low, high):
    found = standardised_ratios([count], [1.0])
    assert found.method == ("Byar",)
    assert (round(found.low[0], 2), round(found.high[0], 2)) == (low, high)
    exact = chi2.ppf(0.025, 2 * count) / 2, chi2.ppf(0.975, 2 * count + 2) / 2
    assert (found.low[0], found.high[0]) == pytest.approx(exact, rel=2e-3)


def test_byars_lower_limit_is_never_negative():
    assert [byar_interval(count, 0.998).low for count in (0, 1)] == [0.0, 0.0]
    assert byar_interval(2, 0.998).low > 0


def test_no_ratio_where_none_is_expected_and_none_of_what_is_no_count():
    assert np.isnan(standardised_ratios([3], [0.0]).ratio[0])
    for observed, expected in (([-1], [1.0]), ([1], [-1.0]), ([1, 2], [1.0]), ([np.nan], [1.0])):
        with pytest.raises(ValueError, match="count"):
            standardised_ratios(observed, expected)


def plain_tau2(scores, spreads):
    """The formula, in plain loops."""
    n, phi = len(scores), sum(z * z for z in scores) / len(scores)
    weights = [1 / s**2 for s in spreads]
    total, squares = sum(weights), sum(w * w for w in weights)
    return 0.0 if phi <= 1 else max(0.0, (n * phi - (n - 1)) / (total - squares / total))


def drawn(seed=1, many=40, spread=0.15):
    draw = np.random.default_rng(seed)
    expected = draw.uniform(20, 400, many)
    return draw.poisson(expected * np.exp(draw.normal(0, spread, many))), expected


@pytest.mark.parametrize("seed", range(4))
def test_tau2_of_each_recipe_is_the_formula_in_plain_loops(seed):
    observed, expected = drawn(seed)
    logs = [math.log(o / e) * math.sqrt(e) for o, e in zip(observed, expected, strict=True)]
    spreads = [1 / math.sqrt(e) for e in expected]
    low, high = np.quantile(logs, [0.1, 0.9])
    inside = [(z, s) for z, s in zip(logs, spreads, strict=True) if low <= z <= high]
    roots = [(math.sqrt(o / e) - 1) * 2 * math.sqrt(e) for o, e in zip(observed, expected, strict=True)]
    assert len(inside) == 32
    assert funnel(observed, expected, "log").tau2 == pytest.approx(plain_tau2(np.clip(logs, low, high), spreads))
    assert funnel(observed, expected, "shmi").tau2 == pytest.approx(plain_tau2(*zip(*inside, strict=True)))
    assert funnel(observed, expected, "shmi").rests_on == 32
    clipped = np.clip(roots, *np.quantile(roots, [0.1, 0.9]))
    assert funnel(observed, expected, "sqrt").tau2 == pytest.approx(plain_tau2(clipped, [s / 2 for s in spreads]))


def test_trimming_finds_less_variation_than_winsorising():
    observed, expected = drawn(2, spread=0.25)
    assert 0 < funnel(observed, expected, "shmi").tau2 < funnel(observed, expected, "log").tau2


def test_no_variation_beyond_chance_leaves_none():
    scores = np.linspace(-1.2, 1.2, 30)
    found = over_dispersion(scores, np.full(30, 0.1))
    assert found.phi < 1
    assert found.tau2 == 0


def test_limits_hold_chance_and_variation_on_each_scale():
    expected, tau2 = np.array([25.0, 400.0]), 0.01
    z = norm.ppf(0.975)
    low, high = limits_around_one(expected, 0.95, "log", tau2)
    assert high == pytest.approx(np.exp(z * np.sqrt(1 / expected + tau2)))
    assert low == pytest.approx(1 / high)
    low, high = limits_around_one(expected, 0.95, "sqrt", tau2)
    reach = z * np.sqrt(1 / (4 * expected) + tau2)
    assert (*low, *high) == pytest.approx((*(1 - reach) ** 2, *(1 + reach) ** 2))
    low, high = limits_around_one(expected, 0.998)
    assert low == pytest.approx(chi2.ppf(0.001, 2 * expected) / 2 / expected)
    assert high == pytest.approx(chi2.ppf(0.999, 2 * expected + 2) / 2 / expected)


def test_a_squared_lower_limit_does_not_climb_again_below_zero():
    assert limits_around_one([1.0], 0.998, "sqrt")[0][0] == 0


def test_practices_without_events_are_shown_and_judged_by_exact_limits():
    observed, expected = np.array([0, 0, 12, 30, 45]), np.array([2.0, 9.0, 11.0, 28.0, 46.0])
    found = funnel(observed, expected, "log")
    assert found.by_exact_limits.tolist() == [True, True, False, False, False]
    assert found.ratio[:2].tolist() == [0.0, 0.0]
    assert found.position[0.95][:2].tolist() == [-1, -1]
    assert found.position[0.998][:2].tolist() == [-1, -1]
    assert poisson.cdf(0, 9.0) < 0.001
    assert found.rests_on == 3
    assert np.isnan(found.score[0])
    assert funnel(observed, expected, "sqrt").rests_on == 5


def test_a_practice_of_whom_less_than_one_is_expected_is_not_compared():
    found = funnel([3, 0, 50, 60], [0.9, 0.2, 52.0, 57.0])
    assert found.compared.tolist() == [False, False, True, True]
    assert np.isnan(found.ratio[:2]).all()
    assert found.position[0.95][:2].tolist() == [0, 0]
    assert found.by_luck(0.95) == pytest.approx(0.1)


def test_three_planted_outliers_are_found_by_every_recipe():
    observed, expected = drawn(5, spread=0.1)
    expected[:3] = 300.0
    observed[:3] = [480, 180, 500]
    for recipe in ("log", "shmi", "sqrt", "none"):
        found = funnel(observed, expected, recipe)
        assert found.position[0.998][:3].tolist() == [1, -1, 1]
        assert found.outside(0.95) >= 3


def test_no_such_recipe():
    with pytest.raises(ValueError, match="no recipe"):
        funnel([1], [1.0], "cube")


def test_reliability_is_the_share_of_variance_that_lies_between_practices():
    observed, expected = drawn(3, spread=0.2)
    found = funnel(observed, expected)
    assert found.reliability == pytest.approx(found.tau2 / (found.tau2 + 1 / expected))


@given(st.lists(st.floats(-8, 8), min_size=3, max_size=60))
def test_winsorising_keeps_everyone_and_moves_only_the_ends(scores):
    found = winsorised(scores)
    low, high = np.quantile(scores, [0.1, 0.9])
    assert len(found) == len(scores)
    assert all(one == min(max(given, low), high) for one, given in zip(found, scores, strict=True))


# Fleiss 1981 p. 249, births of first children, Michigan 1950 to 1964; Fay and Feuer 1997, Table I: 92.3 in 100,000.
EVENTS, BIRTHS = [107, 141, 60, 40, 39, 25], [230061, 329449, 114920, 39487, 14208, 3052]
STANDARD = [63986.6, 186263.6, 157302.2, 97647.0, 47572.6, 12262.6]


def test_a_published_standardised_rate_with_gamma_and_dobson_limits():
    found = standardised_rate(EVENTS, BIRTHS, STANDARD, method="fay_feuer")
    weight = np.array(STANDARD) / sum(STANDARD) / np.array(BIRTHS)
    variance = float((weight**2 * EVENTS).sum())
    assert round(found.rate * 1e5, 1) == 92.3
    assert round(variance * 1e6, 7) == 0.003919
    shape, largest = found.rate**2 / variance, weight.max()
    low = variance / (2 * found.rate) * chi2.ppf(0.025, 2 * shape)
    above = found.rate + largest
    spread = variance + largest**2
    high = spread / (2 * above) * chi2.ppf(0.975, 2 * above**2 / spread)
    assert (found.low, found.high) == pytest.approx((low, high), rel=1e-9)
    dobson = standardised_rate(EVENTS, BIRTHS, STANDARD)
    total = sum(EVENTS)
    each = math.sqrt(variance / total)
    expected = [found.rate + each * (limit - total) for limit in byar_interval(total)]
    assert (dobson.low, dobson.high) == pytest.approx(expected)


def test_the_standard_itself_gives_the_crude_rate_and_exact_limits():
    found = standardised_rate([2, 6], [1000, 3000], [1000, 3000])
    low, high = confint_poisson(8, 4000, method="exact-c")
    assert (found.rate, found.low, found.high) == pytest.approx((0.002, low, high))


def test_a_band_without_people_is_left_out_and_counted():
    found = standardised_rate([0, 6], [0, 3000], [1000, 3000])
    assert (found.rate, found.bands_left_out) == (pytest.approx(0.002), 1)
    with pytest.raises(ValueError, match="without people"):
        standardised_rate([1, 6], [0, 3000], [1000, 3000])


def test_no_events_have_a_rate_of_none_and_an_upper_limit():
    for method in ("dobson", "fay_feuer"):
        found = standardised_rate([0, 0], [1000, 1000], [1, 1], method=method)
        assert (found.rate, found.low) == (0, 0)
        assert found.high == pytest.approx(-math.log(0.025) / 2000)


def test_vlad_ends_at_expected_less_observed():
    observed, expected = drawn(1, 12)
    assert vlad(observed, expected)[-1] == pytest.approx(expected.sum() - observed.sum())


def test_a_bernoulli_chart_is_steiners_log_likelihood_ratio():
    outcome, risk = np.array([1, 0, 0, 1]), np.array([0.05, 0.2, 0.5, 0.9])
    odds = 2 * risk / (1 - risk)
    changed = odds / (1 + odds)
    ratio = np.where(outcome == 1, changed / risk, (1 - changed) / (1 - risk))
    assert bernoulli_scores(outcome, risk, 2.0) == pytest.approx(np.log(ratio))


# R package IAcsSPCR, arl(h=6, k=2, ...), after Lucas 1985 Technometrics 27:129; R is the ratio at which k is 2.
@pytest.mark.parametrize(("true_ratio", "published"), [(1.0, 37.2), (1 + 0.9627 / math.sqrt(1.88), 5.49)])
def test_run_lengths_are_those_published(true_ratio, published):
    ratio = brentq(lambda ratio: (ratio - 1) * 1.88 / math.log(ratio) - 2, 1.01, 3)
    limit = 6 * math.log(ratio) * (1 - 1e-9)
    assert run_length(1.88, ratio, limit, true_ratio, states=600) == pytest.approx(published, rel=0.001)


@pytest.mark.parametrize("ratio", [1.5, 1 / 1.5])
def test_a_chart_without_change_runs_as_long_as_asked(ratio):
    limit = limit_for(12.0, ratio, looks=120)
    draw = np.random.default_rng(7)
    observed = draw.poisson(12.0, 120_000)
    signals = cusum(poisson_scores(observed, np.full(len(observed), 12.0), ratio), limit).signals
    lengths = np.diff([-1, *signals])
    assert lengths.mean() == pytest.approx(120, abs=4 * lengths.std() / math.sqrt(len(lengths)) + 3)


@pytest.mark.parametrize("odds_ratio", [2.0, 0.5])
def test_a_chart_of_single_outcomes_runs_as_long_as_asked(odds_ratio):
    draw = np.random.default_rng(11)
    risks = draw.beta(2, 18, 400)
    limit = bernoulli_limit_for(risks, odds_ratio, people=1500)
    assert bernoulli_run_length(risks, odds_ratio, limit) >= 1500
    come = draw.choice(risks, 500_000)
    signals = cusum(bernoulli_scores(draw.random(len(come)) < come, come, odds_ratio), limit).signals
    lengths = np.diff([-1, *signals])
    assert lengths.mean() == pytest.approx(bernoulli_run_length(risks, odds_ratio, limit), rel=0.12)
    with pytest.raises(ValueError, match="between 0 and 1"):
        bernoulli_limit_for([0.0, 0.1], odds_ratio, 100)


def test_where_scores_vary_no_more_than_chance_there_is_no_tau2():
    """phi of 0.98 in 20 practices: the formula alone would give something above 0."""
    scores = np.tile([math.sqrt(0.98), -math.sqrt(0.98)], 10)
    found = over_dispersion(scores, np.linspace(0.05, 0.2, 20))
    assert found.phi == pytest.approx(0.98)
    assert 20 * found.phi - 19 > 0
    assert found.tau2 == 0


@pytest.mark.parametrize("odds_ratio", [1.5, 1 / 1.5])
@pytest.mark.parametrize("risk", [0.01, 0.08, 0.3])
def test_steps_smaller_than_a_state_are_neither_lost_nor_doubled(risk, odds_ratio):
    """A chart of single outcomes moves down by a hundredth of its limit: however many states, the run length is the same."""
    lengths = [bernoulli_run_length([risk, 1.5 * risk], odds_ratio, 4.0, states) for states in (120, 300, 700)]
    assert lengths[:2] == pytest.approx([lengths[2]] * 2, rel=0.06)
    draw = np.random.default_rng(5)
    come = draw.choice([risk, 1.5 * risk], 300_000)
    signals = cusum(bernoulli_scores(draw.random(len(come)) < come, come, odds_ratio), 4.0).signals
    if len(signals) > 40:
        assert np.diff([-1, *signals]).mean() == pytest.approx(lengths[2], rel=4 / math.sqrt(len(signals)))


@pytest.mark.parametrize(("expected", "spread"), [(10, 0.0), (40, 0.0), (40, 0.15), (300, 0.1)])
@pytest.mark.parametrize("recipe", ["log", "sqrt"])
@pytest.mark.parametrize("level", [0.95, 0.998])
def test_luck_takes_as_many_outside_as_drawn_counts_say(expected, spread, recipe, level):
    """Counts are whole and what is told is continuous: it lies between limits moved half a count in and half a count out."""
    draw = np.random.default_rng(3)
    moved = draw.normal(0, spread, 400_000)
    counts = draw.poisson(expected * (np.exp(moved) if recipe == "log" else (1 + moved) ** 2))
    low, high = (expected * float(one[0]) for one in limits_around_one([expected], level, recipe, spread**2))
    least, most = (np.mean((counts < low - off) | (counts > high + off)) for off in (0.5, -0.5))
    told = float(outside_by_luck([expected], level, recipe, spread**2)[0])
    assert 0.95 * least <= told <= 1.05 * most


def test_where_much_is_expected_the_limit_stays_at_twenty_to_one():
    assert limit_for(500.0, 1.5, 500) == pytest.approx(math.log(20))
    assert run_length(100.0, 1.5, 40.0) == math.inf


@pytest.mark.parametrize("expected", [0.02, 0.3, 2.0, 40.0])
def test_every_expected_count_gets_a_limit_that_runs_as_long_as_asked(expected):
    for ratio in (1.5, 1 / 1.5):
        limit = limit_for(expected, ratio, 10_000)
        assert run_length(expected, ratio, limit) >= 9_000


def test_a_limit_needs_something_expected_and_a_change():
    for expected, ratio in ((0.0, 1.5), (3.0, 1.0)):
        with pytest.raises(ValueError, match="chart needs"):
            limit_for(expected, ratio, 100)


def test_a_u_chart_has_three_standard_deviations_and_signals_a_run():
    events, people = np.array([10, 12, 11, 13, 12, 14, 13, 12, 40]), np.full(9, 1000.0)
    chart = u_chart(events, people)
    mean = events.sum() / people.sum()
    assert chart.high == pytest.approx(mean + 3 * np.sqrt(mean / people))
    assert chart.signals == (6, 7, 8)
    with pytest.raises(ValueError, match="exposure"):
        u_chart([1], [0])


def test_an_xmr_chart_takes_its_limits_from_the_moving_range():
    values = np.array([50.0, 52.0, 49.0, 53.0, 51.0, 80.0])
    chart = xmr_chart(values)
    assert chart.high[0] == pytest.approx(values.mean() + 2.66 * np.mean([2, 3, 4, 2, 29]))
    assert chart.signals == (5,)
    assert xmr_chart([50.0, 50.5, 50.0, 50.5, 50.0, 50.5, 60.0, 50.0, 50.5, 50.0, 50.5, 50.0, 50.5, 50.0]).signals[0] == 6
