"""The workspace on disk: versioned folders with their manifest written last, so a killed run leaves the last good one.

Each step writes into a new numbered folder of its own name. Readers take the newest that has a manifest. A manifest holds
what makes the result: hashes of inputs, versions, counts. Timings go to a log of their own, so that the same inputs give
the same bytes.
"""

import hashlib
import json
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from casefinder import __version__
from casefinder.errors import WorkspaceError

MANIFEST = "manifest.json"


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
        partial = self.folder / f"{MANIFEST}.partial"
        partial.write_text(text + "\n", encoding="utf-8")
        partial.rename(self.folder / MANIFEST)
        return Version(self.folder, json.loads(text))


class Workspace:
    """Everything that casefinder writes for one site."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __truediv__(self, name: str) -> Path:
        return self.folder / name

    def versions(self, step: str) -> list[Version]:
        """Return the finished versions of a step, oldest first."""
        folder = self.folder / step
        found = [path for path in folder.glob("[0-9]*") if (path / MANIFEST).is_file()] if folder.is_dir() else []
        return [Version(path, json.loads((path / MANIFEST).read_text(encoding="utf-8"))) for path in sorted(found)]

    def unfinished(self, step: str) -> list[Path]:
        """Return folders of a step that nobody reads: a run that was killed left them, or one is writing now."""
        return [path for path in sorted((self.folder / step).glob("[0-9]*")) if not (path / MANIFEST).is_file()]

    def newest(self, step: str, remedy: str = "") -> Version:
        """Return the newest finished version of a step.

        Raises:
            WorkspaceError: there is none; ``remedy`` says which command makes one.
        """
        found = self.versions(step)
        if not found:
            raise WorkspaceError(f"The workspace {self.folder} has no finished '{step}' yet.", remedy=remedy)
        return found[-1]

    @contextmanager
    def draft(self, step: str) -> Iterator[Draft]:
        """Open a new version of a step. An unfinished one left by an error is removed; readers never see it."""
        folder = self.folder / step
        folder.mkdir(parents=True, exist_ok=True)
        numbers = [int(path.name) for path in folder.glob("[0-9]*")]
        new = _new_folder(folder, max(numbers, default=0) + 1)
        try:
            yield Draft(new)
        except BaseException:
            shutil.rmtree(new, ignore_errors=True)
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
        with _alone(self.folder / "scratch.lock"):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            try:
                yield folder
            finally:
                shutil.rmtree(folder, ignore_errors=True)


def _new_folder(step: Path, number: int) -> Path:
    """Make the folder of a new version, the next number where another process took this one a moment ago."""
    while True:
        new = step / f"{number:06d}"
        try:
            new.mkdir()
        except FileExistsError:
            number += 1
        else:
            return new


@contextmanager
def _alone(path: Path) -> Iterator[None]:
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


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()
