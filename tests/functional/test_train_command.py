"""``casefinder train`` and ``casefinder models list``: what they write, and each refusal in its own words."""

import json
import re
import sqlite3
from pathlib import Path

import pandas as pd
import pytest

from tests.functional.conftest import ROOT, casefinder, site_folder
from tests.functional.lists import done, run

BUNDLE = {"bundle.json", "trees.txt", "logistic.json", "calibrator.json", "card.md", "card.html"}
PICKLES = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")


def own_model(folder: Path, name: str, **replace: str) -> Path:
    """Write a model file like that of emergency admission, with lines changed; return it."""
    text = (ROOT / "configs" / "models" / "emergency_admission.yaml").read_text(encoding="utf-8")
    text = text.replace("name: emergency_admission", f"name: {name}", 1)
    for old, new in replace.items():
        line = next(one for one in text.splitlines() if one.strip().startswith(f"{old}:"))
        text = text.replace(line, new)
    path = folder / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_misspelt_model_brings_the_nearest_one(district):
    ran = run(district, "train", "emergency_admision")
    assert ran.code == 10
    assert "There is no model called 'emergency_admision'; did you mean 'emergency_admission'?" in ran.words


def test_an_unknown_model_brings_all_there_are(district):
    ran = run(district, "train", "zzz")
    assert ran.code == 10
    assert "use one of: care_home_entry, emergency_admission" in ran.words


def test_a_model_file_that_is_not_there(district, tmp_path):
    ran = run(district, "train", tmp_path / "mine.yaml")
    assert ran.code == 10
    assert "There is no model file at" in ran.words


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("name: mine\n  outcome: [", "mine.yaml is not valid YAML: line 2"),
        ("- one\n- two\n", "should hold 'name: value' lines and does not"),
        ("name: mine\nmeaning: x\noutcom: death\nrisk_words: x\n", "no such setting; did you mean 'outcome'?"),
        ("name: mine\nmeaning: x\noutcom: death\nrisk_words: x\n", "outcome: is missing"),
        ("name: other\nmeaning: x\noutcome: death\nrisk_words: x\n", "name and file must agree"),
        ("name: mine\nmeaning: x\noutcome: deth\nrisk_words: x\n", "did you mean 'death'?"),
        ("name: mine\nmeaning: x\noutcome: death\nrisk_words: x\nfamilies: [frailty, ag]\n", "no family called 'ag'"),
        ("name: mine\nmeaning: x\noutcome: death\nrisk_words: x\nsplit: {fit_share: 0.9}\n", "must leave at least 0.05"),
        ("name: mine\nmeaning: x\noutcome: death\nrisk_words: x\ncohort: {min_age: 90, max_age: 18}\n", "above max_age 18"),
    ],
)
def test_a_broken_model_file_says_where(district, tmp_path, content, words):
    path = tmp_path / "mine.yaml"
    path.write_text(content, encoding="utf-8")
    ran = run(district, "train", path)
    assert ran.code == 10
    assert words in ran.words


def test_nothing_is_trained_before_linking(economy, tmp_path):
    site = site_folder(economy, tmp_path / "site")
    ran = casefinder("train", "emergency_admission", "--site", site, "--workspace", tmp_path / "workspace")
    assert ran.code == 13
    assert "Link the extracts first: casefinder link --site FILE --workspace DIR" in ran.words


def test_a_folder_that_is_no_workspace(tmp_path):
    ran = casefinder("train", "emergency_admission", "--workspace", tmp_path / "nothing")
    assert ran.code == 13
    assert "is not a workspace yet. Make one with: casefinder link" in ran.words
    assert not (tmp_path / "nothing").exists()


def test_a_rare_outcome_has_too_few_events_and_no_count_is_disclosed(own_district):
    ran = run(own_district, "train", "care_home_entry")
    assert ran.code == 15
    assert "There are too few events to fit a model" in ran.words
    assert "fewer than 50 events" in ran.words
    assert not list((own_district / "workspace" / "models").glob("care_home_entry/0*"))


def test_training_outcomes_that_would_not_be_known_at_the_test_date(district, tmp_path):
    path = own_model(tmp_path, "hasty", fit_months_before="  fit_months_before: [33, 12]")
    ran = run(district, "train", path)
    assert ran.code == 15
    assert "Training outcomes would not be known at the test date" in ran.words
    assert re.search(r"split\.fit: \d{4}-\d\d-01 \+ 365 \+ \d+ days of lag passes the test date", ran.words)
    assert "Raise the months in the model's 'split'" in ran.words


def test_a_test_date_whose_outcome_was_not_observed_yet(district, tmp_path):
    path = own_model(tmp_path, "early", split="split:\n  index_date: 2026-01-01")
    ran = run(district, "train", path)
    assert ran.code == 15
    assert "2026-01-01 is after" in ran.words
    assert "the last date whose outcome could be observed" in ran.words


def test_the_bundle_is_plain_files_and_no_pickle(district):
    bundle = district / "workspace" / "models" / "emergency_admission" / "000001" / "bundle"
    assert {path.name for path in bundle.iterdir()} == BUNDLE
    folders = (bundle, ROOT / "models", district / "workspace" / "mlflow")
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    assert len(files) > 2 * len(BUNDLE)
    for path in files:
        assert path.suffix not in (".pkl", ".pickle", ".joblib"), path
        assert not path.read_bytes().startswith(PICKLES), path


def test_the_bundle_says_what_it_is(district):
    bundle = district / "workspace" / "models" / "emergency_admission" / "000001" / "bundle"
    content = json.loads((bundle / "bundle.json").read_text(encoding="utf-8"))
    about, contract = content["about"], content["contract"]
    assert about["demonstration"] is True
    assert about["temporal"] is True
    assert set(content["files"]) == BUNDLE - {"bundle.json"}
    assert 250 <= len(contract["names"]) <= 400
    assert len(contract["names"]) == len(contract["definitions"])
    assert contract["categories"]["sex"]
    last_before_test = max(date for part in ("fit", "stop", "calibrate") for date in about["index_dates"][part])
    assert last_before_test < about["index_dates"]["test"][0]
    assert all(count is None or count % 5 == 0 for count in about["rows"].values())
    card = (bundle / "card.md").read_text(encoding="utf-8")
    for words in ("Demonstration only", "## Intended use", "Not for:", "## Caveats and limitations"):
        assert words in card


@pytest.mark.parametrize("name", ["emergency_admission", "care_home_entry"])
def test_the_models_that_travel_with_the_code_are_marked_as_demonstrations(name):
    folder = ROOT / "models" / name
    assert BUNDLE - {"card.html"} <= {path.name for path in folder.iterdir()} <= BUNDLE
    assert json.loads((folder / "bundle.json").read_text(encoding="utf-8"))["about"]["demonstration"] is True
    assert "demonstration model, fitted on invented people" in (folder / "card.md").read_text(encoding="utf-8")


def test_mlflow_holds_the_run_the_registered_version_and_its_alias(district):
    with sqlite3.connect(f"file:{district / 'workspace' / 'mlflow' / 'mlflow.db'}?mode=ro", uri=True) as store:
        runs = store.execute("select name, status from runs").fetchall()
        versions = store.execute("select name, version from model_versions").fetchall()
        aliases = store.execute("select name, alias, version from registered_model_aliases").fetchall()
        metrics = dict(store.execute("select key, value from metrics").fetchall())
        parameters = dict(store.execute("select key, value from params").fetchall())
    assert runs == [("emergency_admission-1", "FINISHED")]
    assert versions == [("emergency_admission", 1)]
    assert aliases == [("emergency_admission", "champion", 1)]
    assert 0.5 < metrics["c_statistic"] < 1
    assert parameters["outcome"] == "emergency_admission"
    artifacts = {path.name for path in (district / "workspace" / "mlflow" / "artifacts").rglob("*") if path.is_file()}
    assert artifacts >= BUNDLE | {"MLmodel", "card.md"}


def test_mlflow_holds_nobody(district):
    """No pseudonym and no NHS number stands in any file that MLflow wrote."""
    people = set(pd.read_parquet(next((district / "workspace" / "record").glob("0*")) / "people.parquet")["person_id"])
    assert len(people) > 5000
    for path in (district / "workspace" / "mlflow").rglob("*"):
        if path.is_file():
            text = path.read_bytes().decode("latin-1")
            assert not people & set(re.findall(r"(?=([0-9a-hj-km-np-tv-z]{12}))", text)), path.name
            assert not re.search(r"(?<!\d)999\d{7}(?!\d)", text), path.name


def test_the_models_of_a_site_are_listed(district):
    ran = done(district, "models", "list")
    assert re.search(r"emergency_admission 1 fitted 2025-01-01 0\.\d{3} \d\.\d{3} yes", ran.words)


def test_a_site_without_models_says_how_to_fit_one(economy, tmp_path):
    site = site_folder(economy, tmp_path / "site")
    ran = casefinder("models", "list", "--site", site, "--workspace", tmp_path / "workspace")
    assert ran.code == 0
    assert "no model has been fitted yet; fit one with: casefinder train emergency_admission" in ran.words
