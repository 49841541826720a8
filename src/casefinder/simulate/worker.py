"""Processes that make chunks: each is a fresh interpreter that is told one chunk after another and answers with its counts.

They share nothing with the process that asks, not even its main module, so the economy can be made from a command, a
script or a notebook alike.
"""

import base64
import pickle
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import Any, Final

_COMMAND: Final = (sys.executable, "-c", "from casefinder.simulate.worker import main; main()")


def in_processes(work: Any, tasks: Sequence[Any], processes: int) -> Iterator[Any]:
    """Yield ``work(task)`` for each task in order, worked out in so many processes; ``work`` is a module's function.

    Raises:
        RuntimeError: a process failed; its own words are on standard error.
    """
    idle: SimpleQueue[subprocess.Popen[bytes]] = SimpleQueue()
    pool = [subprocess.Popen(_COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(processes)]
    for process in pool:
        idle.put(process)

    def ask(task: Any) -> Any:
        process = idle.get()
        try:
            return _told(process, (work, task))
        finally:
            idle.put(process)

    try:
        with ThreadPoolExecutor(processes) as threads:
            yield from threads.map(ask, tasks)
    finally:
        for process in pool:
            process.communicate()


def _told(process: subprocess.Popen[bytes], question: Any) -> Any:
    """Return what a process answers to one question."""
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("a process without pipes cannot be asked")
    try:
        process.stdin.write(base64.b64encode(pickle.dumps(question)) + b"\n")
        process.stdin.flush()
        answer = process.stdout.readline()
    except BrokenPipeError:
        answer = b""
    if not answer:
        raise RuntimeError("a process that makes part of the economy failed; its own words stand above")
    return pickle.loads(base64.b64decode(answer))


def main() -> None:
    """Answer questions from standard input until it ends."""
    for line in sys.stdin.buffer:
        work, task = pickle.loads(base64.b64decode(line))
        sys.stdout.buffer.write(base64.b64encode(pickle.dumps(work(task))) + b"\n")
        sys.stdout.buffer.flush()
