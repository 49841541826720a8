"""The three files of a list: their names, their bytes, and what a killed run leaves."""

import hashlib
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from casefinder.worklist import files
from casefinder.worklist.files import write_files

LISTS = Path(__file__).with_name("conftest.py")
HASHES = """
import hashlib, importlib.util, sys
from pathlib import Path
from casefinder.worklist.files import write_files
spec = importlib.util.spec_from_file_location("lists", sys.argv[1])
lists = importlib.util.module_from_spec(spec)
spec.loader.exec_module(lists)
for path in write_files(lists.cluster_list(), Path(sys.argv[2])):
    print(path.name, hashlib.sha256(path.read_bytes()).hexdigest())
"""


def test_files_are_named_after_date_and_scope(practice, cluster, tmp_path):
    names = [path.name for path in write_files(practice, tmp_path)]
    assert names == [f"2026-04-01_practice-Y00001.{ending}" for ending in ("csv", "xlsx", "html")]
    spaced, dashed = replace(cluster, scope="cluster:Alder & Moor"), replace(cluster, scope="cluster:Alder - Moor")
    names = {write_files(one, tmp_path)[0].name for one in (spaced, dashed)}
    assert len(names) == 2
    assert all(name.startswith("2026-04-01_cluster-Alder---Moor-") for name in names)


def test_no_file_name_holds_a_person(named, tmp_path):
    names = " ".join(path.name for path in write_files(named, tmp_path))
    assert not any(one.identifier in names for one in named.people if one.identifier)
    assert not any(one.person_id in names for one in named.people)


def test_the_same_list_gives_the_same_bytes_at_another_time_in_another_place(tmp_path):
    def run(zone, seed):
        environment = {**os.environ, "TZ": zone, "PYTHONHASHSEED": seed}
        command = [sys.executable, "-c", HASHES, str(LISTS), str(tmp_path / seed)]
        return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout

    first = run("Pacific/Auckland", "1")
    time.sleep(2.1)  # zip times are kept to two seconds
    assert run("America/Los_Angeles", "2") == first
    assert len(first.splitlines()) == 3


def test_other_people_give_other_bytes(practice, tmp_path):
    before = [hashlib.sha256(path.read_bytes()).hexdigest() for path in write_files(practice, tmp_path)]
    changed = replace(practice, people=practice.people[:-1])
    after = [hashlib.sha256(path.read_bytes()).hexdigest() for path in write_files(changed, tmp_path)]
    assert not set(before) & set(after)


def test_a_list_that_cannot_be_made_leaves_the_last_one_whole(practice, tmp_path, monkeypatch):
    before = {path: path.read_bytes() for path in write_files(practice, tmp_path)}

    def fail(made):
        raise RuntimeError("stopped here")

    monkeypatch.setattr(files, "WRITERS", {**files.WRITERS, "html": fail})
    with pytest.raises(RuntimeError):
        write_files(replace(practice, people=practice.people[:3]), tmp_path)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("stop_at", range(6))
def test_a_run_stopped_at_any_write_or_rename_leaves_every_file_whole(practice, tmp_path, monkeypatch, stop_at):
    before = {path.name: path.read_bytes() for path in write_files(practice, tmp_path / "last")}
    after = {path.name: path.read_bytes() for path in write_files(replace(practice, k=16), tmp_path / "next")}
    steps = []

    def stopping(step):
        def run(*args):
            steps.append(args)
            if len(steps) > stop_at:
                raise KeyboardInterrupt
            return step(*args)

        return run

    monkeypatch.setattr(files, "_write_through", stopping(files._write_through))
    monkeypatch.setattr(Path, "replace", stopping(Path.replace))
    with pytest.raises(KeyboardInterrupt):
        write_files(replace(practice, k=16), tmp_path / "last")
    found = {path.name: path.read_bytes() for path in (tmp_path / "last").iterdir()}
    assert set(found) == set(before)
    assert all(content in (before[name], after[name]) for name, content in found.items())
