"""What a list of the k people at highest risk finds, and net benefit.

A list holds k people, whoever they are: with censoring weights, those who were lost take their places, and the share with
the outcome is sum(w y) / sum(w) over the people on the list. When people tie at the last place, the places left are shared
among them in proportion, so no figure depends on the order of the rows. ``risk`` may be any score where more means likelier,
so a simple rule (a count of earlier admissions) is measured at equal size by the same functions.

Source of net benefit: Vickers and Elkin 2006 Med Decis Making 26:565.
"""

import math
import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from casefinder.evaluation.inputs import (
    BoolArray,
    FloatArray,
    People,
    labels,
    numbers,
    outcomes,
    people_at_risk,
    ranked_people,
    same_length,
    weights,
)


@dataclass(frozen=True)
class ListYield:
    """What a list finds.

    ``found`` is the (weighted) number with the outcome on it, ``cut_off`` the lowest risk on it. NaN where a figure is not
    defined; ``number_needed_to_review`` is infinite where the list finds no one.
    """

    k: int
    cut_off: float
    found: float
    ppv: float
    sensitivity: float
    lift: float
    number_needed_to_review: float


def places(risk: npt.ArrayLike, k: int) -> FloatArray:
    """Return each person's share of a place on the list of k: 1 above the last place, 0 below, a fraction for ties at it.

    Raises:
        ValueError: k is not from 1 to the number of people.

    >>> places([0.9, 0.5, 0.5, 0.1], k=2).tolist()
    [1.0, 0.5, 0.5, 0.0]
    """
    score = numbers(risk, "risk")
    wanted = _checked_k(k, len(score))
    cut = np.partition(score, len(score) - wanted)[len(score) - wanted]
    above, tied = score > cut, score == cut
    share: FloatArray = above + tied * ((wanted - above.sum()) / tied.sum())
    return share


def _checked_k(k: int, people: int) -> int:
    try:
        wanted = operator.index(k)
    except TypeError:
        raise ValueError(f"k must be a whole number of people; got {k}") from None
    if not 1 <= wanted <= people:
        raise ValueError(f"k must be from 1 to {people} (the people scored); got {wanted}")
    return wanted


def list_yield(outcome: npt.ArrayLike, risk: npt.ArrayLike, k: int, weight: npt.ArrayLike | None = None) -> ListYield:
    """Return everything about the list of the k people at highest risk.

    Raises:
        ValueError: k is not from 1 to the number of people, or the arrays are unequal or hold missing values.

    >>> list_yield([1, 0, 1, 0], [0.9, 0.5, 0.5, 0.1], k=2).ppv
    0.75
    """
    people = ranked_people(outcome, risk, weight)
    return _yield(people, places(people.risk, k), k)


def _yield(people: People, place: FloatArray, k: int) -> ListYield:
    found, seen = float(place @ (people.weight * people.outcome)), float(place @ people.weight)
    events, everyone = float(people.weight @ people.outcome), float(people.weight.sum())
    ppv = found / seen if seen else math.nan
    return ListYield(
        k=int(k),
        cut_off=float(people.risk[place > 0].min()),
        found=found,
        ppv=ppv,
        sensitivity=found / events if events else math.nan,
        lift=ppv / (events / everyone) if events else math.nan,
        number_needed_to_review=_one_over(ppv),
    )


def _one_over(share: float) -> float:
    return 1 / share if share else math.inf


def ppv_at_k(outcome: npt.ArrayLike, risk: npt.ArrayLike, k: int, weight: npt.ArrayLike | None = None) -> float:
    """Return the share of the k people at highest risk who go on to have the outcome.

    No events give 0. NaN where everyone on the list has weight 0. Raises ValueError as ``list_yield``.

    >>> ppv_at_k([1, 0, 1, 0], [0.9, 0.5, 0.5, 0.1], k=2)
    0.75
    """
    return list_yield(outcome, risk, k, weight).ppv


def sensitivity_at_k(outcome: npt.ArrayLike, risk: npt.ArrayLike, k: int, weight: npt.ArrayLike | None = None) -> float:
    """Return the share of all outcomes that fall among the k people at highest risk; NaN where there are none.

    >>> sensitivity_at_k([1, 0, 1, 0], [0.9, 0.5, 0.5, 0.1], k=2)
    0.75
    """
    return list_yield(outcome, risk, k, weight).sensitivity


def lift_at_k(outcome: npt.ArrayLike, risk: npt.ArrayLike, k: int, weight: npt.ArrayLike | None = None) -> float:
    """Return how many times the prevalence the share on the list is; NaN where no one has the outcome.

    >>> lift_at_k([1, 0, 1, 0], [0.9, 0.5, 0.5, 0.1], k=2)
    1.5
    """
    return list_yield(outcome, risk, k, weight).lift


def number_needed_to_review(
    outcome: npt.ArrayLike, risk: npt.ArrayLike, k: int, weight: npt.ArrayLike | None = None
) -> float:
    """Return how many people on the list are looked at for each one with the outcome: 1 / PPV; infinite where none is found.

    >>> round(number_needed_to_review([1, 0, 1, 0], [0.9, 0.5, 0.5, 0.1], k=2), 4)
    1.3333
    """
    return list_yield(outcome, risk, k, weight).number_needed_to_review


def share_with(flag: npt.ArrayLike, risk: npt.ArrayLike, k: int) -> float:
    """Return the share of the k people at highest risk who have a flag, such as no emergency admission in two years.

    >>> share_with([True, False, True, True], [0.9, 0.5, 0.5, 0.1], k=2)
    0.75
    """
    flagged, place = outcomes(flag, "flag"), places(risk, k)
    same_length(flag=flagged, risk=place)
    return float(place @ flagged / place.sum())


@dataclass(frozen=True)
class GroupLists:
    """One list a group: a row of ``by_group`` each, and all lists together."""

    by_group: pd.DataFrame
    together: ListYield


def lists_within(
    outcome: npt.ArrayLike,
    risk: npt.ArrayLike,
    group: npt.ArrayLike | Sequence[object],
    k: int | None = None,
    share: float | None = None,
    weight: npt.ArrayLike | None = None,
) -> GroupLists:
    """Return what each group's own list finds, for lists of k people or of a share of the group's people.

    Args:
        outcome: 0 or 1.
        risk: any score where more means likelier.
        group: practice of each person.
        k: people on each list; a group with fewer people lists them all.
        share: instead of k, such as 0.02: rounded to the nearest person, halves up, and at least one.
        weight: censoring weights.

    Returns:
        ``by_group`` has ``group``, ``people``, ``events`` and the columns of ``ListYield``. In ``together`` the k is the
        sum, the cut-off the lowest, and lift is against everyone.

    Raises:
        ValueError: neither or both of k and share are given, or one is out of range.
    """
    people = ranked_people(outcome, risk, weight)
    codes, groups = labels(group, len(people.risk))
    place, rows = np.zeros(len(people.risk)), []
    for number, name in enumerate(groups):
        member = np.flatnonzero(codes == number)
        part = People(*[array[member] for array in people])
        length = list_length(len(member), k, share)
        place[member] = places(part.risk, length)
        events = float(part.weight @ part.outcome)
        rows.append({"group": name, "people": len(member), "events": events, **vars(_yield(part, place[member], length))})
    table = pd.DataFrame(rows)
    return GroupLists(table, _yield(people, place, int(table["k"].sum())))


def list_length(people: int, k: int | None = None, share: float | None = None) -> int:
    """Return how many people a list holds: k or all there are, or a share of them rounded to the nearest, at least one.

    >>> list_length(1230, share=0.02), list_length(8, k=15)
    (25, 8)
    """
    if (k is None) == (share is None):
        raise ValueError("give the list's length as k or as a share of the people, one of the two")
    if k is not None:
        if operator.index(k) < 1:
            raise ValueError(f"k must be 1 or more; got {k}")
        return min(operator.index(k), people)
    if share is None or not 0 < share <= 1:
        raise ValueError(f"share must be above 0 and at most 1; got {share}")
    return max(1, math.floor(share * people + 0.5))


def net_benefit(outcome: npt.ArrayLike, risk: npt.ArrayLike, threshold: float, weight: npt.ArrayLike | None = None) -> float:
    """Return TP/n - FP/n x t/(1 - t), treating everyone with risk >= t; with weights all three are sums of weights.

    Raises:
        ValueError: the threshold is not from 0 to below 1, or as ``observed_expected``.

    >>> net_benefit([1, 0, 1, 0], [0.9, 0.5, 0.5, 0.1], threshold=0.5)
    0.25
    """
    people = people_at_risk(outcome, risk, weight)
    return _net_benefit(people.outcome, (people.risk >= threshold).astype(np.float64), people.weight, threshold)


def net_benefit_of_rule(
    outcome: npt.ArrayLike, flagged: npt.ArrayLike, threshold: float, weight: npt.ArrayLike | None = None
) -> float:
    """Return the net benefit of treating those a rule flags: True and False, or shares of a place from ``places``.

    >>> net_benefit_of_rule([1, 0, 1, 0], [True, True, False, False], threshold=0.2)
    0.1875
    """
    observed, treated = outcomes(outcome), numbers(flagged, "flagged")
    given = weights(weight, len(observed))
    same_length(outcome=observed, flagged=treated, weight=given)
    if ((treated < 0) | (treated > 1)).any():
        raise ValueError("flagged must be True or False, or a share of a place from 0 to 1")
    return _net_benefit(observed, treated, given, threshold)


def _net_benefit(outcome: FloatArray, treated: FloatArray, weight: FloatArray, threshold: float) -> float:
    if not 0 <= threshold < 1:
        raise ValueError(f"a threshold must be from 0 to below 1; got {threshold}")
    true = float(np.sum(weight * treated * outcome))
    false = float(np.sum(weight * treated * (1 - outcome)))
    return (true - false * threshold / (1 - threshold)) / float(weight.sum())


def decision_curve(
    outcome: npt.ArrayLike,
    risk: npt.ArrayLike,
    thresholds: Sequence[float],
    weight: npt.ArrayLike | None = None,
    rules: Mapping[str, npt.ArrayLike] | None = None,
    scores: Mapping[str, npt.ArrayLike] | None = None,
) -> pd.DataFrame:
    """Return net benefit at each threshold: the model, treat all, treat none, and simple rules.

    Args:
        outcome: 0 or 1.
        risk: probabilities.
        thresholds: each from 0 to below 1.
        weight: censoring weights.
        rules: name to True or False a person: those the rule flags, whatever the threshold.
        scores: name to a score a person: at each threshold the rule flags as many people as the model does, highest scores
            first, ties at the last place in proportion. This is the simple rule of equal size.

    Returns:
        Columns ``threshold``, ``treated`` (people with risk >= t), ``model``, ``treat_all``, ``treat_none``, then one a rule
        and one a score, by name.
    """
    people = people_at_risk(outcome, risk, weight)
    everyone = np.ones(len(people.risk))
    rows = []
    for threshold in thresholds:
        chosen: BoolArray = people.risk >= threshold
        treated = {"model": chosen.astype(np.float64), "treat_all": everyone, "treat_none": 0 * everyone}
        treated |= {name: numbers(rule, name) for name, rule in (rules or {}).items()}
        treated |= {name: _of_equal_size(numbers(score, name), int(chosen.sum())) for name, score in (scores or {}).items()}
        benefit = {name: net_benefit_of_rule(people.outcome, who, threshold, people.weight) for name, who in treated.items()}
        rows.append({"threshold": threshold, "treated": int(chosen.sum()), **benefit})
    return pd.DataFrame(rows)


def _of_equal_size(score: FloatArray, size: int) -> FloatArray:
    return places(score, size) if size else np.zeros(len(score))
