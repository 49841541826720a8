"""What every test shares."""

import os

import pytest

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(autouse=True)
def _no_site_settings(monkeypatch):
    """No test sees a developer's own site settings."""
    for name in ("CASEFINDER_DATA", "CASEFINDER_KEY"):
        monkeypatch.delenv(name, raising=False)
