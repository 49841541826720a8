"""A cluster of two workers, one of which dies, with raw files and results under ``s3a://``: all is as on DuckDB and a disk.

Spark's own readers and Python's see the same bucket, a folder here. Hadoop's file system of mount tables stands in for
S3A, and a file system of fsspec for s3fs.
"""

import shutil
from collections import Counter

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
from tests.spark.killed_link import UNLUCKY

CLUSTER = "local-cluster[2,1,1024]"
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
    """The small economy linked and scored on a cluster, its raw files and results in a bucket; the folder of all."""
    folder = tmp_path_factory.mktemp("stored")
    shutil.copytree(small_economy / "raw", folder / "nhs" / "raw")
    (folder / "nhs" / "store").mkdir()
    places = 'data: "s3a://nhs/raw"\nstore: "s3a://nhs/store"'
    spark = {"master": CLUSTER, "settings": QUICK | as_s3a(folder / "nhs" / "store")}
    site = district_site(small_economy, folder / "site", "spark", spark, data=places)
    around = known_elsewhere(folder) | {"SPARK_WORKER_DIR": str(folder / "workers")}
    (folder / "notes").mkdir()
    for command in (["link", "--site", site], ["weekly", "--as-of", AS_OF]):
        program = ("tests.spark.killed_link", folder / "notes")
        ran = casefinder(*command, "--workspace", folder / "workspace", program=program, **around)
        assert ran.code == 0, ran.words
    return folder


@pytest.mark.slow
def test_a_worker_killed_in_the_middle_of_linking_costs_its_block_only(stored):
    tries = Counter(path.name.split()[0] for path in (stored / "notes").glob("[0-9]* *"))
    assert tries.pop(str(UNLUCKY)) == 2
    assert len(tries) > 2
    assert set(tries.values()) == {1}


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
