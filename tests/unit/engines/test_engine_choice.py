"""Which engine a site gets, and what it is told where a part of it is missing."""

import sys

import pytest

from casefinder.config import SparkSettings
from casefinder.config._yaml import build
from casefinder.engines import DuckEngine, engine_for
from casefinder.errors import ConfigError, MissingPartError


def test_a_site_gets_duckdb_unless_it_asks_for_another(tmp_path):
    with engine_for("500MB", 1, str(tmp_path / "spill")) as found:
        assert isinstance(found, DuckEngine)


def test_without_pyspark_spark_is_refused_with_the_line_that_installs_it(tmp_path, monkeypatch):
    for name in ("pyspark", "pyspark.sql", "ibis.backends.pyspark"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingPartError) as told:
        engine_for("500MB", 1, str(tmp_path / "spill"), SparkSettings())
    assert "python -m pip install 'casefinder[spark]'" in str(told.value)


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
