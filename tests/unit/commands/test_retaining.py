"""Purging: what is older than the declared retention goes, what a killed run left goes with it, and models stay."""

import datetime as dt
import os
import shutil
from pathlib import Path

import pytest

from casefinder.commands.deployment import Deployment
from casefinder.commands.reporter import Silent
from casefinder.commands.retaining import run_purge
from casefinder.config import load_site
from casefinder.engines import Workspace
from casefinder.engines.apart import own_folder
from casefinder.shipped import shipped

TODAY = dt.date(2026, 6, 1)
LONG_AGO, LATELY = dt.date(2023, 1, 1), dt.date(2026, 5, 1)
"""The starter keeps results for 730 days."""


@pytest.fixture
def deployment(tmp_path) -> Deployment:
    starter = shipped("configs") / "sites" / "starter"
    for name in ("site.yaml", "governance.yaml"):
        shutil.copy(starter / name, tmp_path / name)
    return Deployment(load_site(tmp_path / "site.yaml"), tmp_path / "site.yaml", Workspace(tmp_path / "ws"), ())


def finished(workspace: Workspace, step: str, date: dt.date) -> Path:
    with workspace.draft(step) as draft:
        return draft.finish({"extract_date": str(date)}).folder


def killed(workspace: Workspace, step: str, date: dt.date) -> Path:
    folder = finished(workspace, step, date)
    (folder / "manifest.json").unlink()
    changed = dt.datetime.combine(date, dt.time(12)).timestamp()
    os.utime(folder, (changed, changed))
    return folder


def test_old_results_and_what_killed_runs_left_are_deleted_and_newer_ones_stay(deployment):
    workspace = deployment.workspace
    old = [finished(workspace, step, LONG_AGO) for step in ("record", "histories", "lists")]
    old += [killed(workspace, step, LONG_AGO) for step in ("record", "histories", "lists")]
    kept = [finished(workspace, "record", LATELY), killed(workspace, "record", LATELY)]
    kept += [finished(workspace, "models/emergency_admission", LONG_AGO)]
    run_purge(deployment, True, Silent(), TODAY)
    assert [path for path in old if path.exists()] == []
    assert [path for path in kept if not path.exists()] == []


def test_without_yes_nothing_is_deleted(deployment):
    folders = [finished(deployment.workspace, "record", LONG_AGO), killed(deployment.workspace, "record", LONG_AGO)]
    run_purge(deployment, False, Silent(), TODAY)
    assert all(path.exists() for path in folders)


def test_rows_that_a_killed_fit_left_are_deleted_and_those_of_a_running_one_are_not(deployment):
    left = deployment.workspace / "rows" / "of-a-killed-fit"
    with own_folder(deployment.workspace) as running:
        left.mkdir()
        left.with_suffix(".lock").touch()
        run_purge(deployment, False, Silent(), TODAY)
        assert left.exists()
        run_purge(deployment, True, Silent(), TODAY)
        assert (left.exists(), running.exists()) == (False, True)


def test_a_result_is_kept_to_the_last_day_of_the_retention(deployment):
    last = finished(deployment.workspace, "record", TODAY - dt.timedelta(days=730))
    gone = finished(deployment.workspace, "record", TODAY - dt.timedelta(days=731))
    run_purge(deployment, True, Silent(), TODAY)
    assert (last.exists(), gone.exists()) == (True, False)
