"""``train`` with ``engine: spark``: outcomes, cohort and features worked out by workers; the bundle is that of DuckDB."""

import json
import shutil

import pytest

from casefinder.commands.deployment import FITTED_HERE
from tests.functional.conftest import casefinder
from tests.functional.small_site import whole_tree
from tests.spark.conftest import QUICK, district_site

MODEL = """
name: small
meaning: The chance of a stay in hospital within a year.
outcome: any_admission
risk_words: people like this stay in hospital within 12 months
families: [demographics, emergency_admissions, conditions]
split: {fit_months_before: [21, 17], calibrate_share: 0.25, without_outcome_share: 0.5}
trees: {max_rounds: 20, min_data_in_leaf: 20}
logistic: {strengths: [0.01]}
"""


@pytest.fixture(scope="module")
def trained(tmp_path_factory, small_economy, on_duckdb_and_disk):
    """One linked district of several blocks, and a model fitted on it with each engine."""
    folder = tmp_path_factory.mktemp("train")
    (folder / "small.yaml").write_text(MODEL, encoding="utf-8")
    found = {}
    for engine in ("duckdb", "spark"):
        workspace = folder / engine / "workspace"
        for step in ("record", "histories"):
            shutil.copytree(on_duckdb_and_disk / step, workspace / step)
        site = district_site(small_economy, folder / engine / "site", engine, {"master": "local[2]", "settings": QUICK})
        ran = casefinder("train", folder / "small.yaml", "--site", site, "--workspace", workspace)
        assert ran.code == 0, ran.words
        found[engine] = (workspace, ran)
    return found


@pytest.mark.slow
def test_the_bundle_and_the_people_tested_are_those_of_duckdb(trained):
    (one, _), (other, _) = trained.values()
    for step in ("models/small/000001", "tested/000001"):
        files = whole_tree(one / step)
        assert len(files) > 1
        assert files == whole_tree(other / step)
    bundle = json.loads((one / "models" / "small" / "000001" / "bundle" / "bundle.json").read_text(encoding="utf-8"))
    assert bundle["about"]["sampling"]["share_kept"] == 0.5
    assert bundle["about"]["sampling"]["left_out"]["fit"] > 100
    assert len(list(next((one / "histories").glob("0*")).joinpath("blocks").glob("*.parquet"))) > 3


@pytest.mark.slow
def test_nothing_of_the_rows_is_left_and_the_command_says_what_ran_where(trained):
    for workspace, _ in trained.values():
        assert list((workspace / "rows").iterdir()) == []
    assert FITTED_HERE in trained["spark"][1].words
    assert FITTED_HERE not in trained["duckdb"][1].words
