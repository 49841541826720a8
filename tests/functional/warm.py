"""A process that has imported everything and forks for every command: each still has a process of its own, without the wait.

It reads one request a line (what to run, in which folder, with which environment, where what is printed goes) and answers
with the exit code. Nothing of a command is left in it: a command runs in a child, which ends as a Python program does, but
for taking to pieces what was imported before it began.
"""

import atexit
import gc
import importlib
import json
import os
import pkgutil
import runpy
import sys
import threading
import traceback

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
    runpy.run_module("casefinder.cli", run_name="__main__", alter_sys=True)


def ended(request: dict) -> int:
    """Return the exit code of a command, once all that it registered for its end has run."""
    code = 0
    try:
        become(request)
    except SystemExit as left:
        code = left.code if isinstance(left.code, int) else int(left.code is not None)
        if isinstance(left.code, str):
            print(left.code, file=sys.stderr)
    except BaseException:
        traceback.print_exc()
        code = 1
    threading._shutdown()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    return code


def serve() -> None:
    """Answer requests until there are none."""
    import_everything()
    # What was imported stays: a child that looked for garbage in it would copy every page of it.
    atexit.register(gc.unfreeze)
    gc.collect()
    gc.freeze()
    for line in sys.stdin:
        child = os.fork()
        if not child:
            os._exit(ended(json.loads(line)))
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    serve()
