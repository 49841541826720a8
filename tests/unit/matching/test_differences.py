"""Difference-in-differences against statsmodels, its wild bootstrap against a plain loop, and the trap beside it."""

from itertools import product

import numpy as np
import pytest
from scipy.stats import binom

from casefinder import matching as m
from casefinder.matching import wild
from casefinder.matching.wild import Model, p_value

sm = pytest.importorskip("statsmodels.api")


def practices(seed=0, count=40, effect=1.0, drift=0.0, periods=range(-4, 4)):
    """Practice-quarters: levels that differ, a common season, an effect from period 0, and a drift of the treated."""
    draw = np.random.default_rng(seed)
    cluster, period = (one.ravel() for one in np.meshgrid(np.arange(count), list(periods), indexing="ij"))
    treated = cluster < count // 2
    level = np.exp(draw.normal(np.where(np.arange(count) < count // 2, 0.4, 0), 0.1))[cluster]
    years = draw.uniform(400, 900, len(cluster))
    rate = (
        0.1 * level * np.exp(0.05 * np.sin(period) + drift * treated * period) * np.where(treated & (period >= 0), effect, 1)
    )
    return draw.poisson(rate * years), years, treated, period, np.array([f"practice {one}" for one in cluster])


def expected(given, last, family, outcome, weight, offset):
    """statsmodels' own clustered error, on the columns written out anew."""
    periods = sorted(set(given.period))[1:]
    columns = np.column_stack([np.ones(len(last)), given.treated, *[given.period == one for one in periods], last]).astype(
        float
    )
    model = sm.GLM(outcome, columns, family=family, var_weights=weight, offset=offset)
    found = model.fit(tol=1e-12, cov_type="cluster", cov_kwds={"groups": given.cluster, "use_correction": False})
    count = len(np.unique(given.cluster))
    return found.params[-1], found.bse[-1] * np.sqrt(count / (count - 1))


@pytest.mark.parametrize("seed", range(2))
def test_the_ratio_equals_poisson_regression_with_a_clustered_error(seed):
    given = m.cells(*practices(seed, effect=0.8))
    found = m.difference_in_differences(given)
    value, error = expected(
        given, given.treated & (given.period >= 0), sm.families.Poisson(), given.count, None, np.log(given.years)
    )
    assert np.log(found.estimate.value) == pytest.approx(value, rel=1e-6)
    assert found.estimate.standard_error == pytest.approx(error, rel=1e-6)
    assert (found.clusters, found.treated_clusters, found.estimate.method) == (40, 20, "clustered")
    assert found.estimate.low < 0.8 < found.estimate.high
    assert found.p < 0.001


def test_the_difference_is_per_100_person_years():
    given = m.cells(*practices(1, effect=0.8))
    found = m.difference_in_differences(given, "difference")
    value, error = expected(given, given.treated & (given.period >= 0), sm.families.Gaussian(), given.count / given.years,
                            given.years, None)  # fmt: skip
    assert found.estimate.value == pytest.approx(100 * value)
    assert found.estimate.standard_error == pytest.approx(100 * error, rel=1e-6)


def test_rows_are_added_up_to_cells():
    count, years, treated, period, cluster = practices(2)
    whole = m.cells(count, years, treated, period, cluster)
    twice = [np.tile(column, 2) for column in (treated, period, cluster)]
    halves = m.cells(np.r_[count, np.zeros(len(count))], np.r_[years / 2, years / 2], *twice)
    assert halves.count.tolist() == whole.count.tolist()
    assert halves.years == pytest.approx(whole.years)


def plain_p(given, tested):
    """Try every combination of signs on scores of a least-squares fit in which the effect is as tested."""
    last = (given.treated & (given.period >= 0)).astype(float)
    columns = np.column_stack(
        [np.ones(len(last)), given.treated, *[given.period == one for one in sorted(set(given.period))[1:]]]
    )
    columns, outcome = columns.astype(float), given.count / given.years - tested * last
    root = np.sqrt(given.years)[:, None]
    residual = outcome - columns @ np.linalg.lstsq(root * columns, root[:, 0] * outcome, rcond=None)[0]
    explained = columns @ np.linalg.lstsq(root * columns, root[:, 0] * last, rcond=None)[0]
    score = [np.sum((given.years * residual * (last - explained))[given.cluster == one]) for one in np.unique(given.cluster)]
    every = [abs(np.dot(signs, score)) for signs in product((-1, 1), repeat=len(score))]
    return np.mean(np.array(every) >= abs(sum(score)) * (1 - 1e-9))


def test_the_wild_bootstrap_of_few_practices_agrees_with_a_plain_loop():
    given = m.cells(*practices(3, count=10, effect=0.85))
    last = (given.treated & (given.period >= 0)).astype(float)
    columns = np.column_stack([np.ones(len(last)), given.treated, *[given.period == one for one in range(-3, 4)], last])
    model = Model(columns.astype(float), given.count / given.years, "linear", given.years, np.zeros(len(last)))
    signs = np.array(list(product((-1.0, 1.0), repeat=10)))
    for tested in (0.0, -0.01, 0.005):
        assert p_value(model, given.cluster, signs, tested) == pytest.approx(plain_p(given, tested))
    found = m.difference_in_differences(given, "difference")
    assert found.estimate.method == "wild cluster bootstrap"
    assert found.p == pytest.approx(plain_p(given, 0.0))
    for limit, side in ((found.estimate.low, -1), (found.estimate.high, 1)):
        assert plain_p(given, limit / 100 - side * 1e-6) > 0.05 >= plain_p(given, limit / 100 + side * 1e-6)


def test_so_few_practices_that_nothing_can_be_rejected_have_no_limits():
    found = m.difference_in_differences(m.cells(*practices(4, count=4)))
    assert (found.estimate.low, found.estimate.high) == (0.0, np.inf)


def test_a_drift_before_the_start_shows_in_the_trend_and_in_the_placebo():
    drifting = m.cells(*practices(5, count=60, drift=0.06))
    assert m.pre_trend(drifting).estimate.low > 1
    assert m.pre_trend(drifting).estimate.value == pytest.approx(np.exp(0.06), rel=0.03)
    assert m.placebo(drifting, -2).estimate.low > 1


@pytest.mark.parametrize("asked", [m.pre_trend, lambda given: m.placebo(given, -2)], ids=["trend", "placebo"])
@pytest.mark.parametrize("count", [12, 60])
def test_without_a_drift_one_in_twenty_is_an_alarm(asked, count, monkeypatch):
    """Inside the 99.9 % binomial range of 5 %. Only p is asked for, so limits are not looked for."""
    monkeypatch.setattr(wild, "_limit", lambda *_given: float("nan"))
    draws = 200
    alarms = sum(asked(m.cells(*practices(seed, count=count, periods=range(-4, 1)))).p < 0.05 for seed in range(draws))
    assert binom.ppf(0.0005, draws, 0.05) <= alarms <= binom.ppf(0.9995, draws, 0.05)


def test_before_and_after_in_people_chosen_by_chance_peaks_falls_by_itself():
    """Everyone's rate stays what it was; those with two or more events last year are taken."""
    draw = np.random.default_rng(6)
    rate = draw.gamma(1, 0.5, 20_000)
    before, after = draw.poisson(rate), draw.poisson(rate)
    chosen = before >= 2
    ones = np.ones(chosen.sum())
    found = m.before_after(before[chosen], ones, after[chosen], ones)
    assert found.ratio.high < 0.6
    everyone = m.before_after(before, np.ones(20_000), after, np.ones(20_000))
    assert everyone.ratio.low < 1 < everyone.ratio.high


def test_before_after_is_clustered_on_the_person():
    before, after = np.array([3, 1, 4, 1, 5]), np.array([2, 1, 3, 1, 4])
    found = m.before_after(before, np.ones(5), after, np.ones(5))
    assert found.ratio.value == pytest.approx(11 / 14)
    part = (after - 11 / 5) / 11 - (before - 14 / 5) / 14
    assert found.ratio.standard_error == pytest.approx(np.sqrt(np.sum(part**2) * 5 / 4))


def test_mistakes_are_named():
    count, years, treated, period, cluster = practices(7, count=6)
    with pytest.raises(ValueError, match="6 of 6 clusters are in both arms"):
        m.cells(count, years, np.arange(len(count)) % 2, period, cluster)
    with pytest.raises(ValueError, match="both arms"):
        m.cells(count, years, np.ones(len(count)), period, cluster)
    given = m.cells(count, years, treated, period, cluster)
    with pytest.raises(ValueError, match="both sides of the start"):
        m.difference_in_differences(given.only(given.period < 0))
    with pytest.raises(ValueError, match="before period 0"):
        m.placebo(given, 0)
    with pytest.raises(ValueError, match="both sides"):
        m.placebo(given, -4)
    with pytest.raises(ValueError, match="two periods"):
        m.pre_trend(given.only(given.period >= -1))


def test_periods_around_the_start_are_each_compared_with_the_last_before_it():
    given = m.cells(*practices(8, effect=0.7))
    found = m.by_period(given)
    assert list(found) == [-4, -3, -2, 0, 1, 2, 3]
    two = given.only(np.isin(given.period, (-1, 2)))
    assert found[2] == m.difference_in_differences(two)
    assert all(one.estimate.high < 1 for period, one in found.items() if period >= 0)
    with pytest.raises(ValueError, match="period -1"):
        m.by_period(given.only(given.period >= 0))
