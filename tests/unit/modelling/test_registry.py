"""Where MLflow keeps what is logged: in the workspace, also after the workspace was copied."""

import shutil

import pytest

from casefinder.modelling.registry import Registry

mlflow = pytest.importorskip("mlflow")


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A workspace whose store was opened once, which takes seconds."""
    folder = tmp_path_factory.mktemp("store") / "first"
    folder.mkdir()
    Registry("", folder)._open()
    return folder


def artifacts_of(registry: Registry) -> str:
    return mlflow.get_experiment_by_name(registry.experiment()).artifact_location


def test_runs_go_into_the_experiment_of_the_workspace(store):
    registry = Registry("", store)
    registry._open()
    assert registry.experiment() == "casefinder"
    assert artifacts_of(registry) == (store / "mlflow" / "artifacts").as_uri()


def test_a_copied_workspace_begins_an_experiment_of_its_own(store, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(store, copy)
    registry = Registry("", copy)
    registry._open()
    assert registry.experiment() == "casefinder 2"
    assert artifacts_of(registry) == (copy / "mlflow" / "artifacts").as_uri()


def test_a_deleted_experiment_is_not_written_into(store, tmp_path):
    copy = tmp_path / "deleted"
    shutil.copytree(store, copy)
    registry = Registry("", copy)
    client = registry._open()
    client.delete_experiment(client.get_experiment_by_name("casefinder 2").experiment_id)
    assert registry.experiment() == "casefinder 3"
