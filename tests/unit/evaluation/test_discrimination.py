import math

import numpy as np
import pytest

from casefinder import evaluation as ev


def brute_force_c(outcome, risk, weight):
    cases, controls = np.flatnonzero(outcome == 1), np.flatnonzero(outcome == 0)
    won = total = 0.0
    for case in cases:
        for control in controls:
            pair = weight[case] * weight[control]
            total += pair
            won += pair * (0.5 if risk[case] == risk[control] else float(risk[case] > risk[control]))
    return won / total


def brute_force_delong(outcome, risk):
    """DeLong's structural components, one pair at a time."""
    cases, controls = risk[outcome == 1], risk[outcome == 0]
    wins = np.array([[0.5 if x == y else float(x > y) for y in controls] for x in cases])
    return wins.mean(axis=1).var(ddof=1) / len(cases) + wins.mean(axis=0).var(ddof=1) / len(controls)


@pytest.fixture(params=range(5))
def people(request):
    rng = np.random.default_rng(request.param)
    outcome = (rng.random(60) < 0.3).astype(float)
    return outcome, np.round(rng.random(60) * 0.6 + 0.2 * outcome, 1), rng.integers(0, 4, 60).astype(float)


def test_c_statistic_equals_a_count_of_pairs(people):
    outcome, risk, weight = people
    assert ev.c_statistic(outcome, risk) == pytest.approx(brute_force_c(outcome, risk, np.ones(60)))
    assert ev.c_statistic(outcome, risk, weight) == pytest.approx(brute_force_c(outcome, risk, weight))


def test_delong_equals_its_structural_components(people):
    outcome, risk, _ = people
    assert ev.delong_variance(outcome, risk) == pytest.approx(brute_force_delong(outcome, risk))


def test_intervals_are_delong_or_bootstrap_as_the_rows_allow(people):
    outcome, risk, weight = people
    plain = ev.c_statistic_interval(outcome, risk)
    drawn = ev.c_statistic_interval(outcome, risk, weight=np.ones(60), replicates=2000)
    assert plain.method == "DeLong"
    assert drawn.method == "bootstrap, 2000 replicates"
    assert drawn.value == pytest.approx(plain.value)
    assert drawn.standard_error == pytest.approx(plain.standard_error, rel=0.2)
    assert ev.c_statistic_interval(outcome, risk, weight, replicates=50).value == ev.c_statistic(outcome, risk, weight)


def test_a_bootstrap_over_clusters_is_wider_where_rows_repeat(people):
    """Each person ten times: rows look like ten times the evidence, people do not."""
    outcome, risk, _ = people
    person = np.tile(np.arange(60), 10)
    rows = ev.c_statistic_interval(np.tile(outcome, 10), np.tile(risk, 10), weight=np.ones(600), replicates=300)
    persons = ev.c_statistic_interval(np.tile(outcome, 10), np.tile(risk, 10), cluster=person, replicates=300)
    assert persons.high - persons.low > 2 * (rows.high - rows.low)
    once = ev.c_statistic_interval(outcome, risk)
    assert persons.standard_error == pytest.approx(once.standard_error, rel=0.25)


def test_a_constant_risk_is_worth_a_coin():
    found = ev.c_statistic_interval([0, 1, 0, 1], [0.2, 0.2, 0.2, 0.2])
    assert (found.value, found.low, found.high) == (0.5, 0.5, 0.5)


@pytest.mark.parametrize("outcome", [[0, 0, 0], [1, 1, 1]])
def test_one_kind_of_outcome_gives_no_c_statistic(outcome):
    found = ev.c_statistic_interval(outcome, [0.1, 0.2, 0.3])
    assert math.isnan(found.value)
    assert math.isnan(found.low)


def test_people_of_weight_zero_are_not_seen():
    assert ev.c_statistic([1, 0, 1, 0], [0.9, 0.5, 0.1, 0.2], [1, 1, 0, 1]) == 1.0
    assert math.isnan(ev.c_statistic([1, 0, 1], [0.9, 0.5, 0.1], [1, 0, 1]))


def test_average_precision_by_hand():
    """Ranks 1 and 3 have the outcome: 1/2 x 1 + 1/2 x 2/3. A tie is one step."""
    assert ev.average_precision([1, 0, 1, 0], [0.9, 0.5, 0.4, 0.1]) == pytest.approx(5 / 6)
    assert ev.average_precision([1, 0, 1, 0], [0.9, 0.5, 0.5, 0.1]) == pytest.approx(0.5 + 0.5 * 2 / 3)
    assert ev.average_precision([1, 0, 0, 0], [0.3, 0.3, 0.3, 0.3]) == pytest.approx(0.25)
    assert math.isnan(ev.average_precision([0, 0], [0.1, 0.2]))
    assert ev.average_precision([1, 1], [0.1, 0.2]) == 1.0


def test_within_groups_only_pairs_of_one_group_count():
    """Across bands the old win every pair; within bands one of two pairs is won in each."""
    outcome = [1, 0, 0, 1, 0, 0, 0]
    risk = [0.8, 0.9, 0.7, 0.2, 0.3, 0.1, 0.05]
    found = ev.c_statistic_within(outcome, risk, ["old"] * 3 + ["young"] * 3 + ["child"])
    assert found.by_group["old"] == 0.5
    assert found.by_group["young"] == 0.5
    assert math.isnan(found.by_group["child"])
    assert found.overall == 0.5


def test_within_groups_each_pair_counts_once():
    found = ev.c_statistic_within([1, 0, 0, 0, 1, 0], [0.9, 0.1, 0.2, 0.3, 0.1, 0.2], ["a"] * 4 + ["b"] * 2)
    assert found.overall == pytest.approx((3 * 1 + 1 * 0) / 4)


def test_within_groups_that_all_lack_outcomes_is_unknown():
    assert math.isnan(ev.c_statistic_within([0, 0], [0.1, 0.2], ["a", "b"]).overall)
