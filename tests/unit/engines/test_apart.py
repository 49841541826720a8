"""A folder that a command has to itself: several at once, gone at the end; what killed commands left goes with the next."""

import subprocess
import sys

import pytest

from casefinder.engines import Workspace
from casefinder.engines.apart import own_folder, remove_left_over, write_whole

KILLED = """
import os, sys
from pathlib import Path
from casefinder.engines import Workspace
from casefinder.engines.apart import own_folder
with own_folder(Workspace(Path(sys.argv[1]))) as own:
    (own / "rows").write_text("of people")
    os._exit(9)
"""


def left(workspace):
    return [path.name for path in (workspace / "rows").iterdir()]


def test_two_commands_have_a_folder_each_and_leave_nothing(tmp_path):
    workspace = Workspace(tmp_path / "workspace")
    workspace.folder.mkdir()
    with own_folder(workspace) as one:
        write_whole(one / "kept", b"rows")
        with own_folder(workspace) as other:
            assert one != other
            assert list(other.iterdir()) == []
        assert (one / "kept").read_bytes() == b"rows"
        remove_left_over(workspace)
        assert one.is_dir()
    assert left(workspace) == []


def stopped(workspace):
    with own_folder(workspace) as own:
        write_whole(own / "kept", b"rows")
        raise KeyboardInterrupt


def test_an_error_leaves_nothing_either(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        stopped(Workspace(tmp_path))
    assert left(Workspace(tmp_path)) == []


def test_what_a_killed_command_left_goes_with_the_next(tmp_path):
    ran = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False)
    assert ran.returncode == 9
    (killed,) = [path for path in (tmp_path / "rows").iterdir() if path.is_dir()]
    assert (killed / "rows").read_text() == "of people"
    with own_folder(Workspace(tmp_path)) as own:
        assert not killed.exists()
        assert [path for path in (tmp_path / "rows").iterdir() if path.is_dir()] == [own]
    assert left(Workspace(tmp_path)) == []
