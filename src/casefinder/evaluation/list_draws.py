"""What several lists find, with intervals: the same resamples of people for every score and every length."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from casefinder.evaluation.draws import Rows, places_of_draws
from casefinder.evaluation.inputs import FloatArray, labels, ranked_people, same_length
from casefinder.evaluation.lists import list_length, list_yield, places
from casefinder.evaluation.resampling import REPLICATES, drawn_counts, fixed_order, percentile_interval

_MEASURES: Final = ("ppv", "sensitivity")


def bootstrap_lists(
    outcome: npt.ArrayLike,
    scores: Mapping[str, npt.ArrayLike],
    lengths: Sequence[int],
    weight: npt.ArrayLike | None = None,
    replicates: int = REPLICATES,
    seed: int = 0,
    level: float = 0.95,
) -> pd.DataFrame:
    """Return what each score's list of each length finds, with bootstrap intervals over people.

    Args:
        outcome: 0 or 1.
        scores: name to a score a person where more means likelier; it need not be a probability.
        lengths: people on each list; in each resample the list is drawn up anew, ties at the last place in proportion.
        weight: censoring weights.
        replicates: bootstrap samples of people.
        seed: same seed, same intervals, whatever the order of the rows.
        level: coverage.

    Returns:
        One row a score and length: ``score``, the columns of ``ListYield``, and ``ppv_low``, ``ppv_high``,
        ``sensitivity_low``, ``sensitivity_high``.

    Raises:
        ValueError: unequal lengths, missing values, an outcome other than 0 or 1, or a length out of range.
    """
    people = {name: ranked_people(outcome, score, weight) for name, score in scores.items()}
    first = next(iter(people.values()))
    order = fixed_order(first.outcome, first.weight, *(one.risk for one in people.values()))
    nowhere = np.zeros(len(order))
    rows = {
        name: Rows.of(one.outcome[order], one.risk[order], one.weight[order], nowhere, ()) for name, one in people.items()
    }
    drawn: dict[tuple[str, int], list[FloatArray]] = {(name, k): [] for name in rows for k in lengths}
    for counts in drawn_counts(len(order), replicates, seed):
        for name, one in rows.items():
            for k in lengths:
                drawn[name, k].append(_found(one, counts, k))
    return pd.DataFrame(
        [
            {"score": name, **vars(list_yield(one.outcome, one.risk, k, one.weight))}
            | _limits(np.concatenate(drawn[name, k], axis=1), level)
            for name, one in people.items()
            for k in lengths
        ]
    )


def _found(rows: Rows, counts: FloatArray, k: int) -> FloatArray:
    """Return PPV and sensitivity of the list of k, a column a resample."""
    place = places_of_draws(rows, counts, k)
    found = (place * rows.weight) @ rows.outcome
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.stack([found / (place @ rows.weight), found / ((counts * rows.weight) @ rows.outcome)])


def _limits(drawn: FloatArray, level: float) -> dict[str, float]:
    found = {}
    for measure, values in zip(_MEASURES, drawn, strict=True):
        found[f"{measure}_low"], found[f"{measure}_high"] = percentile_interval(values, level)
    return found


def bootstrap_group_lists(
    outcome: npt.ArrayLike,
    score: npt.ArrayLike,
    group: npt.ArrayLike | Sequence[object],
    k: int,
    weight: npt.ArrayLike | None = None,
    replicates: int = REPLICATES,
    seed: int = 0,
    level: float = 0.95,
) -> dict[str, float]:
    """Return limits of PPV and sensitivity of all groups' own lists of k together, groups being drawn anew.

    Each group keeps its list: what is claimed is what lists of k find in groups that are not in the data.

    Returns:
        ``ppv_low``, ``ppv_high``, ``sensitivity_low`` and ``sensitivity_high``.

    Raises:
        ValueError: as ``lists_within``.
    """
    people = ranked_people(outcome, score, weight)
    codes, groups = labels(group, len(people.risk))
    same_length(group=codes, score=people.risk)
    place = np.zeros(len(codes))
    for number in range(len(groups)):
        member = np.flatnonzero(codes == number)
        place[member] = places(people.risk[member], list_length(len(member), k))
    having = people.weight * people.outcome
    found, seen, events = (
        np.bincount(codes, values, len(groups)) for values in (place * having, place * people.weight, having)
    )
    drawn = np.concatenate(list(drawn_counts(len(groups), replicates, seed)))
    with np.errstate(divide="ignore", invalid="ignore"):
        both = np.stack([(drawn @ found) / (drawn @ seen), (drawn @ found) / (drawn @ events)])
    return _limits(both, level)
