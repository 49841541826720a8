"""Weekly scoring by two models and every list, for populations of growing size: time, and memory that does not grow."""

import json
import shutil
from typing import Any

from benchmarks.given import Given
from benchmarks.measure import child
from benchmarks.report import Figure, write

BOUNDED = 1_000_000
"""The size at which time and memory have a bound."""
MAX_SECONDS, MAX_GB, MAX_GROWTH = 180, 3.0, 1.25


def run(given: Given) -> None:
    """Measure every size and write ``scale.json``."""
    workspace = given.linked()
    site = json.loads((workspace / "deployment.json").read_text(encoding="utf-8"))["site"]
    found = {people: one_size(given, site, people) for people in given.sizes}
    figures = [figure for people, one in found.items() for figure in figures_of(people, one)]
    first, last = found[min(found)], found[max(found)]
    growth = last["peak_gb"] / first["peak_gb"]
    figures.append(Figure(f"peak memory at {max(found):,} people, for each byte at {min(found):,}", growth, "", MAX_GROWTH))
    notes = [
        "A population is an economy's blocks over and over, each copy a district with people and practices of its own; "
        "practices and clusters grow with it, so there are as many more lists.",
        f"Points a person: {last['points'] / last['people']:.0f}; the bound speaks of 100. People are all those on record, "
        "of whom those registered and in a model's cohort are scored.",
        "One process, held to two cores, scores everyone by both models, then writes every list: CSV, workbook and page.",
        f"Models: {', '.join(last['models'])}, of {' and '.join(str(n) for n in last['trees'])} trees.",
    ]
    write(given.results, "scale", "the weekly job as the population grows", figures, notes, found)


def figures_of(people: int, one: dict[str, Any]) -> list[Figure]:
    """Return the figures of one size, with bounds where it has them."""
    bounded = people == BOUNDED
    what = f"{people:,} people, {one['points'] / 1e6:,.0f} million points, {one['lists']} lists"
    return [
        Figure(f"{what}: wall", round(one["wall_seconds"]), "s", MAX_SECONDS if bounded else None),
        Figure(f"{people:,} people: CPU", round(one["cpu_seconds"]), "s"),
        Figure(f"{people:,} people: peak memory", one["peak_gb"], "GB", MAX_GB if bounded else None),
    ]


def one_size(given: Given, site: str, people: int) -> dict[str, Any]:
    """Grow a population, run the weekly job on it in a process of its own, and remove it."""
    grown = given.scratch / f"grown-{people}"
    try:
        made = child(["benchmarks.grow", given.linked(), grown, people]).said
        spent = child(["benchmarks.weekly_job", grown, site])
        trees = [
            path.read_text(encoding="utf-8").count("\nTree=") for path in sorted(grown.glob("models/*/*/bundle/trees.txt"))
        ]
    finally:
        shutil.rmtree(grown, ignore_errors=True)
    figures = {"wall_seconds": round(spent.wall, 1), "cpu_seconds": round(spent.cpu, 1), "peak_gb": round(spent.peak_gb, 2)}
    return {**made, **figures, **spent.said, "trees": trees}
