"""Intervals: practices drawn again, and chance alone."""

import numpy as np
import pytest

from casefinder.allocation.chance import by_practice, chance_alone, practice_draws
from casefinder.allocation.moments import Moments, solve


def test_chance_alone_is_near_what_the_variance_of_people_says():
    chance = np.random.default_rng(2)
    sizes = [400, 4000]
    practice = np.repeat([0, 1], sizes)
    residual = chance.normal(300, 1000, sum(sizes))
    predicted = np.full(sum(sizes), 500.0)
    low, high = chance_alone(residual[None], predicted[None], practice, 3, 2000, 1)
    for number, size in enumerate(sizes):
        expected = 1.96 * 1000 * np.sqrt(size) / (500 * size)
        assert high[0, number] == pytest.approx(expected, rel=0.08)
        assert low[0, number] == pytest.approx(-expected, rel=0.08)
    assert np.isnan(low[0, 2]), "a practice without people has no interval"


def test_a_lasting_difference_of_a_practice_is_not_chance():
    practice = np.zeros(500, np.int64)
    same = np.full((1, 500), 700.0)
    assert chance_alone(same, same, practice, 1, 50, 1).tolist() == [[[0.0]], [[0.0]]]


def test_small_practices_can_be_a_tenth_off_by_chance_alone():
    chance = np.random.default_rng(4)
    cost = chance.gamma(0.15, 10000, 2000)
    low, high = chance_alone((cost - 1500)[None], np.full((1, 2000), 1500.0), np.zeros(2000, np.int64), 1, 500, 1)
    assert low[0, 0] < -0.1 < 0.1 < high[0, 0]


def test_practices_drawn_again_vary_as_statistics_says():
    chance = np.random.default_rng(9)
    practices, each = 60, 50
    effect = chance.normal(0, 100, practices)
    y = 1000 + np.repeat(effect, each) + chance.normal(0, 50, practices * each)
    sums = Moments.empty(practices, 1)
    sums.add(np.ones((len(y), 1)), y[:, None], np.ones(len(y)), np.repeat(np.arange(practices), each))
    drawn = practice_draws(sums, lambda one: solve(one.xx[0], one.xy[0, 0], [0]), 1000, 1)
    means = y.reshape(practices, each).mean(axis=1)
    assert drawn.mean() == pytest.approx(y.mean(), abs=3)
    assert drawn.std() == pytest.approx(means.std() / np.sqrt(practices), rel=0.1)


def test_people_held_out_and_not_stand_together_as_one_practice():
    sums = Moments.empty(4, 2)
    chance = np.random.default_rng(1)
    x, y, w, group = chance.random((40, 2)), chance.random((40, 1)), np.ones(40), np.arange(40) % 4
    sums.add(x, y, w, group)
    direct = Moments.empty(2, 2)
    direct.add(x, y, w, group // 2)
    for one, other in zip(vars(by_practice(sums)).values(), vars(direct).values(), strict=True):
        assert one == pytest.approx(other)
