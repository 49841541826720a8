"""Difference-in-differences where clusters start at different times.

One regression with a term for being served would compare late starters with early ones, whose own effect may still be
growing. Here every group of clusters that start together is compared, period by period, with clusters that have not started
by then, from the last period before the group's own start; then the comparisons are averaged (Callaway and Sant'Anna 2021 J
Econometrics 225:200, without covariates). Intervals are percentiles of a bootstrap over clusters.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from casefinder.evaluation.inputs import BoolArray, FloatArray, IntArray, labels, numbers, same_length
from casefinder.evaluation.intervals import Estimate
from casefinder.evaluation.resampling import REPLICATES, drawn_counts, percentile_interval
from casefinder.matching.effects import PER

METHOD = "bootstrap over clusters"


@dataclass(frozen=True)
class Staggered:
    """The average over groups and periods served, weighted by person-years, and by time since the start.

    Attributes:
        difference: of rates, per 100 person-years.
        ratio: of rates; its standard error is that of its logarithm.
        by_time: difference by periods since the start, 0 the first served; below -1 they should be near 0.
        clusters: how many.
        never: of them never served.
    """

    difference: Estimate
    ratio: Estimate
    by_time: dict[int, Estimate]
    clusters: int
    never: int


def staggered(
    count: npt.ArrayLike,
    years: npt.ArrayLike,
    start: npt.ArrayLike,
    period: npt.ArrayLike,
    cluster: npt.ArrayLike | Sequence[object],
    replicates: int = REPLICATES,
    seed: int = 0,
    level: float = 0.95,
) -> Staggered:
    """Return the effect in clusters that were served, each from its own start.

    Args:
        count: events of each row.
        years: person-years of each row.
        start: first period served of the row's cluster; infinite for one never served.
        period: of the row, a whole number.
        cluster: label, such as a practice.
        replicates: bootstrap samples.
        seed: of the samples.
        level: coverage.

    Raises:
        ValueError: unequal lengths, missing values, a cluster with two starts, a cluster without person-years in a period,
            or no group with a period before its start and others not yet served.
    """
    table = _table(count, years, start, period, cluster)
    once = _averages(table, np.ones((1, len(table.start))))
    drawn = [_averages(table, counts) for counts in drawn_counts(len(table.start), replicates, seed)]
    draws = {name: np.concatenate([one[name] for one in drawn]) for name in once}
    made = {name: _estimate(float(once[name][0]), draws[name], level) for name in once if name != "log ratio"}
    logs = _estimate(float(once["log ratio"][0]), draws["log ratio"], level)
    ratio = Estimate(
        float(np.exp(logs.value)), float(np.exp(logs.low)), float(np.exp(logs.high)), logs.standard_error, METHOD
    )
    by_time = {int(name): one for name, one in made.items() if name != "difference"}
    never = int(np.count_nonzero(np.isinf(table.start)))
    return Staggered(made["difference"], ratio, dict(sorted(by_time.items())), len(table.start), never)


@dataclass(frozen=True)
class _Table:
    """Counts and years of (clusters, periods), the periods, and each cluster's start."""

    count: FloatArray
    years: FloatArray
    periods: IntArray
    start: FloatArray


def _table(
    count: npt.ArrayLike,
    years: npt.ArrayLike,
    start: npt.ArrayLike,
    period: npt.ArrayLike,
    cluster: npt.ArrayLike | Sequence[object],
) -> _Table:
    seen, time, when = numbers(count, "count"), numbers(years, "years"), numbers(period, "period")
    begun = np.asarray(start, dtype=np.float64)
    same_length(count=seen, years=time, start=begun, period=when)
    codes, known = labels(cluster, len(seen), "cluster")
    periods, place = np.unique(when.astype(np.int64), return_inverse=True)
    shape = (len(known), len(periods))
    sums = [np.bincount(codes * shape[1] + place, part, shape[0] * shape[1]).reshape(shape) for part in (seen, time)]
    if np.isnan(begun).any() or not (sums[1] > 0).all():
        raise ValueError("give every cluster a start (infinite for never) and person-years in every period")
    first = np.full(len(known), np.nan)
    first[codes] = begun
    if (first[codes] != begun).any():
        raise ValueError(f"{len(np.unique(codes[first[codes] != begun]))} clusters have more than one start; give each one")
    return _Table(sums[0].astype(np.float64), sums[1].astype(np.float64), periods, first)


def _averages(table: _Table, counts: FloatArray) -> dict[str, FloatArray]:
    """Return averages over groups and periods, by time since the start and in all, for (samples, clusters) counts."""
    parts: list[tuple[int, FloatArray, FloatArray, FloatArray]] = []
    for group in np.unique(table.start[np.isfinite(table.start)]):
        (base,) = np.nonzero(table.periods == group - 1)
        for place, period in enumerate(table.periods):
            others = table.start > max(period, group)
            if len(base) and period != group - 1 and others.any():
                own = table.start == group
                parts.append((int(period - group), *_compared(table, counts, own, others, int(base[0]), place)))
    if not any(time >= 0 for time, *_ in parts):
        raise ValueError("no group of clusters has a period before its start and others that are not served yet")
    found = {str(time): _mean([part for part in parts if part[0] == time], 1) for time in {part[0] for part in parts}}
    served = [part for part in parts if part[0] >= 0]
    return {**found, "difference": _mean(served, 1), "log ratio": _mean(served, 2)}


def _compared(
    table: _Table, counts: FloatArray, own: BoolArray, others: BoolArray, base: int, place: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the difference of differences, the log ratio of ratios, and the person-years served."""
    with np.errstate(divide="ignore", invalid="ignore"):
        rates = [
            (counts[:, arm] @ table.count[arm, column]) / (counts[:, arm] @ table.years[arm, column])
            for arm in (own, others)
            for column in (place, base)
        ]
        difference = PER * (rates[0] - rates[1] - rates[2] + rates[3])
        log_ratio = np.log(rates[0]) - np.log(rates[1]) - np.log(rates[2]) + np.log(rates[3])
    return difference, log_ratio, counts[:, own] @ table.years[own, place]


def _mean(parts: list[tuple[int, FloatArray, FloatArray, FloatArray]], which: int) -> FloatArray:
    """Return the average weighted by person-years; a sample without a group leaves the group out."""
    values, weight = np.stack([part[which] for part in parts]), np.stack([part[3] for part in parts])
    weight = np.where(weight > 0, weight, 0.0)
    total = np.sum(np.where(weight > 0, weight * values, 0.0), axis=0)
    with np.errstate(invalid="ignore"):
        return np.asarray(total / weight.sum(axis=0), dtype=np.float64)


def _estimate(value: float, drawn: FloatArray, level: float) -> Estimate:
    low, high = percentile_interval(drawn, level)
    return Estimate(value, low, high, float(np.std(drawn[np.isfinite(drawn)], ddof=1)), METHOD)
