"""A deployed system year by year: a model lists the riskiest, a service lowers their risk, and the model is fitted again.

Everything is invented and the true risk of everyone is known. Fits, calibration, hold-out and weights are the product's own.
Each way of fitting again lives through the same years with lists of its own: on all rows (naive); without the rows that
lists reached; on people held out in their stead; and a world in which nobody acts on lists, which shows what chance does.
Each version is judged on people whom no list ever reached.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.report import Figure, write
from casefinder.config.model import BoostingSettings
from casefinder.evaluation.lists import list_length
from casefinder.modelling.calibrate import Calibrator, fit_calibrator
from casefinder.modelling.served_people import Dated, ListRecord, held_out, weights
from casefinder.modelling.splits import draws
from casefinder.modelling.trees import Trees, fit_trees

NAIVE, LEFT_OUT, NOBODY = "on all rows", "without rows reached", "where nobody acts"
SHARES: Final = {"with a hold-out of 10 in 100": 0.1, "with a hold-out of 20 in 100": 0.2}
WAYS: Final = (NAIVE, LEFT_OUT, *SHARES, NOBODY)
YEAR: Final = 365
SEEDS: Final = (1, 2, 3, 4)
STILL_FOUND: Final = 0.9
"""Of what the first version finds, the share that each later one must still find with a hold-out."""
CLOSE: Final = 1.1
"""The most that observed over expected may be with a hold-out, among those truly at highest risk and without a service."""


TREES: Final = BoostingSettings(learning_rate=0.1)


@dataclass(frozen=True)
class World:
    """How the invented system works.

    Attributes:
        people: people who live through all years, and as many again on whom versions are judged.
        years: years with lists, after one without.
        listed: share of the people on each year's list.
        rate_ratio: what is left of a person's risk in a year in which they are listed.
        steady: correlation of a person's features from one year to the next.
        trees: settings of the boosted trees.
    """

    people: int = 160_000
    years: int = 5
    listed: float = 0.02
    rate_ratio: float = 0.5
    steady: float = 0.9
    trees: BoostingSettings = TREES


@dataclass(frozen=True)
class Version:
    """A fitted model: trees and the calibration of their scores."""

    trees: Trees
    calibrator: Calibrator

    def raw(self, features: np.ndarray) -> np.ndarray:
        """Return raw scores."""
        return self.trees.raw_scores(features)

    def risks(self, features: np.ndarray) -> np.ndarray:
        """Return calibrated risks."""
        return self.calibrator.risks(self.raw(features))


NAMES: Final = ("admissions", "conditions", "frailty", "age_band", "deprivation", "medicines")
_TOP: Final = np.array([6, 9, 3, 9, 9, 12])
"""Highest value of each feature; they are counts and classes, as records hold them."""


def latent(world: World, draw: np.random.Generator, before: np.ndarray | None = None) -> np.ndarray:
    """Return what lies behind everyone's features of a year, carried over in part from the year before."""
    common, own = draw.standard_normal((world.people, 1)), draw.standard_normal((world.people, len(NAMES)))
    fresh = 0.5 * common + np.sqrt(0.75) * own
    return fresh if before is None else world.steady * before + np.sqrt(1 - world.steady**2) * fresh


def features_of(behind: np.ndarray) -> np.ndarray:
    """Return the features that records show: most people have none or few of each, some have many."""
    return np.minimum(np.floor(np.exp(0.9 * behind + np.log([0.5, 1.2, 0.5, 3.0, 3.5, 3.0]))), _TOP)


def true_risk(features: np.ndarray) -> np.ndarray:
    """Return everyone's risk of a year without any service."""
    admissions, conditions, frailty, age, deprivation, medicines = features.T
    odds = -3.6 + 0.6 * admissions + 0.2 * conditions + 0.3 * frailty + 0.08 * age + 0.03 * deprivation
    return 1 / (1 + np.exp(-(odds + 0.03 * medicines * (conditions > 1))))


def fit(world: World, rows: tuple[np.ndarray, np.ndarray, np.ndarray], people: Sequence[str], seed: int) -> Version:
    """Fit, stop and calibrate on parts of the people, as the product does; rows of no weight are left out.

    Args:
        world: how the system works.
        rows: features, outcome and weight of everyone.
        people: their names.
        seed: shares people out.
    """
    part = np.searchsorted([0.6, 0.75], draws(people, seed), side="right")
    fitted, stop, calibrate = ([one[(part == number) & (rows[2] > 0)] for one in rows] for number in range(3))
    trees, _rounds = fit_trees(tuple(fitted), tuple(stop), NAMES, (), world.trees, seed)
    return Version(trees, fit_calibrator(trees.raw_scores(calibrate[0]), calibrate[1], calibrate[2], "logistic"))


def judged(world: World, version: Version, features: np.ndarray) -> dict[str, float]:
    """Return how good a version is on people whom no list reached.

    Returns:
        ``found``: share of the people truly at highest risk who stand on its list; ``observed_expected``: true events
        expected without a service, over those that the version expects, among those truly at highest risk.
    """
    true, risk = true_risk(features), version.risks(features)
    k = list_length(len(true), share=world.listed)
    top, listed = (np.argsort(-one, kind="stable")[:k] for one in (true, version.raw(features)))
    return {
        "found": float(np.isin(top, listed).mean()),
        "observed_expected": float(true[top].sum() / risk[top].sum()),
    }


def lived(world: World, way: str, seed: int) -> list[dict[str, float]]:
    """Return how good each version is: the first, fitted before any list, and one fitted again after each year."""
    draw = np.random.default_rng(seed)
    people = [f"person {number}" for number in range(world.people)]
    share = SHARES.get(way, 0.0)
    aside = held_out(people, share, seed) if share else np.zeros(world.people, dtype=bool)
    strangers = features_of(latent(world, np.random.default_rng(1000 + seed)))
    acts = 1.0 if way == NOBODY else world.rate_ratio
    behind, found, version = latent(world, draw), list[dict[str, float]](), None
    for year in range(world.years + 1):
        features = features_of(behind)
        listed, would = lists_of(world, version, features, aside) if version else (np.zeros(world.people, dtype=bool),) * 2
        risk = np.where(listed, acts, 1.0) * true_risk(features)
        outcome = (draw.random(world.people) < risk).astype(float)
        weight = row_weights(way, people, year * YEAR, listed, would)
        version = fit(world, (features, outcome, weight), people, seed)
        behind = latent(world, draw, behind)
        found.append(judged(world, version, strangers) | {"kept": still_listed(world, version, features_of(behind), listed)})
    return found


def lists_of(world: World, version: Version, features: np.ndarray, aside: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return who is on the list of a year, and who of those held out would be, were they not."""
    raw = version.raw(features)
    k = list_length(len(raw), share=world.listed)
    ordered = np.argsort(-raw, kind="stable")
    chosen = ordered[~aside[ordered]][:k]
    listed = np.zeros(len(raw), dtype=bool)
    listed[chosen] = True
    return listed, aside & (raw >= raw[chosen].min())


def still_listed(world: World, version: Version, features: np.ndarray, listed: np.ndarray) -> float:
    """Return, of those listed last year who are truly at highest risk this year too, the share that a new version lists."""
    k = list_length(len(features), share=world.listed)
    top, chosen = (
        np.isin(np.arange(len(features)), np.argsort(-one, kind="stable")[:k])
        for one in (true_risk(features), version.raw(features))
    )
    return float(chosen[top & listed].mean()) if (top & listed).any() else float("nan")


def row_weights(way: str, people: Sequence[str], day: int, listed: np.ndarray, would: np.ndarray) -> np.ndarray:
    """Return the weight of each row of a year whose list was made on its first day."""
    if way == LEFT_OUT:
        return (~listed).astype(float)
    if way not in SHARES or not listed.any():
        return np.ones(len(listed))
    on, kept_off = (np.array(people, dtype=object)[one].tolist() for one in (listed, would))
    record = ListRecord(Dated(on, [day] * len(on)), {SHARES[way]: Dated(kept_off, [day] * len(kept_off))})
    return weights(record, people, np.full(len(people), day), YEAR)


def run(results: Path) -> None:
    """Live through the years in each way, with several seeds."""
    world = World()
    exact = {way: [lived(world, way, seed) for seed in SEEDS] for way in WAYS}
    figures = [one for way in WAYS for one in _figures(way, exact[way])]
    top = f"the {100 * world.listed:g} in 100 people truly at highest risk, were nobody served"
    notes = [
        f"{len(SEEDS)} seeds of {world.people:,} invented people, a year without lists and {world.years} with them. A list "
        f"holds {100 * world.listed:g} in 100 people and multiplies their risk of that year by {world.rate_ratio:g}: an "
        "assumption, and a strong effect.",
        "A version is fitted on the latest year by the product's trees, calibration, hold-out and weights, and judged on as "
        "many other people, whom no list ever reached. Figures are means over seeds; the worst is that of the worst year.",
        f"Found: the share of {top}, whom a version would list. Observed / expected is among the same people, without any "
        "service: above 1, the version thinks them safer than they are. Kept: of last year's list, those truly at highest "
        "risk this year too whom the new version lists.",
    ]
    content = {"world": {**asdict(world), "trees": world.trees.model_dump()}, "versions": exact}
    write(results, "deployed", "a model fitted again after its own lists", figures, notes, content)


def _figures(way: str, lives: Sequence[Sequence[dict[str, float]]]) -> list[Figure]:
    """Return the figures of one way: what must hold with a hold-out, and what is only shown."""
    mean = {name: np.array([[one[name] for one in life] for life in lives]).mean(axis=0) for name in lives[0][0]}
    worst, ratio = float(mean["found"][1:].min()), float(mean["observed_expected"][1:].max())
    bound = (STILL_FOUND, CLOSE) if way in SHARES else (None, None)
    return [
        Figure(f"{way}: found by the first version", round(float(mean["found"][0]), 3), ""),
        Figure(f"{way}: found by the worst later version", round(worst, 3), ""),
        Figure(
            f"{way}: that, for each found by the first", round(worst / float(mean["found"][0]), 3), "", bound[0], "at least"
        ),
        Figure(f"{way}: highest observed / expected of a later version", round(ratio, 3), "", bound[1]),
        Figure(f"{way}: kept by the worst later version", round(float(mean["kept"][1:].min()), 3), ""),
    ]
