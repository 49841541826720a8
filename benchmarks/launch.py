"""Start one command, wait for it, and write what it took: ``python launch.py FILE COMMAND...``.

It stands between a benchmark and what it measures because the system begins to count a process's memory at what its parent
held. This one holds next to nothing, so what is counted is the command's own.
"""

import json
import os
import subprocess
import sys
import time


def main() -> None:
    """Run the command, write its figures as JSON, and leave with its exit code."""
    start = time.perf_counter()
    process = subprocess.Popen(sys.argv[2:])
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    unit = 1 if sys.platform == "darwin" else 1024
    spent = {
        "wall": time.perf_counter() - start,
        "cpu": usage.ru_utime + usage.ru_stime,
        "peak_bytes": usage.ru_maxrss * unit,
    }
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        json.dump(spent, file)
    sys.exit(process.returncode if process.returncode >= 0 else 1)


if __name__ == "__main__":
    main()
