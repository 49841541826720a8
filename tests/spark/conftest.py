"""Tests of Spark: make test-spark. They are left out where PySpark is not installed, and by the README's test command."""

from importlib.util import find_spec

import pytest

from casefinder.config import SparkSettings
from casefinder.engines import engine_for

collect_ignore_glob = [] if find_spec("pyspark") else ["test_*.py"]

QUICK = {
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "spark.sql.shuffle.partitions": "2",
    "spark.default.parallelism": "2",
}
"""For tables of a few rows, starting costs more than working."""


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
