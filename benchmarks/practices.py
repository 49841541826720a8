"""Practices against expectation: how often one without any effect is flagged, whether planted effects are found, and speed.

The people, their registrations and what is expected of them are those of a simulated economy. Years are drawn again with the
same people and no effect of any practice: what a person has varies around what is expected of them as much as it does in the
economy (a gamma multiplier for each person and year).
"""

import json
import math
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.given import Given
from benchmarks.measure import child
from benchmarks.report import Figure, write

YEAR, MEASURE = "2024", "emergency_admissions"
YEARS, SEED = 1000, 20
COPIES = 5
"""A larger district is the economy so many times over."""
LEVELS = (0.95, 0.998)
PLANTED = 1.3
"""One practice has so many times what is expected, another as many times less."""
ORDINARY = 0.08
"""Standard deviation of practices' own log rates where they vary ordinarily."""
LARGE, MAX_SECONDS, MAX_GB = 1_000_000, 300, 6.0


@dataclass(frozen=True)
class People:
    """People and the practices they were with: one row a person and practice."""

    person: np.ndarray
    practice: np.ndarray
    expected: np.ndarray
    practices: int
    people: int
    shape: float


@dataclass(frozen=True)
class Flags:
    """How often practices lay outside, by recipe and level, of how many."""

    outside: dict[tuple[str, float], int]
    found: dict[tuple[str, float], int]
    practices: int
    planted: int


def run(given: Given) -> None:
    """Draw the years, look at the economy itself, time the command on a large population, and write the results."""
    counted, names, truth = counted_year(given)
    people = people_of(counted)
    alone = {one.practices: years(one, np.ones, YEARS, SEED) for one in (people, copied(people, COPIES))}
    ordinary = years(people, varied, YEARS // 5, SEED + 1)
    planted = years(people, with_two, YEARS // 5, SEED + 2, planted=(0, 1))
    own, reasons = economy(counted, names, truth), reasons_of(copied(people, COPIES))
    large = timed(given)
    figures = [*figures_of(alone, ordinary, planted), *reasons, *own["figures"], *large["figures"]]
    details = {
        "flags": {many: {f"{recipe} {level}": count for (recipe, level), count in one.outside.items()}
                  for many, one in alone.items()},
        "people": people.people, "practices": people.practices, "shape": people.shape, "economy": own["details"],
        "large": large["details"],
    }  # fmt: skip
    write(given.results, "practices", "practices against expectation", figures, notes(people), details)


def counted_year(given: Given) -> tuple[Any, dict[str, str], dict[str, Any]]:
    """Return a year of the economy counted, the clusters of its practices, and its planted effects."""
    from casefinder.codelists import load_codelists
    from casefinder.engines import Workspace
    from casefinder.histories import Histories
    from casefinder.histories.practices import practices_of, record_of
    from casefinder.practices.counting import count_year
    from casefinder.practices.measures import measure_named
    from casefinder.practices.year import year_of

    workspace = Workspace(given.linked())
    histories = Histories(workspace.newest("histories"))
    practices = practices_of(record_of(workspace, histories), histories)
    counted = count_year(histories, load_codelists(), [measure_named(MEASURE)], year_of(YEAR), practices.code)
    truth = json.loads((given.linked() / "simulated" / "truth" / "effects.json").read_text(encoding="utf-8"))
    return counted, dict(practices.cluster), truth


def people_of(counted: Any) -> People:
    """Return what is expected of each person at each practice, and how much people vary around it."""
    from casefinder.practices.expected import rates

    time = counted.days.sum(axis=1, dtype=float) / 365.25
    seen = counted.amount[:, 0].astype(float)
    rate = rates(counted.case_mix.columns, seen, time)
    due = rate * time
    spread = ((seen - due) ** 2).sum() / due.sum()
    person, month = np.nonzero(counted.practice >= 0)
    practice = counted.practice[person, month].astype(np.int64)
    pairs, place = np.unique(person * len(counted.practices) + practice, return_inverse=True)
    own = np.bincount(place, rate[person] * counted.days[person, month] / 365.25)
    # A gamma multiplier of variance 1 / shape adds (expected ** 2) / shape to a person's variance.
    shape = float((due**2).sum() / (max(spread - 1, 1e-6) * due.sum()))
    many = len(counted.practices)
    return People(pairs // many, pairs % many, own, many, len(time), shape)


def copied(people: People, copies: int) -> People:
    """Return the people several times over, each copy with practices of its own."""
    person, practice = (
        np.concatenate([one + copy * step for copy in range(copies)])
        for one, step in ((people.person, people.people), (people.practice, people.practices))
    )
    many, expected = people.practices * copies, np.tile(people.expected, copies)
    return People(person, practice, expected, many, people.people * copies, people.shape)


def varied(practices: int) -> np.ndarray:
    """Return effects of practices that vary ordinarily; fixed by the seed of their number."""
    return np.exp(np.random.default_rng(SEED).normal(0.0, ORDINARY, practices))


def with_two(practices: int) -> np.ndarray:
    """Return effects with two planted ones."""
    effects = np.ones(practices)
    effects[0], effects[1] = PLANTED, 1 / PLANTED
    return effects


def years(people: People, effects_of: Any, many: int, seed: int, planted: Sequence[int] = ()) -> Flags:
    """Draw years and count who lies outside, as the command judges them; planted practices are counted apart."""
    from casefinder.comparison import RECIPES, funnel
    from casefinder.practices.comparing import own_spread

    draw, effects = np.random.default_rng(seed), effects_of(people.practices)
    outside: dict[tuple[str, float], int] = {(recipe, level): 0 for recipe in RECIPES for level in LEVELS}
    found = dict(outside)
    others = np.ones(people.practices, dtype=bool)
    others[list(planted)] = False
    right = np.sign(np.log(effects))
    for _ in range(many):
        observed, expected, spread = one_year(people, effects, draw)
        own = own_spread(expected, expected.sum(), spread)
        for recipe in RECIPES:
            judged = funnel(observed / own, expected / own, recipe, LEVELS)
            for level in LEVELS:
                outside[recipe, level] += int((judged.position[level][others] != 0).sum())
                hit = (judged.position[level] == right) & ~others
                found[recipe, level] += int(hit.sum())
    return Flags(outside, found, int(others.sum()) * many, len(planted) * many)


def one_year(people: People, effects: np.ndarray, draw: np.random.Generator) -> tuple[np.ndarray, np.ndarray, float]:
    """Return observed and expected counts of practices in a drawn year, and the variance over mean of people."""
    multiplier = draw.gamma(people.shape, 1 / people.shape, people.people)
    seen = draw.poisson(people.expected * multiplier[people.person] * effects[people.practice])
    due = people.expected * seen.sum() / people.expected.sum()
    each, own = (np.bincount(people.person, values, people.people) for values in (seen, due))
    spread = max(1.0, float(((each - own) ** 2).sum() / own.sum()))
    observed, expected = (np.bincount(people.practice, values, people.practices) for values in (seen, due))
    return observed, expected, spread


def rates_of(alone: dict[int, Flags]) -> list[Figure]:
    """Return how often practices without any effect were flagged, beside the nominal rate, by how many there are."""
    figures = []
    for many, one in alone.items():
        for recipe in ("log", "shmi", "sqrt", "none"):
            for level in LEVELS:
                count, nominal = one.outside[recipe, level], 100 * (1 - level)
                low, high = (100 * end / one.practices for end in interval(count, one.practices))
                told = "which holds" if low <= nominal <= high else "without"
                what = f"{many} practices, {recipe}, {100 * level:g} % limits: flagged without any effect"
                words = f"{what}; 99 % interval {low:.2f} to {high:.2f} %, {told} the nominal {nominal:.1f} %"
                figures.append(Figure(words, 100 * count / one.practices, "%"))
    return figures


def figures_of(alone: dict[int, Flags], ordinary: Flags, planted: Flags) -> list[Figure]:
    """Return the rates of flags, with and without effects; the default recipe's own has a bound."""
    figures = rates_of(alone)
    most = alone[max(alone)]
    low, high = (100 * end / most.practices for end in interval(most.outside["log", LEVELS[0]], most.practices))
    held = float(low <= 100 * (1 - LEVELS[0]) <= high)
    what = f"the default, {max(alone)} practices: the 99 % interval of false flags holds the nominal rate (1: it does)"
    figures.append(Figure(what, held, "", 1.0, "at least"))
    for recipe in ("log", "shmi", "sqrt"):
        rate = 100 * ordinary.outside[recipe, 0.95] / ordinary.practices
        figures.append(Figure(f"{recipe}: flagged where practices vary by {ORDINARY:g}, 95 % limits", rate, "%"))
    for recipe in ("log", "shmi", "sqrt"):
        rate = 100 * planted.found[recipe, 0.95] / planted.planted
        figures.append(Figure(f"{recipe}: planted effect of {PLANTED:g} found, 95 % limits", rate, "%", 90.0, "at least"))
    return figures


def reasons_of(people: People) -> list[Figure]:
    """Return why the wider limits are crossed more often than their name says: worked out from the people, not drawn."""
    from scipy.stats import norm

    from casefinder.comparison import outside_by_luck
    from casefinder.practices.comparing import own_spread

    expected, variance = (
        np.bincount(people.practice, values, people.practices)
        for values in (people.expected, people.expected + people.expected**2 / people.shape)
    )
    spread = float(variance.sum() / expected.sum())
    due = expected / own_spread(expected, expected.sum(), spread)
    unlike = variance / expected / spread
    wide = LEVELS[1]
    told = f"{people.practices} practices, {100 * wide:g} % limits"
    scale = [
        Figure(
            f"{told}: outside at these expected counts, {recipe}",
            100 * float(outside_by_luck(due, wide, recipe).mean()),
            "%",
        )
        for recipe in ("none", "sqrt", "log")
    ]
    deviate = norm.isf((1 - wide) / 2)
    return [
        *scale,
        Figure("variance of a practice's people over that of all: the least", float(unlike.min()), ""),
        Figure("variance of a practice's people over that of all: the most", float(unlike.max()), ""),
        Figure(f"{told}: outside because people vary unlike, were counts normal",
               100 * float((2 * norm.sf(deviate / np.sqrt(unlike))).mean()), "%"),
    ]  # fmt: skip


def interval(count: int, of: int) -> tuple[float, float]:
    """Return the exact 99 % limits of a binomial count."""
    from scipy.stats import beta

    low = beta.ppf(0.005, count, of - count + 1) if count else 0.0
    return float(of * low), float(of * beta.ppf(0.995, count + 1, of - count))


def economy(counted: Any, clusters: dict[str, str], truth: dict[str, Any]) -> dict[str, Any]:
    """Return how the ratios of the economy's own practices follow the effects planted in them."""
    from casefinder.practices.expected import expected_of

    due = expected_of(counted, 0)
    ratio = counted.monthly[:, :, 0].sum(axis=1) / due.yearly
    effects = np.array([truth["practice"][code] + truth["cluster"][clusters[code]] for code in counted.practices])
    chance = math.sqrt(due.spread / due.yearly.mean())
    correlation = float(np.corrcoef(np.log(ratio), effects)[0, 1])
    most = float(np.std(effects) / math.hypot(float(np.std(effects)), chance))
    details = {"ratio": ratio.round(3).tolist(), "effect": np.exp(effects).round(3).tolist(), "spread": due.spread}
    figures = [
        Figure("the economy: correlation of ln(O/E) with the effects planted in practices and clusters", correlation, ""),
        Figure("the most that chance would leave of it, were nothing else planted", most, ""),
    ]
    return {"figures": figures, "details": details}


def timed(given: Given) -> dict[str, Any]:
    """Grow a population, compare its practices on all measures in a process of its own, and remove it."""
    grown = given.scratch / f"grown-{LARGE}"
    site = json.loads((given.linked() / "deployment.json").read_text(encoding="utf-8"))["site"]
    try:
        made = child(["benchmarks.grow", given.linked(), grown, LARGE]).said
        words = ["practices", "--all-measures", "--year", YEAR, "--workspace", grown, "--site", site]
        spent = child(["casefinder.cli", *words])
    finally:
        shutil.rmtree(grown, ignore_errors=True)
    figures = [
        Figure(f"{LARGE:,} people, {made['practices']} practices, all measures: wall", round(spent.wall), "s", MAX_SECONDS),
        Figure(f"{LARGE:,} people: peak memory", spent.peak_gb, "GB", MAX_GB),
    ]
    return {"figures": figures, "details": {**made, "wall_seconds": spent.wall, "cpu_seconds": spent.cpu}}


def notes(people: People) -> list[str]:
    """Return what was measured on what."""
    return [
        f"{YEARS:,} years of {people.practices} practices and {people.people:,} invented people, drawn without any "
        f"effect of a practice; {YEARS // 5} years each with ordinary variation and with two planted practices.",
        "What is expected of a person is the economy's own case mix, fitted once; each year is scaled to its own total, and "
        "the variance over mean of people is worked out in each year anew, as the command does.",
        f"{people.practices * COPIES} practices are those people {COPIES} times over, each copy with practices of its own.",
        "Of few practices, the default flags somewhat fewer than the nominal rate: by luck it finds variation between "
        "them in some years, and an allowance for it is never below nothing. Exact limits are a little wide, as counts are "
        "whole.",
        "The wider limits are crossed somewhat more often than their name says, for two reasons of about the same size. On "
        "the log scale they are drawn as if ln(O/E) were normal, and its lower tail is longer; and chance is measured over "
        "all people, while those of some practices vary more. The number that luck takes outside, on the page, allows for "
        "the first.",
        "Practices that vary ordinarily are flagged more often than the nominal rate: winsorising and trimming leave the "
        "allowance for variation too small.",
        "In the economy the areas in which people live have effects too, which the effects of practices do not hold.",
        "The large population is an economy's blocks over and over, each copy with people and practices of its own.",
    ]
