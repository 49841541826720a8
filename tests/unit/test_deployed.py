"""A small deployed system: fitted again on all rows the model loses those it helped; with a hold-out it keeps them."""

import numpy as np
import pytest
from benchmarks.deployed import NAIVE, World, lists_of, lived

from casefinder.config.model import BoostingSettings

TREES = BoostingSettings(learning_rate=0.15, max_rounds=80, stop_after=10, num_leaves=8, min_data_in_leaf=40)
WORLD = World(people=20_000, years=1, listed=0.03, rate_ratio=0.25, trees=TREES)


@pytest.fixture(scope="module")
def after():
    """What the second version finds, keeps and expects in each way, over two seeds."""
    ways = {"naive": NAIVE, "held out": "with a hold-out of 20 in 100"}
    lives = {name: [lived(WORLD, way, seed) for seed in (1, 2)] for name, way in ways.items()}
    return {
        name: {figure: np.mean([life[-1][figure] for life in own]) for figure in own[0][-1]} for name, own in lives.items()
    }


def test_fitted_on_all_rows_the_model_thinks_those_it_helped_safe_and_drops_them(after):
    assert after["naive"]["found"] < 0.65
    assert after["naive"]["kept"] < 0.65
    assert after["naive"]["observed_expected"] > 2


def test_fitted_on_those_held_out_it_neither_thinks_so_nor_drops_them(after):
    assert after["held out"]["found"] > 0.75
    assert after["held out"]["kept"] > 0.75
    assert 0.85 < after["held out"]["observed_expected"] < 1.2


def test_the_list_is_full_and_holds_nobody_who_is_held_out():
    class Scores:
        def raw(self, features):
            return features[:, 0]

    scores = np.arange(100.0)[:, None]
    aside = np.zeros(100, dtype=bool)
    aside[[99, 97, 90, 50]] = True
    listed, would = lists_of(World(people=100, listed=0.1), Scores(), scores, aside)
    assert np.flatnonzero(listed).tolist() == [87, 88, 89, 91, 92, 93, 94, 95, 96, 98]
    assert np.flatnonzero(would).tolist() == [90, 97, 99]
