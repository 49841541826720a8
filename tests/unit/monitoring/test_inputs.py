"""The population stability index against a plain loop."""

import math
from itertools import pairwise

import numpy as np
import pytest

from casefinder.monitoring.inputs import LEAST_SHARE, stability_index


def by_hand(before, now):
    """Bins by tenths of what was known before, counted one value at a time."""
    known = sorted(one for one in before if not math.isnan(one))
    values = sorted(set(known))
    if len(values) <= 10:
        edges = [(low + high) / 2 for low, high in pairwise(values)]
    else:
        edges = sorted({float(np.quantile(known, tenth / 10)) for tenth in range(1, 10)})

    def shares(column):
        counts = [0] * (len(edges) + 2)
        for one in column:
            place = len(edges) + 1 if math.isnan(one) else sum(one > edge for edge in edges)
            counts[place] += 1
        return [max(count / len(column), LEAST_SHARE) for count in counts]

    return sum((q - p) * math.log(q / p) for p, q in zip(shares(before), shares(now), strict=True))


@pytest.mark.parametrize("shift", [0.0, 0.3, 2.0])
def test_the_index_is_that_of_a_plain_loop(shift):
    draw = np.random.default_rng(5)
    before, now = draw.gamma(2, 3, 800), draw.gamma(2, 3, 700) + shift
    before[:40], now[:140] = np.nan, np.nan
    assert stability_index(before, now) == pytest.approx(by_hand(before.tolist(), now.tolist()))


def test_counts_with_few_values_are_binned_by_value():
    draw = np.random.default_rng(6)
    before, now = draw.poisson(0.3, 900).astype(float), draw.poisson(0.9, 900).astype(float)
    found = stability_index(before, now)
    assert found == pytest.approx(by_hand(before.tolist(), now.tolist()))
    assert found > 0.25


def test_many_zeros_take_one_bin_and_not_nine():
    before = np.concatenate([np.zeros(950), np.arange(1.0, 51.0)])
    assert stability_index(before, before) == pytest.approx(0, abs=1e-12)
    assert stability_index(before, np.zeros(1000)) > 0.1


def test_the_same_people_have_an_index_of_nought_and_nobody_has_none():
    same = np.array([1.0, 2.0, np.nan, 4.0])
    assert stability_index(same, same) == pytest.approx(0, abs=1e-12)
    assert math.isnan(stability_index(same, []))


def test_a_value_that_is_no_longer_known_moves_the_index():
    assert stability_index(np.ones(100), np.where(np.arange(100) < 40, np.nan, 1.0)) > 0.25
