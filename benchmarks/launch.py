"""Start one command, wait for it, and write what it took: ``python launch.py FILE COMMAND...``.

It stands between a benchmark and what it measures because the system begins to count a process's memory at what its parent
held. This one holds next to nothing, so what is counted is the command's own and that of every process that it started, at
whatever remove: on Linux those come back to this one when whoever started them ends, and are waited for.
"""

import contextlib
import ctypes
import json
import os
import resource
import subprocess
import sys
import time

_PR_SET_CHILD_SUBREAPER = 36


def main() -> None:
    """Run the command, write its figures as JSON, and leave with its exit code."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)
    start = time.perf_counter()
    process = subprocess.Popen(sys.argv[2:])
    process.wait()
    wall = time.perf_counter() - start
    with contextlib.suppress(ChildProcessError):
        while True:
            os.wait()
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    unit = 1 if sys.platform == "darwin" else 1024
    spent = {
        "wall": wall,
        "cpu": usage.ru_utime + usage.ru_stime,
        "peak_bytes": usage.ru_maxrss * unit,
    }
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        json.dump(spent, file)
    sys.exit(process.returncode if process.returncode >= 0 else 1)


if __name__ == "__main__":
    main()
