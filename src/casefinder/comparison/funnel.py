"""Funnels: which practices lie outside the limits that chance, and ordinary variation between practices, explain.

Three recipes, by name (sources in ``over_dispersion``):

- ``log``, the default: Y = ln(O/E), s = 1/sqrt(E), z-scores winsorised, all practices kept.
- ``shmi``: the same scale, with the top and bottom tenth of z-scores dropped, as NHS England's mortality indicator does.
- ``sqrt``: Y = sqrt(O/E), s = 1/(2 sqrt E), winsorised; limits are squared back to the scale of the ratio.

``none`` leaves variation between practices out: exact Poisson limits around 1. A practice of whom less than one event is
expected is not compared. On the log scale a practice without events has no z-score: it is left out of tau² and judged by the
exact limits; nothing is added to its count.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from casefinder.comparison.over_dispersion import Extremes, OverDispersion, over_dispersion
from casefinder.comparison.ratios import counts_of
from casefinder.evaluation.inputs import FloatArray, checked_level
from casefinder.evaluation.intervals import normal_deviate

Recipe = Literal["log", "shmi", "sqrt", "none"]
RECIPES: Final[tuple[Recipe, ...]] = ("log", "shmi", "sqrt", "none")
LEVELS: Final = (0.95, 0.998)
LEAST_EXPECTED: Final = 1.0
"""Below this, a practice is not compared."""
_NODES: Final = 41
"""Points at which variation between practices is integrated over."""
ENOUGH: Final = 0.5
"""Least reliability at which something may be said of a practice itself."""


@dataclass(frozen=True)
class Funnel:
    """A funnel, one value a practice in the order given; ratios, limits and positions are NaN (0) where not compared.

    Attributes:
        ratio: observed over expected.
        score: z-score on the recipe's scale; NaN without one.
        compared: at least one event was expected.
        by_exact_limits: judged by the exact limits: without events on the log scale, or with the recipe ``none``.
        phi: mean of the squared z-scores once extremes are handled; NaN where there are fewer than two.
        tau2: variance between practices beyond chance, on the recipe's scale.
        rests_on: practices that phi and tau2 rest on.
        reliability: tau² / (tau² + s²).
        low: lower limits of the ratio, by level.
        high: upper limits of the ratio, by level.
        position: -1 below the limits, 1 above, 0 within or not compared, by level.
    """

    recipe: Recipe
    ratio: FloatArray
    score: FloatArray
    compared: npt.NDArray[np.bool_]
    by_exact_limits: npt.NDArray[np.bool_]
    phi: float
    tau2: float
    rests_on: int
    reliability: FloatArray
    low: dict[float, FloatArray]
    high: dict[float, FloatArray]
    position: dict[float, npt.NDArray[np.int_]]

    def outside(self, level: float) -> int:
        """Return how many practices lie outside the limits of a level."""
        return int((self.position[level] != 0).sum())

    def by_luck(self, level: float) -> float:
        """Return how many of the practices compared would lie outside by luck alone, at the nominal rate of the limits.

        A practice that does not differ lies outside limits of 95 % once in twenty years. How often it does so in truth,
        where few events are expected or limits are wide, says ``outside_by_luck``.
        """
        return float(self.compared.sum() * (1 - level))


def funnel(
    observed: npt.ArrayLike, expected: npt.ArrayLike, recipe: Recipe = "log", levels: Sequence[float] = LEVELS
) -> Funnel:
    """Return a funnel of practices.

    Args:
        observed: (practices,) counts.
        expected: (practices,) expected counts.
        recipe: how variation between practices beyond chance is allowed for.
        levels: coverage of each pair of limits.

    Raises:
        ValueError: arrays differ in length, counts are negative, or there is no such recipe or level.
    """
    if recipe not in RECIPES:
        raise ValueError(f"there is no recipe '{recipe}'; use one of: {', '.join(RECIPES)}")
    seen, due = counts_of(observed, expected)
    compared = due >= LEAST_EXPECTED
    ratio = np.where(compared, seen / np.where(compared, due, 1.0), np.nan)
    exact = compared & ((seen == 0) if recipe in ("log", "shmi") else (recipe == "none"))
    spread = _spread(due, compared, recipe)
    score = _scores(ratio, spread, compared & ~exact, recipe)
    scored = np.isfinite(score)
    found = _found(score[scored], spread[scored], recipe)
    limits = {level: limits_around_one(due, level, recipe, found.tau2) for level in levels}
    plain = {level: limits_around_one(due, level) for level in levels}
    low, high = ({level: _own(limits, plain, level, end, exact, compared) for level in levels} for end in (0, 1))
    with np.errstate(invalid="ignore"):
        position = {level: (ratio > high[level]).astype(int) - (ratio < low[level]) for level in levels}
    reliability = np.where(compared, found.tau2 / (found.tau2 + spread**2), np.nan)
    return Funnel(
        recipe, ratio, score, compared, exact, found.phi, found.tau2, found.practices, reliability, low, high, position
    )


def _found(score: FloatArray, spread: FloatArray, recipe: Recipe) -> OverDispersion:
    if recipe == "none":
        return OverDispersion(float("nan"), 0.0, 0)
    extremes: Extremes = "trim" if recipe == "shmi" else "winsorise"
    return over_dispersion(score, spread, extremes)


def _spread(expected: FloatArray, compared: npt.NDArray[np.bool_], recipe: Recipe) -> FloatArray:
    """Return s: the standard deviation of a practice by chance, on the recipe's scale."""
    root = np.sqrt(np.where(compared, expected, np.nan))
    return 1 / (2 * root) if recipe == "sqrt" else 1 / root


def _scores(ratio: FloatArray, spread: FloatArray, scored: npt.NDArray[np.bool_], recipe: Recipe) -> FloatArray:
    inside = np.where(scored, ratio, 1.0)
    on_scale = np.sqrt(inside) - 1 if recipe == "sqrt" else np.log(inside)
    return np.where(scored, on_scale / spread, np.nan)


def _own(
    limits: dict[float, tuple[FloatArray, FloatArray]],
    plain: dict[float, tuple[FloatArray, FloatArray]],
    level: float,
    end: int,
    exact: npt.NDArray[np.bool_],
    compared: npt.NDArray[np.bool_],
) -> FloatArray:
    """Return one limit of each practice: the exact one where it is judged by that."""
    return np.where(compared, np.where(exact, plain[level][end], limits[level][end]), np.nan)


def limits_around_one(
    expected: npt.ArrayLike, level: float, recipe: Recipe = "none", tau2: float = 0.0
) -> tuple[FloatArray, FloatArray]:
    """Return the lower and the upper limit of a ratio around 1, for the curves of a funnel and for practices alike.

    Exact ones are chi-squared limits with the expected count in place of the observed one, over the expected count.

    Args:
        expected: expected counts; limits are NaN where one is not above 0.
        level: coverage.
        recipe: scale of ``tau2``; ``none`` for exact limits.
        tau2: variance between practices on that scale.

    >>> [round(float(limit[0]), 3) for limit in limits_around_one([10.0], 0.95)]
    [0.48, 1.839]
    """
    due = np.asarray(expected, dtype=np.float64)
    due = np.where(due > 0, due, np.nan)
    if recipe == "none":
        return _exact(due, level)
    deviate = normal_deviate(level)
    if recipe == "sqrt":
        reach = deviate * np.sqrt(1 / (4 * due) + tau2)
        return np.maximum(0.0, 1 - reach) ** 2, (1 + reach) ** 2
    reach = deviate * np.sqrt(1 / due + tau2)
    return np.exp(-reach), np.exp(reach)


def _exact(expected: FloatArray, level: float) -> tuple[FloatArray, FloatArray]:
    from scipy.special import gammaincinv

    tail = (1 - checked_level(level)) / 2
    return gammaincinv(expected, tail) / expected, gammaincinv(expected + 1, 1 - tail) / expected


def outside_by_luck(expected: npt.ArrayLike, level: float, recipe: Recipe = "none", tau2: float = 0.0) -> FloatArray:
    """Return how likely a practice lies outside the limits though nothing but chance and ordinary variation moves it.

    Limits are drawn on the recipe's scale as if counts were normal there, which they are not: ln(O/E) has a longer tail
    below than above, and of practices with 10 expected 1.4 % lie outside limits of 99.8 %. Counts are Poisson around the
    expected count times what varies between practices, which is normal on the recipe's scale; they are taken as
    continuous, since counts over a variance of more than 1 are.

    Args:
        expected: (practices,) expected counts, above 0.
        level: coverage of the limits.
        recipe: as for ``limits_around_one``.
        tau2: variance between practices on that scale.

    >>> outside_by_luck([10.0, 2000.0], 0.998, "log").round(4).tolist()
    [0.0139, 0.0021]
    """
    from numpy.polynomial.hermite_e import hermegauss
    from scipy.special import gammainc, gammaincc

    due = np.asarray(expected, dtype=np.float64)
    low, high = limits_around_one(due, level, recipe, tau2)
    moved, weight = hermegauss(_NODES)
    times = (1 + np.sqrt(tau2) * moved) ** 2 if recipe == "sqrt" else np.exp(np.sqrt(tau2) * moved)
    mean = due[:, None] * times[None, :]
    outside = gammaincc((low * due)[:, None] + 0.5, mean) + gammainc((high * due)[:, None] + 0.5, mean)
    return np.asarray(outside @ (weight / weight.sum()))
