"""``bootstrap.py mlflow-ui``: MLflow's own pages, on the loopback address and nowhere else."""

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def bootstrap():
    about = importlib.util.spec_from_file_location("bootstrap_of_the_checkout", ROOT / "bootstrap.py")
    found = importlib.util.module_from_spec(about)
    about.loader.exec_module(found)
    return found


def test_a_workspace_without_a_store_says_how_to_make_one(bootstrap, tmp_path):
    with pytest.raises(SystemExit, match="fit a model first: casefinder train MODEL --workspace DIR"):
        bootstrap.mlflow_ui(["--workspace", str(tmp_path)])


def test_it_listens_on_the_loopback_address_only(bootstrap, tmp_path, monkeypatch, capsys):
    store = tmp_path / "mlflow" / "mlflow.db"
    store.parent.mkdir()
    store.touch()
    ran = []
    monkeypatch.setattr(bootstrap, "run", lambda *words: ran.append([str(word) for word in words]))
    bootstrap.mlflow_ui(["--workspace", str(tmp_path), "--port", "5123"])
    (words,) = ran
    assert words[words.index("--host") + 1] == "127.0.0.1"
    assert words[words.index("--backend-store-uri") + 1] == f"sqlite:///{store.as_posix()}"
    assert "http://127.0.0.1:5123" in capsys.readouterr().out


def test_make_and_bootstrap_offer_the_same_tasks(bootstrap):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for task in ("setup", *bootstrap.TASKS):
        assert f"$(PYTHON) bootstrap.py {task}" in makefile
