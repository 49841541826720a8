"""Linking in bounded memory: peak memory as the extracts grow, beside the limit that the site file states."""

import re
import shutil
from pathlib import Path
from typing import Any

from benchmarks.given import Given
from benchmarks.measure import child, folder_bytes
from benchmarks.report import Figure, write
from casefinder.shipped import shipped

SIZES = (20_000, 80_000)
"""Sizes that are simulated for this; the economy of the workspace is the largest."""
SMALL_GB = 1
"""A limit low enough that the largest size must spill."""
PYTHON_GB = 1
"""What the process may hold beside the engine: Python and its libraries, a few batches of raw rows, everyone's pseudonym."""


def run(given: Given) -> None:
    """Measure every size and write ``link.json``."""
    largest = given.linked() / "simulated"
    stated = float(re.search(r"^memory: ([0-9.]+)GB", _site_text(), re.MULTILINE)[1])  # type: ignore[index]
    found = []
    for people in (size for size in SIZES if size < given.people):
        economy = given.scratch / f"economy-{people}"
        child(["casefinder.cli", "simulate", "--out", economy, "--people", people])
        found.append(one_link(given, economy / "raw", people, stated))
        shutil.rmtree(economy)
    found += [one_link(given, largest / "raw", given.people, limit) for limit in (stated, SMALL_GB)]
    figures = [figure for one in found for figure in _figures(one)]
    notes = [
        "The limit is 'memory' in the site file: the most that the engine holds; what does not fit is spilled to the "
        "workspace's scratch folder and removed. Peak memory is that of the whole process; its bound is the engine's limit "
        f"and {PYTHON_GB} GB for Python, its libraries, a few batches of raw rows at a time, and everyone's pseudonym.",
        "Raw files are those of simulated economies of growing size, all sources.",
    ]
    write(given.results, "link", "memory of linking", figures, notes, found)


def one_link(given: Given, raw: Path, people: int, limit_gb: float) -> dict[str, Any]:
    """Link one economy under a limit in a process of its own."""
    folder = given.scratch / f"link-{people}-{limit_gb:g}"
    folder.mkdir()
    site = folder / "site.yaml"
    site.write_text(re.sub(r"^memory: .*", f"memory: {limit_gb:g}GB", _site_text(), flags=re.MULTILINE), encoding="utf-8")
    (folder / "demonstration.key").write_text("a benchmark protects nobody, so its key is no secret\n", encoding="utf-8")
    workspace = folder / "workspace"
    command = ["casefinder.cli", "link", "--site", site, "--workspace", workspace, "--data", raw]
    spent = child(command, watch=workspace / "scratch" / "spill")
    shutil.rmtree(folder)
    return {
        "people": people,
        "limit_gb": limit_gb,
        "raw_gb": round(folder_bytes(raw) / 1e9, 2),
        "wall_seconds": round(spent.wall, 1),
        "cpu_seconds": round(spent.cpu, 1),
        "peak_gb": round(spent.peak_gb, 2),
        "spilled_gb": round(spent.scratch_bytes / 1e9, 2),
    }


def _figures(one: dict[str, Any]) -> list[Figure]:
    what = f"{one['people']:,} people, {one['raw_gb']:g} GB of raw files, limit {one['limit_gb']:g} GB"
    return [
        Figure(f"{what}: peak memory", one["peak_gb"], "GB", one["limit_gb"] + PYTHON_GB),
        Figure(f"{what}: most spilled at once", one["spilled_gb"], "GB"),
        Figure(f"{what}: wall", one["wall_seconds"], "s"),
    ]


def _site_text() -> str:
    return (shipped("configs") / "sites" / "demonstration.yaml").read_text(encoding="utf-8")
