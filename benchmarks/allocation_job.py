"""Allocation and every measure of practices in one process: the whole of what commissioners get in a year.

``python -m benchmarks.allocation_job WORKSPACE SITE`` prints the seconds of each part and what came out.
"""

import datetime as dt
import json
import sys
import time
from dataclasses import replace
from pathlib import Path

from casefinder.commands.allocating import AllocationAsked, run_allocate
from casefinder.commands.deployment import open_deployment
from casefinder.commands.practices import Asked, run_practices
from casefinder.commands.reporter import Silent
from casefinder.engines import Workspace


def main(workspace: Path, site: Path) -> dict[str, object]:
    """Allocate for the day after the extract, try another cap, model and grouping, and compare practices in a year."""
    opened = open_deployment(site, workspace, "allocate")
    asked = AllocationAsked(opened.site.extract_date + dt.timedelta(days=1), out=workspace / "published")
    times = [time.perf_counter()]
    found = run_allocate(opened, asked, Silent())
    times.append(time.perf_counter())
    run_allocate(opened, replace(asked, cap="99%", model="parsimonious", by="cluster"), Silent())
    times.append(time.perf_counter())
    run_practices(
        opened, Asked(measure=None, year=str(opened.site.extract_date.year - 2)), Silent(), workspace / "published"
    )
    times.append(time.perf_counter())
    names = ("allocation_seconds", "what_if_seconds", "practices_seconds")
    spent = {name: round(after - before, 1) for name, before, after in zip(names, times, times[1:], strict=False)}
    steps = [json.loads(line) for line in (workspace / "log" / "runs.jsonl").read_text(encoding="utf-8").splitlines()]
    people = int(found.table["people"].sum())
    version = Workspace(workspace).newest("allocations")
    supply = json.loads((version / "about.json").read_text(encoding="utf-8"))["counts"]
    return {**spent, "on_lists": people, "fitted_on": supply["fitted_on"], "practices": len(found.table),
            "steps": steps[-3]["seconds"]}  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), Path(sys.argv[2]))))
