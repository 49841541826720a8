"""Greedy matching: each treated row in turn takes the nearest control left.

Rows are served by descending propensity score, those hardest to match first. With several controls to one, everyone is
served once before anyone is served twice (round-robin).
"""

from typing import NamedTuple

import numpy as np

from casefinder.evaluation.inputs import FloatArray, IntArray
from casefinder.matching.candidates import Candidates
from casefinder.matching.distance import Distance
from casefinder.matching.risk_sets import RiskSets


class Found(NamedTuple):
    """Pairs: the treated row, the control row, and the distance between them."""

    treated: IntArray
    control: IntArray
    distance: FloatArray


def found(pairs: list[tuple[int, int, float]]) -> Found:
    """Return pairs as arrays."""
    columns = list(zip(*pairs, strict=True)) if pairs else [(), (), ()]
    rows = [np.array(column, dtype=np.int64) for column in columns[:2]]
    return Found(rows[0], rows[1], np.array(columns[2], dtype=np.float64))


def nearest(rows: RiskSets, candidates: Candidates, distance: Distance, ratio: int) -> Found:
    """Match without replacement: a control is used once over all landmarks."""
    taken = np.zeros(len(rows.start), dtype=np.bool_)
    queue, pairs = rows.treated_rows(), []
    for _ in range(ratio):
        served = []
        for row in queue:
            allowed = candidates.of(row, taken)
            if not len(allowed):
                continue
            apart = distance.between(row, allowed)
            place = first_of(apart, rows.person[allowed])
            taken[rows.person[allowed[place]]] = True
            pairs.append((int(row), int(allowed[place]), float(apart[place])))
            served.append(row)
        # Controls are only ever used up, so whoever found none in this round finds none in the next.
        queue = np.array(served, dtype=np.int64)
    return found(pairs)


def nearest_with_replacement(rows: RiskSets, candidates: Candidates, distance: Distance, ratio: int) -> Found:
    """Match each treated row with its nearest controls, whoever else has them."""
    pairs = []
    for row in rows.treated_rows():
        allowed = candidates.of(row)
        apart = distance.between(row, allowed)
        for place in np.lexsort((rows.person[allowed], apart))[:ratio]:
            pairs.append((int(row), int(allowed[place]), float(apart[place])))
    return found(pairs)


def first_of(apart: FloatArray, person: IntArray) -> int:
    """Return the place of the nearest; of equals, of the first in tie order."""
    nearest_ones = np.flatnonzero(apart == apart.min())
    return int(nearest_ones[np.argmin(person[nearest_ones])])
