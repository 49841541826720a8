"""The model that MLflow serves: its signature, and the cluster that it takes where it carries terms."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from tests.unit.modelling.small_model import NAMES, written

from casefinder.modelling.bundle import read_bundle, write_bundle

pytest.importorskip("mlflow")


@pytest.fixture(scope="module")
def folders(models, tmp_path_factory):
    """A bundle without terms of clusters, and the same one with a term for one cluster."""
    trees, logistic, _rounds = models
    bare = written(tmp_path_factory.mktemp("served") / "bare", trees, logistic)
    bundle = read_bundle(bare)
    calibrator = replace(bundle.calibrator, clusters={"Ash": 0.5})
    write_bundle(bare.with_name("terms"), bundle.about, bundle.contract, trees, logistic, calibrator, "# small\n")
    return bare, bare.with_name("terms")


def served(folder):
    from casefinder.modelling.served_model import ServedModel

    model = ServedModel()
    model.load_context(SimpleNamespace(artifacts={"bundle": str(folder)}))
    return model


def enforced(folder, people):
    """What MLflow hands on to the model, once its signature allowed it."""
    from mlflow.models.utils import _enforce_schema

    from casefinder.modelling.registry import _signature

    return _enforce_schema(people, _signature(folder).inputs)


def test_a_model_with_terms_takes_a_cluster_where_somebody_gives_it(folders, rows):
    bare, terms = folders
    people = pd.DataFrame(rows.astype(float), columns=list(NAMES))
    plain = served(bare).predict(None, enforced(bare, people))
    without = served(terms).predict(None, enforced(terms, people))
    assert np.array_equal(without["risk"], plain["risk"])
    named = people.assign(gp_cluster=["Ash", "Elm"] * (len(people) // 2))
    found = served(terms).predict(None, enforced(terms, named))
    moved = np.log(found["risk"] / (1 - found["risk"])) - np.log(plain["risk"] / (1 - plain["risk"]))
    assert moved.to_numpy() == pytest.approx(np.tile([0.5, 0.0], len(people) // 2), abs=1e-9)
    assert np.array_equal(found["raw_score"], plain["raw_score"])


def test_a_model_without_terms_asks_for_no_cluster(folders):
    from casefinder.modelling.registry import _signature

    bare, terms = folders
    assert _signature(bare).inputs.input_names() == list(NAMES)
    assert _signature(terms).inputs.optional_input_names() == ["gp_cluster"]
