"""The calibration alarm on simulated years, person by person: how often it is false, and what it finds.

The risks are those that served models gave people on a weekly run. Every person's outcome is drawn on its own, by another
route than the one by which the charts find their limit, and the charts are the product's own. A look is a month in which the
windows of a twelfth of the people close; a year is twelve looks.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.given import Given
from benchmarks.report import Figure, write
from casefinder.comparison import cusum, poisson_scores
from casefinder.monitoring.cusum import LOOKS, RATIOS, Design, design

PEOPLE = 40_000
"""People registered in a cluster, of whom a model scores those in its cohort."""
CLUSTERS = (4, 12)
RUNS = 2_000
RIGHT_RUNS = 6_000
YEARS = 3
PLANTED = 1.2
SLIGHTLY = 1.05
SEED = 20_260_401


class Simulated:
    """Clusters of people with a risk each, in the order of cluster and look."""

    def __init__(self, risks: np.ndarray, clusters: int, size: int, seed: int) -> None:
        self.clusters = clusters
        self._draw = np.random.default_rng(seed)
        self.risk = self._draw.choice(risks, clusters * size).astype(np.float64)
        look = np.tile(np.arange(size) * LOOKS // size, clusters)
        cluster = np.repeat(np.arange(clusters), size)
        self._starts = np.flatnonzero(np.diff(cluster * LOOKS + look, prepend=-1))
        self._first = cluster == 0
        self.expected = self._summed(self.risk)
        self.variance = self._summed(self.risk * (1 - self.risk))

    def _summed(self, values: np.ndarray) -> np.ndarray:
        """Return (looks, clusters) sums over people."""
        return np.add.reduceat(values, self._starts).reshape(self.clusters, LOOKS).T

    def year(self, true: np.ndarray) -> np.ndarray:
        """Draw a year: (looks, clusters) numbers of people with the outcome."""
        return self._summed((self._draw.random(len(true)) < true).astype(np.float64))

    def planted(self, ratio: float) -> np.ndarray:
        """Return true risks: the first cluster's are given ``ratio`` times too high, all others are right."""
        return np.where(self._first, self.risk / ratio, self.risk)

    def set_charts(self, ratios: Sequence[float] = RATIOS) -> Design:
        """Set the charts as the product does."""
        return design(self.expected.mean(axis=0), self.variance.mean(axis=0), ratios)


def signals(observed: np.ndarray, expected: np.ndarray, charts: Design) -> list[tuple[int, str, int]]:
    """Return (chart, side, look) of every signal of every chart; the last chart is of all clusters together."""
    found = []
    pairs = zip(_with_all(observed).T, _with_all(expected).T, strict=True)
    for number, (seen, due) in enumerate(pairs):
        for side, ratio in (("over", 1 / charts.ratio), ("under", charts.ratio)):
            found += [(number, side, look) for look in cusum(poisson_scores(seen, due, ratio), charts.limit).signals]
    return found


def _with_all(columns: np.ndarray) -> np.ndarray:
    return np.hstack([columns, columns.sum(axis=1, keepdims=True)])


def alarmed(people: Simulated, charts: Design, true: np.ndarray, runs: int) -> list[float]:
    """Return, for each of some years one after the other, the share in which any chart signalled."""
    expected = np.tile(people.expected, (YEARS, 1))
    found = np.zeros((runs, YEARS), dtype=bool)
    for run in range(runs):
        observed = np.vstack([people.year(true) for _ in range(YEARS)])
        for _chart, _side, look in signals(observed, expected, charts):
            found[run, look // LOOKS] = True
    return [float(share) for share in found.mean(axis=0)]


def power(people: Simulated, charts: Design, ratio: float, runs: int = RUNS) -> dict[str, float]:
    """Return how often over-prediction planted in the first cluster is found there within a year, and how soon."""
    true = people.planted(ratio)
    looks, elsewhere = [], 0
    for _run in range(runs):
        found = signals(people.year(true), people.expected, charts)
        own = [look for chart, side, look in found if chart == 0 and side == "over"]
        looks += own[:1]
        elsewhere += any(0 < chart < people.clusters for chart, _side, _look in found)
    months = float(np.median(looks)) + 1 if looks else float("nan")
    return {"found": len(looks) / runs, "median_looks": months, "other_clusters": elsewhere / runs}


def one_model(workspace: Path, model: str, registered: int, seed: int) -> dict[str, Any]:
    """Measure the alarm of one model."""
    lists = sorted((workspace / "lists").glob("[0-9]*"))[-1]
    risks = pd.read_parquet(lists / "risks" / model, columns=["risk"])["risk"].to_numpy()
    size = round(PEOPLE * len(risks) / registered)
    found: dict[str, Any] = {"scored_of_40000": size, "mean_risk": round(float(risks.mean()), 5), "clusters": {}}
    for clusters in CLUSTERS:
        people = Simulated(risks, clusters, size, seed)
        charts = people.set_charts()
        by_size = {}
        for ratio in RATIOS:
            own = charts if ratio == charts.ratio else people.set_charts((ratio,))
            by_size[str(ratio)] = power(people, own, ratio)
        found["clusters"][str(clusters)] = {
            "expected_a_year": round(float(people.expected[:, 0].sum()), 1),
            "set_for": charts.ratio,
            "limit": round(charts.limit, 4),
            "false_alarms_by_year": alarmed(people, charts, people.risk, RIGHT_RUNS),
            "slightly_wrong_by_year": alarmed(people, charts, people.risk / SLIGHTLY, RUNS),
            "planted": by_size,
        }
    return found


def run(given: Given) -> None:
    """Measure the alarms of both models."""
    workspace = given.linked()
    manifest = json.loads(sorted((workspace / "lists").glob("[0-9]*"))[-1].joinpath("manifest.json").read_text())
    attrition = manifest["attrition"][next(iter(manifest["models"]))]
    registered = int(next(one["left"] for one in attrition if one["rule"] == "not registered with a practice"))
    found = {model: one_model(workspace, model, registered, SEED) for model in manifest["models"]}
    figures = [one for model in found for one in _figures(model, found[model])]
    notes = [
        f"{RIGHT_RUNS:,} runs of {YEARS} years where every risk is right; {RUNS:,} of a year where one cluster's are wrong.",
        f"Clusters are of {PEOPLE:,} registered people, of whom a model scores its cohort; risks are drawn from those of a "
        f"weekly run on {registered:,} invented people.",
        "A false alarm is any signal of any chart (one a cluster, one for all, two sides each) in a year of twelve looks; "
        "the figure is the worst of three years, one after the other.",
        "Found: the planted cluster's own chart says that its risks are too high, within twelve looks of the first at which "
        "they were. A look comes when a window has closed: a horizon and the feeds' lag after the index date.",
    ]
    write(given.results, "alarms", "false alarms and power of the calibration alarm", figures, notes, found)


def _figures(model: str, found: dict[str, Any]) -> list[Figure]:
    emergency = model == "emergency_admission"
    figures = []
    for clusters, one in found["clusters"].items():
        said = f"{model}, {clusters} clusters"
        worst = 100 * max(one["false_alarms_by_year"])
        figures.append(Figure(f"{said}: false alarms", round(worst, 2), "% of years", 5))
        slightly = 100 * max(one["slightly_wrong_by_year"])
        figures.append(Figure(f"{said}: alarms where all risks are 5 % too high", round(slightly, 2), "% of years"))
        for ratio, planted in one["planted"].items():
            bound = 90 if emergency and float(ratio) == PLANTED else None
            what = f"{said}: found within a year, risks {ratio} times too high in one"
            figures.append(Figure(what, round(100 * planted["found"], 1), "%", bound, "at least"))
        smallest = next((float(r) for r, planted in one["planted"].items() if planted["found"] >= 0.9), None)
        if smallest is not None:
            figures.append(Figure(f"{said}: smallest error found in 90 % of years", smallest, "times too high"))
    return figures
