"""Sharing money by need on simulated people: the shape of the ladder, planted effects of supply, time and memory."""

import json
import shutil
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.given import Given
from benchmarks.measure import child
from benchmarks.report import Figure, write
from casefinder.allocation.design import LADDER, STEP_WORDS, SUPPLY
from casefinder.allocation.fitted import Fitted, read_fitted
from casefinder.allocation.heldout import fitting
from casefinder.allocation.models import LINEAR
from casefinder.allocation.moments import Moments, solve
from casefinder.engines import Workspace

LARGE: Final = 1_000_000
MAX_SECONDS, MAX_GB = 600, 6.0
PLANTED: Final = 0.05
"""On the log of everybody's cost, for a standard deviation more of appointments in general practice."""
_CAP: Final = "99.5%"


def run(given: Given) -> None:
    """Allocate on the economy and on a large population made of it, and write the results."""
    workspace = given.linked()
    site = json.loads((workspace / "deployment.json").read_text(encoding="utf-8"))["site"]
    own = given.scratch / "allocated"
    small = _copy(workspace, own)
    spent = child(["benchmarks.allocation_job", small, site])
    fitted = read_fitted(Workspace(small).newest("allocations").folder)
    figures = [*_ladder(fitted), *(planted := _planted(small))]
    large, grown = given.scratch / "grown-allocation", {}
    try:
        grown = child(["benchmarks.grow", workspace, large, LARGE]).said
        taken = child(["benchmarks.allocation_job", large, site])
    finally:
        shutil.rmtree(large, ignore_errors=True)
    what = f"{LARGE:,} people, {grown['practices']} practices, allocation, a what-if and every measure of practices"
    figures += [
        Figure(f"{what}: wall", round(taken.wall), "s", MAX_SECONDS),
        Figure(f"{what}: peak memory", round(taken.peak_gb, 2), "GB", MAX_GB),
        Figure(f"{LARGE:,} people: a what-if", taken.said["what_if_seconds"], "s"),
    ]
    details = {"economy": spent.said, "large": {**grown, **taken.said}, "planted": [one.content() for one in planted],
               "measures": fitted.measures.round(4).to_dict("records")}  # fmt: skip
    write(given.results, "allocation", "sharing money by need on simulated people", figures, _notes(fitted), details)


def _copy(workspace: Path, folder: Path) -> Path:
    """Return a workspace with the same record and histories, which may be written to."""
    for name in ("record", "histories"):
        shutil.copytree(workspace / name, folder / name)
    return folder


def _ladder(fitted: Fitted) -> list[Figure]:
    """Return the measures of each step; diagnoses must add to age and sex, as Dixon 2011 found in England."""
    table = fitted.measures[fitted.measures["cap"] == _CAP].set_index(["model", "held_out"])
    figures: list[Figure] = []
    before: float | None = None
    for step in (*LADDER, "parsimonious"):
        person, practice = table["person_r2"].loc[(step, "people")], table["practice_r2"].loc[(step, "practices")]
        bound = round(1.2 * before, 3) if step == "diagnoses" and before else None
        words = STEP_WORDS[step]
        figures.append(Figure(f"{words}: R² of people held out", round(person, 3), "", bound, "at least"))
        figures.append(Figure(f"{words}: R² of practices held out, 1 - SSE/SST", round(practice, 3), ""))
        before = person
    return figures


def _planted(workspace: Path) -> list[Figure]:
    """Return an effect of supply planted on the costs of the economy, and what is found of it."""
    from casefinder.allocation.people import AllocationRows
    from casefinder.allocation.prepare import prepare
    from casefinder.engines.files import read_frame, read_table
    from casefinder.histories import Histories

    kept = Workspace(workspace)
    version, histories = kept.newest("allocation_rows"), Histories(kept.newest("histories"))
    table = read_table(version / "people.parquet")
    rows = AllocationRows({name: table[name].to_numpy() for name in table.column_names}, [], {})
    record = next(one for one in kept.versions("record") if one.number == histories.version.manifest["record"])
    practices, areas = (read_frame(record / f"{name}.parquet") for name in ("practices", "areas"))
    ready = prepare(rows.at(0), rows.at(1), histories, practices, areas, "none", 1)
    given, place = ready.given, list(SUPPLY).index("gp_appointments")
    column = given.design.supply_places[place]
    more = np.exp(PLANTED * given.design.supply.rows(given.people["area"])[:, place])
    changed = fitting(
        given.design, given.people, given.practice, ready.codes, given.amounts[:1] * more, given.weight, given.seed
    )
    plain, stronger = (_coefficient(one.moments, column, given.design.places("supply")) for one in (given, changed))
    cost = float(given.weight @ given.amounts[0] / given.weight.sum())
    return [
        Figure("effect of supply planted on costs, £ a person a year", round(PLANTED * cost, 1), ""),
        Figure("found, beside what was there", round(stronger - plain, 1), "", round(0.8 * PLANTED * cost, 1), "at least"),
    ]


def _coefficient(moments: Moments, column: int, places: np.ndarray) -> float:
    whole = moments.over(np.ones(len(moments.weight)))
    return float(solve(whole.xx[0], whole.xy[0, 0], places)[column])


def _notes(fitted: Fitted) -> list[str]:
    counts, names = fitted.about["counts"], fitted.about["columns"]
    b = fitted.coefficients[fitted.cap(_CAP), LINEAR.index("supply")]
    supply = ", ".join(f"{name.replace('_', ' ')} {b[names.index(name.replace('_', ' '))]:+.1f}" for name in SUPPLY)
    return [
        f"The ladder: {counts['fitted_on']:,} people of a simulated economy, costs capped at {_CAP}; simulated people say "
        "nothing about real ones. Dixon 2011 (BMJ 343:d6608) found 0.037 and 0.12 for people in England.",
        f"The economy plants small effects of supply on emergency admissions; found on the cost of a year, £ a standard "
        f"deviation: {supply}.",
        f"A stronger one was planted on costs: everybody's times exp({PLANTED} for a standard deviation of appointments).",
        "The large population is the economy's blocks over and over, each copy with people and practices of its own. One "
        "process, held to two cores: allocation from the linked record, a what-if, and every measure of practices.",
    ]
