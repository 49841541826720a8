"""A process that has imported everything and forks for every command: each still has a process of its own, without the wait.

It reads one request a line (what to run, in which folder, with which environment, where what is printed goes) and answers
with the exit code. Nothing of a command is left in it: a command runs in a child, which ends as any Python program ends.
"""

import atexit
import gc
import importlib
import json
import os
import pkgutil
import runpy
import sys

import casefinder.commands

LATER = ("lightgbm", "sklearn.linear_model", "ibis.backends.duckdb", "mlflow", "mlflow.store.tracking.sqlalchemy_store")
"""What commands import when they need it. None of these starts a thread that a child, which has only its own, would miss."""


def import_everything() -> None:
    """Import what commands need."""
    for name in (*LATER, *(f"casefinder.commands.{one.name}" for one in pkgutil.iter_modules(casefinder.commands.__path__))):
        importlib.import_module(name)


def become(request: dict) -> None:
    """Become the command that was asked for, in a child."""
    for descriptor, path, how in (
        (0, os.devnull, os.O_RDONLY),
        (1, request["out"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
        (2, request["err"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
    ):
        opened = os.open(path, how)
        os.dup2(opened, descriptor)
        os.close(opened)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.argv = ["", *request["words"]]
    atexit.register(gc.unfreeze)  # what ends with the process is then let go of as ever, and nothing is said of it
    runpy.run_module("casefinder.cli", run_name="__main__", alter_sys=True)


def serve() -> None:
    """Answer requests until there are none."""
    import_everything()
    # What was imported stays: a child that looked for garbage in it would copy every page of it.
    gc.collect()
    gc.freeze()
    for line in sys.stdin:
        child = os.fork()
        if not child:
            become(json.loads(line))
            return
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    serve()
