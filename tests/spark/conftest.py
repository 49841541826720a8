"""Tests of Spark: make test-spark. They are left out where PySpark is not installed, and by the README's test command."""

import json
from importlib.util import find_spec
from pathlib import Path

import pytest

from casefinder.config import SparkSettings
from casefinder.engines import engine_for
from casefinder.simulate import simulate
from tests.functional.conftest import AS_OF, casefinder, site_folder

collect_ignore_glob = [] if find_spec("pyspark") else ["test_*.py"]

_LIGHT = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
QUICK = {
    "spark.driver.extraJavaOptions": _LIGHT,
    "spark.executor.extraJavaOptions": _LIGHT,
    "spark.sql.shuffle.partitions": "2",
    "spark.default.parallelism": "2",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
}
"""For tables of a few rows, starting and compiling cost more than working. Whole sets run as Spark does by itself."""


@pytest.fixture(scope="session")
def on_spark(tmp_path_factory):
    """Spark on this machine, two threads."""
    settings = SparkSettings(master="local[2]", settings=QUICK)
    with engine_for("1GB", 2, str(tmp_path_factory.mktemp("spark") / "spill"), settings) as found:
        yield found


@pytest.fixture(scope="session")
def engine(on_spark):
    """The engine that rules written for both are tried on."""
    return on_spark


@pytest.fixture(scope="session")
def on_duckdb(tmp_path_factory):
    """DuckDB, to hold Spark against."""
    with engine_for("1GB", 1, str(tmp_path_factory.mktemp("duckdb") / "spill")) as found:
        yield found


def district_site(economy: Path, folder: Path, engine: str, spark: dict, **replace: str) -> Path:
    """Make a site of the simulated district in several blocks, for an engine; return its site file."""
    site = site_folder(economy, folder, **replace)
    with site.open("a", encoding="utf-8") as stream:
        stream.write(f"\nengine: {engine}\nspark: {json.dumps(spark)}\nblock_people: 500\n")
    return site


@pytest.fixture(scope="session")
def small_economy(tmp_path_factory) -> Path:
    """The folder of a made-up economy of 2,000 people. Read only."""
    folder = tmp_path_factory.mktemp("economy") / "economy"
    simulate(folder, 2000, 3)
    return folder


@pytest.fixture(scope="session")
def on_duckdb_and_disk(tmp_path_factory, small_economy) -> Path:
    """The workspace of the small economy, linked and scored on DuckDB: what Spark is held against. Read only."""
    folder = tmp_path_factory.mktemp("district")
    site = district_site(small_economy, folder / "site", "duckdb", {})
    for command in (["link", "--site", site], ["weekly", "--as-of", AS_OF]):
        ran = casefinder(*command, "--workspace", folder / "workspace")
        assert ran.code == 0, ran.words
    return folder / "workspace"
