"""What every test shares."""

import os
import shutil
from pathlib import Path

import pytest

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(autouse=True)
def _no_site_settings(monkeypatch):
    """No test sees a developer's own site settings."""
    for name in ("CASEFINDER_DATA", "CASEFINDER_KEY"):
        monkeypatch.delenv(name, raising=False)


def made_once(tmp_path_factory, name: str, people: int, seed: int) -> Path:
    """Return the folder of a made-up economy that all the processes of a test run share: the first to finish keeps it."""
    from casefinder.simulate import simulate

    own = tmp_path_factory.getbasetemp()
    shared = own.parent if os.environ.get("PYTEST_XDIST_WORKER") else own
    folder = shared / name
    if not folder.exists():
        made = own / f"{name} being made"
        simulate(made, people, seed)
        try:
            made.rename(folder)
        except OSError:
            shutil.rmtree(made)
    return folder


@pytest.fixture(scope="session")
def economy(tmp_path_factory) -> Path:
    """The folder of a made-up economy of 6,000 people, seed 1."""
    return made_once(tmp_path_factory, "economy", people=6000, seed=1)
