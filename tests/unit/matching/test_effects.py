"""Effects on small sets by hand, and what is said where there is nothing to estimate."""

import sys

import numpy as np
import pytest

from casefinder import evaluation as ev
from casefinder import matching as m
from casefinder.errors import MissingPartError

pytest.importorskip("statsmodels")


def test_rates_and_their_ratio_by_hand():
    """Two sets: 3 events in 2 years against 2 in 4."""
    found = m.rate_effect([2, 1, 1, 1], [1, 1, 2, 2], [1, 1, 0, 0], [1, 2, 1, 2])
    assert (found.treated.value, found.control.value) == (pytest.approx(150), pytest.approx(50))
    assert (found.difference.value, found.ratio.value) == (pytest.approx(100), pytest.approx(3))


def test_the_clustered_error_by_hand():
    """Log rate ratio without columns: scores of a set are its residuals over the events expected in each arm."""
    draw = np.random.default_rng(1)
    sets, treated = np.repeat(np.arange(40), 3), np.tile([1, 0, 0], 40)
    weight, years = np.tile([1, 0.5, 0.5], 40), draw.uniform(0.5, 1, 120)
    count = draw.poisson(2 * years)
    found = m.rate_effect(count, years, treated, sets, weight)
    total = {arm: np.sum((weight * count)[treated == arm]) for arm in (0, 1)}
    rate = {arm: total[arm] / np.sum((weight * years)[treated == arm]) for arm in (0, 1)}
    part = weight * (count - years * np.where(treated, rate[1], rate[0])) / np.where(treated, total[1], -total[0])
    by_set = np.array([part[sets == one].sum() for one in range(40)])
    assert found.ratio.standard_error == pytest.approx(np.sqrt(np.sum(by_set**2) * 40 / 39))


def test_one_number_of_years_gives_events_per_person():
    count, sets, treated = [3, 0, 1, 1], [1, 1, 2, 2], [1, 0, 1, 0]
    found = m.rate_effect(count, np.ones(4), treated, sets)
    assert (found.treated.value, found.control.value) == (pytest.approx(200), pytest.approx(50))


def test_an_arm_without_events_has_no_interval():
    found = m.rate_effect([2, 1, 0, 0], [1, 1, 1, 1], [1, 1, 0, 0], [1, 2, 1, 2])
    assert (found.treated.value, found.control.value, found.difference.value) == (150, 0, 150)
    assert found.ratio.value == np.inf
    assert np.isnan([found.ratio.low, found.difference.high, found.treated.low]).all()
    none = m.hazard_ratio([5, 6, 7, 8], [0, 0, 1, 1], [1, 1, 0, 0], [1, 2, 1, 2])
    assert (none.value, np.isnan(none.low)) == (0.0, True)


def test_adjusting_removes_what_a_covariate_explains():
    """Counts follow the covariate alone and the arms differ in it: the adjusted ratio is 1 where the plain one is not."""
    draw = np.random.default_rng(2)
    treated, sets = np.tile([1, 0], 3000), np.repeat(np.arange(3000), 2)
    x = draw.normal(0.5 * treated, 1)
    count = draw.poisson(np.exp(0.5 * x))
    plain, adjusted = (m.rate_effect(count, np.ones(6000), treated, sets, columns=c) for c in (None, x[:, None]))
    assert plain.ratio.low > 1.15
    assert adjusted.ratio.low < 1 < adjusted.ratio.high
    assert adjusted.treated.value == pytest.approx(plain.treated.value, rel=1e-6)


def test_columns_that_do_not_vary_are_left_out():
    given = [2, 1, 1, 1], [1, 1, 2, 2], [1, 1, 0, 0], [1, 2, 1, 2]
    assert m.rate_effect(*given, columns=np.ones((4, 1))) == m.rate_effect(*given)


def test_columns_that_add_up_to_others_are_refused():
    x = np.arange(8.0)
    for columns in (np.column_stack([x, 2 * x]), np.tile([1.0, 0.0], 4)[:, None]):
        with pytest.raises(ValueError, match="add up to others"):
            m.mean_effect(x, np.tile([1, 0], 4), np.repeat(range(4), 2), columns=columns)


def test_means_of_costs():
    found = m.mean_effect([10, 30, 5, 15], [1, 1, 0, 0], [1, 2, 1, 2])
    assert (found.treated.value, found.control.value) == (pytest.approx(20), pytest.approx(10))
    assert found.difference.value == pytest.approx(10)
    assert found.ratio.value == pytest.approx(2)
    gamma = m.mean_effect([10, 30, 5, 15], [1, 1, 0, 0], [1, 2, 1, 2], family="gamma")
    assert gamma.ratio.value == pytest.approx(2)
    assert gamma.difference.value == pytest.approx(10)


@pytest.mark.parametrize(("given", "told"), [
    (([1, -1], [1, 1], [1, 0], [1, 2]), "zero or more"), (([1, 1], [1, 0], [1, 0], [1, 2]), "above zero"),
    (([1, 1], [1, 1], [1, 1], [1, 2]), "both arms"), (([1, 1], [1, 1], [1, 0], [1, 1]), "two sets"),
    (([1, 1], [1, 1, 1], [1, 0], [1, 2]), "got count 2, years 3"),
])  # fmt: skip
def test_mistakes_are_named(given, told):
    with pytest.raises(ValueError, match=told):
        m.rate_effect(*given)


def test_negative_costs_and_impossible_days_are_refused():
    with pytest.raises(ValueError, match="1 values are negative"):
        m.mean_effect([1.0, -1.0], [1, 0], [1, 2], family="gamma")
    for alive, inside in (([366], [1]), ([10], [11]), ([10], [-1])):
        with pytest.raises(ValueError, match="1 people have more days"):
            m.days_alive_out_of_hospital(alive, inside, 365)


def survived(seed=0, sets=80):
    draw = np.random.default_rng(seed)
    treated, matched_set = np.tile([1, 0, 0], sets), np.repeat(np.arange(sets), 3)
    event, death, lost = (np.ceil(draw.exponential(mean, 3 * sets)) for mean in (300, 600, 900))
    time = np.minimum.reduce([event, death, lost])
    return time, np.select([event == time, death == time], [1, 2], 0), treated, matched_set


def test_drawn_incidences_are_those_of_the_sets_written_out_anew():
    time, cause, treated, sets = survived()
    found = m.incidence_difference(time, cause, treated, sets, np.tile([1, 0.5, 0.5], 80), replicates=200, seed=3)[1]
    draws = []
    for counts in ev.resampling.drawn_counts(80, 200, 3):
        for count in counts:
            rows = np.concatenate([np.repeat(np.flatnonzero(sets == one), int(times)) for one, times in enumerate(count)])
            arms = [ev.aalen_johansen(time[r], cause[r], 365) for r in (rows[treated[rows] == 1], rows[treated[rows] == 0])]
            draws.append(arms[0] - arms[1])
    assert (found.difference.low, found.difference.high) == pytest.approx(tuple(np.quantile(draws, [0.025, 0.975])))
    assert found.difference.standard_error == pytest.approx(np.std(draws, ddof=1))


def test_incidence_is_not_one_minus_kaplan_meier():
    """Half die on day 1, then half of the rest have the event: a quarter came to it, not a half."""
    given = [1, 1, 5, 9] * 2, [2, 2, 1, 0] * 2, [1] * 4 + [0] * 4, [1, 2, 3, 4] * 2
    one = m.incidence_difference(*given, horizons=[10], replicates=20)[0]
    assert (one.treated.value, one.difference.value) == (pytest.approx(0.25), pytest.approx(0))
    either = m.incidence_difference(*given, horizons=[5, 10], of=(1, 2), replicates=20)
    assert [found.treated.value for found in either] == [pytest.approx(0.5), pytest.approx(0.75)]


@pytest.mark.parametrize("wrong", [{"cause": [1, 2, 3, 0]}, {"time": [1, 2, 3, -1]}, {"cause": [1, 2]}])
def test_impossible_times_and_causes_are_refused(wrong):
    given = {"time": [1, 2, 3, 4], "cause": [1, 0, 1, 0], "treated": [1, 1, 0, 0], "matched_set": [1, 2, 1, 2]} | wrong
    for asked in (m.hazard_ratio, m.incidence_difference):
        with pytest.raises(ValueError, match="time must be"):
            asked(**given)


def test_any_order_of_rows_gives_the_same_ratio():
    time, cause, treated, sets = survived(4)
    order = np.random.default_rng(1).permutation(len(time))
    one = m.hazard_ratio(time, cause, treated, sets)
    other = m.hazard_ratio(time[order], cause[order], treated[order], sets[order])
    assert (one.value, one.standard_error) == pytest.approx((other.value, other.standard_error), rel=1e-10)


def test_bootstrapped_rates_are_those_of_the_sets_written_out_anew():
    draw = np.random.default_rng(5)
    sets, treated, weight = np.repeat(np.arange(60), 3), np.tile([1, 0, 0], 60), np.tile([1, 0.5, 0.5], 60)
    years = draw.uniform(0.2, 1, 180)
    count = draw.poisson(1.2 * years)
    found = m.bootstrap_effect(count, years, treated, sets, weight, replicates=300, seed=4)
    plain = m.rate_effect(count, years, treated, sets, weight)

    def ratio(count, years, treated, weight):
        one, other = (np.sum((weight * count)[a]) / np.sum((weight * years)[a]) for a in (treated == 1, treated == 0))
        return one / other

    whole = ev.bootstrap_interval(ratio, count, years, treated, weight, cluster=sets, replicates=300, seed=4)
    assert found.ratio.interval == pytest.approx(whole)
    for one, other in ((found.treated, plain.treated), (found.difference, plain.difference)):
        assert one.value == pytest.approx(other.value)
        assert one.standard_error == pytest.approx(other.standard_error, rel=0.15)
    with pytest.raises(ValueError, match="above zero"):
        m.bootstrap_effect(count, np.zeros(180), treated, sets)


def test_without_statsmodels_one_is_told_what_to_type(monkeypatch):
    monkeypatch.setitem(sys.modules, "statsmodels.api", None)
    with pytest.raises(MissingPartError, match=r"pip install 'casefinder\[train\]'"):
        m.rate_effect([2, 1, 1, 1], [1, 1, 2, 2], [1, 1, 0, 0], [1, 2, 1, 2])
