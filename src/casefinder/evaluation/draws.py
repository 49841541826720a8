"""The measures over many resamples at once: a resample is a row of counts, how often each person was drawn.

Each function here equals its namesake of the other modules on the rows repeated by their counts; tests hold them equal. Rows
stand in order of risk within their cluster, not overall, so each set of rows keeps its own order of risk.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from casefinder.evaluation.inputs import FloatArray, IntArray, People, log_odds
from casefinder.evaluation.logistic import LogisticFit, fit_logistic, refit_logistic
from casefinder.evaluation.resampling import drawn_counts, fixed_order
from casefinder.evaluation.smoothing import Smoother, smoother

LIST_MEASURES: Final = ("share_of_people", "share_of_outcomes", "share_of_list", "listed", "list_to_outcomes")


@dataclass(frozen=True)
class Rows:
    """Some people, what their measures need, and their order of risk."""

    outcome: FloatArray
    risk: FloatArray
    weight: FloatArray
    place: FloatArray
    thresholds: tuple[float, ...]
    order: IntArray
    ties: IntArray

    @classmethod
    def of(
        cls, outcome: FloatArray, risk: FloatArray, weight: FloatArray, place: FloatArray, thresholds: Sequence[float]
    ) -> "Rows":
        """Return the rows with their order of risk; ``ties`` are the places where a new risk begins in that order."""
        order = np.argsort(risk, kind="stable")
        ties = np.flatnonzero(np.diff(risk[order], prepend=-np.inf))
        return cls(outcome, risk, weight, place, tuple(thresholds), order, ties)

    def only(self, member: IntArray) -> "Rows":
        """Return the rows of some people."""
        return Rows.of(self.outcome[member], self.risk[member], self.weight[member], self.place[member], self.thresholds)

    @cached_property
    def curve(self) -> Smoother:
        """The smoothed observed risk of these rows."""
        return smoother(self.outcome, self.risk, self.weight)

    @cached_property
    def position(self) -> FloatArray:
        """The logit of each risk."""
        return log_odds(self.risk)

    @cached_property
    def level(self) -> LogisticFit | None:
        """The fit of an intercept, slope fixed at 1."""
        return fit_logistic(np.ones((len(self.risk), 1)), self.outcome, self.weight, self.position)

    @cached_property
    def line(self) -> LogisticFit | None:
        """The fit of intercept and slope; None where the risk is constant."""
        columns = np.stack([np.ones(len(self.risk)), self.position], axis=1)
        return fit_logistic(columns, self.outcome, self.weight, 0 * self.position) if np.ptp(self.position) else None


def by_risk(rows: Rows, values: FloatArray) -> FloatArray:
    """Return the sums of (resamples, people) values over people of equal risk, in order of risk."""
    ordered = values[:, rows.order]
    return ordered if len(rows.ties) == len(rows.order) else np.asarray(np.add.reduceat(ordered, rows.ties, axis=1))


def places_of_draws(rows: Rows, counts: FloatArray, k: int | None) -> FloatArray:
    """Return how many places on the list each row holds in each resample; without k, those of the sample's list.

    Every resample of rows has as many people as the sample; of clusters it may have fewer than k, who are then all listed.
    """
    if k is None:
        return counts * rows.place
    drawn = by_risk(rows, counts)
    above = drawn.sum(axis=1, keepdims=True) - np.cumsum(drawn, axis=1)
    share = np.clip((k - above) / np.maximum(drawn, 1), 0, 1)
    place = np.empty_like(counts)
    place[:, rows.order] = np.repeat(share, np.diff(rows.ties, append=len(rows.order)), axis=1)
    return counts * place


def list_measures(
    outcome: FloatArray,
    weight: FloatArray,
    counts: FloatArray,
    place: FloatArray,
    totals: tuple[FloatArray, FloatArray, FloatArray],
) -> dict[str, FloatArray]:
    """Return a group's part in people, outcomes and list, and what the list finds in it; totals are everyone's."""
    people, listed = counts.sum(axis=1), place.sum(axis=1)
    events, found = (counts * weight) @ outcome, (place * weight) @ outcome
    everyone, all_listed, all_events = totals
    with np.errstate(divide="ignore", invalid="ignore"):
        share_of_list, share_of_outcomes = listed / all_listed, events / all_events
        return {
            "share_of_people": people / everyone,
            "share_of_outcomes": share_of_outcomes,
            "share_of_list": share_of_list,
            "listed": listed / people,
            "list_to_outcomes": share_of_list / share_of_outcomes,
            "ppv": found / (place @ weight),
            "sensitivity": found / events,
        }


def performance(rows: Rows, counts: FloatArray, gaps: bool = True) -> dict[str, FloatArray]:
    """Return each measure of the risks in each resample; NaN where it is not defined.

    Args:
        rows: some people.
        counts: (resamples, people), how often each was drawn.
        gaps: False leaves out ICI, E50 and E90, which take most of the time.
    """
    drawn = counts * rows.weight
    total, events, expected = drawn.sum(axis=1), drawn @ rows.outcome, counts @ rows.risk
    with np.errstate(divide="ignore", invalid="ignore"):
        prevalence = events / total
        brier = drawn @ (rows.outcome - rows.risk) ** 2 / total
        slopes = _slopes(rows, drawn)
        measures = {
            "prevalence": prevalence,
            "observed_expected": events / expected,
            "calibration_in_the_large": slopes[0],
            "calibration_slope": slopes[1],
            **ranking(rows, drawn),
            "brier": brier,
            "ipa": np.where(prevalence * (1 - prevalence) > 0, 1 - brier / (prevalence * (1 - prevalence)), np.nan),
            **(_gaps(rows, counts) if gaps else {}),
        }
        for threshold in rows.thresholds:
            treated = rows.risk >= threshold
            gain = np.where(treated, rows.outcome - (1 - rows.outcome) * threshold / (1 - threshold), 0.0)
            measures[f"net_benefit_at_{threshold:g}"] = drawn @ gain / total
    return measures


def ranking(rows: Rows, drawn: FloatArray) -> dict[str, FloatArray]:
    """Return the measures of rank for each row of (resamples, people) counts times weights; NaN where not defined."""
    having = by_risk(rows, drawn * rows.outcome)
    every = by_risk(rows, drawn)
    without = every - having
    events, others = having.sum(axis=1), without.sum(axis=1)
    below = np.cumsum(without, axis=1) - without / 2
    found = events[:, None] - np.cumsum(having, axis=1) + having
    picked = (events + others)[:, None] - np.cumsum(every, axis=1) + every
    precision = np.divide(found, picked, out=np.zeros_like(found), where=picked > 1e-9)
    return {
        "c_statistic": np.einsum("ij,ij->i", having, below) / (events * others),
        "average_precision": np.einsum("ij,ij->i", having, precision) / events,
    }


def c_statistic_draws(people: People, cluster: IntArray | None, replicates: int, seed: int) -> FloatArray:
    """Return the c-statistic in each bootstrap sample of rows or of clusters; NaN where it is not defined."""
    members = np.zeros(len(people.risk), dtype=np.int64) if cluster is None else cluster
    order = fixed_order(members, *people)
    rows = Rows.of(people.outcome[order], people.risk[order], people.weight[order], people.weight[order], ())
    found = []
    with np.errstate(divide="ignore", invalid="ignore"):
        for counts in drawn_counts(len(order), replicates, seed, None if cluster is None else members[order]):
            found.append(ranking(rows, counts * rows.weight)["c_statistic"])
    return np.concatenate(found)


def _slopes(rows: Rows, drawn: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return calibration-in-the-large and the calibration slope of each resample, by Newton's method from the sample's."""
    unknown = np.full(len(drawn), np.nan)
    one = np.ones((len(rows.risk), 1))
    both = np.hstack([one, rows.position[:, None]])
    levels = unknown if rows.level is None else refit_logistic(one, rows.outcome, drawn, rows.position, rows.level)[:, 0]
    lines = unknown if rows.line is None else refit_logistic(both, rows.outcome, drawn, 0 * rows.position, rows.line)[:, 1]
    return levels, lines


def _gaps(rows: Rows, counts: FloatArray) -> dict[str, FloatArray]:
    gaps = np.abs(rows.curve.redrawn(counts) - rows.risk)
    mean = np.einsum("ij,ij->i", counts, np.nan_to_num(gaps)) / counts.sum(axis=1)
    quantiles = np.array([_quantiles(gap, count) for gap, count in zip(gaps, counts, strict=True)])
    return {"ici": mean, "e50": quantiles[:, 0], "e90": quantiles[:, 1]}


def _quantiles(gap: FloatArray, count: FloatArray) -> FloatArray:
    repeated = np.repeat(gap, count.astype(np.int64))
    return np.asarray(np.quantile(repeated, [0.5, 0.9])) if len(repeated) else np.full(2, np.nan)
