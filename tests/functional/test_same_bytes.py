"""The same inputs give the same bytes, in another workspace and without the libraries that scoring does not need."""

import os
import subprocess
import sys

import pytest

from tests.functional.conftest import AS_OF, KEY
from tests.functional.lists import copied, done
from tests.functional.small_site import whole_tree

BLOCKED = ("mlflow", "shap", "matplotlib", "optuna")
SCORE_WITHOUT = f"""
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {BLOCKED}:
            raise ModuleNotFoundError(f"{{name}} is not installed here", name=name)

sys.meta_path.insert(0, Missing())
from casefinder.cli import main
main()
"""


@pytest.fixture(scope="module")
def again(district, tmp_path_factory):
    """A workspace with the same record, whose model and lists are made again."""
    folder = copied(district, tmp_path_factory.mktemp("again") / "district")
    for name in ("models", "mlflow", "lists", "lists-for-meetings"):
        (folder / "workspace" / name).rename(folder / name)
    (folder / "workspace" / "decisions.db").unlink()
    done(folder, "train", "emergency_admission", "--refits", 2)
    return folder


def test_the_same_record_gives_the_same_bundle(again):
    first, second = (_without_the_log(folder) for folder in (again / "models", again / "workspace" / "models"))
    assert first == second
    assert "emergency_admission/000001/bundle/trees.txt" in first


def _without_the_log(folder):
    """Every file but the log of who served which version when."""
    return {name: content for name, content in whole_tree(folder).items() if not name.endswith("promotions.jsonl")}


def test_lists_are_the_same_bytes_without_what_only_training_needs(again):
    """The week scored and its lists written by a process in which MLflow, SHAP and Matplotlib cannot be imported."""
    for words in (("weekly",), ("worklist", "--all")):
        ran = subprocess.run(
            [sys.executable, "-c", SCORE_WITHOUT, *words, "--as-of", AS_OF, "--workspace", str(again / "workspace")],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "CASEFINDER_KEY": KEY, "TZ": "Pacific/Auckland", "LC_ALL": "C", "PYTHONHASHSEED": "7"},
        )
        assert ran.returncode == 0, ran.stderr
    for name in ("lists", "lists-for-meetings"):
        before, after = whole_tree(again / name), whole_tree(again / "workspace" / name)
        assert list(before) == list(after)
        assert [path for path in before if before[path] != after[path]] == []
    endings = {path.rpartition(".")[2] for path in whole_tree(again / "workspace" / "lists-for-meetings")}
    assert endings == {"csv", "xlsx", "html"}
