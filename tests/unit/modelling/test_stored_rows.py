"""Rows on disk: the same as an array however they are asked, and the same models from either."""

import pickle
from itertools import pairwise

import lightgbm
import numpy as np
import pytest
from tests.bucket import known_here
from tests.unit.modelling.small_model import CATEGORIES, NAMES, SETTINGS, made_up

from casefinder.engines import place
from casefinder.modelling import stored_rows
from casefinder.modelling.logistic import fit_logistic_model
from casefinder.modelling.stored_rows import Storage, StoredRows, batches, write_rows
from casefinder.modelling.trees import fit_trees, parameters
from casefinder.modelling.tuning import Search, search


def written(folder, values, blocks=4):
    """The rows of an array, in so many files of unequal length, one of them empty."""
    cuts = [0, 0, *sorted(np.random.default_rng(1).integers(0, len(values), blocks - 2)), len(values)]
    files, counts = [], []
    for number, (start, end) in enumerate(pairwise(cuts)):
        files.append(folder / f"{number:05d}.features")
        write_rows(files[-1], values[start:end])
        counts.append(end - start)
    return StoredRows.of(files, counts, values.shape[1])


def same(found, expected):
    assert found.dtype == np.float32
    assert np.array_equal(found, expected, equal_nan=True)


@pytest.fixture
def values():
    return made_up(700, 5)[0]


def test_slices_are_those_of_the_array(values, tmp_path, monkeypatch):
    monkeypatch.setattr(stored_rows, "BATCH", 16)
    rows = written(tmp_path, values)
    assert (rows.shape, len(rows)) == (values.shape, 700)
    for chosen in (slice(None), slice(0, 1), slice(100, 600), slice(690, 900), slice(5, 5)):
        same(rows[chosen], values[chosen])


def test_places_in_any_order_and_as_often_as_wanted(values, tmp_path, monkeypatch):
    monkeypatch.setattr(stored_rows, "BATCH", 16)
    rows = written(tmp_path, values)
    places = np.random.default_rng(2).integers(0, 700, 900)
    chosen = rows[places]
    same(chosen[:], values[places])
    again = np.array([5, 5, 899, 0])
    same(chosen[again][:], values[places][again])
    same(chosen[np.flatnonzero(places > 350)][3:9], values[places[places > 350]][3:9])


def test_columns_are_chosen_without_reading_any_row(values, tmp_path):
    rows = written(tmp_path, values)
    some = rows[:, [3, 0, 5]][:, np.array([2, 1])]
    for file in rows.files:
        file.rename(file.with_suffix(".away"))
    assert some[np.array([4, 2])].shape == (2, 2)
    for file in rows.files:
        file.with_suffix(".away").rename(file)
    same(some[:], values[:, [5, 0]])


def test_batches_are_all_rows_in_order_and_one_even_of_none(values, tmp_path, monkeypatch):
    monkeypatch.setattr(stored_rows, "BATCH", 128)
    rows = written(tmp_path, values)
    found = list(batches(rows))
    assert [len(batch) for batch in found] == [128] * 5 + [60]
    same(np.concatenate(found), values)
    assert [batch.shape for batch in batches(rows[np.array([], dtype=np.int64)])] == [(0, values.shape[1])]


def test_rows_in_a_store_are_read_alike(values, tmp_path, monkeypatch):
    (tmp_path / "buckets" / "nhs").mkdir(parents=True)
    known_here(monkeypatch, tmp_path / "buckets")
    rows = written(place("s3://nhs/rows"), values)
    same(rows[30:600], values[30:600])
    same(rows[np.array([699, 0])][:], values[[699, 0]])


def test_a_file_is_written_whole_and_again_alike(values, tmp_path):
    write_rows(tmp_path / "0.features", values)
    first = (tmp_path / "0.features").read_bytes()
    write_rows(tmp_path / "0.features", values.astype(np.float64))
    assert (tmp_path / "0.features").read_bytes() == first
    assert len(first) == values.size * 4
    assert [path.name for path in tmp_path.iterdir()] == ["0.features"]


def test_each_matrix_has_a_folder_of_its_own(tmp_path):
    storage = pickle.loads(pickle.dumps(Storage(tmp_path)))
    one, other = storage.new_folder(), storage.new_folder()
    assert one != other
    assert list(one.iterdir()) == []
    with storage.tasks() as each:
        assert list(each(str, [2, 1])) == ["2", "1"]


def test_both_kinds_of_model_are_the_same_from_disk_and_from_memory(tmp_path):
    fit, stop = made_up(2500, 1), made_up(800, 2)
    from_disk = [on_disk(tmp_path / name, rows) for name, rows in (("fit", fit), ("stop", stop))]
    trees = [fit_trees(*rows, NAMES, tuple(CATEGORIES), SETTINGS, seed=1) for rows in ((fit, stop), from_disk)]
    assert trees[0] == trees[1]
    logistic = [fit_logistic_model(*rows, NAMES, CATEGORIES, (0.01,)) for rows in ((fit, stop), from_disk)]
    assert logistic[0] == logistic[1]
    for model in (trees[0][0], logistic[0]):
        assert np.array_equal(model.raw_scores(from_disk[1][0]), model.raw_scores(stop[0]))
    wanted = Search(1, None, tmp_path / "trials")
    asked = [search(*rows, NAMES, tuple(CATEGORIES), SETTINGS, wanted) for rows in ((fit, stop), from_disk)]
    assert [one.resumed for one in asked] == [0, 1]


def on_disk(folder, rows):
    folder.mkdir()
    return written(folder, rows[0]), *rows[1:]


@pytest.mark.parametrize(("rows", "seed"), [(3000, 7), (210_000, 1)])
def test_trees_are_those_that_lightgbm_makes_of_one_array(rows, seed):
    """More rows than the 200,000 by which LightGBM settles the limits of bins are sampled alike too."""
    draw = np.random.default_rng(3)
    values = np.stack([draw.normal(size=rows), draw.poisson(0.05, rows), draw.integers(0, 5, rows)], axis=1).astype(
        np.float32
    )
    values[draw.random(rows) < 0.1, 1] = np.nan
    outcome = (draw.random(rows) < 1 / (1 + np.exp(2 - values[:, 0]))).astype(float)
    weight, fit, settings = draw.uniform(0.5, 1.5, rows), slice(100, None), SETTINGS.model_copy(update={"max_rounds": 10})
    given = [(values[part], outcome[part], weight[part]) for part in (fit, slice(100))]
    found, kept = fit_trees(*given, ("a", "b", "c"), ("c",), settings, seed)

    def dataset(rows, reference=None):
        names = {"feature_name": ["a", "b", "c"], "categorical_feature": ["c"], "params": {"verbosity": -1}}
        return lightgbm.Dataset(rows[0], rows[1], weight=rows[2], reference=reference, **names)

    train = dataset(given[0])
    stopping = lightgbm.early_stopping(settings.stop_after, verbose=False)
    plain = lightgbm.train(
        parameters(settings, seed), train, 10, valid_sets=[dataset(given[1], train)], callbacks=[stopping]
    )
    assert found.text == plain.model_to_string(num_iteration=kept)
    assert len(np.unique(found.raw_scores(given[1][0]))) > 10


def test_scores_do_not_hang_on_the_batch_they_are_worked_out_in(tmp_path, monkeypatch):
    fit, stop = made_up(1500, 1), made_up(400, 2)
    models = [
        fit_trees(fit, stop, NAMES, tuple(CATEGORIES), SETTINGS, seed=1)[0],
        fit_logistic_model(fit, stop, NAMES, CATEGORIES, (0.01,)),
    ]
    whole = [model.raw_scores(fit[0]) for model in models]
    monkeypatch.setattr(stored_rows, "BATCH", 7)
    rows = written(tmp_path, fit[0])
    for model, expected in zip(models, whole, strict=True):
        assert np.array_equal(model.raw_scores(rows), expected)
