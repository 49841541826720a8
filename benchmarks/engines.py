"""The same work on DuckDB and on Spark: CPU a million points, one worker against two, and memory, as the population grows.

Needs the extra ``spark`` and a Java runtime. Spark runs on a cluster of processes of this machine (``local-cluster``), each
worker with one core, so that rows and tasks really travel between processes.
"""

import json
import re
import shutil
from pathlib import Path
from typing import Any

from benchmarks.given import Given
from benchmarks.measure import Spent, child
from benchmarks.report import Figure, write
from casefinder.engines import Workspace

SCORED = (100_000, 200_000, 400_000, 800_000)
"""Populations that are scored."""
LINKED = (10_000, 40_000)
"""Populations that are linked from raw files."""
MEMORY_GB = 2
"""Memory of the engine: DuckDB's limit, and the heap of Spark's driver and of each executor."""
RUNS = {"duckdb": "", "spark, 1 worker": "local-cluster[1,1,3072]", "spark, 2 workers": "local-cluster[2,1,3072]"}
"""Each way to run, and the master of Spark."""
MAX_GROWTH = 1.25
"""The most that CPU a million points, or memory, may grow from the smallest population to the largest."""


def run(given: Given) -> None:
    """Measure both jobs and write ``engines.json``."""
    linked = {people: _linked(given, people) for people in LINKED if people <= given.people}
    scored = {people: _scored(given, people) for people in SCORED}
    figures = [*_figures("link", linked), *_figures("weekly", scored)]
    notes = [
        "link: raw files to record and histories. weekly: everyone scored by two models, the candidates of every list "
        "explained. Points are dated facts on record.",
        f"DuckDB: one process, {MEMORY_GB} GB, one thread. Spark: a driver and one or two workers of one core and "
        f"{MEMORY_GB} GB of heap each, all on this machine of two cores, which they share with the driver. CPU is that of "
        "all processes together, starting Java included; memory is the most that any one process held.",
        "Linked populations are simulated at their size; those scored are blocks of one economy over and over, with people "
        "and practices of their own.",
    ]
    write(given.results, "engines", "one definition, two engines", figures, notes, {"link": linked, "weekly": scored})


def _linked(given: Given, people: int) -> dict[str, Any]:
    """Simulate a population, link it in every way, and remove it."""
    economy = given.scratch / f"economy-{people}"
    child(["casefinder.cli", "simulate", "--out", economy, "--people", people])
    found = {}
    for name in RUNS:
        folder = given.scratch / f"link-{people}"
        site = _site(given, economy / "raw", folder, name)
        spent = child(["casefinder.cli", "link", "--site", site, "--workspace", folder / "workspace"])
        found[name] = _told(spent, Workspace(folder / "workspace").newest("record").manifest["facts"]["points"])
        shutil.rmtree(folder)
    shutil.rmtree(economy)
    return found


def _scored(given: Given, people: int) -> dict[str, Any]:
    """Grow a population, score it in every way, and remove it."""
    grown = given.scratch / f"grown-{people}"
    made = child(["benchmarks.grow", given.linked(), grown, people]).said
    found = {}
    for name in RUNS:
        folder = given.scratch / f"score-{people}"
        site = _site(given, given.linked() / "simulated" / "raw", folder, name)
        words = ["weekly", "--as-of", "2026-04-01", "--site", site, "--workspace", grown]
        found[name] = _told(child(["casefinder.cli", *words]), made["points"])
        shutil.rmtree(folder)
    shutil.rmtree(grown)
    return found


def _site(given: Given, raw: Path, folder: Path, name: str) -> Path:
    """Make a site of some raw files that runs in one of the ways, with the settings of the workspace; return its file."""
    folder.mkdir()
    settled = given.linked() / "simulated"
    (folder / "raw").symlink_to(raw)
    shutil.copy(settled / "demonstration.key", folder)
    site = folder / "site.yaml"
    text = (settled / site.name).read_text(encoding="utf-8")
    for setting, value in (("memory", f"{MEMORY_GB}GB"), ("threads", "1")):
        text = re.sub(rf"^{setting}: .*", f"{setting}: {value}", text, flags=re.MULTILINE)
    if RUNS[name]:
        settings = {"spark.executor.memory": f"{MEMORY_GB}g", "spark.worker.cleanup.enabled": "true"}
        text += f"\nengine: spark\nspark: {json.dumps({'master': RUNS[name], 'settings': settings})}\n"
    site.write_text(text, encoding="utf-8")
    return site


def _told(spent: Spent, points: int) -> dict[str, Any]:
    return {
        "points": points,
        "wall_seconds": round(spent.wall, 1),
        "cpu_seconds": round(spent.cpu, 1),
        "cpu_seconds_a_million_points": round(spent.cpu / points * 1e6, 2),
        "peak_gb": round(spent.peak_gb, 2),
    }


def _figures(job: str, found: dict[int, dict[str, Any]]) -> list[Figure]:
    """Return the figures of one job: every size, then how the largest compares with the smallest."""
    listed = [
        Figure(f"{job}, {people:,} people, {one['points'] / 1e6:,.1f} million points, {name}: {what}", one[key], unit)
        for people, ways in found.items()
        for name, one in ways.items()
        for what, key, unit in (
            ("CPU a million points", "cpu_seconds_a_million_points", "s"),
            ("wall", "wall_seconds", "s"),
            ("memory", "peak_gb", "GB"),
        )
    ]
    small, large = min(found), max(found)
    for name in RUNS:
        for what, key in (("CPU a million points", "cpu_seconds_a_million_points"), ("memory", "peak_gb")):
            ratio = found[large][name][key] / found[small][name][key]
            listed.append(Figure(f"{job}, {name}: {what}, {large:,} people for each at {small:,}", ratio, "", MAX_GROWTH))
    one, two = (found[large][f"spark, {workers}"]["wall_seconds"] for workers in ("1 worker", "2 workers"))
    listed.append(Figure(f"{job}, {large:,} people: wall with one worker for each second with two", one / two, ""))
    return listed
