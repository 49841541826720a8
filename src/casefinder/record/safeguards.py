"""What stops a link whose result nobody should use: real people in a demonstration, nobody left, a map in the workspace."""

import hashlib
import hmac
from collections.abc import Mapping
from pathlib import Path

from casefinder.config import Site
from casefinder.engines import Workspace
from casefinder.errors import ConfigError, GovernanceError, Problem, RawDataError
from casefinder.record.identity import NOT_DEMO
from casefinder.record.intake import SourceCounts
from casefinder.record.reading import SourceFiles


def refuse_real_people(site: Site, source: SourceFiles, counts: SourceCounts) -> None:
    """Stop a demonstration at the first source that holds NHS numbers somebody may have.

    Raises:
        GovernanceError: naming the source, the column and how many rows.
    """
    found = sum(int(str(one["rows"])) for one in counts.problems if one["problem"] == NOT_DEMO)
    if not site.demonstration or not found:
        return
    noun = "row holds an NHS number" if found == 1 else "rows hold NHS numbers"
    problem = Problem(f"{source.name}.{source.extract.person}", f"{found:,} {noun} outside the 999 range")
    remedy = "If these are real people, set 'demonstration: false' in the site file and write governance.yaml beside it."
    raise GovernanceError("A demonstration may hold nobody, and this one may hold somebody:", [problem], remedy)


def key_mark(key: bytes) -> str:
    """Return a mark by which a key is known again, and from which it cannot be worked out."""
    return hmac.new(key, b"casefinder workspace", hashlib.sha256).hexdigest()[:12]


def refuse_other_key(workspace: Workspace, key: bytes) -> None:
    """Stop where a workspace holds pseudonyms made with another key: nobody's past decisions would be found again.

    Raises:
        ConfigError: the newest record was made with another key.
    """
    records = workspace.versions("record")
    if records and records[-1].manifest.get("key", key_mark(key)) != key_mark(key):
        problem = Problem("pseudonym_key", "is not the key with which this workspace was made")
        remedy = "Put the old key back. With a new key take a new --workspace: no decision of this one can be carried over."
        raise ConfigError("Everybody would have another pseudonym, and those who declined would be back:", [problem], remedy)


def refuse_nobody(people: int, left_out: Mapping[str, int], counts: Mapping[str, SourceCounts]) -> None:
    """Stop where not one person is left to link.

    Raises:
        RawDataError: naming why people were left out, and the commonest problem of each source.
    """
    if people:
        return
    problems = [Problem("left out", f"{n:,} people: {why}") for why, n in left_out.items()]
    for name, one in counts.items():
        if one.problems:
            worst = max(one.problems, key=lambda problem: int(str(problem["rows"])))
            what = f"{worst['problem']} in {int(str(worst['rows'])):,} of {one.read:,} rows"
            problems.append(Problem(f"{name}.{worst['column']}", what))
    remedy = "Check person_key in the site file, and which column of each file holds the identifier (sources.NAME.columns)."
    raise RawDataError("Nobody could be linked, and nothing was written:", problems, remedy)


def refuse_unsafe_map(path: Path, workspace: Workspace) -> None:
    """Stop before anything is read where the map back to identifiers could not be written as asked.

    Raises:
        ConfigError: it would lie inside the workspace, where nobody may be named, or there is no such folder.
    """
    remedy, problem = "Choose a file in a folder outside the workspace.", None
    if workspace.holds(path):
        problem = Problem("--identities", f"{path.name} would lie inside the workspace, which must name nobody")
    elif path.is_dir():
        problem = Problem("--identities", f"{path} is a folder, not a file")
    elif not path.resolve().parent.is_dir():
        problem = Problem("--identities", f"there is no folder {path.parent}")
    if problem:
        raise ConfigError("The map back to identifiers cannot be written there:", [problem], remedy)
