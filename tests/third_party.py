"""Where third-party data lie, for tests that read them."""

import os
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "shared" / "data"


def third_party_file(folder: str, name: str) -> Path:
    """Return a file of third-party data; skip without it on a user's machine, fail where CI=true."""
    path = FOLDER / folder / name
    if not path.is_file():
        words = f"'{name}' is not at hand: expected in ../shared/data/{folder}, relative to the project"
        if os.environ.get("CI") == "true":
            pytest.fail(words)
        pytest.skip(words)
    return path
