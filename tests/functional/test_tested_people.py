"""The people on whom a version was tested stay in the workspace, and give the figures that its bundle tells."""

import json

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from casefinder.engines import Workspace
from casefinder.errors import WorkspaceError
from casefinder.modelling.tested import read_tested

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


def test_a_version_whose_people_were_purged_is_told(district):
    with pytest.raises(WorkspaceError, match="may have been purged"):
        read_tested(Workspace(district / "workspace"), MODEL, 7)
