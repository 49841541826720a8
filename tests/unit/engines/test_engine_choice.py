"""Which engine a site gets, and what it is told where a part of it is missing."""

import sys
from types import ModuleType, SimpleNamespace

import pytest

from casefinder.config import SparkSettings
from casefinder.config._yaml import build
from casefinder.engines import DuckEngine, engine_for
from casefinder.errors import ConfigError, MissingPartError


def test_a_site_gets_duckdb_unless_it_asks_for_another(tmp_path):
    with engine_for("500MB", 1, str(tmp_path / "spill")) as found:
        assert isinstance(found, DuckEngine)


PYSPARK = ("pyspark", "pyspark.sql", "ibis.backends.pyspark")


@pytest.fixture
def refused(tmp_path, monkeypatch):
    """Return what is told of Spark where PySpark is there or not, with a Java runtime on PATH and under JAVA_HOME or not."""

    def _refused(pyspark, on_path, home):
        spark_sql = ModuleType("pyspark.sql")
        spark_sql.SparkSession = SimpleNamespace(getActiveSession=lambda: None)
        for name in PYSPARK:
            monkeypatch.setitem(sys.modules, name, spark_sql if pyspark else None)
        runtime = tmp_path / "java" / "bin" / ("java.exe" if sys.platform == "win32" else "java")
        runtime.parent.mkdir(parents=True)
        runtime.touch(0o755)
        monkeypatch.setenv("PATH", str(runtime.parent) if on_path else "")
        monkeypatch.setenv("JAVA_HOME", str(tmp_path / home) if home else "")
        monkeypatch.delenv("PYSPARK_GATEWAY_PORT", raising=False)
        with pytest.raises(MissingPartError) as told:
            engine_for("500MB", 1, str(tmp_path / "spill"), SparkSettings())
        return str(told.value)

    return _refused


@pytest.mark.parametrize(("on_path", "home"), [(True, ""), (False, "java")])
def test_without_pyspark_spark_is_refused_with_the_line_that_installs_it(refused, on_path, home):
    words = refused(False, on_path, home)
    assert words.endswith("python -m pip install 'casefinder[spark]'")
    assert "Java" not in words


def test_without_java_spark_is_refused_and_nobody_installs_pyspark_again(refused):
    words = refused(True, False, "")
    assert "needs a Java runtime, and none was found on PATH" in words
    assert "`java` on PATH, or JAVA_HOME" in words
    assert "pip install" not in words


def test_a_java_home_without_java_is_told_since_spark_looks_nowhere_else(refused):
    assert "gone) holds none" in refused(True, True, "gone")


def test_without_both_both_are_told(refused):
    words = refused(False, False, "")
    assert "python -m pip install 'casefinder[spark]' and, since none was found on PATH, a Java runtime" in words


def test_settings_of_spark_may_be_written_as_yaml_writes_them():
    settings = SparkSettings.model_validate({"settings": {"spark.ui.enabled": True, "spark.executor.cores": 4}})
    assert settings.settings == {"spark.ui.enabled": "true", "spark.executor.cores": "4"}


def test_duckdb_runs_a_task_for_each_number_in_their_order(tmp_path):
    with engine_for("500MB", 1, str(tmp_path / "spill")) as engine:
        assert list(engine.each(str, [3, 1, 2])) == ["3", "1", "2"]


@pytest.mark.parametrize("name", ["spark.hadoop.fs.s3a.secret.key", "spark.hadoop.fs.s3a.access.key",
                                  "fs.azure.account.key.there", "spark.ssl.keyPassword"])  # fmt: skip
def test_a_setting_of_spark_that_holds_a_credential_is_refused_and_not_repeated(name):
    with pytest.raises(ConfigError, match="credentials come from the environment") as told:
        build(SparkSettings, {"settings": {name: "verysecretkey"}}, "site.yaml")
    assert "verysecretkey" not in str(told.value)
