"""A process that starts another, which works and holds memory, and never asks how it ended, as those of Spark do."""

import os
import signal
import time

SECONDS = 1.0
BYTES = 300_000_000


def work() -> None:
    """Spend CPU, and hold memory."""
    held = bytearray(BYTES)
    held[::4096] = b"x" * len(held[::4096])
    until = time.process_time() + SECONDS
    while time.process_time() < until:
        pass


if __name__ == "__main__":
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    child = os.fork()
    if not child:
        work()
        os._exit(0)
    while os.path.exists(f"/proc/{child}"):
        time.sleep(0.1)
