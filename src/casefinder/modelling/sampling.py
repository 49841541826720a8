"""Fitting on a sample: rows without the outcome left out by chance, and the others weighing for them.

Whether a row may be left out hangs on its person, a seed and nothing else, so every engine leaves out the same ones. A row
that was kept with a chance of s weighs 1/s (Horvitz and Thompson 1952, JASA 47:663), so weighted rows stand for everyone and
a model fitted on them gives risks of everyone.
"""

from typing import Any

import numpy as np

from casefinder.modelling.splits import FIT, PARTS, STOP, draws
from casefinder.modelling.stored_rows import Rows


def stands_for(
    people: np.ndarray, outcome: np.ndarray, part: np.ndarray, at_test: np.ndarray, share: float, seed: int
) -> np.ndarray:
    """Return how many rows each row stands for: 0 where it is left out, 1 / share where others like it were.

    Only rows without the outcome that are fitted or stopped on are ever left out, and none at the test date.

    Args:
        people: whose row each is.
        outcome: 0 or 1.
        part: as ``splits`` numbers them.
        at_test: whether the row stands at the test date.
        share: of such rows that is kept.
        seed: settles whose rows are kept.
    """
    found = np.ones(len(outcome))
    if share == 1:
        return found
    sampled = np.flatnonzero(((part == FIT) | (part == STOP)) & ~at_test & (outcome == 0))
    kept = draws([f"without-outcome/{people[place]}" for place in sampled], seed) < share
    found[sampled] = np.where(kept, 1 / share, 0.0)
    return found


def left_out(stands: np.ndarray, part: np.ndarray, share: float) -> dict[str, Any]:
    """Return what a model says of the rows it was not fitted on: the share kept, and how many were left out."""
    lost = {PARTS[one]: int(np.sum((part == one) & (stands == 0))) for one in (FIT, STOP)}
    return {"share_kept": share, "left_out": lost}


def at_most(rows: Rows, people: np.ndarray, most: int, seed: int) -> Rows:
    """Return at most so many rows, those without the outcome left out first; all of them where there are no more.

    Rows with the outcome are all kept unless they fill more than half of what there is room for.

    Args:
        rows: features, outcome and weight.
        people: whose row each is; rows of those with the smallest draws are kept.
        most: rows.
        seed: of the draws.
    """
    features, outcome, weight = rows
    if len(outcome) <= most:
        return rows
    drawn = draws([f"at-most/{person}" for person in people], seed)
    groups = [np.flatnonzero(outcome > 0), np.flatnonzero(outcome <= 0)]
    events = min(len(groups[0]), max(most // 2, most - len(groups[1])))
    weight, kept = weight.copy(), []
    for group, room in zip(groups, (events, most - events), strict=True):
        chosen = group[np.argsort(drawn[group], kind="stable")[:room]]
        weight[chosen] *= len(group) / max(1, len(chosen))
        kept.append(chosen)
    places = np.sort(np.concatenate(kept))
    return features[places], outcome[places], weight[places]
