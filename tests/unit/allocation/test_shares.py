"""Shares, targets, distances and steps of policy: they add up, and the edge cases are settled."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from casefinder.allocation.shares import (
    deprivation_weight,
    distance_from_target,
    need_shares,
    pace_of_change,
    reconcile,
    summed,
    targets,
    to_pot,
    with_unmet_need,
)
from casefinder.errors import ConfigError

some = st.lists(st.floats(1, 1e7), min_size=2, max_size=30)


@given(some, st.floats(1, 1e10))
def test_shares_add_up_to_one_and_targets_to_the_pot(need, pot):
    share = need_shares(need)
    assert share.sum() == pytest.approx(1, abs=1e-12)
    assert targets(share, pot).sum() == pytest.approx(pot, rel=1e-12)
    assert to_pot(need, pot).sum() == pytest.approx(pot, rel=1e-12)


@given(some)
def test_who_has_the_share_of_need_stands_at_no_distance(need):
    target = targets(need_shares(need), 1e6)
    assert distance_from_target(to_pot(need, 1e6), target) == pytest.approx(np.zeros(len(need)), abs=1e-9)


def test_distance_is_current_over_target_less_one():
    assert distance_from_target([80.0, 120.0, 5.0], [100.0, 100.0, 0.0])[:2].tolist() == pytest.approx([-0.2, 0.2])
    assert np.isnan(distance_from_target([5.0], [0.0])[0])


@given(some, st.floats(-0.2, 0.0), st.integers(0, 1000))
def test_pace_spends_the_pot_keeps_the_floor_and_takes_nobody_past_a_target(current, floor, seed):
    now = np.array(current)
    pot = now.sum()
    target = targets(need_shares(np.random.default_rng(seed).uniform(0.2, 2, len(now)) * now), pot)
    found = pace_of_change(now, target, pot, floor)
    assert found.next_budget.sum() == pytest.approx(pot, rel=1e-9)
    assert (found.next_budget >= now * (1 + floor) * (1 - 1e-9)).all()
    assert (found.next_budget <= np.maximum(target, now * (1 + floor)) * (1 + 1e-9)).all()
    way, gained = np.maximum(target - now * (1 + floor), 0), found.next_budget - now * (1 + floor)
    assert gained[way > 0] / way[way > 0] == pytest.approx(np.full((way > 0).sum(), found.part), abs=1e-6)


@given(some, st.integers(0, 1000))
def test_a_ceiling_holds_and_the_pot_is_still_spent(current, seed):
    now = np.array(current)
    pot = now.sum()
    target = targets(need_shares(np.random.default_rng(seed).uniform(0.5, 1.5, len(now)) * now), pot)
    try:
        found = pace_of_change(now, target, pot, -0.02, 0.04)
    except ConfigError as error:
        assume("cannot be spent" not in str(error))
        raise
    assert found.next_budget.sum() == pytest.approx(pot, rel=1e-9)
    assert (found.next_budget <= now * 1.04 * (1 + 1e-9)).all()
    assert found.next_budget[found.limited] == pytest.approx(now[found.limited] * 1.04)


def test_pace_by_hand():
    found = pace_of_change([100.0, 100.0, 100.0], [130.0, 110.0, 60.0], 300.0, -0.1)
    # Floors take 270; the 30 left go to those 40 and 20 below their targets, half of the way each.
    assert found.next_budget.tolist() == pytest.approx([110.0, 100.0, 90.0])
    assert found.held.tolist() == [False, False, True]


@pytest.mark.parametrize(
    ("floor", "ceiling", "says"), [(0.05, None, "--floor"), (-0.1, 0.0, "--ceiling"), (0.0, -0.1, "below the floor")]
)
def test_a_pace_that_does_not_fit_the_pot_is_refused(floor, ceiling, says):
    with pytest.raises(ConfigError, match=says):
        pace_of_change([100.0, 100.0], [120.0, 80.0], 200.0, floor, ceiling)


def test_unmet_need_moves_its_part_and_no_more():
    share = with_unmet_need([1.0, 1.0], [3.0, 1.0], 0.2)
    assert share.tolist() == pytest.approx([0.8 * 0.5 + 0.2 * 0.75, 0.8 * 0.5 + 0.2 * 0.25])
    assert with_unmet_need([1.0, 3.0], [1.0, 1.0], 0.0).tolist() == [0.25, 0.75]
    with pytest.raises(ValueError, match="from 0 to 1"):
        with_unmet_need([1.0], [1.0], 1.5)


def test_deprivation_weights_rise_in_equal_proportion():
    weight = deprivation_weight(np.arange(1, 11), 10.0)
    assert weight[0] == pytest.approx(10)
    assert weight[-1] == 1
    assert weight[:-1] / weight[1:] == pytest.approx(np.full(9, 10 ** (1 / 9)))


def test_people_who_were_not_scored_enter_at_the_need_of_their_age_and_sex():
    published, scored = np.array([[10.0, 5.0], [4.0, 4.0]]), np.array([[8.0, 5.0], [4.0, 6.0]])
    found = reconcile(published, scored, np.array([100.0, 900.0]))
    assert found.people.tolist() == [2.0, 0.0]
    assert found.need.tolist() == [200.0, 0.0]
    assert found.beyond.tolist() == [0.0, 2.0]


def test_sums_of_groups():
    names, sums = summed([1.0, 2.0, 4.0], ["b", "a", "b"])
    assert (names, sums.tolist()) == (["a", "b"], [2.0, 5.0])


@pytest.mark.parametrize("need", [[0.0, 0.0], [-1.0, 0.5], [np.nan, 1.0]])
def test_need_that_adds_up_to_nothing_has_no_shares(need):
    with pytest.raises(ValueError, match="need"):
        need_shares(need)
