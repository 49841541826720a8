"""A store that only these tests know."""

import fsspec
import pytest
from tests.bucket import Bucket, known_here

from casefinder.engines.files import place


@pytest.fixture
def bucket(tmp_path, monkeypatch):
    """An empty bucket; returns its path in the store."""
    (tmp_path / "buckets" / "nhs").mkdir(parents=True)
    known_here(monkeypatch, tmp_path / "buckets")
    assert fsspec.get_filesystem_class("s3") is Bucket
    return place("s3://nhs")


@pytest.fixture(params=["disk", "store"])
def folder(request, tmp_path):
    """A folder that is not there yet: on a disk, and in a store."""
    return tmp_path / "made" if request.param == "disk" else request.getfixturevalue("bucket") / "made"
