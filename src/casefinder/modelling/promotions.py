"""Who decided which version scores the weekly list, when and why: one line a decision, added to and never changed.

Each line holds the SHA-256 of the line before it, so that a line changed or taken out is seen, once another follows it.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from casefinder.engines import Workspace
from casefinder.errors import ModelError, Problem

FILE: Final = "promotions.jsonl"
SERVED, PROMOTED, ROLLED_BACK = "served at training", "promoted", "rolled back"


@dataclass(frozen=True)
class Decision:
    """One decision on what scores the list.

    Attributes:
        action: ``served at training`` (no gate was asked), ``promoted`` or ``rolled back``.
        version: what scores the list from then on.
        before: what scored it until then; None for nothing.
        approved_by: who approved; empty where training served a version.
        decided_at: date and time, in UTC.
        gates: each gate in words.
        failed: names of the gates not passed.
        override: why it was promoted all the same; empty where every gate was passed.
    """

    action: str
    version: int
    before: int | None
    approved_by: str = ""
    decided_at: str = ""
    gates: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    override: str = ""


def note_decision(workspace: Workspace, model: str, decision: Decision) -> None:
    """Add a decision to the log of a model.

    Raises:
        ModelError: an earlier line was changed.
    """
    decisions(workspace, model)
    path = _path(workspace, model)
    lines = path.read_bytes().splitlines() if path.is_file() else []
    content = {**asdict(decision), "decided_at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds")}
    content["line_before"] = _hash(lines[-1]) if lines else ""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8", newline="\n") as stream:
        stream.write(json.dumps(content, sort_keys=True, ensure_ascii=False) + "\n")


def decisions(workspace: Workspace, model: str) -> list[Decision]:
    """Return every decision on a model, oldest first.

    Raises:
        ModelError: a line was changed or taken out since it was written.
    """
    path = _path(workspace, model)
    lines = path.read_bytes().splitlines() if path.is_file() else []
    found, expected = [], ""
    for number, line in enumerate(lines, 1):
        try:
            content = json.loads(line)
            before = content.pop("line_before")
            found.append(Decision(**{**content, "gates": tuple(content["gates"]), "failed": tuple(content["failed"])}))
        except (ValueError, KeyError, TypeError, AttributeError):
            before = None
        if before != expected:
            raise ModelError(
                f"The log of decisions on {model} is not as it was written:",
                [Problem(f"{path.name} line {number}", "this line or the one before it was changed or taken out")],
                f"Put back {path} from a backup; who promoted what is kept for ever.",
            )
        expected = _hash(line)
    return found


def served_before(log: Sequence[Decision], now: int) -> int | None:
    """Return the version that scored the list before the present one came, None where none did.

    A rollback undoes a promotion, so rolling back twice goes back two versions.

    >>> log = [Decision(PROMOTED, 2, 1), Decision(PROMOTED, 3, 2), Decision(ROLLED_BACK, 2, 3)]
    >>> served_before(log, 2)
    1
    """
    stack: list[int] = []
    for one in log:
        stack = _up_to(stack, one.before) if one.before is not None else []
        if one.action == ROLLED_BACK:
            stack = _up_to(stack, one.version)
        elif one.version != one.before:
            stack.append(one.version)
    stack = _up_to(stack, now)
    return stack[-2] if len(stack) > 1 else None


def _up_to(stack: list[int], version: int) -> list[int]:
    """Return a stack down to the latest place of a version; with the version put on it where it is not there."""
    places = [place for place, one in enumerate(stack) if one == version]
    return stack[: places[-1] + 1] if places else [*stack, version]


def _path(workspace: Workspace, model: str) -> Path:
    return workspace / "models" / model / FILE


def _hash(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()
