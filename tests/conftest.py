"""What every test shares."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("OMP_NUM_THREADS", "1")


LONGEST = "test_desynpuf"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest module and the other modules of commands, so that no worker ends with a long one alone."""
    items.sort(key=lambda item: (item.path.stem != LONGEST, "functional" not in item.path.parts))


@pytest.fixture(autouse=True)
def _no_site_settings(monkeypatch):
    """No test sees a developer's own site settings."""
    for name in ("CASEFINDER_DATA", "CASEFINDER_KEY"):
        monkeypatch.delenv(name, raising=False)


def made_once(tmp_path_factory, name: str, make: Callable[[Path], object]) -> Path:
    """Return a folder that all the processes of a test run share: the first to come makes it, the others wait."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if os.environ.get("PYTEST_XDIST_WORKER") else own
    folder, claim, done, failed = (shared / f"{name}{end}" for end in ("", " claimed", " done", " failed"))
    try:
        claim.touch(exist_ok=False)
    except FileExistsError:
        while not done.exists():
            assert not failed.exists(), f"another test process could not make {name}"
            time.sleep(0.2)
        return folder
    try:
        make(folder)
    except BaseException:
        failed.touch()
        raise
    done.touch()
    return folder


@pytest.fixture(scope="session")
def economy(tmp_path_factory) -> Path:
    """The folder of a made-up economy of 6,000 people, seed 1. Read it only; to change it, copy it."""
    from casefinder.simulate import simulate

    return made_once(tmp_path_factory, "economy", lambda folder: simulate(folder, 6000, 1))
