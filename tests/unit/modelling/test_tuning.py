"""The search for settings: never worse than those given, the same again, and going on where it was stopped."""

import numpy as np
import pytest
from sklearn.metrics import log_loss as sklearn_log_loss

from casefinder.config.model import BoostingSettings
from casefinder.modelling.tuning import SEARCHED, Search, log_loss, search

GIVEN = BoostingSettings(max_rounds=40, stop_after=5, num_leaves=63, min_data_in_leaf=1, lambda_l2=0, learning_rate=0.5)
"""Settings that fit noise, so that better ones are easily found."""


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(1)
    values = rng.normal(size=(1500, 5))
    chance = 1 / (1 + np.exp(1.5 - values[:, 0] - 0.5 * values[:, 1] ** 2))
    outcome = (rng.random(1500) < chance).astype(np.float64)
    weight = rng.uniform(0.5, 1.5, 1500)
    return [(values[part], outcome[part], weight[part]) for part in (slice(0, 1000), slice(1000, 1500))]


def found(rows, folder, trials, minutes=None, seed=1):
    return search(*rows, tuple("abcde"), (), GIVEN, Search(trials, minutes, folder, seed))


def test_log_loss_is_that_of_scikit_learn(rows):
    _, outcome, weight = rows[0]
    score = np.linspace(-9, 9, len(outcome))
    expected = sklearn_log_loss(outcome, 1 / (1 + np.exp(-score)), sample_weight=weight)
    assert log_loss(outcome, score, weight) == pytest.approx(expected, rel=1e-9)


def test_better_settings_are_found_and_lie_within_what_is_searched(rows, tmp_path):
    best = found(rows, tmp_path, 12)
    assert best.trials == 12
    assert best.log_loss_best < best.log_loss_given
    chosen = best.settings.model_dump()
    assert all(least <= chosen[name] <= most for name, (least, most, _) in SEARCHED.items())
    assert (best.settings.max_rounds, best.settings.stop_after) == (GIVEN.max_rounds, GIVEN.stop_after)


def test_one_trial_is_the_settings_of_the_file(rows, tmp_path):
    only = found(rows, tmp_path, 1)
    assert only.settings == GIVEN
    assert only.log_loss_best == only.log_loss_given


def test_a_search_that_was_stopped_ends_as_one_that_was_not(rows, tmp_path):
    whole = found(rows, tmp_path / "whole", 12)
    assert found(rows, tmp_path / "parts", 4).trials == 4
    resumed = found(rows, tmp_path / "parts", 12)
    assert (resumed.resumed, resumed.content()) == (4, whole.content())


def test_a_trial_stopped_half_way_is_tried_again(rows, tmp_path):
    whole = found(rows, tmp_path / "whole", 6)
    found(rows, tmp_path / "killed", 3)
    (path,) = (tmp_path / "killed").glob("*.log")
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(lines[:-1]) + lines[-1][: len(lines[-1]) // 2], encoding="utf-8")
    assert found(rows, tmp_path / "killed", 6).content() == whole.content()


def test_another_seed_or_other_rows_begin_another_search(rows, tmp_path):
    found(rows, tmp_path, 2)
    assert found(rows, tmp_path, 2, seed=2).resumed == 0
    fewer = [tuple(array[:900] for array in rows[0]), rows[1]]
    assert found(fewer, tmp_path, 2).resumed == 0


def test_no_trial_begins_after_the_time_is_up(rows, tmp_path):
    assert found(rows, tmp_path, 50, minutes=1e-9).trials == 1
