"""A small district taken through the whole main job once, which the tests of commands copy or read."""

import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import made_once

ROOT = Path(__file__).resolve().parents[2]
KEY = "a key that is used only for tests and protects nobody"
AS_OF = "2026-04-01"
"""The day after the extract of the made-up economy."""


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def words(self) -> str:
        """Everything printed, on one line, so that a test does not depend on where lines are folded."""
        return " ".join((self.out + " " + self.err).split())


def casefinder(*words: str | Path, program: Sequence[str | Path] = ("casefinder.cli",), **environment: str) -> Ran:
    """Run the command line in its own process, as a user does; ``program`` is the module that is run and what it needs.

    A command that wants nothing special of its process is a child of one that has imported everything already.
    """
    told = [str(word) for word in words]
    around = {**os.environ, "CASEFINDER_KEY": KEY, "OMP_NUM_THREADS": "1", **environment}
    if program == ("casefinder.cli",) and not environment.keys() - {"CASEFINDER_KEY"} and not _changed():
        return _warmed(told, around)
    done = subprocess.run(
        [sys.executable, "-m", *map(str, program), *told],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        env=around,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


_AT_START = dict(os.environ)
_SAY_NOTHING = ("CASEFINDER_", "PYTEST_", "KMP_", "_RJEM_", "_MLFLOW_")
"""How variables begin that are read when a command runs, or that libraries leave for themselves when they are imported."""


def _changed() -> bool:
    """Say whether a test gave the environment anything that is read when Python starts."""
    return any(
        os.environ.get(name) != _AT_START.get(name)
        for name in os.environ.keys() | _AT_START.keys()
        if not name.startswith(_SAY_NOTHING)
    )


@functools.cache
def _warm() -> subprocess.Popen:
    """Start the process that forks for commands; it ends with the tests, when nothing more is asked of it."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.functional.warm"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"}, cwd=ROOT,
    )  # fmt: skip


def _warmed(words: list[str], environment: dict[str, str]) -> Ran:
    """Run a command in a child of the process that has imported everything."""
    with tempfile.TemporaryDirectory() as folder:
        out, err = (Path(folder) / name for name in ("out", "err"))
        request = {"words": words, "environment": environment, "folder": os.getcwd(), "out": str(out), "err": str(err)}
        warm = _warm()
        warm.stdin.write(json.dumps(request) + "\n")
        warm.stdin.flush()
        code = int(warm.stdout.readline())
        return Ran(code, out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8"))


SITE = "site.yaml"


def site_folder(economy: Path, folder: Path, **replace: str) -> Path:
    """Make the folder of a demonstration site whose raw files are those of an economy; return its site file.

    Args:
        economy: the economy's folder; its raw files are linked, not copied.
        folder: a new folder for the site.
        replace: lines of the site file to change: the text before the colon, and the whole new line.
    """
    folder.mkdir(parents=True)
    (folder / "raw").symlink_to(economy / "raw", target_is_directory=True)
    (folder / "demonstration.key").write_text(f"{KEY}\n", encoding="utf-8")
    text = (ROOT / "configs" / "sites" / "demonstration.yaml").read_text(encoding="utf-8")
    for start, line in replace.items():
        found = [one for one in text.splitlines() if one.strip().startswith(f"{start}:")]
        assert len(found) == 1, f"{start}: stands {len(found)} times in the site file"
        text = text.replace(found[0], line)
    (folder / SITE).write_text(text, encoding="utf-8")
    return folder / SITE


def _run(folder: Path, *words: str | Path) -> None:
    """Run a command on a district, and keep what it printed."""
    ran = casefinder(*words, "--workspace", folder / "workspace")
    assert ran.code == 0, f"casefinder {words[0]}: {ran.words}"
    (folder / f"{words[0]}.txt").write_text(ran.out + ran.err, encoding="utf-8")


def _link(economy: Path, folder: Path) -> None:
    site = site_folder(economy, folder / "site")
    _run(folder, "link", "--site", site, "--identities", folder / "identities.csv")


def _copy(district: Path, folder: Path) -> Path:
    """Copy a district, so that it may be changed."""
    shutil.copytree(district, folder, symlinks=True)
    note = folder / "workspace" / "deployment.json"
    note.write_text(note.read_text(encoding="utf-8").replace(str(district), str(folder)), encoding="utf-8")
    return folder


def _whole_job(linked: Path, folder: Path) -> None:
    _copy(linked, folder)
    _run(folder, "train", "emergency_admission", "--serve", "--refits", "2")
    _run(folder, "weekly", "--as-of", AS_OF)
    _run(folder, "worklist", "--all", "--as-of", AS_OF)


@pytest.fixture(scope="session")
def linked_district(tmp_path_factory, economy) -> Path:
    """6,000 people linked and nothing more: site/, workspace/, identities.csv, and what was printed. Read only."""
    return made_once(tmp_path_factory, "linked_district", lambda folder: _link(economy, folder))


@pytest.fixture(scope="session")
def district(tmp_path_factory, linked_district) -> Path:
    """The whole main job on 6,000 people: site/, workspace/, identities.csv, and what each command printed. Read only."""
    return made_once(tmp_path_factory, "district", lambda folder: _whole_job(linked_district, folder))


@pytest.fixture
def own_linked_district(linked_district, tmp_path) -> Path:
    """A copy of the linked district that a test may change."""
    return _copy(linked_district, tmp_path / "district")


@pytest.fixture
def own_district(district, tmp_path) -> Path:
    """A copy of the district that a test may change."""
    return _copy(district, tmp_path / "district")


@pytest.fixture
def small(tmp_path):
    """A site of twelve people, in a folder of its own, that a test may spoil and link."""
    from tests.functional.small_site import SmallSite

    return SmallSite(tmp_path)


def _linked_small(folder: Path) -> None:
    from tests.functional.small_site import SmallSite

    ran = SmallSite(folder).link()
    assert ran.code == 0, ran.words


@pytest.fixture(scope="session")
def linked_small(tmp_path_factory) -> Path:
    """The folder of a site of twelve people, linked. Read only."""
    return made_once(tmp_path_factory, "linked_small", _linked_small)


@pytest.fixture
def linked(small, linked_small):
    """A site of twelve people whose workspace holds a record already, which a test may spoil."""
    shutil.copytree(linked_small / "workspace", small.workspace)
    return small
