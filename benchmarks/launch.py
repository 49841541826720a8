"""Start one command, wait for it, and write what it took: ``python launch.py FILE COMMAND...``.

It stands between a benchmark and what it measures because the system begins to count a process's memory at what its parent
held. This one holds next to nothing, so what is counted is the command's own and that of every process that it started, at
whatever remove: on Linux those come back to this one when whoever started them ends, and are waited for. The system forgets
what was spent by a process whose parent does not ask how it ended, as the Python workers of Spark: so all of them are looked
at ten times a second too, and the greater sum counts.
"""

import contextlib
import ctypes
import json
import os
import resource
import subprocess
import sys
import threading
import time
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36
_LOOKS_A_SECOND = 10
_KB = 1024


class Watch:
    """What every process below this one has spent, by when it was last seen; nothing where there is no ``/proc``."""

    def __init__(self) -> None:
        self.cpu: dict[tuple[int, int], float] = {}
        self.peak_bytes = 0
        self._over = threading.Event()
        self._looking = threading.Thread(target=self._look_until_over, daemon=True)
        self._looking.start()

    def stop(self) -> None:
        """Look no more."""
        self._over.set()
        self._looking.join()

    def _look_until_over(self) -> None:
        while not self._over.wait(1 / _LOOKS_A_SECOND):
            self._look()

    def _look(self) -> None:
        seen = dict(filter(None, map(_process, Path("/proc").glob("[0-9]*"))))
        below = {os.getpid()}
        while more := {pid for pid, (parent, *_) in seen.items() if parent in below} - below:
            below |= more
        for pid in below - {os.getpid()}:
            _, started, spent = seen[pid]
            self.cpu[pid, started] = spent
            self.peak_bytes = max(self.peak_bytes, _peak(pid))


def _process(folder: Path) -> tuple[int, tuple[int, int, float]] | None:
    """Return the number of a process, that of its parent, when it was started, and the CPU seconds of it alone."""
    with contextlib.suppress(OSError):
        words = (folder / "stat").read_text().rpartition(")")[2].split()
        spent = (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")
        return int(folder.name), (int(words[1]), int(words[19]), spent)
    return None


def _peak(pid: int) -> int:
    """Return the most memory that a process has held, in bytes."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) * _KB
    return 0


def main() -> None:
    """Run the command, write its figures as JSON, and leave with its exit code."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)
    start = time.perf_counter()
    process = subprocess.Popen(sys.argv[2:])
    watch = Watch()
    process.wait()
    wall = time.perf_counter() - start
    with contextlib.suppress(ChildProcessError):
        while True:
            os.wait()
    watch.stop()
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    unit = 1 if sys.platform == "darwin" else 1024
    spent = {
        "wall": wall,
        "cpu": max(usage.ru_utime + usage.ru_stime, sum(watch.cpu.values())),
        "peak_bytes": max(usage.ru_maxrss * unit, watch.peak_bytes),
    }
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        json.dump(spent, file)
    sys.exit(process.returncode if process.returncode >= 0 else 1)


if __name__ == "__main__":
    main()
