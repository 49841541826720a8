"""Comparisons over time: before and after in the treated, and difference-in-differences.

People are enrolled because of a recent admission, so their use falls whoever serves them: a before-after in the treated is
never an effect, and is here to be shown beside one. Difference-in-differences is right where an organisation rolled a
service out and groups differ in a stable level; matching on a volatile earlier outcome and then differencing is not (Daw
and Hatfield 2018 HSR 53:4138).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from casefinder.evaluation.inputs import BoolArray, FloatArray, IntArray, labels, numbers, outcomes, same_length
from casefinder.evaluation.intervals import Estimate, normal_estimate
from casefinder.matching.effects import PER, Effect, rate_effect
from casefinder.matching.regression import fit
from casefinder.matching.sandwich import sandwich
from casefinder.matching.wild import FEW_CLUSTERS, Model, wild_interval

Scale = Literal["ratio", "difference"]


def before_after(
    count_before: npt.ArrayLike, years_before: npt.ArrayLike, count_after: npt.ArrayLike, years_after: npt.ArrayLike
) -> Effect:
    """Return rates after (``treated``) and before (``control``) the start in the same treated people.

    Not an effect of the service: it holds regression to the mean, ageing and season too. The interval is clustered on the
    person.

    Raises:
        ValueError: unequal lengths, missing or negative counts, no time at risk.
    """
    after, before = numbers(count_after, "count_after"), numbers(count_before, "count_before")
    same_length(count_after=after, count_before=before)
    people = np.arange(len(after))
    years = np.concatenate([numbers(years_after, "years_after"), numbers(years_before, "years_before")])
    is_after = np.repeat([1, 0], len(after))
    return rate_effect(np.concatenate([after, before]), years, is_after, np.concatenate([people, people]))


@dataclass(frozen=True)
class Cells:
    """Counts and years by cluster and period: one row a cell.

    Attributes:
        count: events.
        years: person-years, above zero.
        treated: whether the cluster is (or will be) served.
        period: before the start below 0, from it on 0 or more.
        cluster: number of the cluster, such as a practice.
    """

    count: FloatArray
    years: FloatArray
    treated: BoolArray
    period: IntArray
    cluster: IntArray

    def only(self, chosen: BoolArray) -> "Cells":
        """Return some of the cells."""
        parts = (self.count, self.years, self.treated, self.period, self.cluster)
        return Cells(*(part[chosen] for part in parts))  # type: ignore[arg-type]


def cells(
    count: npt.ArrayLike,
    years: npt.ArrayLike,
    treated: npt.ArrayLike,
    period: npt.ArrayLike,
    cluster: npt.ArrayLike | Sequence[object],
) -> Cells:
    """Add rows (people, practices or practice-months) up to one cell for each cluster and period.

    Args:
        count: events of each row.
        years: person-years of each row; cells without any are left out.
        treated: 1 where the row's cluster is or will be served.
        period: whole numbers, 0 the first period of the service.
        cluster: label of the cluster, such as a practice.

    Raises:
        ValueError: unequal lengths, missing values, a cluster in both arms, no cluster in one arm.
    """
    seen, time, arm = numbers(count, "count"), numbers(years, "years"), outcomes(treated, "treated")
    when = numbers(period, "period").astype(np.int64)
    same_length(count=seen, years=time, treated=arm, period=when)
    codes, known = labels(cluster, len(seen), "cluster")
    key, place = np.unique(np.column_stack([codes, when]), axis=0, return_inverse=True)
    share = np.bincount(codes, arm) / np.bincount(codes)
    mixed = int(np.count_nonzero((share > 0) & (share < 1)))
    if mixed:
        raise ValueError(f"{mixed} of {len(known)} clusters are in both arms; give each cluster one arm")
    if share.min() == share.max():
        raise ValueError("difference-in-differences needs clusters in both arms")
    sums = [np.bincount(place, column).astype(np.float64) for column in (seen, time)]
    found = Cells(sums[0], sums[1], share[key[:, 0]] > 0, key[:, 1], key[:, 0])
    return found.only(found.years > 0)


@dataclass(frozen=True)
class Difference:
    """A difference-in-differences.

    Attributes:
        estimate: ratio of rate ratios, with the standard error of its logarithm, or difference of differences per 100
            person-years.
        p: of no difference.
        clusters: clusters in all.
        treated_clusters: of them served.
    """

    estimate: Estimate
    p: float
    clusters: int
    treated_clusters: int


def difference_in_differences(given: Cells, scale: Scale = "ratio", replicates: int = 999, seed: int = 0) -> Difference:
    """Return how the treated clusters changed from before period 0 to after, beyond how the others did.

    Poisson with a log link for a ratio, weighted least squares on rates for a difference; group and each period have terms
    of their own. The interval is clustered; below 30 clusters it is that of a wild bootstrap.

    Raises:
        ValueError: no periods before, or none after.
        MissingPartError: statsmodels is not installed.
    """
    return _changed(given, given.period >= 0, scale, replicates, seed)


def placebo(given: Cells, at: int, scale: Scale = "ratio", replicates: int = 999, seed: int = 0) -> Difference:
    """Return the difference-in-differences of a start that never was, at a period before 0; periods from 0 on are left out.

    Raises:
        ValueError: the date is not among the periods before 0, or is the first of them.
    """
    if at >= 0:
        raise ValueError(f"a placebo start lies before period 0; got {at}")
    before = given.only(given.period < 0)
    return _changed(before, before.period >= at, scale, replicates, seed)


def pre_trend(given: Cells, scale: Scale = "ratio", replicates: int = 999, seed: int = 0) -> Difference:
    """Return by how much more the treated changed a period before the start; near 1 (or 0) where trends were parallel.

    Raises:
        ValueError: fewer than two periods before 0.
    """
    before = given.only(given.period < 0)
    if len(np.unique(before.period)) < 2:
        raise ValueError("a trend before the start needs two periods or more before 0")
    return _estimated(before, np.where(before.treated, before.period, 0).astype(np.float64), scale, replicates, seed)


def by_period(given: Cells, scale: Scale = "ratio", replicates: int = 999, seed: int = 0) -> dict[int, Difference]:
    """Return how the treated differ from the others in each period, beyond how they differed in the last before the start.

    For a chart around the start: periods before it show whether trends were parallel, those after it how an effect grew.

    Raises:
        ValueError: there is no period -1 to compare with.
    """
    if -1 not in given.period:
        raise ValueError("each period is compared with period -1, the last before the start; there is none")
    found = {}
    for period in np.unique(given.period[given.period != -1]):
        two = given.only(np.isin(given.period, (-1, period)))
        found[int(period)] = _estimated(
            two, np.where(two.treated & (two.period == period), 1.0, 0.0), scale, replicates, seed
        )
    return found


def _changed(given: Cells, after: BoolArray, scale: Scale, replicates: int, seed: int) -> Difference:
    if after.all() or not after.any():
        raise ValueError("difference-in-differences needs periods on both sides of the start")
    return _estimated(given, np.where(given.treated & after, 1.0, 0.0), scale, replicates, seed)


def _estimated(given: Cells, effect: FloatArray, scale: Scale, replicates: int, seed: int) -> Difference:
    model = _model(given, effect, scale)
    found = fit(model.columns, model.outcome, model.family, model.weight, model.offset)
    codes = np.unique(given.cluster, return_inverse=True)[1].astype(np.int64)
    error = float(np.sqrt(sandwich(found.bread, found.scores, [codes])[-1, -1]))
    count, served = int(codes.max()) + 1, len(np.unique(given.cluster[given.treated]))
    value = float(found.coefficients[-1])
    if count < FEW_CLUSTERS:
        low, high, p = wild_interval(model, codes, value, error, replicates, seed)
        method = "wild cluster bootstrap"
    else:
        low, high, p = _by_normal(value, error)
        method = "clustered"
    if scale == "ratio":
        estimate = Estimate(float(np.exp(value)), float(np.exp(low)), float(np.exp(high)), error, method)
    else:
        estimate = Estimate(PER * value, PER * low, PER * high, PER * error, method)
    return Difference(estimate, p, count, served)


def _by_normal(value: float, error: float) -> tuple[float, float, float]:
    from scipy.special import ndtr

    found = normal_estimate(value, error)
    return found.low, found.high, float(2 * ndtr(-abs(value / error)))


def _model(given: Cells, effect: FloatArray, scale: Scale) -> Model:
    """Return the regression of the cells: intercept, group, periods, and the effect last."""
    periods = np.unique(given.period)[1:]
    dummies = (given.period[:, None] == periods).astype(np.float64)
    columns = np.column_stack([np.ones(len(effect)), given.treated, dummies, effect])
    if scale == "ratio":
        return Model(columns, given.count, "poisson", np.ones(len(effect)), np.log(given.years))
    return Model(columns, given.count / given.years, "linear", given.years, np.zeros(len(effect)))
