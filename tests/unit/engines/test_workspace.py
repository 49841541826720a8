"""Versions of a step: nobody reads one before its manifest is there, and a run that stops leaves the last one in place."""

import json
import shlex
from pathlib import Path

import pytest

from casefinder import __version__
from casefinder.engines import Workspace
from casefinder.errors import WorkspaceError


def finished(workspace, number):
    with workspace.draft("record") as draft:
        (draft / "people.parquet").write_bytes(bytes([number]))
        return draft.finish({"step": "record", "made": number})


def half_written(workspace):
    with workspace.draft("record") as draft:
        (draft / "people.parquet").write_bytes(b"half")
        raise ZeroDivisionError


def test_readers_take_the_newest_version_and_its_manifest_names_the_code(tmp_path):
    workspace = Workspace(tmp_path)
    for number in (1, 2):
        finished(workspace, number)
    newest = workspace.newest("record")
    assert (newest.number, newest.manifest["made"], newest.manifest["casefinder"]) == (2, 2, __version__)
    assert [one.number for one in workspace.versions("record")] == [1, 2]


def test_an_error_leaves_no_trace_and_the_last_version_in_place(tmp_path):
    workspace = Workspace(tmp_path)
    finished(workspace, 1)
    with pytest.raises(ZeroDivisionError):
        half_written(workspace)
    assert [path.name for path in (tmp_path / "record").iterdir()] == ["000001"]
    assert workspace.newest("record").number == 1


def test_a_version_without_a_manifest_is_never_read_and_its_number_never_used_again(tmp_path):
    workspace = Workspace(tmp_path)
    finished(workspace, 1)
    killed = tmp_path / "record" / "000002"
    killed.mkdir()
    (killed / "manifest.json.partial").write_text("{", encoding="utf-8")
    assert workspace.newest("record").number == 1
    assert finished(workspace, 3).number == 3


def test_the_same_content_gives_the_same_manifest_whatever_its_order(tmp_path):
    texts = []
    for order in (("a", "b"), ("b", "a")):
        workspace = Workspace(tmp_path / order[0])
        with workspace.draft("record") as draft:
            draft.finish({name: 1 for name in order})
        texts.append((tmp_path / order[0] / "record" / "000001" / "manifest.json").read_bytes())
    assert texts[0] == texts[1]
    assert json.loads(texts[0]) == {"a": 1, "b": 1, "casefinder": __version__}


def test_a_step_that_never_finished_says_what_to_run(tmp_path):
    with pytest.raises(WorkspaceError, match="Link the extracts first"):
        Workspace(tmp_path).newest("record", "Link the extracts first")


def test_two_links_at_once_do_not_empty_each_others_scratch(tmp_path):
    workspace = Workspace(tmp_path)
    with workspace.scratch() as scratch:
        (scratch / "kept").write_text("rows")
        with pytest.raises(WorkspaceError, match="Another command is linking"), Workspace(tmp_path).scratch():
            pass
        assert (scratch / "kept").is_file()
    with workspace.scratch() as scratch:
        assert not list(scratch.iterdir())


def test_two_versions_begun_at_once_have_numbers_of_their_own(tmp_path):
    workspace = Workspace(tmp_path)
    with workspace.draft("record") as first, workspace.draft("record") as second:
        assert {first.folder.name, second.folder.name} == {"000001", "000002"}


def test_a_command_on_a_workspace_can_be_typed_as_it_is_told():
    workspace = Workspace(Path("here/ws"))
    assert workspace.command("train death") == f"casefinder train death --workspace {Path('here/ws')}"
    assert shlex.split(Workspace(Path("my ws")).command("monitor"))[-2:] == ["--workspace", "my ws"]
