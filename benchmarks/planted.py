"""An over-prediction planted in one GP cluster, through the whole of the product: is it found, named, and nothing else?

A model is fitted a year before the end of the records, so that twelve index dates mature after it. Then its calibrator is
given a term for one cluster that makes the risks served there a fifth too high, and the model is looked at as monitoring and
the page of calibration look at it. Each cluster has its turn; before them comes a look with nothing planted.
"""

import dataclasses
import datetime as dt
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.given import Given
from benchmarks.report import Figure, write

MODEL = "emergency_admission"
PLANTED = 1.2
FIT_MONTHS = (25, 21, 17)
"""Months before the test date; the demonstration's records do not reach back far enough for the model's own."""


def run(given: Given) -> None:
    """Fit, plant in each cluster in turn, and look."""
    from casefinder.codelists import load_codelists
    from casefinder.config import load_model
    from casefinder.engines import Workspace
    from casefinder.histories import Histories
    from casefinder.histories.practices import practices_of, record_of
    from casefinder.modelling.stored_rows import Storage
    from casefinder.modelling.train import train

    workspace, settings = Workspace(given.linked()), load_model(MODEL)
    split = settings.split.model_copy(update={"test_months_before": 12, "fit_months_before": FIT_MONTHS})
    histories = Histories(workspace.newest("histories"))
    practices = practices_of(record_of(workspace, histories), histories)
    with TemporaryDirectory(dir=given.linked()) as rows:
        fitted = train(histories, settings.model_copy(update={"split": split}), load_codelists(), Storage(Path(rows)))
        _plant(given, fitted, histories, practices)


def _plant(given: Given, fitted: Any, histories: Any, practices: Any) -> None:
    """Look at the model as it is, then with each cluster's risks too high in turn."""
    from casefinder.modelling.bundle import Bundle
    from casefinder.modelling.tested import tested_people

    right = Bundle({**fitted.about, "version": 1}, fitted.contract, fitted.trees, fitted.calibrator)
    rows, standing, looks = looked(right, histories, practices)
    tested = tested_people(fitted, practices, None)
    found: dict[str, Any] = {"nothing": {"standing": standing}}
    for cluster in sorted(rows["cluster"].unique()):
        term = log_odds_for(rows.loc[rows["cluster"] == cluster, "risk"].to_numpy(), PLANTED)
        wrong = dataclasses.replace(right, calibrator=dataclasses.replace(right.calibrator, clusters={cluster: term}))
        found[cluster] = {"term": term, "standing": looked(wrong, histories, practices)[1], **page(wrong, tested, cluster)}
    write(given.results, "planted", "an over-prediction planted in one cluster", _figures(found), _notes(rows, looks), found)


def looked(bundle: Any, histories: Any, practices: Any) -> tuple[pd.DataFrame, list[dict[str, Any]], int]:
    """Return the matured rows, the alarms that stand, and how many index dates have matured."""
    from casefinder.codelists import load_codelists
    from casefinder.modelling.service_starts import ServicesAndLists
    from casefinder.monitoring.alarms import alarms_of
    from casefinder.monitoring.maturing import matured
    from casefinder.monitoring.models import Watched
    from casefinder.monitoring.outcomes import figures_of

    as_of = dt.date.fromisoformat(histories.version.manifest["extract_date"]) + dt.timedelta(days=1)
    watched = Watched.of(bundle, histories, load_codelists(), practices, ServicesAndLists())
    past = matured(watched, histories, as_of)
    standing = alarms_of(figures_of(past).sums, past.looks).standing
    told = [{"cluster": one.cluster, "way": one.way, "looks": past.looks.index(one.look) + 1} for one in standing]
    return past.rows, told, len(past.looks)


def log_odds_for(risk: np.ndarray, ratio: float) -> float:
    """Return what must be added to log odds so that the risks add up to so many times what they did."""
    from scipy.optimize import brentq

    odds = np.log(risk / (1 - risk))
    return float(brentq(lambda term: (1 / (1 + np.exp(-odds - term))).mean() / risk.mean() - ratio, -3, 3))


def page(bundle: Any, tested: pd.DataFrame, cluster: str) -> dict[str, Any]:
    """Return the planted cluster's line of the page of calibration, from the people tested."""
    from casefinder.modelling.by_group import calibration_tables

    risk = bundle.risks(tested["raw_score"].to_numpy(), tested["gp_cluster"])
    rows = calibration_tables(tested.assign(risk=risk))["cluster"]["rows"]
    lowest = min(rows, key=lambda row: row["shrunken"])["group"]
    row = next(row for row in rows if row["group"] == cluster)
    return {"page": row, "lowest_shrunken": lowest, "seen_on_page": lowest == cluster and row["high"] < 1}


def _figures(found: dict[str, Any]) -> list[Figure]:
    planted = {name: one for name, one in found.items() if name != "nothing"}
    named = {name: [one for one in found[name]["standing"] if (one["cluster"], one["way"]) == (name, "over-predicts")]
             for name in planted}  # fmt: skip
    others = sum(
        one["cluster"] in planted and one["cluster"] != name for name in planted for one in planted[name]["standing"]
    )
    figures = [
        Figure("alarms that stand with nothing planted", len(found["nothing"]["standing"]), "", 0),
        Figure(f"clusters named by the alarm, of {len(planted)} planted in turn", sum(map(bool, named.values())), "",
               len(planted), "at least"),
        Figure("alarms of other clusters than the planted one", others, "", 0),
    ]  # fmt: skip
    on_page = sum(one["seen_on_page"] for one in planted.values())
    figures.append(Figure(f"clusters seen on the page of calibration, of {len(planted)}", on_page, ""))
    for name, one in planted.items():
        row = one["page"]
        words = f"{name} planted: observed / expected on the page ({row['low']:.2f} to {row['high']:.2f})"
        figures.append(Figure(words, round(row["ratio"], 2), ""))
    return figures


def _notes(rows: pd.DataFrame, looks: int) -> list[str]:
    sizes = rows.groupby("cluster").size()
    return [
        f"{MODEL}, fitted a year before the end of the records; {looks} index dates matured after its test date, with "
        f"{sizes.min():,} to {sizes.max():,} people of each cluster.",
        f"The calibrator serves risks that add up to {PLANTED} times what they did in one cluster at a time.",
        "An alarm stands where a chart reached its limit in the last twelve index dates; that of everyone may stand too.",
        "Seen on the page: the whole interval lies below 1 and no other cluster's shrunken figure is lower, on the people "
        "kept for the test only.",
    ]
