"""``python -m benchmarks [NAME...]``: each benchmark in a process of its own, all of them by default."""

import argparse
import importlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.given import ECONOMY_PEOPLE, SIZES, Given
from benchmarks.measure import keep_to_two_cores
from benchmarks.report import RESULTS

MODULES = {
    "simulate": "simulating",
    "features": "features",
    "scale": "scale",
    "link": "link",
    "help": "command_help",
    "demo": "command_demo",
    "alarms": "alarms",
    "planted": "planted",
    "practices": "practices",
    "training": "training",
    "meps": "meps",
    "allocation": "allocation",
    "matching": "matching",
}
"""Name of each benchmark, and the module whose ``run(given)`` measures it."""
WITH_SPARK = {"engines": "engines", "england": "england"}
"""Benchmarks that need the extra ``spark``, or what one of those measured: run only where they are asked for by name."""
STUDIES = {"recovery": "recovery", "deployed": "deployed", "programmes": "programmes"}
"""Name of each study, and the module whose ``run(results)`` makes it."""
HERE = Path(__file__).parent


def names() -> list[str]:
    """Return every benchmark and study there is."""
    return [*MODULES, *(name for name, module in STUDIES.items() if (HERE / f"{module}.py").is_file())]


def main() -> None:
    """Run what was asked for: one benchmark here, several in processes of their own."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "name", nargs="*", choices=[*names(), *WITH_SPARK, []], help="what to measure; everything by default"
    )
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder of results")
    parser.add_argument("--workspace", type=Path, help="a workspace that 'casefinder demo' made; one is made otherwise")
    parser.add_argument("--people", type=int, default=ECONOMY_PEOPLE, help="people of the workspace")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="sizes to which 'scale' grows the workspace")
    parser.add_argument("--scratch", type=Path, help="where to put large files for a while; the system's own by default")
    asked = parser.parse_args()
    keep_to_two_cores()
    scratch = Path(tempfile.mkdtemp(prefix="benchmarks-", dir=asked.scratch))
    given = Given(
        asked.results.resolve(), scratch, asked.workspace and asked.workspace.resolve(), asked.people, tuple(asked.sizes)
    )
    try:
        chosen = asked.name or names()
        if len(chosen) == 1:
            run(chosen[0], given)
        else:
            run_each(chosen, given)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def run(name: str, given: Given) -> None:
    """Run one benchmark in this process."""
    print(f"{name} ...", flush=True)
    if name in STUDIES:
        importlib.import_module(f"benchmarks.{STUDIES[name]}").run(given.results)
    else:
        importlib.import_module(f"benchmarks.{(MODULES | WITH_SPARK)[name]}").run(given)
    print(f"{name}: written to {given.results.name}/", flush=True)


def run_each(chosen: list[str], given: Given) -> None:
    """Run several benchmarks one after the other, each in a process of its own, on one workspace."""
    common = ["--results", given.results, "--workspace", given.linked(), "--scratch", given.scratch]
    common += ["--people", given.people, "--sizes", *given.sizes]
    failed = []
    for name in chosen:
        words = [sys.executable, "-m", "benchmarks", name, *map(str, common)]
        if subprocess.run(words, check=False).returncode:
            failed.append(name)
    if failed:
        sys.exit(f"these benchmarks failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
