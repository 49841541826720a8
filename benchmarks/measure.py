"""CPU seconds, wall seconds and peak memory of child processes, and ratios measured in pairs.

Two ways of doing one thing are measured one after the other in the same run, the order changed from pair to pair, and the
median of the pairs' ratios is reported: whatever else the machine is doing then falls on both.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.machine import ROOT

LAUNCH = Path(__file__).parent / "launch.py"
LOOKS_A_SECOND = 5


@dataclass(frozen=True)
class Spent:
    """What a child process took.

    ``peak_bytes`` is the most memory that it, or any one process that it started, held at once; ``scratch_bytes`` the most
    that lay in the folder watched; ``said`` the last line that it printed, where that is JSON.
    """

    wall: float
    cpu: float
    peak_bytes: int
    scratch_bytes: int
    said: dict[str, Any]

    @property
    def peak_gb(self) -> float:
        """Peak memory in GB (1e9 bytes)."""
        return self.peak_bytes / 1e9


def child(command: Sequence[object], watch: Path | None = None) -> Spent:
    """Run a Python module and its arguments in a process of its own and return what it took.

    Args:
        command: name of the module, then its arguments.
        watch: a folder whose size is looked at while the process runs.

    Raises:
        RuntimeError: the process failed; its last words are in the message.
    """
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "MLFLOW_DISABLE_TELEMETRY": "true"}
    with tempfile.TemporaryDirectory() as folder:
        spent, out, errors = (Path(folder) / name for name in ("spent", "out", "errors"))
        words = [sys.executable, LAUNCH, spent, sys.executable, "-m", *command]
        with out.open("w") as said, errors.open("w") as complained:
            process = subprocess.Popen(
                [str(word) for word in words], cwd=ROOT, env=environment, stdout=said, stderr=complained
            )
            scratch = _watched(process, watch) if watch else 0
            code = process.wait()
        if code:
            raise RuntimeError(f"{command[0]} left with exit code {code}:\n{errors.read_text()[-2000:]}")
        return Spent(**json.loads(spent.read_text()), scratch_bytes=scratch, said=_last_json(out.read_text()))


def keep_to_two_cores() -> None:
    """Keep this process and the children that it starts to two cores, where the system allows that."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, set(sorted(os.sched_getaffinity(0))[:2]))


def _watched(process: subprocess.Popen[bytes], folder: Path) -> int:
    """Return the largest size that a folder reaches until a process ends."""
    most = 0
    while process.poll() is None:
        most = max(most, folder_bytes(folder))
        time.sleep(1 / LOOKS_A_SECOND)
    return most


def folder_bytes(folder: Path) -> int:
    """Return the size of the files under a folder; files that go while it looks count nothing."""
    total = 0
    for base, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.stat(os.path.join(base, name)).st_blocks * 512
            except FileNotFoundError:
                continue
    return total


def _last_json(text: str) -> dict[str, Any]:
    lines = text.strip().splitlines()
    return json.loads(lines[-1]) if lines and lines[-1].startswith("{") else {}


@dataclass(frozen=True)
class Pairs:
    """CPU seconds of two ways, pair by pair."""

    first: list[float]
    second: list[float]

    @property
    def ratio(self) -> float:
        """Median over pairs of the second way's CPU for each second of the first's."""
        return statistics.median(b / a for a, b in zip(self.first, self.second, strict=True))

    def content(self) -> dict[str, Any]:
        """Return the figures as plain values, seconds to the millisecond."""
        return {
            "pairs": len(self.first),
            "cpu_seconds_first": round(statistics.median(self.first), 3),
            "cpu_seconds_second": round(statistics.median(self.second), 3),
            "ratio": round(self.ratio, 2),
        }


def in_pairs(first: Callable[[int], object], second: Callable[[int], object], pairs: int) -> Pairs:
    """Measure two ways in pairs, the order changed from pair to pair; each is given the number of the pair.

    CPU seconds are those of this process and all its threads. What is compiled or cached on first use must have been.
    """
    spent: tuple[list[float], list[float]] = ([], [])
    for pair in range(pairs):
        for place in (0, 1) if pair % 2 == 0 else (1, 0):
            start = time.process_time()
            (first, second)[place](pair)
            spent[place].append(time.process_time() - start)
    return Pairs(*spent)
