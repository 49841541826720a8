"""Run on a cluster of two workers on this machine: a task for each of four numbers, and one worker that is killed once."""

import os
import signal
import sys
import time
from pathlib import Path

from casefinder.config import SparkSettings
from casefinder.engines import engine_for

CLUSTER = "local-cluster[2,1,1024]"


def main(folder: Path) -> None:
    """Note every try in the folder, and print what came back."""

    def task(number: int) -> int:
        (folder / f"{number} {time.time_ns()}").touch()
        killed = folder / "killed"
        if number == 3 and not killed.exists():
            killed.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return number

    settings = SparkSettings(master=CLUSTER, settings={"spark.executor.memory": "600m"})
    with engine_for("1GB", 1, str(folder / "scratch" / "spill"), settings) as engine:
        print(list(engine.each(task, [1, 2, 3, 4])))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
