"""When the version in use may be judged on the people on whom a new one is tested, and what is kept of it."""

from types import SimpleNamespace

import numpy as np
import pytest
from tests.unit.modelling.small_model import bundle, contract

from casefinder.commands.training import Asked, run_train
from casefinder.engines import Workspace
from casefinder.errors import ModelError
from casefinder.histories.practices import Practices
from casefinder.modelling.splits import TEST
from casefinder.modelling.tested import comparable
from casefinder.modelling.tested import tested_people as rows_of

SPLIT = {"seed": 1, "fit_share": 0.6, "stop_share": 0.1, "calibrate_share": 0.1}
SAME = {"horizon_days": 365, "index_dates": {"test": ["2025-01-01"]}, "settings": {"split": SPLIT}}


def fitted(rows, **about):
    """As much of a fitted model as the people tested are made from."""
    size = len(rows)
    names = ("outcome", "weight", "practice", "raw_trees", "risk_trees", "raw_logistic", "risk_logistic")
    test = {name: np.full(size, 0.5) for name in names} | {"people": [f"p{place}" for place in range(size)]}
    return SimpleNamespace(
        settings=SimpleNamespace(served="trees"),
        contract=contract(),
        plan=SimpleNamespace(dates={TEST: ["2025-01-01"]}),
        about=bundle(None).about | SAME | about,
        test=test,
        characteristics={},
        test_features=rows,
    )


@pytest.fixture
def champion(models):
    return bundle(models[0], **SAME)


def test_the_champion_scores_the_same_people_as_it_would_by_itself(champion, rows):
    people = rows_of(fitted(rows), Practices({}, {}), champion)
    assert set(people["champion_version"]) == {3}
    assert people["champion_raw_score"].to_numpy() == pytest.approx(champion.raw_scores(rows))
    assert people["champion_risk"].to_numpy() == pytest.approx(champion.risks(champion.raw_scores(rows)))


def test_without_a_champion_nothing_is_kept_of_one(rows):
    assert not [name for name in rows_of(fitted(rows), Practices({}, {}), None).columns if name.startswith("champion")]


@pytest.mark.parametrize(
    "other",
    [
        {"horizon_days": 90},
        {"cohort": {"min_age": 65}},
        {"outcome": {"name": "death"}},
        {"index_dates": {"test": ["2024-07-01"]}},
        {"settings": {"split": SPLIT | {"seed": 2}}},
        {"settings": {"split": SPLIT | {"fit_share": 0.5}}},
    ],
    ids=["horizon", "cohort", "outcome", "an earlier test date", "seed of the split", "share fitted on"],
)
def test_what_makes_two_models_impossible_to_compare(champion, rows, other):
    assert comparable(champion, fitted(rows))
    assert not comparable(champion, fitted(rows, **other))


def test_a_feature_defined_otherwise_is_another_feature(champion, rows):
    changed = fitted(rows)
    changed.contract = SimpleNamespace(
        names=changed.contract.names,
        definitions=("another", *changed.contract.definitions[1:]),
        categories=changed.contract.categories,
    )
    assert not comparable(champion, changed)


def test_training_replaces_no_version_in_use_on_real_people(tmp_path, monkeypatch):
    monkeypatch.setattr("casefinder.commands.training.serving", lambda _workspace, _model: SimpleNamespace(number=4))
    site = SimpleNamespace(demonstration=False, folder=tmp_path)
    deployment = SimpleNamespace(site=site, workspace=Workspace(tmp_path))
    with pytest.raises(ModelError, match="it is replaced by promotion") as found:
        run_train(deployment, "emergency_admission", SimpleNamespace(), Asked(serve_it=True))
    assert "casefinder models promote emergency_admission VERSION --approved-by NAME" in found.value.remedy
