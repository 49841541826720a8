"""All measures of one model on one set of people, in one frozen record."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from casefinder.evaluation.calibration import (
    CalibrationError,
    CalibrationSlope,
    ObservedExpected,
    calibration_error,
    calibration_in_the_large,
    calibration_slope,
    observed_expected,
)
from casefinder.evaluation.discrimination import WithinGroups, average_precision, c_statistic_interval, c_statistic_within
from casefinder.evaluation.groups import FEWEST_GROUPS, PartialPooling, calibration_by_group, partial_pooling
from casefinder.evaluation.inputs import FloatArray, People, labels, numbers, people_at_risk, same_length
from casefinder.evaluation.intervals import Estimate
from casefinder.evaluation.lists import GroupLists, ListYield, decision_curve, list_yield, lists_within, share_with
from casefinder.evaluation.overall import brier, ipa, prevalence
from casefinder.evaluation.resampling import REPLICATES, fixed_order

Labels = npt.ArrayLike | Sequence[object]


@dataclass(frozen=True)
class Evaluation:
    """Every measure of one model on one set of people.

    Attributes:
        people: rows measured.
        events: people with the outcome seen (weight above 0).
        prevalence: weighted share with the outcome; what ``average_precision`` is to be compared with.
        c_statistic: with DeLong's interval, or the bootstrap's with weights or clusters.
        average_precision: step-wise.
        brier: mean squared error.
        ipa: index of prediction accuracy.
        observed_expected: O/E with its interval.
        calibration_in_the_large: intercept with the slope fixed at 1.
        calibration_slope: slope, and the intercept that belongs to it.
        calibration_error: ICI, E50, E90, Emax and the smoother.
        lists: one for each k.
        rule_lists: by rule, one for each k: the rule's list of equal size.
        shares_with: by flag, the share of each list of k with it.
        net_benefit: the decision curve; see ``decision_curve``.
        within: c-statistic within groups such as age bands; None where not asked for.
        by_group: calibration by practice; None where not asked for.
        group_effects: partial pooling; None where not asked for, or with fewer than three groups.
        group_lists: each practice's own list; None where not asked for.
    """

    people: int
    events: int
    prevalence: float
    c_statistic: Estimate
    average_precision: float
    brier: float
    ipa: float
    observed_expected: ObservedExpected
    calibration_in_the_large: Estimate
    calibration_slope: CalibrationSlope
    calibration_error: CalibrationError
    lists: tuple[ListYield, ...] = ()
    rule_lists: Mapping[str, tuple[ListYield, ...]] = field(default_factory=dict)
    shares_with: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    net_benefit: pd.DataFrame | None = None
    within: WithinGroups | None = None
    by_group: pd.DataFrame | None = None
    group_effects: PartialPooling | None = None
    group_lists: GroupLists | None = None

    def figures(self) -> dict[str, float]:
        """Return every figure by name, flat. A figure that is not defined, or infinite, is left out.

        Names: the attribute; ``_low`` and ``_high`` for limits; ``ppv_at_100`` for a list of 100; ``ppv_at_100_by_RULE`` for
        a rule of equal size; ``net_benefit_at_0.1``; ``group_spread`` for the standard deviation between practices.
        """
        told: dict[str, float] = {"people": self.people, "events": self.events, "prevalence": self.prevalence}
        told |= {"average_precision": self.average_precision, "brier": self.brier, "ipa": self.ipa}
        told |= _limits("c_statistic", self.c_statistic.value, self.c_statistic)
        told |= _limits("observed_expected", self.observed_expected.ratio, self.observed_expected)
        told |= _limits("calibration_in_the_large", self.calibration_in_the_large.value, self.calibration_in_the_large)
        told |= _limits("calibration_slope", self.calibration_slope.slope.value, self.calibration_slope.slope)
        error = self.calibration_error
        told |= {"ici": error.ici, "e50": error.e50, "e90": error.e90}
        told |= self._list_figures() | self._benefit_figures() | self._group_figures()
        return {name: float(value) for name, value in told.items() if math.isfinite(value)}

    def _list_figures(self) -> dict[str, float]:
        told: dict[str, float] = {}
        for number, one in enumerate(self.lists):
            told |= _of_list(one, f"at_{one.k}")
            for rule, rule_lists in self.rule_lists.items():
                told |= _of_list(rule_lists[number], f"at_{one.k}_by_{rule}")
            told |= {f"share_with_{flag}_at_{one.k}": shares[number] for flag, shares in self.shares_with.items()}
        if self.group_lists is not None:
            told |= _of_list(self.group_lists.together, "on_group_lists")
        return told

    def _benefit_figures(self) -> dict[str, float]:
        if self.net_benefit is None:
            return {}
        told = {}
        for row in self.net_benefit.drop(columns=["treated", "treat_none"]).to_dict("records"):
            threshold = row.pop("threshold")
            told[f"net_benefit_at_{threshold:g}"] = float(row.pop("model"))
            told |= {f"net_benefit_at_{threshold:g}_by_{name}": float(value) for name, value in row.items()}
        return told

    def _group_figures(self) -> dict[str, float]:
        told: dict[str, float] = {}
        if self.within is not None:
            told["c_statistic_within"] = self.within.overall
        if self.group_effects is not None:
            told |= _limits("group_intercept", self.group_effects.intercept.value, self.group_effects.intercept)
            told |= _limits("group_spread", self.group_effects.spread.value, self.group_effects.spread)
            told["group_range_low"], told["group_range_high"] = self.group_effects.practice_range
        return told


def _limits(name: str, value: float, of: Estimate | ObservedExpected) -> dict[str, float]:
    return {name: value, f"{name}_low": of.low, f"{name}_high": of.high}


def _of_list(one: ListYield, where: str) -> dict[str, float]:
    told = {"ppv": one.ppv, "sensitivity": one.sensitivity, "lift": one.lift, "cut_off": one.cut_off}
    told["number_needed_to_review"] = one.number_needed_to_review
    return {f"{name}_{where}": value for name, value in told.items()}


def evaluate(
    outcome: npt.ArrayLike,
    risk: npt.ArrayLike,
    weight: npt.ArrayLike | None = None,
    k: int | Sequence[int] = (),
    thresholds: Sequence[float] = (),
    rules: Mapping[str, npt.ArrayLike] | None = None,
    flags: Mapping[str, npt.ArrayLike] | None = None,
    within: Labels | None = None,
    group: Labels | None = None,
    group_k: int | None = None,
    cluster: Labels | None = None,
    replicates: int = REPLICATES,
    seed: int = 0,
    level: float = 0.95,
) -> Evaluation:
    """Return every measure of one model on one set of people.

    Rows are first put into a fixed order, so the same people give the same bytes in whatever order they come.

    Args:
        outcome: 0 or 1.
        risk: probabilities.
        weight: censoring weights, as from ``ipcw``; they enter every measure.
        k: length of the list, or several.
        thresholds: risks at which net benefit is wanted.
        rules: name to a score a person: simple rules to set beside the model at equal size.
        flags: name to True or False a person: the share of each list that has it.
        within: groups within which discrimination is wanted, such as age bands.
        group: practice of each person, for calibration by group.
        group_k: length of each practice's own list; needs ``group``.
        cluster: person or practice of each row, for standard errors and bootstrap.
        replicates: bootstrap samples, where a bootstrap is needed.
        seed: of the bootstrap.
        level: coverage of every interval.

    Raises:
        ValueError: unequal lengths, missing values, an outcome other than 0 or 1, a risk outside 0 to 1, a negative weight,
            or k not from 1 to the number of people.

    >>> evaluate([1, 0, 1, 0], [0.9, 0.5, 0.5, 0.1], k=2).figures()["ppv_at_2"]
    0.75
    """
    asked = _in_order(people_at_risk(outcome, risk, weight), weight is not None, within, group, cluster, rules, flags)
    return Evaluation(
        **_risks_measured(asked, level, replicates, seed),
        **_lists_measured(asked, np.atleast_1d(k).tolist(), thresholds),
        **_groups_measured(asked, group_k, level),
    )


@dataclass(frozen=True)
class _Asked:
    """What was given, in an order that depends on the values alone."""

    outcome: FloatArray
    risk: FloatArray
    weight: FloatArray | None
    within: Labels | None
    group: Labels | None
    cluster: Labels | None
    rules: dict[str, FloatArray]
    flags: dict[str, FloatArray]


def _in_order(
    people: People,
    weighted: bool,
    within: Labels | None,
    group: Labels | None,
    cluster: Labels | None,
    rules: Mapping[str, npt.ArrayLike] | None,
    flags: Mapping[str, npt.ArrayLike] | None,
) -> _Asked:
    size = len(people.risk)
    scores = {name: numbers(values, name) for name, values in (rules or {}).items()}
    marks = {name: numbers(values, name) for name, values in (flags or {}).items()}
    same_length(outcome=people.outcome, **scores, **marks)
    given = {"within": within, "group": group, "cluster": cluster}
    codes = [labels(values, size, name)[0] for name, values in given.items() if values is not None]
    order = fixed_order(people.risk, people.outcome, people.weight, *codes, *scores.values(), *marks.values())
    named = {name: None if values is None else np.asarray(values)[order] for name, values in given.items()}
    return _Asked(
        people.outcome[order],
        people.risk[order],
        people.weight[order] if weighted else None,
        rules={name: score[order] for name, score in scores.items()},
        flags={name: mark[order] for name, mark in marks.items()},
        **named,
    )


def _risks_measured(asked: _Asked, level: float, replicates: int, seed: int) -> dict[str, Any]:
    three = (asked.outcome, asked.risk, asked.weight)
    seen = asked.outcome if asked.weight is None else asked.outcome * (asked.weight > 0)
    return {
        "people": len(asked.risk),
        "events": int(seen.sum()),
        "prevalence": prevalence(asked.outcome, asked.weight),
        "c_statistic": c_statistic_interval(*three, asked.cluster, level, replicates, seed),
        "average_precision": average_precision(*three),
        "brier": brier(*three),
        "ipa": ipa(*three),
        "observed_expected": observed_expected(*three, level),
        "calibration_in_the_large": calibration_in_the_large(*three, asked.cluster, level),
        "calibration_slope": calibration_slope(*three, asked.cluster, level),
        "calibration_error": calibration_error(*three),
    }


def _lists_measured(asked: _Asked, lengths: Sequence[int], thresholds: Sequence[float]) -> dict[str, Any]:
    outcome, weight = asked.outcome, asked.weight
    scores = asked.rules.items()
    curve = decision_curve(outcome, asked.risk, thresholds, weight, scores=asked.rules) if len(thresholds) else None
    return {
        "lists": tuple(list_yield(outcome, asked.risk, k, weight) for k in lengths),
        "rule_lists": {name: tuple(list_yield(outcome, score, k, weight) for k in lengths) for name, score in scores},
        "shares_with": {name: tuple(share_with(flag, asked.risk, k) for k in lengths) for name, flag in asked.flags.items()},
        "net_benefit": curve,
    }


def _groups_measured(asked: _Asked, group_k: int | None, level: float) -> dict[str, Any]:
    outcome, risk, weight = asked.outcome, asked.risk, asked.weight
    found: dict[str, Any] = {}
    if asked.within is not None:
        found["within"] = c_statistic_within(outcome, risk, asked.within, weight)
    if asked.group is None:
        return found
    found["by_group"] = calibration_by_group(outcome, risk, asked.group, weight, level=level)
    if len(found["by_group"]) >= FEWEST_GROUPS and 0 < prevalence(outcome, weight) < 1:
        found["group_effects"] = partial_pooling(outcome, risk, asked.group, weight, level)
    if group_k is not None:
        found["group_lists"] = lists_within(outcome, risk, asked.group, group_k, weight=weight)
    return found
