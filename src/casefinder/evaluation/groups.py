"""Calibration by group (GP practice, GP cluster): a plain table, and partial pooling.

A group's effect mixes unmeasured need, coding, access and care. It says where a model's risks are wrong, not who gives good
care; the table carries no rank.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from casefinder.evaluation.calibration import calibration_in_the_large
from casefinder.evaluation.inputs import FloatArray, IntArray, labels, log_odds, people_at_risk
from casefinder.evaluation.intervals import Estimate, Interval, normal_deviate, normal_estimate, poisson_interval
from casefinder.evaluation.random_intercept import NODES, RandomIntercept

LEAST_EXPECTED: Final = 5.0
FEWEST_GROUPS: Final = 3
LARGEST_SPREAD: Final = 20.0


def calibration_by_group(
    outcome: npt.ArrayLike,
    risk: npt.ArrayLike,
    group: npt.ArrayLike | Sequence[object],
    weight: npt.ArrayLike | None = None,
    least_expected: float = LEAST_EXPECTED,
    level: float = 0.95,
) -> pd.DataFrame:
    """Return O/E for each group with the exact Poisson interval, in the order of the groups' names.

    Returns:
        Columns ``group``, ``people``, ``observed``, ``expected``, ``ratio``, ``low``, ``high``. With censoring weights
        observed is sum(w y), expected is sum(p), and the interval is Fay and Feuer's. ``ratio`` is NaN where fewer than
        ``least_expected`` are expected: such a group shows its interval and no point.

    Raises:
        ValueError: unequal lengths, missing values or labels, or as ``observed_expected``.

    >>> calibration_by_group([1, 0, 0, 0], [0.5, 0.5, 0.5, 0.5], ["a", "a", "b", "b"], least_expected=1)["ratio"].tolist()
    [1.0, 0.0]
    """
    people = people_at_risk(outcome, risk, weight)
    codes, names = labels(group, len(people.risk))
    counted = people.weight * people.outcome
    observed, squares = np.bincount(codes, counted), np.bincount(codes, counted**2)
    expected, largest = np.bincount(codes, people.risk), float(people.weight.max())
    limits = [poisson_interval(seen, square, largest, level) for seen, square in zip(observed, squares, strict=True)]
    low, high = np.array(limits).T
    with np.errstate(divide="ignore", invalid="ignore"):
        table = pd.DataFrame({"group": names, "people": np.bincount(codes), "observed": observed, "expected": expected})
        table["ratio"] = np.where(expected >= least_expected, observed / expected, np.nan)
        return table.assign(low=low / expected, high=high / expected)


@dataclass(frozen=True)
class PartialPooling:
    """The fit of logit P(y) = logit(p) + a + u_j, with u_j normal of mean 0 and standard deviation s.

    Attributes:
        intercept: a, with its Wald interval.
        spread: s, with its profile likelihood interval; the lower limit is 0 where no spread is compatible with the data.
        effects: ``group``, ``people``, ``observed``, ``expected``, ``u`` (mode), ``effect`` = exp(u), ``low``, ``high``, in
            the order of the groups' names. The effect is an odds ratio against the average group.
        practice_range: exp(a +- 1.96 s): where 95 % of groups lie, as odds ratios against the model's risks.
        log_likelihood: at the maximum.
        groups: how many.
    """

    intercept: Estimate
    spread: Estimate
    effects: pd.DataFrame
    practice_range: Interval
    log_likelihood: float
    groups: int


def partial_pooling(
    outcome: npt.ArrayLike,
    risk: npt.ArrayLike,
    group: npt.ArrayLike | Sequence[object],
    weight: npt.ArrayLike | None = None,
    level: float = 0.95,
    nodes: int = NODES,
) -> PartialPooling:
    """Return calibration by group with each group's effect shrunk towards the average, by maximum likelihood.

    The likelihood is taken by adaptive Gauss-Hermite quadrature. Effects are empirical Bayes modes, given a and s; their
    interval is exp(u +- 1.96 sd) with the conditional standard deviation, and so leaves out the uncertainty of a and s.
    Groups with no outcome take part like any other. Weights multiply each person's log-likelihood.

    Raises:
        ValueError: fewer than three groups, everyone or no one has the outcome, or as ``observed_expected``.
    """
    people = people_at_risk(outcome, risk, weight)
    codes, names = labels(group, len(people.risk))
    if len(names) < FEWEST_GROUPS:
        raise ValueError(f"the spread between groups needs three groups or more; got {len(names)}")
    start = calibration_in_the_large(outcome, risk, weight).value
    if math.isnan(start):
        raise ValueError("everyone or no one has the outcome, so groups cannot be compared")
    model = RandomIntercept(people.outcome, log_odds(people.risk), people.weight, codes, nodes)
    a, s = _maximum(model, start)
    best = model.at(a, s)
    return PartialPooling(
        normal_estimate(a, _error_of_a(model, a, s), level),
        _spread(model, a, s, best.value, level),
        _effects(people.outcome * people.weight, people.risk, codes, names, s * best.modes, s * best.spreads, level),
        Interval(math.exp(a - normal_deviate() * s), math.exp(a + normal_deviate() * s)),
        best.value,
        len(names),
    )


def _maximum(model: RandomIntercept, start: float) -> tuple[float, float]:
    from scipy.optimize import minimize

    def lost(place: FloatArray) -> tuple[float, FloatArray]:
        here = model.at(float(place[0]), float(place[1]))
        return -here.value, -np.array([here.slope_a, here.slope_s])

    limits = [(None, None), (0.0, LARGEST_SPREAD)]
    options = {"ftol": 1e-14, "gtol": 1e-7, "maxiter": 200}
    found = minimize(lost, np.array([start, 0.3]), jac=True, method="L-BFGS-B", bounds=limits, options=options)
    a, s = float(found.x[0]), float(found.x[1])
    # s = 0 is always a point of no slope, so a search that ends near it is compared with it.
    return (start, 0.0) if model.at(start, 0.0).value >= model.at(a, s).value - 1e-9 else (a, s)


def _error_of_a(model: RandomIntercept, a: float, s: float) -> float:
    """Return the standard error of a from the observed information of both, or of a alone where s is 0."""
    step = 1e-4
    rows = [_slopes(model, a + step, s) - _slopes(model, a - step, s)]
    if s > 2 * step:
        rows.append(_slopes(model, a, s + step) - _slopes(model, a, s - step))
    information = -np.array(rows) / (2 * step)
    if len(rows) == 1:
        return float(1 / math.sqrt(information[0, 0]))
    inverse = np.linalg.inv((information + information.T) / 2)
    return math.sqrt(inverse[0, 0]) if inverse[0, 0] > 0 else math.nan


def _slopes(model: RandomIntercept, a: float, s: float) -> FloatArray:
    here = model.at(a, s)
    return np.array([here.slope_a, here.slope_s])


def _spread(model: RandomIntercept, a: float, s: float, best: float, level: float) -> Estimate:
    """Return s with the interval of values that the profile likelihood does not reject."""
    from scipy.optimize import brentq

    allowed = normal_deviate(level) ** 2 / 2

    def beyond(spread: float) -> float:
        return best - _profile(model, a, spread) - allowed

    high = max(2 * s, 0.1)
    while beyond(high) < 0 and high < LARGEST_SPREAD:
        high *= 2
    upper = float(brentq(beyond, s, high, xtol=1e-7)) if beyond(high) > 0 else math.inf
    lower = float(brentq(beyond, 0.0, s, xtol=1e-7)) if s > 0 and beyond(0.0) > 0 else 0.0
    return Estimate(s, lower, upper, method="profile likelihood")


def _profile(model: RandomIntercept, a: float, s: float) -> float:
    """Return the highest log-likelihood with s held, found where the slope in a is zero."""
    from scipy.optimize import root_scalar

    found = root_scalar(lambda here: model.at(here, s).slope_a, x0=a, x1=a + 0.01, method="secant", xtol=1e-7)
    return model.at(float(found.root), s).value


def _effects(
    counted: FloatArray, risk: FloatArray, codes: IntArray, names: list[object], u: FloatArray, sd: FloatArray, level: float
) -> pd.DataFrame:
    reach = normal_deviate(level) * sd
    return pd.DataFrame(
        {
            "group": names,
            "people": np.bincount(codes),
            "observed": np.bincount(codes, counted),
            "expected": np.bincount(codes, risk),
            "u": u,
            "effect": np.exp(u),
            "low": np.exp(u - reach),
            "high": np.exp(u + reach),
        }
    )
