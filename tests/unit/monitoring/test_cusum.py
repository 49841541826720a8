"""The charts: published run lengths, a plain loop, and a limit that keeps false alarms where it says."""

import numpy as np
import pytest
from scipy.stats import poisson

from casefinder.comparison import LEAST_LIMIT, cusum
from casefinder.comparison import poisson_scores as scores
from casefinder.monitoring.cusum import FALSE_ALARMS, LOOKS, counts, design


def exact_run_length(mean, k, h):
    """The mean run length of a Poisson CUSUM with whole-number k and h, from its Markov chain: S from 0 to h - 1."""
    moves = np.zeros((h, h))
    for start in range(h):
        for end in range(1, h):
            moves[start, end] = poisson.pmf(end - start + k, mean)
        moves[start, 0] = poisson.cdf(k - start, mean)
    return float(np.linalg.solve(np.eye(h) - moves, np.ones(h))[0])


def ratio_for(mean, k):
    """The ratio R at which (R - 1) mean / ln R is k."""
    low, high = 1.0 + 1e-9, 10.0
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if (middle - 1) * mean / np.log(middle) < k else (low, middle)
    return middle


# Lawson, R package IAcsSPCR, arl(h=6, k=2, lambda=1.88, ...), after Lucas 1985 Technometrics 27:129.
PUBLISHED = [(1.88, 0.0, 37.2), (1.88, 0.9627, 5.49)]


@pytest.mark.parametrize(("mean", "shift", "published"), PUBLISHED)
def test_run_lengths_are_those_published(mean, shift, published):
    k, h = 2, 6
    ratio = ratio_for(mean, k)
    draw = np.random.default_rng(3)
    true = mean + shift * np.sqrt(mean)
    observed = draw.poisson(true, 200_000)
    path = cusum(scores(observed, np.full(len(observed), mean), ratio), limit=h * np.log(ratio) * (1 - 1e-9))
    lengths = np.diff([-1, *path.signals])
    error = lengths.std() / np.sqrt(len(lengths))
    assert lengths.mean() == pytest.approx(published, abs=4 * error + 0.05)
    assert exact_run_length(true, k, h) == pytest.approx(published, rel=0.005)


def test_a_path_is_a_plain_loop():
    draw = np.random.default_rng(1)
    expected = draw.uniform(2, 30, 60)
    observed = draw.poisson(expected * 1.3)
    value, values, signals = 0.0, [], []
    for place in range(60):
        value += observed[place] * np.log(1.5) - 0.5 * expected[place]
        if value < 0:
            value = 0.0
        values.append(value)
        if value >= 3:
            signals.append(place)
            value = 0.0
    path = cusum(scores(observed, expected, 1.5), 3)
    assert signals
    assert path.signals == tuple(signals)
    np.testing.assert_allclose(path.values, values)


def test_a_score_is_the_log_likelihood_ratio_of_poisson_counts():
    found = scores([0, 7, 30], [9.5, 9.5, 9.5], 1.2)
    wanted = poisson.logpmf([0, 7, 30], 9.5 * 1.2) - poisson.logpmf([0, 7, 30], 9.5)
    np.testing.assert_allclose(found, wanted)


def test_drawn_counts_have_the_mean_and_variance_of_sums_of_risks():
    draw = np.random.default_rng(2)
    risks = [draw.beta(1, 9, 400), draw.beta(1, 99, 3000)]
    expected = np.array([one.sum() for one in risks])
    variance = np.array([(one * (1 - one)).sum() for one in risks])
    found = counts(expected, variance, 100_000, draw)
    np.testing.assert_allclose(found.mean(axis=0), expected, rtol=0.005)
    np.testing.assert_allclose(found.var(axis=0), variance, rtol=0.03)


EXPECTED, VARIANCE = np.array([60.0, 90.0, 120.0]), np.array([52.0, 78.0, 104.0])


@pytest.fixture(scope="module")
def charts():
    return design(EXPECTED, VARIANCE, runs=4000)


def test_the_limit_keeps_false_alarms_below_the_stated_rate_in_other_years(charts):
    draw = np.random.default_rng(99)
    years = 2500
    alarms = 0
    for _ in range(years):
        seen = draw.binomial([460, 690, 920], [60 / 460, 90 / 690, 120 / 920], (LOOKS, 3))
        both = [np.column_stack([one, one.sum(axis=1)]) for one in (seen, np.tile(EXPECTED, (LOOKS, 1)))]
        alarms += any(
            cusum(scores(both[0][:, place], both[1][:, place], way), charts.limit).signals
            for place in range(4)
            for way in (charts.ratio, 1 / charts.ratio)
        )
    error = np.sqrt(FALSE_ALARMS * (1 - FALSE_ALARMS) / years)
    assert 0.02 < alarms / years < FALSE_ALARMS + 2 * error


def test_charts_are_set_for_the_smallest_error_that_they_find(charts):
    assert charts.smallest == charts.ratio
    assert charts.power[charts.ratio] >= 0.9
    assert all(share < 0.9 for ratio, share in charts.power.items() if ratio < charts.ratio)


def test_more_charts_need_a_higher_limit():
    one, many = (design(np.full(n, 60.0), np.full(n, 52.0), ratios=(1.5,), runs=4000) for n in (1, 20))
    assert many.limit > one.limit
    assert one.false_alarms <= FALSE_ALARMS
    assert many.false_alarms <= FALSE_ALARMS


def test_in_a_very_large_cluster_the_limit_still_asks_for_evidence():
    found = design(np.array([20_000.0]), np.array([17_000.0]), ratios=(1.2,), runs=2000)
    assert found.limit == LEAST_LIMIT
    assert found.false_alarms == 0
    assert found.power[1.2] == 1
    assert not cusum(scores([20_000.0] * LOOKS, [20_000.0] * LOOKS, 1.2), found.limit).signals


def test_where_nothing_can_be_found_charts_say_so():
    found = design(np.array([0.2]), np.array([0.199]), ratios=(1.2, 1.5), runs=2000)
    assert found.smallest is None
    assert found.ratio == 1.5


def test_same_seed_same_limit(charts):
    assert design(EXPECTED, VARIANCE, runs=4000) == charts


def test_a_cluster_of_which_nothing_is_expected_is_refused():
    with pytest.raises(ValueError, match="some outcome that is expected"):
        design(np.array([0.0, 3.0]), np.array([0.0, 2.0]))
