"""The jump at a cut: found where it is planted, held by its interval, and the density that would betray moved people."""

import numpy as np
import pytest

from casefinder import matching as m

LISTS = 40


def people(jump, seed, rows=2000):
    chance = np.random.default_rng(seed)
    running, place = chance.uniform(-1, 1, rows), chance.integers(0, LISTS, rows)
    rate = 1 + 0.8 * running + jump * (running >= 0) + 0.2 * chance.normal(size=LISTS)[place]
    years = chance.uniform(0.3, 1, rows)
    return chance.poisson(np.maximum(rate, 0.05) * years), running, place, years


@pytest.mark.parametrize("jump", [-0.4, 0.0])
def test_a_planted_jump_is_held_by_its_interval_as_often_as_it_says(jump):
    held, ratio_held = [], []
    for seed in range(200):
        count, running, place, years = people(jump, seed)
        found = m.discontinuity(count, running, 0.5, place, years)
        held.append(found.difference.low <= jump <= found.difference.high)
        ratio_held.append(found.ratio.low <= 1 + jump <= found.ratio.high)
    assert 0.9 <= np.mean(held) <= 0.99
    assert 0.9 <= np.mean(ratio_held) <= 0.99


def test_a_line_through_both_sides_has_no_jump():
    running = np.linspace(-1, 1, 200)
    found = m.discontinuity(3 + 2 * running, running, 0.8, np.arange(200) % 10)
    assert found.difference.value == pytest.approx(0, abs=1e-9)
    assert found.above.value == pytest.approx(3)
    assert m.discontinuity(3 + 2 * running + (running >= 0), running, 0.8, np.arange(200) % 10).difference.value == (
        pytest.approx(1)
    )


def test_the_order_of_rows_and_what_lies_outside_the_bandwidth_change_nothing():
    count, running, place, years = people(-0.4, 1)
    found = m.discontinuity(count, running, 0.5, place, years)
    mixed = np.random.default_rng(2).permutation(len(count))
    again = m.discontinuity(count[mixed], running[mixed], 0.5, place[mixed], years[mixed])
    assert again.difference.value == pytest.approx(found.difference.value, rel=1e-12)
    far = np.where(np.abs(running) >= 0.5, count + 100, count)
    assert m.discontinuity(far, running, 0.5, place, years) == found


@pytest.mark.parametrize(
    ("running", "bandwidth", "words"),
    [
        (np.linspace(0, 1, 40), 0.5, "fewer below the cut"),
        (np.linspace(-1, -0.1, 40), 0.5, "fewer above the cut"),
        (np.linspace(-1, 1, 40), 0.0, "above zero"),
    ],
)
def test_a_cut_without_people_on_both_sides_is_refused(running, bandwidth, words):
    with pytest.raises(ValueError, match=words):
        m.discontinuity(np.ones(40), running, bandwidth, np.arange(40) % 4)


def test_a_density_without_a_jump_is_held_and_people_moved_across_are_seen():
    held = []
    for seed in range(200):
        chance = np.random.default_rng(seed)
        found = m.density_jump(chance.normal(0.3, 1, 3000), 0.8)
        held.append(found.low <= 1 <= found.high)
    assert 0.88 <= np.mean(held) <= 0.99
    running = np.random.default_rng(3).uniform(-1, 1, 3000)
    moved = np.where((running < 0) & (running > -0.2) & (np.arange(3000) % 2 == 0), -running, running)
    assert m.density_jump(moved, 0.8).low > 1.5


def test_a_bandwidth_narrower_than_two_bins_is_refused():
    with pytest.raises(ValueError, match="two bins"):
        m.density_jump(np.random.default_rng(1).normal(size=100), 0.05)
