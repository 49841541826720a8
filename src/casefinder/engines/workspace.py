"""The workspace: versioned folders with their manifest written last, so a killed run leaves the last good one.

Each step writes into a new numbered folder of its own name. Readers take the newest that has a manifest. A manifest holds
what makes the result: hashes of inputs, versions, counts. Timings go to a log of their own, so that the same inputs give
the same bytes.

A workspace is a folder of the command's machine. What is large in it, the steps of ``STORED``, may lie in a store.
"""

import datetime as dt
import json
import sqlite3
import uuid
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from casefinder import __version__
from casefinder.engines.files import claim, in_store, publish, remove
from casefinder.errors import WorkspaceError

MANIFEST = "manifest.json"
STORED = ("record", "histories", "lists")
"""Steps whose results are large and hold rows of people; a site may keep them in a store."""

_RUN = "%Y%m%dT%H%M%S"
_LEFT_OVER = dt.timedelta(days=1)


@dataclass(frozen=True)
class Version:
    """One finished result of a step."""

    folder: Path
    manifest: Mapping[str, Any]

    @property
    def number(self) -> int:
        """The number of the version, counted from 1."""
        return int(self.folder.name)

    def __truediv__(self, name: str) -> Path:
        return self.folder / name


@dataclass(frozen=True)
class Draft:
    """A result being written; nobody reads it until its manifest is there."""

    folder: Path

    def __truediv__(self, name: str) -> Path:
        return self.folder / name

    def finish(self, manifest: Mapping[str, Any]) -> Version:
        """Write the manifest, which makes the result readable; it also names the version of the code."""
        text = json.dumps({"casefinder": __version__, **manifest}, indent=1, sort_keys=True, default=str, ensure_ascii=False)
        publish(self.folder / MANIFEST, text + "\n")
        return Version(self.folder, json.loads(text))


class Workspace:
    """Everything that casefinder writes for one site: in a folder, and what is large in ``store`` where there is one."""

    def __init__(self, folder: Path, store: Path | None = None) -> None:
        self.folder = folder
        self.store = store or folder

    def holds(self, path: Path) -> bool:
        """Say whether a path of this machine lies in the workspace, or in its store, in which nobody may be named."""
        folders = [self.folder] if in_store(self.store) else [self.folder, self.store]
        return any(path.resolve().is_relative_to(folder.resolve()) for folder in folders)

    def _step(self, step: str) -> Path:
        return (self.store if step in STORED else self.folder) / step

    def __truediv__(self, name: str) -> Path:
        return self.folder / name

    def command(self, words: str) -> str:
        """Return a command on this workspace as somebody types it, for the screen: no file may hold a machine's path."""
        folder = str(self.folder)
        return f"casefinder {words} --workspace " + (f'"{folder}"' if " " in folder else folder)

    def versions(self, step: str) -> list[Version]:
        """Return the finished versions of a step, oldest first."""
        folder = self._step(step)
        found = [path for path in folder.glob("[0-9]*") if (path / MANIFEST).is_file()] if folder.is_dir() else []
        return [Version(path, json.loads((path / MANIFEST).read_text(encoding="utf-8"))) for path in sorted(found)]

    def unfinished(self, step: str) -> list[Path]:
        """Return folders of a step that nobody reads: a run that was killed left them, or one is writing now."""
        return [path for path in sorted(self._step(step).glob("[0-9]*")) if not (path / MANIFEST).is_file()]

    def newest(self, step: str, remedy: str = "") -> Version:
        """Return the newest finished version of a step.

        Raises:
            WorkspaceError: there is none; ``remedy`` says which command makes one.
        """
        found = self.versions(step)
        if not found:
            raise WorkspaceError(f"{self._where(step)} has no finished '{step}' yet.", remedy=remedy)
        return found[-1]

    def _where(self, step: str) -> str:
        place = self._step(step).parent
        return f"The workspace {self.folder}" if place == self.folder else f"The store {place}"

    @contextmanager
    def draft(self, step: str) -> Iterator[Draft]:
        """Open a new version of a step. An unfinished one left by an error is removed; readers never see it."""
        folder = self._step(step)
        folder.mkdir(parents=True, exist_ok=True)
        numbers = [int(path.name) for path in folder.glob("[0-9]*")]
        new = _new_folder(folder, max(numbers, default=0) + 1)
        try:
            yield Draft(new)
        except BaseException:
            remove(new)
            raise

    def log(self, line: Mapping[str, Any]) -> None:
        """Append one line to the log of runs, which holds times and never people."""
        path = self.folder / "log" / "runs.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(line, sort_keys=True, default=str) + "\n")

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """Yield a folder for what a step needs for a while; it is emptied before and after.

        Raises:
            WorkspaceError: another process has it.
        """
        folder = self.folder / "scratch"
        with alone(self.folder / "scratch.lock"):
            remove(folder)
            folder.mkdir(parents=True)
            try:
                yield folder
            finally:
                remove(folder)

    @contextmanager
    def shared_scratch(self, scratch: Path) -> Iterator[Path]:
        """Yield a folder for what tasks on other machines need for a while: ``scratch``, or where large results lie.

        In a store every run has a folder of its own, so that none has to be locked. It is removed at the end, and with it
        what runs that were killed more than a day ago left behind.
        """
        if not in_store(self.store):
            yield scratch
            return
        now = dt.datetime.now(dt.UTC).replace(tzinfo=None)
        folder = self.store / "scratch" / f"{now.strftime(_RUN)}-{uuid.uuid4().hex[:8]}"
        try:
            yield folder
        finally:
            remove(folder)
            for old in (self.store / "scratch").iterdir():
                if _begun(old.name, now) < now - _LEFT_OVER:
                    remove(old)


def _new_folder(step: Path, number: int) -> Path:
    """Make the folder of a new version, the next number where another process took this one a moment ago."""
    while not claim(step / f"{number:06d}"):
        number += 1
    return step / f"{number:06d}"


def _begun(run: str, now: dt.datetime) -> dt.datetime:
    """Return when a run began by the name of its folder; now, where that tells nothing."""
    try:
        return dt.datetime.strptime(run.partition("-")[0], _RUN)
    except ValueError:
        return now


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold a lock that the system lets go of when this process ends, however it ends: SQLite's own, on every system."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as lock:
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError:
            raise WorkspaceError(
                f"Another command is linking in {path.parent}.",
                remedy="Wait until it has ended, or give another folder with --workspace.",
            ) from None
        yield
