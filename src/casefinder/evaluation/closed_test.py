"""How much of a model must be changed to fit later data: nothing, its intercept, intercept and slope, or all of it.

The closed testing procedure of Vergouwe and colleagues (2017 Stat Med 36:4529): each simpler model is tested against the
fullest, simplest first, all at one level, and the first that is not rejected is accepted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from casefinder.evaluation.inputs import FloatArray, IntArray, People, checked_level, labels, log_odds, people_at_risk
from casefinder.evaluation.logistic import LogisticFit, fit_logistic, log_likelihood

Update = Literal["keep", "intercept", "intercept and slope", "refit"]
UPDATES: Final[tuple[Update, ...]] = ("keep", "intercept", "intercept and slope", "refit")
"""From the least change to the greatest."""
LEVEL: Final = 0.05
LEAST_EVENTS: Final = 200
"""Fewest events on which a change may be judged (Vergouwe 2017; methods, 1.7)."""
SAME_DIRECTION: Final = 1e-8
"""A predictor with a smaller share of its length outside those before it says nothing that they do not."""


@dataclass(frozen=True)
class AgainstFullest:
    """One simpler model tested against the fullest.

    Attributes:
        update: the simpler model.
        log_likelihood: its highest.
        likelihood_ratio: twice the log-likelihood that the fullest gains.
        correction: by how much weights and repeated rows swell that ratio on average; 1 where there are none.
        statistic: the ratio over the correction, set against a chi-squared distribution.
        degrees: its degrees of freedom: coefficients of the fullest model that the simpler one lacks.
        p: the p-value.
        rejected: whether p is below the level.
    """

    update: Update
    log_likelihood: float
    likelihood_ratio: float
    correction: float
    statistic: float
    degrees: int
    p: float
    rejected: bool


@dataclass(frozen=True)
class ClosedTest:
    """What the closed test found.

    Attributes:
        chosen: the simplest update that is not rejected.
        tests: keep, intercept, and intercept and slope, each against the fullest; all three, whichever is chosen.
        intercept: a of logit P(y) = a + lp, to be added where the intercept is updated.
        intercept_and_slope: a and b of logit P(y) = a + b lp.
        log_likelihood: of the fullest model.
        predictors: how many the fullest model has beside lp; those that others determine are left out.
        people: rows, or clusters where they are given.
        events: rows seen to have the outcome, or clusters with such a row.
        level: of each test.
    """

    chosen: Update
    tests: tuple[AgainstFullest, ...]
    intercept: float
    intercept_and_slope: tuple[float, float]
    log_likelihood: float
    predictors: int
    people: int
    events: int
    level: float


def closed_test(
    outcome: npt.ArrayLike,
    risk: npt.ArrayLike,
    predictors: npt.ArrayLike,
    weight: npt.ArrayLike | None = None,
    level: float = LEVEL,
    cluster: npt.ArrayLike | Sequence[object] | None = None,
    least_events: int = LEAST_EVENTS,
) -> ClosedTest:
    """Return which update of a model its risks on later data call for, with every test that led there.

    Four models of the outcome, lp being the logit of the risk: keep, logit P(y) = lp; intercept, a + lp; intercept and
    slope, a + b lp; and the fullest, logistic regression on lp and the predictors by maximum likelihood without a penalty,
    since likelihood ratios need it. Keep is tested against the fullest first, then intercept, then intercept and slope. The
    degrees of freedom are q + 2, q + 1 and q for q predictors; where none adds anything to lp, intercept and slope is
    the fullest model and cannot be rejected.

    With weights that are not counts, or several rows a person, a likelihood ratio is no longer chi-squared. It is then
    divided by its average swelling, the mean eigenvalue of the sandwich covariance over the model's (Rao and Scott 1984 Ann
    Stat 12:46; Rotnitzky and Jewell 1990 Biometrika 77:485).

    Args:
        outcome: 0 or 1.
        risk: the risks that the model gives on data later than it was fitted on.
        predictors: (rows, predictors), numbers without missing values.
        weight: censoring weights.
        level: of each test.
        cluster: the person of each row, where people have several.
        least_events: fewest people with the outcome, and without it, on whom to judge.

    Raises:
        ValueError: unequal lengths, missing values, an outcome other than 0 or 1, a risk outside 0 to 1, too few events,
            one risk for everyone, or predictors that part the two outcomes completely.
    """
    people = people_at_risk(outcome, risk, weight)
    members = None if cluster is None else labels(cluster, len(people.risk), "cluster")[0]
    units, events = _enough(people, members, least_events)
    rows = _rows(people, _table(predictors, len(people.risk)))
    fits = [_fitted(rows, terms) for terms in range(3)] + [_fitted(rows, rows.columns.shape[1])]
    swollen = fits[-1].covariance
    if weight is not None or members is not None:
        swollen = _fitted(rows, rows.columns.shape[1], True, members).covariance
    reached = [_reached(rows, fit.coefficients) for fit in fits]
    tests = tuple(
        _against(update, reached[terms], reached[-1], _swelling(fits[-1].covariance, swollen, terms), rows, terms, level)
        for terms, update in enumerate(UPDATES[:-1])
    )
    chosen = next((one.update for one in tests if not one.rejected), UPDATES[-1])
    intercept, slope = fits[1].coefficients[0], _line(rows, fits[2].coefficients)
    return ClosedTest(
        chosen, tests, float(intercept), slope, reached[-1], rows.columns.shape[1] - 2, units, events, checked_level(level)
    )


@dataclass(frozen=True)
class _Rows:
    """Outcome, weight and lp of each row, and columns: 1, lp, then what each predictor adds to those before it.

    The columns are at right angles and of one length, which changes no likelihood of a model that begins with the first
    few of them, and keeps Newton's steps sure.
    """

    outcome: FloatArray
    weight: FloatArray
    position: FloatArray
    columns: FloatArray


def _rows(people: People, predictors: FloatArray) -> _Rows:
    position = log_odds(people.risk)
    if not np.ptp(position[people.weight > 0]):
        raise ValueError("everyone has the same risk, so there is no slope to test")
    found = [np.ones(len(position))]
    for values in (position, *predictors.T):
        left = values - found[0] * values.mean()
        length = float(np.sqrt(np.mean(left**2)))
        for _ in range(2):
            # Twice, since rounding leaves a little of the earlier columns after the first time.
            for one in found:
                left = left - one * np.mean(one * left)
        size = float(np.sqrt(np.mean(left**2)))
        if size > SAME_DIRECTION * max(length, np.finfo(np.float64).tiny):
            found.append(left / size)
    return _Rows(people.outcome, people.weight, position, np.stack(found, axis=1))


def _table(predictors: npt.ArrayLike, people: int) -> FloatArray:
    table = np.asarray(predictors, dtype=np.float64)
    if table.ndim != 2 or len(table) != people:
        raise ValueError(f"predictors must have one row a person and a column each; got {table.shape} for {people} people")
    if not np.isfinite(table).all():
        raise ValueError(f"predictors have {int((~np.isfinite(table)).sum())} missing or infinite values")
    return table


def _enough(people: People, members: IntArray | None, least: int) -> tuple[int, int]:
    """Return how many people there are, and how many were seen to have the outcome.

    Raises:
        ValueError: too few have it, or too few have not.
    """
    own = np.arange(len(people.risk)) if members is None else members
    every = int(own.max()) + 1
    events = len(np.unique(own[(people.outcome == 1) & (people.weight > 0)]))
    if min(events, every - events) < least:
        raise ValueError(
            f"too few events: a model is not changed on fewer than {least} people with, or without, the outcome"
        )
    return every, events


def _fitted(rows: _Rows, terms: int, robust: bool = False, members: IntArray | None = None) -> LogisticFit:
    """Return the fit of the first few columns, with lp as offset; of none of them, nothing."""
    if not terms:
        return LogisticFit(np.zeros(0), np.zeros((0, 0)))
    fit = fit_logistic(rows.columns[:, :terms], rows.outcome, rows.weight, rows.position, robust, members)
    if fit is None:
        raise ValueError("there is no best model: risks or predictors part the two outcomes completely")
    return fit


def _reached(rows: _Rows, coefficients: FloatArray) -> float:
    return log_likelihood(rows.outcome, rows.position + rows.columns[:, : len(coefficients)] @ coefficients, rows.weight)


def _swelling(plain: FloatArray, swollen: FloatArray, terms: int) -> float:
    """Return the mean eigenvalue of the sandwich covariance over the model's, of the coefficients that are tested."""
    if plain is swollen or terms == len(plain):
        return 1.0
    return float(np.trace(np.linalg.solve(plain[terms:, terms:], swollen[terms:, terms:])) / (len(plain) - terms))


def _against(
    update: Update, reached: float, best: float, correction: float, rows: _Rows, terms: int, level: float
) -> AgainstFullest:
    from scipy.stats import chi2

    degrees = rows.columns.shape[1] - terms
    ratio = max(0.0, 2 * (best - reached)) if degrees else 0.0
    p = float(chi2.sf(ratio / correction, degrees)) if degrees else 1.0
    return AgainstFullest(update, reached, ratio, correction, ratio / correction, degrees, p, p < level)


def _line(rows: _Rows, coefficients: FloatArray) -> tuple[float, float]:
    """Return a and b of a + b lp from the coefficients of 1 and of lp as it stands among the columns."""
    centre = float(rows.position.mean())
    more = float(coefficients[1] / np.sqrt(np.mean((rows.position - centre) ** 2)))
    return float(coefficients[0] - more * centre), 1 + more
