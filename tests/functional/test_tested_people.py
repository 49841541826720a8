"""The people on whom a version was tested stay in the workspace, and give the figures that its bundle tells."""

import json
import sqlite3
from contextlib import closing

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from casefinder.engines import Workspace
from casefinder.errors import WorkspaceError
from casefinder.modelling.bundle import read_bundle
from casefinder.modelling.disclosed_measures import disclosed_measures
from casefinder.modelling.measure_metrics import measure_metrics
from casefinder.modelling.measured import FILE
from casefinder.modelling.registry import _metric_name
from casefinder.modelling.tested import read_tested
from tests.functional.lists import run

MODEL = "emergency_admission"


@pytest.fixture(scope="module")
def people(district):
    return read_tested(Workspace(district / "workspace"), MODEL, 1)


def test_the_figures_of_the_bundle_come_from_these_rows(district, people):
    exact = json.loads((district / "workspace" / "models" / MODEL / "000001" / "exact.json").read_text(encoding="utf-8"))
    figures = exact["figures"]
    assert len(people) == figures["people"]
    assert people["outcome"].sum() == figures["events"]
    seen = people["weight"] > 0
    auroc = roc_auc_score(people.loc[seen, "outcome"], people.loc[seen, "risk"])
    assert auroc == pytest.approx(figures["c_statistic"], abs=0.01)
    assert set(people["index_date"]) == set(exact["index_dates"]["test"])


def test_everyone_has_a_practice_a_cluster_and_characteristics(people):
    assert people["person_id"].is_unique
    assert people["practice_code"].notna().all()
    assert people["gp_cluster"].notna().all()
    assert set(people["sex"]) <= {"male", "female", "other", "unknown"}
    assert people["age"].between(18, 120).all()
    assert np.isfinite(people["raw_score"]).all()


@pytest.fixture(scope="module")
def measures(district):
    """The exact record of measures, and what the bundle says of itself."""
    version = district / "workspace" / "models" / MODEL / "000001"
    return json.loads((version / FILE).read_text(encoding="utf-8")), read_bundle(version / "bundle").about


def test_the_record_of_measures_comes_from_these_rows(people, measures):
    exact, about = measures
    assert (exact["people"], exact["events"]) == (len(people), people["outcome"].sum())
    list_ = next(row for row in exact["lists"]["rows"] if row["score"] == "model" and row["share"] == 0.05)
    top = people.nlargest(list_["k"], "raw_score")
    assert list_["ppv"] == pytest.approx(np.average(top["outcome"], weights=top["weight"]), abs=1e-6)
    assert list_["no_recent_admission"] == pytest.approx((top["emergency_admissions_730d"] == 0).mean(), abs=1e-6)
    assert {row["characteristic"] for row in exact["equity"]["rows"]} >= {"age", "ethnicity", "years with the practice"}
    assert exact["stability"]["refits"] == 2
    assert 0 < exact["stability"]["mean_error"] < exact["stability"]["centile_95_error"] < 0.5
    assert exact["new_to_team"] is None, "no list was issued before the test date"
    assert about["evaluation"] == json.loads(json.dumps(disclosed_measures(exact)))


def test_the_people_needed_were_told_before_the_fit(district, measures):
    told, sizes = (district / "train.txt").read_text(encoding="utf-8"), measures[1]["sample_size"]
    needed = sizes["development"]
    assert f"people needed: {needed['people']:,} to fit it (there are {needed['available']:,})" in " ".join(told.split())
    assert needed["available"] % 5 == 0
    assert needed["enough"] is False


def test_mlflow_holds_every_disclosed_number_the_record_and_its_charts(district, measures):
    folder, about = district / "workspace" / "mlflow", measures[1]
    with closing(sqlite3.connect(folder / "mlflow.db")) as store:
        found = store.execute("select metric_name, metric_value, dataset_name from logged_model_metrics").fetchall()
    metrics, datasets = {name: value for name, value, _ in found}, {dataset for _, _, dataset in found}
    expected = {_metric_name(name): value for name, value in measure_metrics(about).items()}
    assert len(expected) > 300
    assert {name: metrics.get(name) for name in expected} == expected
    assert len(datasets) == 1
    kept = {path.name: path for path in (folder / "artifacts").rglob("evaluation/*")}
    assert {"evaluation.json", "decision_curve.svg"} <= set(kept)
    assert json.loads(kept["evaluation.json"].read_text(encoding="utf-8")) == about["evaluation"]


def test_a_version_shows_what_lists_find_and_equity_by_group(district):
    words = run(district, "models", "show", MODEL, 1).words
    for said in (
        "What lists find among the people tested",
        "top 5 in 100",
        "Groups among the people tested",
        "over 2 refits",
    ):
        assert said in words


def test_a_version_whose_people_were_purged_is_told(district):
    with pytest.raises(WorkspaceError, match="may have been purged"):
        read_tested(Workspace(district / "workspace"), MODEL, 7)
