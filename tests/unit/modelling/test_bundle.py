"""Bundles: read back as written, refused when anything was changed, plain files and no pickle."""

import json
import subprocess
import sys

import numpy as np
import pytest
from tests.unit.modelling.small_model import NAMES, contract, written

from casefinder.errors import ModelError
from casefinder.modelling.bundle import read_bundle, write_bundle

FILES = ("trees.txt", "logistic.json", "calibrator.json", "card.md")


@pytest.mark.parametrize("served", ["trees", "logistic"])
def test_a_bundle_scores_after_reading_as_before_writing(tmp_path, models, rows, served):
    found = read_bundle(written(tmp_path / "bundle", *models[:2], served=served))
    model = models[0] if served == "trees" else models[1]
    raw = found.raw_scores(rows)
    assert np.array_equal(raw, model.raw_scores(rows))
    assert found.risks(raw) == pytest.approx(1 / (1 + np.exp(-(-0.1 + 0.9 * raw))))
    assert np.array_equal(found.contributions(rows), model.contributions(rows))
    assert (found.label, found.name, found.contract) == ("small@3", "small", contract())


def test_a_bundle_holds_plain_text_only(tmp_path, models):
    folder = written(tmp_path / "bundle", *models[:2])
    assert sorted(path.name for path in folder.iterdir()) == sorted((*FILES, "bundle.json"))
    for path in folder.iterdir():
        assert path.read_bytes().decode("utf-8").endswith("\n"), path.name


def test_the_same_model_is_written_as_the_same_bytes(tmp_path, models):
    one, other = (written(tmp_path / name, *models[:2]) for name in ("one", "other"))
    for path in one.iterdir():
        assert path.read_bytes() == (other / path.name).read_bytes()


@pytest.mark.parametrize("name", FILES)
def test_a_changed_file_is_named_and_refused(tmp_path, models, name):
    folder = written(tmp_path / "bundle", *models[:2])
    text = (folder / name).read_text(encoding="utf-8")
    (folder / name).write_text(text.replace("1", "2", 1) if "1" in text else text + "x", encoding="utf-8", newline="\n")
    with pytest.raises(ModelError, match="not as it was written") as caught:
        read_bundle(folder)
    said = caught.value.render()
    assert f"{name}: has been changed since the bundle was written" in said
    assert not any(f"{other}:" in said for other in FILES if other != name)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named_and_refused(tmp_path, models, name):
    folder = written(tmp_path / "bundle", *models[:2])
    (folder / name).unlink()
    with pytest.raises(ModelError) as caught:
        read_bundle(folder)
    assert f"{name}: is missing" in caught.value.render()


def test_no_bundle_at_all_says_how_to_make_one(tmp_path):
    with pytest.raises(ModelError, match="There is no model bundle") as caught:
        read_bundle(tmp_path / "nothing")
    assert "casefinder train" in caught.value.render()


def test_a_bundle_of_another_format_is_refused(tmp_path, models):
    folder = written(tmp_path / "bundle", *models[:2])
    main = folder / "bundle.json"
    main.write_text(json.dumps({**json.loads(main.read_text(encoding="utf-8")), "format": 2}), encoding="utf-8")
    with pytest.raises(ModelError, match="format 2; this version reads format 1"):
        read_bundle(folder)


@pytest.mark.parametrize("what", ["raw_scores", "contributions"])
def test_rows_of_another_width_are_refused(tmp_path, models, rows, what):
    found = read_bundle(written(tmp_path / "bundle", *models[:2]))
    with pytest.raises(ModelError) as caught:
        getattr(found, what)(rows[:, :-1])
    assert f"{len(NAMES) - 1} columns were given; the model was fitted on {len(NAMES)}" in caught.value.render()


def test_scoring_loads_neither_mlflow_nor_shap(tmp_path, models, rows):
    folder = written(tmp_path / "bundle", *models[:2])
    np.save(tmp_path / "rows.npy", rows)
    code = (
        "import sys, numpy; from pathlib import Path; from casefinder.modelling.bundle import read_bundle, write_bundle; "
        f"found = read_bundle(Path({str(folder)!r})); rows = numpy.load({str(tmp_path / 'rows.npy')!r}); "
        "found.risks(found.raw_scores(rows)); found.contributions(rows); "
        "print([name for name in ('mlflow', 'shap', 'matplotlib', 'sklearn') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = done.stdout.strip()
    assert "mlflow" not in loaded
    assert "shap" not in loaded
    assert "matplotlib" not in loaded


def test_a_bundle_may_hold_the_card_as_a_page_and_guards_it(tmp_path, models):
    folder = written(tmp_path / "bundle", *models[:2])
    bundle, content = read_bundle(folder), json.loads((folder / "bundle.json").read_text(encoding="utf-8"))
    assert "card.html" not in content["files"]
    calibrator = bundle.calibrator
    write_bundle(tmp_path / "two", bundle.about, bundle.contract, *models[:2], calibrator, "# small", "<p>small</p>")
    assert read_bundle(tmp_path / "two").contract == bundle.contract
    (tmp_path / "two" / "card.html").write_text("<p>great</p>", encoding="utf-8")
    with pytest.raises(ModelError) as caught:
        read_bundle(tmp_path / "two")
    assert "card.html: has been changed since the bundle was written" in caught.value.render()
