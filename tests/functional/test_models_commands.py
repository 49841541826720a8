"""``casefinder models show | compare | promote | rollback``: gates, reasons that are kept, and the way back."""

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from casefinder.modelling.bundle import read_bundle
from tests.functional.conftest import ROOT, SITE
from tests.functional.lists import copied, done, run

MODEL = "emergency_admission"
ME = ("--approved-by", "A. Clinician")
LAX = "gates: {least_events: 10, observed_expected: [0.2, 5], slope: [0.2, 5], cluster_band: [0.2, 5], group_ratio: 5}\n"


def own_store(folder: Path, before: Path) -> None:
    """Let the copied MLflow store keep its files in the copy; it knows them by their absolute place."""
    columns = (("experiments", "artifact_location"), ("runs", "artifact_uri"), ("logged_models", "artifact_location"))
    with closing(sqlite3.connect(folder / "workspace" / "mlflow" / "mlflow.db")) as store, store:
        for table, column in columns:
            store.execute(f"update {table} set {column} = replace({column}, ?, ?)", (before.as_uri(), folder.as_uri()))


def copy_of(district: Path, folder: Path) -> Path:
    copied(district, folder)
    own_store(folder, district)
    return folder


@pytest.fixture(scope="module")
def two_versions(district, tmp_path_factory):
    """The district with a second version, the logistic regression, that does not score the list. Read only."""
    folder = copy_of(district, tmp_path_factory.mktemp("versions") / "district")
    models = folder / "site" / "models"
    models.mkdir()
    text = (
        (ROOT / "configs" / "models" / f"{MODEL}.yaml")
        .read_text(encoding="utf-8")
        .replace("served: trees", "served: logistic")
    )
    (models / f"{MODEL}.yaml").write_text(text, encoding="utf-8")
    words = ["--site", folder / "site" / SITE, "--workspace", folder / "workspace", "--tune", 2, "--refits", 2]
    ran = subprocess.run(
        [sys.executable, str(ROOT / "pipelines" / "retrain.py"), *(str(word) for word in words)],
        capture_output=True, text=True, encoding="utf-8", check=False, env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    (folder / "retrain.txt").write_text(f"{ran.returncode}\n{ran.stdout}\n{ran.stderr}", encoding="utf-8")
    return folder


@pytest.fixture
def versions(two_versions, tmp_path):
    """A copy of the two versions that a test may change."""
    return copy_of(two_versions, tmp_path / "versions")


@pytest.fixture
def lax(versions):
    """Two versions, with gates that so small a district can pass."""
    path = versions / "site" / "models" / f"{MODEL}.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: text.index("gates:")] + LAX, encoding="utf-8")
    return versions


def test_the_whole_retrain_says_in_three_lines_whether_it_is_better(two_versions):
    code, _, told = (two_versions / "retrain.txt").read_text(encoding="utf-8").partition("\n")
    words = " ".join(told.split())
    assert f"casefinder models promote {MODEL} 2 --approved-by NAME" in words
    assert re.search(r"order: version.*c-statistic \(AUROC\) 0\.\d{4} beside 0\.\d{4}, [+-]0\.\d{4} \(", words)
    assert re.search(r"calibration: version.*ICI.*observed / expected \d\.\d\d \(.* beside \d\.\d\d \(", words)
    assert re.search(r"use: version.*net benefit at 0\.2 ", words)
    assert "best of 2 tries, on the rows kept for stopping: log loss" in words
    assert "care_home_entry is not fitted: There are too few events" in words
    assert code == "0", "a model that was never fitted here, and is scored by the demonstration's bundle, is no failure"
    assert "Traceback" not in words


def serves(folder: Path) -> str:
    return (folder / "workspace" / "models" / MODEL / "serving.txt").read_text(encoding="utf-8").strip()


def log(folder: Path) -> list[dict]:
    path = folder / "workspace" / "models" / MODEL / "promotions.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def mlflow(folder: Path) -> tuple[dict[str, int], dict[int, dict[str, str]]]:
    """Return the aliases, and the tags of each version."""
    with closing(sqlite3.connect(folder / "workspace" / "mlflow" / "mlflow.db")) as store:
        aliases = dict(store.execute("select alias, version from registered_model_aliases").fetchall())
        tags: dict[int, dict[str, str]] = {}
        for version, key, value in store.execute("select version, key, value from model_version_tags").fetchall():
            tags.setdefault(version, {})[key] = value
    return aliases, tags


def exported(folder: Path) -> int:
    return read_bundle(folder / "site" / "models" / MODEL).about["version"]


def test_a_version_that_fails_a_gate_is_refused_and_nothing_changes(versions):
    before = log(versions), mlflow(versions)
    ran = run(versions, "models", "promote", MODEL, 2, *ME)
    assert ran.code == 15
    assert f"{MODEL} version 2 is not promoted; it fails 1 of 2 gates:" in ran.words
    assert "enough events: fewer than 100 people tested with, or without, the outcome" in ran.words
    assert '--override "REASON"' in ran.words
    assert serves(versions) == "1"
    assert not (versions / "site" / "models" / MODEL).exists()
    assert (log(versions), mlflow(versions)) == before


def test_an_override_is_kept_for_ever(versions):
    ran = done(versions, "models", "promote", MODEL, 2, *ME, "--override", "Trial on invented people")
    assert "promoted although it fails enough events; the reason given is kept for ever" in ran.words
    assert serves(versions) == "2"
    first, second = log(versions)
    assert (first["action"], first["version"], first["before"]) == ("served at training", 1, None)
    assert (second["action"], second["version"], second["before"]) == ("promoted", 2, 1)
    assert (second["approved_by"], second["override"]) == ("A. Clinician", "Trial on invented people")
    assert second["failed"] == ["enough events"]
    aliases, tags = mlflow(versions)
    assert aliases == {"champion": 2, "previous": 1}
    assert tags[2]["promoted_by"] == "A. Clinician"
    assert tags[2]["override_reason"] == "Trial on invented people"
    assert tags[2]["gates_failed"] == "enough events"
    shown = done(versions, "models", "show", MODEL, 2)
    assert "Trial on invented people" in shown.words
    assert "it scores the weekly list" in shown.words


def test_promoted_and_rolled_back(lax):
    ran = done(lax, "models", "promote", MODEL, 2, *ME)
    assert "the weekly list is scored with emergency_admission version 2 from now on" in ran.words
    assert log(lax)[-1]["failed"] == []
    assert log(lax)[-1]["override"] == ""
    assert any(words.startswith("net benefit at 0.2: yes") for words in log(lax)[-1]["gates"])
    assert exported(lax) == 2
    assert mlflow(lax)[0] == {"champion": 2, "previous": 1}

    ran = done(lax, "models", "rollback", MODEL, "--approved-by", "B. Other")
    assert "version 1 from now on" in ran.words
    assert serves(lax) == "1"
    assert exported(lax) == 1
    assert mlflow(lax)[0] == {"champion": 1}
    assert (log(lax)[-1]["action"], log(lax)[-1]["approved_by"]) == ("rolled back", "B. Other")

    ran = run(lax, "models", "rollback", MODEL, *ME)
    assert ran.code == 15
    assert "version 1 is the first that was served" in ran.words
    assert len(log(lax)) == 3


def test_the_exported_bundle_scores_another_workspace(lax, own_linked_district):
    done(lax, "models", "promote", MODEL, 2, *ME)
    site = own_linked_district / "site"
    shutil.copytree(lax / "site" / "models" / MODEL, site / "models" / MODEL)
    with (site / "site.yaml").open("a", encoding="utf-8") as stream:
        stream.write(f"\nmodels: {{{MODEL}: models/{MODEL}, care_home_entry: demonstration}}\n")
    ran = done(own_linked_district, "weekly", "--as-of", "2026-04-01")
    assert ran.code == 0
    manifest = json.loads(
        next((own_linked_district / "workspace" / "lists").glob("0*/manifest.json")).read_text(encoding="utf-8")
    )
    assert f"{MODEL}@2" in json.dumps(manifest)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("promote", MODEL, "1", *ME), 15, "version 1 scores the weekly list already; nothing was changed"),
        (("promote", MODEL, "9", *ME), 15, "There is no version 9 of emergency_admission here; there are: 1, 2"),
        (("promote", "emergency_admision", "1", *ME), 15, "did you mean 'emergency_admission'?"),
        (("promote", MODEL, "2", "--approved-by", "  "), 10, "give the name of whoever approved it"),
        (("promote", MODEL, "2"), 2, "--approved-by"),
        (("rollback", MODEL, *ME), 15, "version 1 is the first that was served"),
        (("rollback", "care_home_entry", *ME), 15, "no version is served"),
        (("show", MODEL, "9"), 15, "there are: 1, 2"),
        (("compare", MODEL, "1", "9"), 15, "there are: 1, 2"),
    ],
)
def test_what_cannot_be_done_is_said(two_versions, words, code, said):
    ran = run(two_versions, "models", *words)
    assert ran.code == code
    assert said in ran.words
    assert serves(two_versions) == "1"


def test_a_log_that_was_changed_stops_promotion(lax):
    path = lax / "workspace" / "models" / MODEL / "promotions.jsonl"
    done(lax, "models", "promote", MODEL, 2, *ME)
    path.write_text(path.read_text(encoding="utf-8").replace('"version": 1', '"version": 7', 1), encoding="utf-8")
    ran = run(lax, "models", "rollback", MODEL, *ME)
    assert ran.code == 15
    assert "The log of decisions on emergency_admission is not as it was written" in ran.words
    assert serves(lax) == "2"


def test_a_bundle_that_was_changed_is_not_promoted(lax):
    trees = lax / "workspace" / "models" / MODEL / "000002" / "bundle" / "trees.txt"
    trees.write_text(trees.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    ran = run(lax, "models", "promote", MODEL, 2, *ME)
    assert ran.code == 15
    assert "has been changed since the bundle was written" in ran.words
    assert serves(lax) == "1"


def test_a_damaged_version_that_is_not_in_use_is_named_and_stops_nothing_else(versions):
    (versions / "workspace" / "models" / MODEL / "000002" / "bundle" / "bundle.json").write_text("{", encoding="utf-8")
    ran = done(versions, "models", "list")
    assert f"{MODEL} 2 its bundle is damaged" in ran.words
    assert re.search(rf"{MODEL} 1 fitted 2025-01-01 0\.\d{{3}} \S+ yes", ran.words)
    ran = run(versions, "models", "show", MODEL, 2)
    assert ran.code == 15
    assert f"The model bundle {MODEL} version 2 is not as it was written" in ran.words
    assert "Aldermoor" in done(versions, "calibration", "--model", MODEL, "--by", "cluster").words


def test_a_bundle_named_in_the_site_file_is_said_to_score_the_list(versions):
    site = versions / "site" / SITE
    site.write_text(site.read_text(encoding="utf-8") + f"models: {{{MODEL}: demonstration}}\n", encoding="utf-8")
    words = done(versions, "models", "list").words
    assert "no: the site file names another" in words
    assert re.search(rf"{MODEL} 1 named in the site file .* yes", words)
    ran = done(versions, "models", "promote", MODEL, 2, *ME, "--override", "Trial on invented people")
    assert "does not score the list" in ran.words
    assert "the weekly list is scored with" not in ran.words


def test_the_demonstration_model_beside_a_list_is_listed_too(two_versions):
    words = done(two_versions, "models", "list").words
    assert re.search(r"care_home_entry 1 the demonstration's .* yes", words)


def test_a_folder_that_holds_something_else_is_left_alone(lax):
    folder = lax / "site" / "models" / MODEL
    folder.mkdir()
    (folder / "notes.txt").write_text("mine", encoding="utf-8")
    ran = run(lax, "models", "promote", MODEL, 2, *ME)
    assert ran.code == 15
    assert "holds something that is not a bundle" in ran.words
    assert (folder / "notes.txt").read_text(encoding="utf-8") == "mine"
    assert serves(lax) == "1"
    assert len(log(lax)) == 1


def test_an_incomplete_card_holds_a_version_back(lax):
    bundle = lax / "workspace" / "models" / MODEL / "000002" / "bundle"
    card = (bundle / "card.md").read_text(encoding="utf-8").replace("## Caveats and limitations", "## Something else")
    content = json.loads((bundle / "bundle.json").read_text(encoding="utf-8"))
    (bundle / "card.md").write_text(card, encoding="utf-8")
    from hashlib import sha256

    content["files"]["card.md"] = sha256(card.encode()).hexdigest()
    (bundle / "bundle.json").write_text(json.dumps(content), encoding="utf-8")
    ran = run(lax, "models", "promote", MODEL, 2, *ME)
    assert ran.code == 15
    assert "card complete: lacks Caveats and limitations" in ran.words


def test_versions_are_compared_on_the_same_people(two_versions):
    ran = done(two_versions, "models", "compare", MODEL, 1, 2)
    assert "people at the same date, on whom neither was fitted" in ran.words
    assert "net benefit at 0.2" in ran.words
    assert "95% interval" in ran.words


def test_a_version_is_shown_with_figures_gates_and_decisions(two_versions):
    ran = done(two_versions, "models", "show", MODEL, 1)
    for words in (
        "c-statistic (AUROC)",
        "enough events",
        "version 1 served at training",
        "approved by",
        "nobody",
        "card:",
        "card with charts:",
    ):
        assert words in ran.words


def test_mlflow_holds_calibration_by_group_and_no_exact_count(two_versions):
    with closing(sqlite3.connect(two_versions / "workspace" / "mlflow" / "mlflow.db")) as store:
        metrics = {key for (key,) in store.execute("select key from metrics").fetchall()}
    assert any(key.startswith("cluster.") and key.endswith(".observed_expected") for key in metrics)
    assert any(key.startswith("practice.") for key in metrics)
    assert any(key.startswith("subgroups.sex.") for key in metrics)
    artifacts = {path.name for path in (two_versions / "workspace" / "mlflow" / "artifacts").rglob("calibration/*")}
    assert artifacts == {f"by_{by}.{ending}" for by in ("cluster", "practice") for ending in ("html", "csv")}
    about = read_bundle(two_versions / "workspace" / "models" / MODEL / "000002" / "bundle").about
    for table in ("cluster", "practice", "subgroups"):
        assert all(row["events"] is None or row["events"] % 5 == 0 for row in about["calibration"][table]["rows"])
