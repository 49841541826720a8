"""What must hold for any people: ranges, order of rows, weights as repeats, ties, and the sum of censoring weights."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from casefinder import evaluation as ev

RISKS = [0.0, 0.05, 0.1, 0.2, 0.2001, 0.5, 0.9, 1.0]
person = st.tuples(st.integers(0, 1), st.sampled_from(RISKS), st.integers(0, 3))
people = st.lists(person, min_size=2, max_size=40)

RANK_AND_ACCURACY = {
    "c_statistic": ev.c_statistic,
    "average_precision": ev.average_precision,
    "brier": ev.brier,
    "ipa": ev.ipa,
    "prevalence": lambda outcome, risk, weight=None: ev.prevalence(outcome, weight),
    "calibration_in_the_large": lambda *given: ev.calibration_in_the_large(*given).value,
    "calibration_slope": lambda *given: ev.calibration_slope(*given).slope.value,
    "net_benefit": lambda outcome, risk, weight=None: ev.net_benefit(outcome, risk, 0.2, weight),
}


def arrays(rows):
    return tuple(np.array(column, dtype=float) for column in zip(*rows, strict=True))


def same(one, other):
    return pytest.approx(other, rel=1e-5, abs=1e-6, nan_ok=True) == one


@given(people)
@settings(deadline=None)
def test_measures_lie_in_their_ranges(rows):
    outcome, risk, weight = arrays(rows)
    assume(weight.any())
    for given_weight in (None, weight):
        for name in ("c_statistic", "average_precision", "brier"):
            value = RANK_AND_ACCURACY[name](outcome, risk, given_weight)
            assert math.isnan(value) or 0 <= value <= 1, name
        ratio = ev.observed_expected(outcome, risk, given_weight)
        assert math.isnan(ratio.ratio) or 0 <= ratio.low <= ratio.ratio + 1e-12 <= ratio.high + 1e-12
    error = ev.calibration_error(outcome, risk)
    assert 0 <= min(error.ici, error.e50) <= error.emax
    assert error.e50 <= error.e90 <= error.emax
    assert ev.ipa(outcome, outcome) in (1.0, pytest.approx(math.nan, nan_ok=True))


@given(people, st.randoms(use_true_random=False))
@settings(deadline=None)
def test_the_order_of_rows_does_not_matter(rows, random):
    mixed = random.sample(rows, len(rows))
    first, second = arrays(rows), arrays(mixed)
    assume(first[2].any())
    for name, measure in RANK_AND_ACCURACY.items():
        assert same(measure(*first), measure(*second)), name
    k = max(1, len(rows) // 3)
    assert same(ev.ppv_at_k(*first[:2], k), ev.ppv_at_k(*second[:2], k))
    assert same(ev.ici(*first[:2]), ev.ici(*second[:2]))


@given(people)
@settings(deadline=None)
def test_a_whole_number_weight_is_a_row_repeated(rows):
    outcome, risk, weight = arrays(rows)
    assume(weight.any())
    times = weight.astype(int)
    for name, measure in RANK_AND_ACCURACY.items():
        assert same(measure(outcome, risk, weight), measure(np.repeat(outcome, times), np.repeat(risk, times))), name


@given(people, st.floats(0.1, 10))
@settings(deadline=None)
def test_the_scale_of_weights_matters_only_to_observed_over_expected(rows, scale):
    outcome, risk, weight = arrays(rows)
    assume(weight.any())
    for name, measure in RANK_AND_ACCURACY.items():
        assert same(measure(outcome, risk, weight), measure(outcome, risk, weight * scale)), name
    assert same(ev.ppv_at_k(outcome, risk, 1, weight), ev.ppv_at_k(outcome, risk, 1, weight * scale))


@given(people, st.data())
@settings(deadline=None)
def test_a_list_holds_exactly_k_and_equals_places_one_by_one(rows, data):
    outcome, risk, _ = arrays(rows)
    k = data.draw(st.integers(1, len(rows)))
    place = ev.places(risk, k)
    assert place.sum() == pytest.approx(k)
    assert ((place >= 0) & (place <= 1)).all()
    left, found = k, 0.0
    for value in sorted(set(risk), reverse=True):
        tied = risk == value
        taken = min(left, int(tied.sum()))
        found += outcome[tied].mean() * taken
        left -= taken
    assert ev.ppv_at_k(outcome, risk, k) == pytest.approx(found / k)
    everyone = ev.list_yield(outcome, risk, k)
    assert everyone.found == pytest.approx(everyone.ppv * k)


@given(people, st.data())
@settings(deadline=None)
def test_longer_lists_find_no_fewer(rows, data):
    outcome, risk, _ = arrays(rows)
    assume(outcome.any())
    k = data.draw(st.integers(1, len(rows)))
    found = [ev.sensitivity_at_k(outcome, risk, length) for length in range(1, k + 1)]
    assert all(after >= before - 1e-12 for before, after in pairwise(found))


@given(people)
@settings(deadline=None)
def test_rank_measures_see_only_the_order_of_risks(rows):
    outcome, risk, weight = arrays(rows)
    assume(weight.any())
    stretched = np.searchsorted(np.unique(risk), risk) ** 3
    assert same(ev.c_statistic(outcome, risk, weight), ev.c_statistic(outcome, stretched, weight))
    assert same(ev.average_precision(outcome, risk), ev.average_precision(outcome, stretched))
    reverse = ev.c_statistic(outcome, -risk)
    assert math.isnan(reverse) or reverse == pytest.approx(1 - ev.c_statistic(outcome, risk))


@given(people)
@settings(deadline=None)
def test_groups_together_are_everyone(rows):
    outcome, risk, group = arrays(rows)
    table = ev.calibration_by_group(outcome, risk, group)
    assert table["people"].sum() == len(rows)
    assert table["observed"].sum() == outcome.sum()
    assert table["expected"].sum() == pytest.approx(risk.sum())
    assert same(ev.c_statistic_within(outcome, risk, np.zeros(len(rows))).overall, ev.c_statistic(outcome, risk))
    lists = ev.lists_within(outcome, risk, group, k=2)
    assert lists.by_group["found"].sum() == pytest.approx(lists.together.found)


follow_up = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 2)), min_size=1, max_size=40)


@given(follow_up, st.integers(1, 12))
@settings(deadline=None)
def test_the_weighted_risk_is_aalen_johansen(rows, horizon):
    time, cause = (np.array(column) for column in zip(*rows, strict=True))
    weight = ev.ipcw(time, cause, horizon, truncate_at=None).weight
    for of in (ev.EVENT, ev.DEATH):
        seen = (cause == of) & (time < horizon)
        assert weight @ seen / len(rows) == pytest.approx(ev.aalen_johansen(time, cause, horizon, of))
    if ((time >= horizon) & (weight > 0)).any() or not ((time < horizon) & (cause == ev.CENSORED)).any():
        assert weight.sum() == pytest.approx(len(rows))


@given(follow_up, st.integers(1, 12))
@settings(deadline=None)
def test_weights_are_zero_for_the_lost_and_one_or_more_for_the_rest(rows, horizon):
    time, cause = (np.array(column) for column in zip(*rows, strict=True))
    weight = ev.ipcw(time, cause, horizon, truncate_at=None).weight
    lost = (cause == ev.CENSORED) & (time < horizon)
    assert (weight[lost] == 0).all()
    assert (weight[~lost] >= 1).all()


@given(st.lists(st.tuples(st.floats(-3, 3), st.floats(0.01, 2)), min_size=2, max_size=15), st.floats(-2, 2))
@settings(deadline=None)
def test_pooling_moves_with_the_estimates(rows, shift):
    effect, variance = (np.array(column) for column in zip(*rows, strict=True))
    found, moved = ev.pool(effect, variance), ev.pool(effect + shift, variance)
    assert effect.min() - 1e-9 <= found.estimate <= effect.max() + 1e-9
    assert moved.tau2 == pytest.approx(found.tau2, rel=1e-4, abs=1e-7)
    assert moved.estimate == pytest.approx(found.estimate + shift, abs=1e-5)
    assert found.low <= found.estimate <= found.high


@given(st.sets(st.integers(0, 20)), st.sets(st.integers(0, 20)))
def test_churn_adds_up(earlier, later):
    found = ev.churn(earlier, later)
    assert found.stayed + found.left == len(earlier)
    assert found.stayed + found.joined == len(later)
    assert 0 <= found.overlap <= 1
