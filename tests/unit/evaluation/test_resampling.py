import math

import numpy as np
import pytest

from casefinder import evaluation as ev
from casefinder.evaluation.resampling import drawn_counts, percentile_interval


def test_a_mean_has_the_interval_of_the_central_limit():
    values = np.random.default_rng(0).exponential(1, 400)
    low, high = ev.bootstrap_interval(np.mean, values, replicates=2000)
    assert high - low == pytest.approx(2 * 1.96 * values.std() / 20, rel=0.1)


def test_whole_clusters_are_drawn():
    """Twenty people with thirty rows each: the mean is known as well as twenty values let it be."""
    person = np.repeat(np.arange(20), 30)
    level = np.random.default_rng(1).normal(0, 1, 20)
    low, high = ev.bootstrap_interval(np.mean, level[person], cluster=person, replicates=2000)
    assert high - low == pytest.approx(2 * 1.96 * level.std() / math.sqrt(20), rel=0.15)


def test_same_seed_same_interval_whatever_the_order():
    rng = np.random.default_rng(2)
    outcome, risk = (rng.random(80) < 0.3).astype(float), rng.random(80)
    order = rng.permutation(80)
    first = ev.bootstrap_interval(ev.c_statistic, outcome, risk, replicates=50, seed=5)
    assert first == pytest.approx(ev.bootstrap_interval(ev.c_statistic, outcome[order], risk[order], replicates=50, seed=5))
    assert first != ev.bootstrap_interval(ev.c_statistic, outcome, risk, replicates=50, seed=6)


def test_counts_add_up_and_batches_do_not_matter(monkeypatch):
    whole = np.concatenate(list(drawn_counts(50, 7, seed=1)))
    assert whole.sum(axis=1).tolist() == [50] * 7
    monkeypatch.setattr("casefinder.evaluation.resampling.BATCH_CELLS", 100)
    batches = list(drawn_counts(50, 7, seed=1))
    assert len(batches) == 4
    assert np.array_equal(np.concatenate(batches), whole)


def test_a_measure_that_is_often_undefined_has_no_interval():
    assert all(math.isnan(limit) for limit in percentile_interval([1.0] * 80 + [math.nan] * 20))
    assert percentile_interval([1.0] * 95 + [math.nan] * 5) == (1.0, 1.0)


def test_no_replicates_are_refused():
    with pytest.raises(ValueError, match="1 or more; got 0"):
        ev.bootstrap_interval(np.mean, [1, 2], replicates=0)
