"""What Spark does for an Ibis expression: files in order, tasks for numbers, words where a part is missing."""

import functools
import os

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.sql import SparkSession

from casefinder.config import SparkSettings
from casefinder.engines import engine_for
from casefinder.errors import RawDataError, WorkspaceError
from tests.functional.small_site import SmallSite

ROWS = pa.table({"person": [f"p{number % 97}" for number in range(5000)], "value": list(range(5000))})


def test_a_sorted_table_is_one_file_in_its_order(on_spark, tmp_path):
    table = on_spark.register(ROWS)
    on_spark.write(table.order_by("person", table.value.desc()).select("value", "person"), tmp_path / "sorted.parquet")
    assert (tmp_path / "sorted.parquet").is_file()
    written = pq.read_table(tmp_path / "sorted.parquet").to_pylist()
    assert written == sorted(
        ({"value": row["value"], "person": row["person"]} for row in ROWS.to_pylist()),
        key=lambda row: (row["person"], -row["value"]),
    )


def test_other_tables_are_read_back_whole_from_wherever_they_lie(on_spark, tmp_path):
    place = tmp_path / "100% [of] {it}" / "block=3"
    on_spark.write(on_spark.register(ROWS), place / "kept.parquet")
    read = on_spark.read(place / "kept.parquet")
    assert read.columns == ("person", "value")
    assert on_spark.fetch(read).sort_by("value").equals(ROWS)
    parts = [batch for batch in on_spark.batches(read.order_by("value"), 1000)]
    assert max(len(batch) for batch in parts) <= 1000
    assert pa.Table.from_batches(parts).equals(ROWS)


def test_parts_are_written_by_number_and_an_empty_one_is_none(on_spark, tmp_path):
    table = on_spark.register(ROWS)
    on_spark.write_parts(table.mutate(block=(table.value % 3).cast("int32")), tmp_path / "parts")
    assert on_spark.fetch(on_spark.part(tmp_path / "parts", 1).count().as_table())[0][0].as_py() == 1667
    assert on_spark.part(tmp_path / "parts", 3) is None


def test_nothing_to_read_is_said(on_spark, tmp_path):
    with pytest.raises(WorkspaceError, match="no tables in nowhere"):
        on_spark.read(tmp_path / "nowhere")


def run_elsewhere(mine, number):
    """Return a number and whether another process worked it out."""
    if number == 13:
        raise RawDataError("an unlucky number:")
    return number, os.getpid() != mine


def test_tasks_run_in_workers_and_come_back_in_order(on_spark):
    found = list(on_spark.each(functools.partial(run_elsewhere, os.getpid()), [5, 3, 8, 1]))
    assert found == [(5, True), (3, True), (8, True), (1, True)]
    assert list(on_spark.each(str, [])) == []


def test_a_mistake_of_a_user_in_a_task_stays_what_it_is(on_spark):
    with pytest.raises(RawDataError, match="an unlucky number"):
        list(on_spark.each(functools.partial(run_elsewhere, os.getpid()), [1, 13]))


def test_a_session_that_is_there_is_used_and_left_running(on_spark, tmp_path):
    there = SparkSession.getActiveSession()
    there.conf.set("spark.sql.ansi.enabled", "false")
    with engine_for("1GB", 1, str(tmp_path / "spill"), SparkSettings()) as engine:
        assert engine.fetch(engine.register(ROWS).count().as_table())[0][0].as_py() == len(ROWS)
    assert there.conf.get("spark.sql.ansi.enabled") == "false"
    there.conf.set("spark.sql.ansi.enabled", "true")
    assert there.range(3).count() == 3


def test_spark_is_reached_on_loopback_only_and_shows_no_pages(on_spark):
    context = SparkSession.getActiveSession().sparkContext
    assert context.getConf().get("spark.driver.host") == "127.0.0.1"
    assert context.uiWebUrl is None


def test_without_java_the_user_is_told_what_to_install(tmp_path):
    small = SmallSite(tmp_path)
    small.settings["engine"] = "spark"
    ran = small.link(PATH="", JAVA_HOME="")
    assert ran.code == 18
    assert "needs a Java runtime, and none was found on PATH" in ran.words
    assert "pip install" not in ran.words, "PySpark is there"
    assert "Traceback" not in ran.words
