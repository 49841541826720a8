"""Spark with raw files and results under ``s3a://``: its own readers and Python's see the same bucket, a folder here.

Hadoop's file system of mount tables stands in for S3A, and a file system of fsspec for s3fs.
"""

import shutil

import pyarrow as pa
import pytest

from casefinder.config import SparkSettings
from casefinder.engines import engine_for
from casefinder.engines.files import place
from casefinder.engines.spark import _url
from casefinder.errors import StoreError
from tests.bucket import REFUSED, SECRET, known_elsewhere
from tests.functional.conftest import AS_OF, casefinder
from tests.spark.conftest import QUICK, district_site
from tests.spark.equal import differences, files, newest

VIEWS = "spark.hadoop.fs.viewfs."


def as_s3a(folder):
    """Return the settings of Spark by which ``s3a://nhs/store`` is a folder of this machine."""
    return {
        "spark.hadoop.fs.s3a.impl": "org.apache.hadoop.fs.viewfs.ViewFileSystemOverloadScheme",
        f"{VIEWS}overload.scheme.target.file.impl": "org.apache.hadoop.fs.LocalFileSystem",
        f"{VIEWS}mounttable.nhs.link./store": f"file://{folder}",
    }


@pytest.fixture(scope="module")
def stored(tmp_path_factory, small_economy):
    """The small economy linked and scored on Spark, its raw files and results in a bucket; the folder of all."""
    folder = tmp_path_factory.mktemp("stored")
    shutil.copytree(small_economy / "raw", folder / "nhs" / "raw")
    (folder / "nhs" / "store").mkdir()
    places = 'data: "s3a://nhs/raw"\nstore: "s3a://nhs/store"'
    spark = {"master": "local[2]", "settings": QUICK | as_s3a(folder / "nhs" / "store")}
    site, around = district_site(small_economy, folder / "site", "spark", spark, data=places), known_elsewhere(folder)
    for command in (["link", "--site", site], ["weekly", "--as-of", AS_OF]):
        ran = casefinder(*command, "--workspace", folder / "workspace", **around)
        assert ran.code == 0, ran.words
    return folder


@pytest.mark.slow
def test_spark_writes_to_a_store_what_duckdb_writes_to_a_disk(stored, on_duckdb_and_disk):
    here, there = on_duckdb_and_disk, stored / "nhs" / "store"
    assert len(list((newest(there, "histories") / "blocks").glob("*.parquet"))) > 3
    assert differences(here, there) == {}
    one, other = newest(here, "lists"), newest(there, "lists")
    assert len(files(one)) > 10
    assert files(one) == files(other)
    for name in (*files(one), "manifest.json"):
        assert (one / name).read_bytes() == (other / name).read_bytes(), name


@pytest.mark.slow
def test_only_results_are_left_in_the_store_and_none_of_them_in_the_workspace(stored):
    store, workspace = stored / "nhs" / "store", stored / "workspace"
    assert not [path for path in (store / "scratch").rglob("*") if path.is_file()]
    assert {path.name for path in workspace.iterdir()} <= {"deployment.json", "decisions.db", "log", "scratch.lock"}


@pytest.mark.slow
def test_a_store_that_refuses_is_told_without_what_it_said(stored):
    around = known_elsewhere(stored / "again") | {REFUSED: "1"}
    ran = casefinder("weekly", "--as-of", AS_OF, "--workspace", stored / "workspace", **around)
    assert ran.code == 21
    assert "refused access" in ran.words
    assert SECRET not in ran.words


def test_a_path_is_told_to_spark_as_its_readers_want_it(tmp_path):
    assert _url(place("dbfs:/nhs/raw")) == "dbfs:/nhs/raw"
    assert _url(place("s3a://nhs/raw/50%")) == "s3a://nhs/raw/50%"
    assert _url(tmp_path) == f"file://{tmp_path.resolve()}"


def test_a_spark_that_lacks_the_connector_is_told(on_spark, tmp_path):
    on_spark.write(on_spark.register(pa.table({"n": [1]})), tmp_path / "rows.parquet")
    with engine_for("1GB", 1, "s3a://nhs/store/scratch/run/spill", SparkSettings(), str(tmp_path / "spill")) as engine:
        table = engine.read(tmp_path / "rows.parquet")
        with pytest.raises(StoreError, match="s3a://nhs/store: is not known to Spark"):
            engine.write(table, place("s3a://nhs/store/record/000001/people.parquet"))
