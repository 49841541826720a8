"""Paths of a store, and what is said where a store cannot be used."""

import pickle
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa
import pytest
from fsspec.registry import _registry
from tests.bucket import REFUSED, SECRET

from casefinder.config.places import checked_place
from casefinder.engines import engine_for
from casefinder.engines.duck_stores import SharedFile
from casefinder.engines.files import place, read_table
from casefinder.engines.stores import fault, reached
from casefinder.errors import MissingPartError, StoreError


def test_a_path_of_a_store_is_put_together_and_taken_apart_as_a_local_one():
    path = place("s3://nhs/raw") / "2026" / "deaths.csv.gz"
    assert (path.name, path.stem, path.suffix) == ("deaths.csv.gz", "deaths.csv", ".gz")
    assert str(path.parent) == "s3://nhs/raw/2026"
    assert str(path.with_name("births.csv")) == "s3://nhs/raw/2026/births.csv"
    assert place("s3://nhs").parent == place("s3://nhs")
    assert path.resolve() == path
    assert pickle.loads(pickle.dumps(path)) == path
    assert sorted([path, path.parent])[0] == path.parent


@pytest.fixture
def full(bucket):
    for name in ("raw/a.csv", "raw/b.csv", "raw/c.parquet", "raw/2026/d.csv", "raw/2026/april/e.csv"):
        (bucket / name).write_text(name)
    return bucket


def test_folders_are_there_with_what_lies_in_them(full):
    assert (full / "raw").is_dir()
    assert (full / "raw").exists()
    assert not (full / "raw").is_file()
    assert (full / "raw/a.csv").is_file()
    assert not (full / "raw/a.csv").is_dir()
    assert not (full / "none").exists()
    assert list((full / "none").iterdir()) == []
    (full / "raw/2026/april/e.csv").unlink()
    assert not (full / "raw/2026/april").exists()
    (full / "raw/2026/april/e.csv").unlink(missing_ok=True)
    with pytest.raises(FileNotFoundError):
        (full / "raw/2026/april/e.csv").unlink()


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("*.csv", ["a.csv", "b.csv"]),
        ("a.csv", ["a.csv"]),
        ("*/?.csv", ["d.csv"]),
        ("2026/*", ["april", "d.csv"]),
        ("**/*.csv", ["a.csv", "b.csv", "d.csv", "e.csv"]),
        ("*.txt", []),
    ],
)
def test_patterns_find_what_they_find_on_a_disk(full, tmp_path, pattern, found):
    assert sorted(one.name for one in (full / "raw").glob(pattern)) == found
    assert sorted(one.name for one in (tmp_path / "buckets" / "nhs" / "raw").glob(pattern)) == found


def test_everything_below_a_folder_is_found(full):
    assert sorted(str(one) for one in (full / "raw").rglob("*.csv"))[0] == "s3://nhs/raw/2026/april/e.csv"
    assert len(list((full / "raw").rglob("*"))) == 5


def test_text_is_read_as_it_was_written(full):
    with (full / "raw/a.csv").open(encoding="utf-8-sig", newline="") as stream:
        assert stream.read() == "raw/a.csv"


def test_a_store_that_refuses_is_told_and_what_it_said_is_not(full, monkeypatch):
    monkeypatch.setenv(REFUSED, "1")
    for use in (
        full.exists,
        lambda: list(full.iterdir()),
        lambda: (full / "x").write_text(""),
        lambda: read_table(full / "x"),
    ):
        with pytest.raises(StoreError, match="refused access") as told:
            use()
        assert SECRET not in str(told.value)


def test_a_bucket_that_is_not_there_is_told_when_something_is_written(bucket):
    with pytest.raises(StoreError, match="no such bucket"):
        (place("s3://elsewhere") / "x").write_text("rows")
    assert not place("s3://elsewhere/x").exists()


def test_duckdb_says_what_the_store_said(full, tmp_path, monkeypatch):
    with engine_for("500MB", 1, str(tmp_path / "spill")) as engine:
        table = engine.read(written(engine, full))
        monkeypatch.setenv(REFUSED, "1")
        for use in (lambda: engine.fetch(table), lambda: engine.write(table, full / "again.parquet")):
            with pytest.raises(StoreError, match="refused access") as told:
                use()
            assert SECRET not in str(told.value)


def written(engine, bucket):
    path = bucket / "rows.parquet"
    engine.write(engine.register(pa.table({"n": [1]})), path)
    return path


def test_what_a_killed_try_left_in_a_store_is_written_over(full, tmp_path):
    """A try that is killed may leave a file half written, or whole: the next must put its own in its place."""
    target = full / "blocks" / "00002.parquet"
    target.write_bytes(b"half")
    with engine_for("500MB", 1, str(tmp_path / "spill")) as engine:
        for rows in ([1, 2, 3], [4]):
            engine.write(engine.register(pa.table({"n": rows})), target)
            assert engine.fetch(engine.read(target))["n"].to_pylist() == rows
    assert [one.name for one in target.parent.iterdir()] == ["00002.parquet"]


def test_a_missing_library_is_named_with_the_line_that_installs_it(monkeypatch):
    for scheme, library in (("s3", "s3fs"), ("s3a", "s3fs"), ("abfss", "adlfs")):
        monkeypatch.delitem(_registry, scheme, raising=False)
        monkeypatch.setitem(sys.modules, library, None)
        with pytest.raises(MissingPartError, match=f"python -m pip install {library}"):
            place(f"{scheme}://c@nhs/raw").exists()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("NoCredentialsError", "no credentials"),
        ("TokenRetrievalError", "no credentials"),
        ("EndpointConnectionError", "did not answer"),
        ("ConnectTimeoutError", "did not answer"),
        ("AccessDenied", "refused access"),
        ("SomethingElse", r"failed \(SomethingElse\)"),
    ],
)
def test_errors_of_a_stores_library_are_told_by_their_kind(name, words):
    error = type(name, (Exception,), {"__module__": "botocore.exceptions"})
    with pytest.raises(StoreError, match=words) as told, reached("s3://nhs"):
        raise error(SECRET)
    assert SECRET not in str(told.value)
    assert "s3://nhs" in str(told.value)


def test_a_defect_stays_a_defect():
    with pytest.raises(KeyError), reached("s3://nhs"):
        raise KeyError("column")
    assert fault("TimeoutException: a broadcast took too long") is None


@pytest.mark.parametrize("place", ["raw", "/data/raw", "C:/data", "s3://nhs/raw", "s3a://nhs", "dbfs:/raw",
                                   "abfss://raw@there.dfs.core.windows.net/2026"])  # fmt: skip
def test_places_are_taken_as_they_are_written(place):
    assert checked_place(place) == place


@pytest.mark.parametrize("place", [f"s3://user:{SECRET}@nhs/raw", f"s3://nhs/raw?key={SECRET}", f"gs://{SECRET}", "s3:///raw",
                                   f"https://{SECRET}@nhs", "dbfs://raw", f"abfss://{SECRET}/raw"])  # fmt: skip
def test_what_is_no_place_is_refused_without_repeating_it(place):
    with pytest.raises(ValueError, match=r"credentials come from|is not read") as told:
        checked_place(place)
    assert SECRET not in str(told.value)


def test_threads_that_read_one_object_do_not_move_each_other(tmp_path):
    (tmp_path / "numbers").write_bytes(b"".join(number.to_bytes(4, "big") for number in range(20_000)))
    with (tmp_path / "numbers").open("rb") as stream, ThreadPoolExecutor(4) as threads:
        shared = SharedFile(stream)

        def read(number):
            shared.seek(4 * number)
            time.sleep(0)
            return int.from_bytes(shared.read(4), "big")

        assert list(threads.map(read, range(20_000))) == list(range(20_000))
    with (tmp_path / "numbers").open("rb") as stream:
        shared = SharedFile(stream)
        assert (shared.seek(-4, 2), shared.seek(-4, 1), shared.tell()) == (79_996, 79_992, 79_992)
        assert len(shared.read()) == 8
