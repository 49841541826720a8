"""Every measure by subgroup, and who gets on the list against who goes on to have the outcome.

Admission and cost are use of services, not need: a group with poor access can look healthy (Obermeyer et al. 2019 Science
366:447). A group that the model predicts too little for is need that the list misses. No threshold is changed here: figures
are shown and people decide.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from casefinder.evaluation.draws import LIST_MEASURES, Rows, list_measures, performance, places_of_draws
from casefinder.evaluation.inputs import FloatArray, labels, numbers, people_at_risk, same_length
from casefinder.evaluation.lists import places
from casefinder.evaluation.resampling import REPLICATES, drawn_counts, fixed_order, percentile_interval

EVENT_FLOOR = 20


@dataclass(frozen=True)
class _Group:
    """One subgroup: which rows belong to it, in the fixed order, and whether it has enough outcomes to be measured."""

    characteristic: str
    name: object
    member: npt.NDArray[np.int64]
    people: int
    events: int
    rows: Rows | None


def by_subgroup(
    outcome: npt.ArrayLike,
    risk: npt.ArrayLike,
    characteristics: Mapping[str, npt.ArrayLike | Sequence[object]],
    k: int | None = None,
    listed: npt.ArrayLike | None = None,
    weight: npt.ArrayLike | None = None,
    thresholds: Sequence[float] = (),
    floor: int = EVENT_FLOOR,
    cluster: npt.ArrayLike | Sequence[object] | None = None,
    replicates: int = REPLICATES,
    seed: int = 0,
    level: float = 0.95,
    gaps: bool = True,
) -> pd.DataFrame:
    """Return every measure for every group of every characteristic, with bootstrap intervals.

    Args:
        outcome: 0 or 1.
        risk: probabilities.
        characteristics: name (age band, sex, ethnicity) to one label a person.
        k: length of one list over everyone; in each resample the list is drawn up anew.
        listed: instead of k, who is on the lists: True and False, or shares of a place; kept as it is in each resample.
        weight: censoring weights.
        thresholds: risks at which net benefit is wanted.
        floor: least outcomes, and least people without it, for a group to be measured; below it only its size and its
            share of people, list and outcomes are given.
        cluster: person or practice of each row, drawn whole; None draws rows.
        replicates: bootstrap samples; 0 gives no intervals.
        seed: same seed, same intervals, whatever the order of the rows.
        level: coverage.
        gaps: False leaves out ICI, E50 and E90, whose resamples take most of the time.

    Returns:
        One row a characteristic, group and measure: ``characteristic``, ``group``, ``people``, ``events`` (people with the
        outcome seen), ``measure``, ``value``, ``low``, ``high``. Measures: ``share_of_people``, ``share_of_outcomes``,
        ``share_of_list``, ``listed`` (share of the group on the list), ``list_to_outcomes`` (share of list over share of
        outcomes; below 1 the list under-serves the group), ``ppv``, ``sensitivity``; then ``prevalence``,
        ``observed_expected``, ``calibration_in_the_large``, ``calibration_slope``, ``c_statistic``, ``average_precision``,
        ``brier``, ``ipa``, ``ici``, ``e50``, ``e90`` and ``net_benefit_at_T``. The interval of ICI, E50 and E90 lies high,
        since resampling adds to every gap; it shows width, not position.

    Raises:
        ValueError: both k and listed are given, or k, floor, lengths or values are out of range.
    """
    people = people_at_risk(outcome, risk, weight)
    size = len(people.risk)
    if k is not None and listed is not None:
        raise ValueError("give the list as k or as listed, not both")
    place = _list(people.risk, k, listed)
    coded = {name: labels(values, size, name) for name, values in characteristics.items()}
    members = np.zeros(size, dtype=np.int64) if cluster is None else labels(cluster, size, "cluster")[0]
    order = fixed_order(members, people.risk, people.outcome, people.weight, place, *(codes for codes, _ in coded.values()))
    everyone = Rows.of(people.outcome[order], people.risk[order], people.weight[order], place[order], thresholds)
    groups = [
        _group(name, label, np.flatnonzero(codes[order] == number), everyone, floor)
        for name, (codes, labels_) in coded.items()
        for number, label in enumerate(labels_)
    ]
    values = _measured(everyone, groups, np.ones((1, size)), None, gaps)
    drawn = [
        _measured(everyone, groups, counts, k, gaps)
        for counts in (
            drawn_counts(size, replicates, seed, None if cluster is None else members[order]) if replicates else ()
        )
    ]
    return _table(groups, values, drawn, level)


def bootstrap_measures(
    outcome: npt.ArrayLike,
    risk: npt.ArrayLike,
    k: int | None = None,
    weight: npt.ArrayLike | None = None,
    thresholds: Sequence[float] = (),
    cluster: npt.ArrayLike | Sequence[object] | None = None,
    replicates: int = REPLICATES,
    seed: int = 0,
    level: float = 0.95,
    gaps: bool = True,
) -> pd.DataFrame:
    """Return every measure of everyone together with its bootstrap interval; arguments as ``by_subgroup``.

    Resample people by default, persons where a person has several rows, practices to speak of practices not in the data.

    Returns:
        Columns ``measure``, ``value``, ``low``, ``high``; ``ppv`` and ``sensitivity`` of the list of k where k is given.
    """
    everyone = {"everyone": np.zeros(np.shape(outcome)[0])}
    table = by_subgroup(outcome, risk, everyone, k, None, weight, thresholds, 1, cluster, replicates, seed, level, gaps)
    of_list = {"ppv", "sensitivity"} if k is not None else set()
    wanted = table["measure"].isin(set(table["measure"]) - set(LIST_MEASURES) - ({"ppv", "sensitivity"} - of_list))
    return table.loc[wanted, ["measure", "value", "low", "high"]].reset_index(drop=True)


def _list(risk: FloatArray, k: int | None, listed: npt.ArrayLike | None) -> FloatArray:
    if k is not None:
        return places(risk, k)
    if listed is None:
        return np.zeros(len(risk))
    place = numbers(listed, "listed")
    same_length(risk=risk, listed=place)
    if ((place < 0) | (place > 1)).any():
        raise ValueError("listed must be True or False, or a share of a place from 0 to 1")
    return place


def _group(characteristic: str, name: object, member: npt.NDArray[np.int64], everyone: Rows, floor: int) -> _Group:
    seen = everyone.outcome[member] * (everyone.weight[member] > 0)
    others = (1 - everyone.outcome[member]) * (everyone.weight[member] > 0)
    rows = everyone.only(member) if min(seen.sum(), others.sum()) >= max(floor, 1) else None
    return _Group(characteristic, name, member, len(member), int(seen.sum()), rows)


def _measured(
    everyone: Rows, groups: Sequence[_Group], counts: FloatArray, k: int | None, gaps: bool
) -> list[dict[str, FloatArray]]:
    """Return each group's measures in each resample, one array a measure."""
    place = places_of_draws(everyone, counts, k)
    totals = (counts.sum(axis=1), place.sum(axis=1), (counts * everyone.weight) @ everyone.outcome)
    found = []
    for group in groups:
        drawn = counts[:, group.member]
        part = list_measures(
            everyone.outcome[group.member], everyone.weight[group.member], drawn, place[:, group.member], totals
        )
        if group.rows is None:
            part = {name: values for name, values in part.items() if name in LIST_MEASURES}
        else:
            part |= performance(group.rows, drawn, gaps)
        found.append(part)
    return found


def _table(
    groups: Sequence[_Group],
    values: Sequence[Mapping[str, FloatArray]],
    drawn: Sequence[Sequence[Mapping[str, FloatArray]]],
    level: float,
) -> pd.DataFrame:
    rows = []
    for number, group in enumerate(groups):
        for measure, value in values[number].items():
            low, high = np.nan, np.nan
            if drawn:
                low, high = percentile_interval(np.concatenate([batch[number][measure] for batch in drawn]), level)
            told = {
                "characteristic": group.characteristic,
                "group": group.name,
                "people": group.people,
                "events": group.events,
            }
            rows.append({**told, "measure": measure, "value": float(value[0]), "low": low, "high": high})
    return pd.DataFrame(rows)
