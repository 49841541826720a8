"""Fitting beyond memory: peak memory of a fit on more than 3,000,000 rows, beside one of an economy as it is."""

import shutil
from typing import Any, Final

from benchmarks.given import Given
from benchmarks.measure import child
from benchmarks.report import Figure, write
from benchmarks.training_job import ROUNDS, STRENGTHS

PEOPLE: Final = 1_470_000
"""People of the large population: their rows to fit on are more than ``LEAST_ROWS``."""
LEAST_ROWS: Final = 3_000_000
LEAST_FEATURES: Final = 300
MAX_GB: Final = 8


def run(given: Given) -> None:
    """Fit on the workspace's economy and on many more people, and write ``training.json``."""
    found = [one_fit(given, people) for people in (given.people, PEOPLE)]
    large = found[-1]
    what = f"{large['fitted_on']:,} rows fitted on, {large['features']} features"
    figures = [
        Figure(f"{what}: peak memory", large["peak_gb"], "GB", MAX_GB),
        Figure("rows fitted on", large["fitted_on"], "", LEAST_ROWS, "at least"),
        Figure("features", large["features"], "", LEAST_FEATURES, "at least"),
        Figure(f"{what}: 32-bit numbers of these rows", large["matrix_gb"], "GB"),
        Figure(f"{what}: wall", large["wall_seconds"], "s"),
        *(Figure(f"{what}: wall of {stage}", seconds, "s") for stage, seconds in large["seconds"].items()),
        Figure(f"{found[0]['fitted_on']:,} rows fitted on: peak memory", found[0]["peak_gb"], "GB"),
        Figure(f"{found[0]['fitted_on']:,} rows fitted on: wall", found[0]["wall_seconds"], "s"),
    ]
    notes = [
        "The larger population is an economy's blocks over and over, each copy a district with people of its own. Peak "
        "memory is that of the one process that works out cohort, outcomes and features block by block, writes them to "
        f"files, fits at most {ROUNDS} trees and the penalised regression with a penalty of {STRENGTHS[0]:g}, calibrates "
        "and tests. One thread.",
        f"Features take {large['disk_gb']:g} GB on disk, all columns and parts counted. LightGBM reads the model's own "
        f"columns in turn and keeps bins; the regression is fitted on {large['regression_fitted_on']:,} rows, in memory.",
    ]
    write(given.results, "training", "fitting more rows than memory holds", figures, notes, found)


def one_fit(given: Given, people: int) -> dict[str, Any]:
    """Fit in a process of its own; a population larger than the workspace's is made for it and removed."""
    grown, rows = given.scratch / f"grown-{people}", given.scratch / f"rows-{people}"
    rows.mkdir()
    try:
        if people != given.people:
            child(["benchmarks.grow", given.linked(), grown, str(people)])
        spent = child(["benchmarks.training_job", grown if people != given.people else given.linked(), rows])
    finally:
        for folder in (grown, rows):
            shutil.rmtree(folder, ignore_errors=True)
    said = spent.said
    return {
        **said,
        "matrix_gb": round(4e-9 * said["fitted_on"] * said["features"], 2),
        "wall_seconds": round(spent.wall, 1),
        "cpu_seconds": round(spent.cpu, 1),
        "peak_gb": round(spent.peak_gb, 2),
    }
