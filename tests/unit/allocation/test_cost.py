"""Costs brought to a year and top-coded."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casefinder.allocation.caps import applied, normal
from casefinder.allocation.cost import annualise, cap_at, top_code
from casefinder.errors import ConfigError

amounts = st.lists(st.tuples(st.floats(0, 1e6), st.integers(1, 365)), min_size=1, max_size=40)


@settings(deadline=None)
@given(amounts)
def test_the_weighted_sum_is_the_money_that_was_spent(people):
    cost, days = (np.array(one, dtype=float) for one in zip(*people, strict=True))
    found = annualise(cost, days)
    assert found.weight @ found.yearly == pytest.approx(cost.sum(), rel=1e-9, abs=1e-6)
    assert found.weight.sum() == pytest.approx(days.sum() / 365)


def test_someone_who_died_after_a_fifth_of_the_year_stays_in():
    found = annualise([730.0], [73])
    assert (found.yearly[0], found.weight[0]) == (3650.0, 0.2)


def test_people_seen_on_no_day_and_costs_below_zero_are_counted():
    found = annualise([100.0, -5.0, 7.0], [0, 365, 365])
    assert (found.unseen, found.negative) == (1, 1)
    assert found.seen.tolist() == [False, True, True]
    assert found.yearly.tolist() == [0.0, 7.0]


@pytest.mark.parametrize(("cost", "days"), [([np.nan], [365]), ([1.0], [366]), ([1.0], [-1]), ([1.0, 2.0], [365])])
def test_missing_costs_and_days_outside_the_year_are_refused(cost, days):
    with pytest.raises(ValueError, match=r"cost|days|length"):
        annualise(cost, days)


@settings(deadline=None)
@given(amounts, st.floats(1, 1e6))
def test_what_is_kept_and_what_is_removed_add_up(people, cap):
    amount, weight = (np.array(one, dtype=float) for one in zip(*people, strict=True))
    found = top_code(amount, cap, weight)
    assert weight @ found.amount + found.removed == pytest.approx(weight @ amount, rel=1e-12, abs=1e-6)
    assert found.people == sum(one > cap for one in amount)
    assert (found.amount <= cap).all()
    assert 0 <= found.share_removed <= 1


def test_without_a_cap_nothing_changes():
    found = top_code([1.0, 1e9], None)
    assert found.amount.tolist() == [1.0, 1e9]
    assert (found.people, found.removed) == (0, 0.0)


def test_a_centile_of_weighted_people_is_that_of_repeated_ones():
    chance = np.random.default_rng(1)
    amount, times = chance.gamma(0.5, 100, 300), chance.integers(1, 5, 300)
    repeated = np.sort(np.repeat(amount, times))
    for centile in (50, 90, 99, 99.5):
        expected = repeated[int(np.ceil(centile / 100 * len(repeated) - 1e-9)) - 1]
        assert cap_at(amount, centile, times) == expected


@pytest.mark.parametrize("words", ["", "0", "-5", "0%", "101%", "a lot", "nan%", "inf"])
def test_a_cap_that_is_none_is_refused(words):
    with pytest.raises(ConfigError, match="--cap"):
        normal(words)


@pytest.mark.parametrize(("words", "people"), [("none", 0), ("50%", 2), ("3", 1)])
def test_a_cap_is_applied_as_asked(words, people):
    cap, amount = applied(normal(words), np.array([1.0, 2.0, 3.0, 4.0]), np.ones(4))
    assert cap.people == people
    assert amount.sum() + cap.removed == 10.0
