"""A folder that one command has to itself, for rows of people that it goes through more than once; and whole files in it.

Several commands may have one at once. What a killed command left behind is removed by the next: nobody holds its lock.
"""

import shutil
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from casefinder.engines.files import in_store
from casefinder.engines.workspace import Workspace, alone
from casefinder.errors import WorkspaceError

FOLDER = "rows"
TRIES = 5


@contextmanager
def own_folder(workspace: Workspace) -> Iterator[Path]:
    """Yield an empty folder of this command alone; it is removed at the end."""
    remove_left_over(workspace)
    with ExitStack() as held:
        own = _claimed(workspace / FOLDER, held)
        try:
            yield own
        finally:
            shutil.rmtree(own, ignore_errors=True)


def remove_left_over(workspace: Workspace) -> None:
    """Remove the folders of commands that were killed."""
    for lock in sorted((workspace / FOLDER).glob("*.lock")):
        try:
            with alone(lock):
                shutil.rmtree(lock.with_suffix(""), ignore_errors=True)
        except WorkspaceError:
            continue
        lock.unlink(missing_ok=True)


def _claimed(folder: Path, held: ExitStack) -> Path:
    """Make a folder and hold its lock; another one, where a command that tidies up has just taken the lock.

    Raises:
        WorkspaceError: no lock can be had, as where nothing may be written.
    """
    for left in reversed(range(TRIES)):
        own = folder / uuid.uuid4().hex
        held.callback(_lock(own).unlink, missing_ok=True)
        try:
            held.enter_context(alone(_lock(own)))
        except WorkspaceError:
            if not left:
                raise
            continue
        break
    own.mkdir()
    return own


def _lock(folder: Path) -> Path:
    return folder.with_suffix(".lock")


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that is there whole or not at all, also where the same task runs twice at once."""
    if in_store(path):
        path.write_bytes(content)
        return
    partial = path.with_name(f"{path.name}.{uuid.uuid4().hex}")
    partial.write_bytes(content)
    partial.replace(path)
