"""Run ``casefinder link`` with one of its tasks killed once: the worker that first writes block 2 of the histories dies."""

import os
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from casefinder.cli import main
from casefinder.histories import write
from casefinder.histories.write import WriteHistories

UNLUCKY = 2


@dataclass(frozen=True)
class KilledOnce(WriteHistories):
    """Does the work of a block, and notes every try; the first try of one block dies midway, its files half-written."""

    notes: Path

    def __call__(self, engine, number):
        (self.notes / f"{number} {time.time_ns()}").touch()
        killed = self.notes / "killed"
        if number == UNLUCKY and not killed.exists():
            killed.touch()
            blocks = self.folder / "blocks"
            blocks.mkdir(parents=True, exist_ok=True)
            (blocks / f"{number:05d}.parquet").write_bytes(b"half")
            os.kill(os.getpid(), signal.SIGKILL)
        return super().__call__(engine, number)


if __name__ == "__main__":
    notes = Path(sys.argv.pop(1))
    write.WriteHistories = lambda *given: KilledOnce(*given, notes)
    main()
