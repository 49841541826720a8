"""Optimal matching: as many people matched as can be, then as many pairs, then the smallest total distance.

The assignment is solved over all strata and landmarks at once, since a person may be a candidate at several landmarks and
is used once. Greedy matching gives similar samples; optimal matching only lowers the total distance (Gu and Rosenbaum 1993
JCGS 2:405).
"""

from typing import Any, Final

import numpy as np

from casefinder.evaluation.inputs import FloatArray, IntArray
from casefinder.matching.candidates import Candidates
from casefinder.matching.distance import Distance
from casefinder.matching.nearest import Found
from casefinder.matching.risk_sets import RiskSets

MOST_EDGES: Final = 20_000_000


def optimal(rows: RiskSets, candidates: Candidates, distance: Distance, ratio: int) -> Found:
    """Return the pairs of the best assignment.

    Raises:
        ValueError: more possible pairs than fit in memory; greedy matching has no such limit.
    """
    from scipy.sparse.csgraph import min_weight_full_bipartite_matching

    treated = rows.treated_rows()
    copies = len(treated) * ratio
    place, control, apart = _edges(rows, treated, candidates, distance, copies)
    people, column = np.unique(rows.person[control], return_inverse=True)
    graph = _graph(place, column, apart, len(treated), len(people), ratio)
    copy, chosen = min_weight_full_bipartite_matching(graph)
    real = chosen < len(people)
    key = place * len(people) + column
    sorted_edges = np.argsort(key)
    wanted = copy[real] // ratio * len(people) + chosen[real]
    edges = sorted_edges[np.searchsorted(key[sorted_edges], wanted)]
    edges = edges[np.lexsort((rows.person[control[edges]], apart[edges], place[edges]))]
    return Found(treated[place[edges]], control[edges], apart[edges])


def _edges(
    rows: RiskSets, treated: IntArray, candidates: Candidates, distance: Distance, most: int
) -> tuple[IntArray, IntArray, FloatArray]:
    """Return the pairs worth a look: of each treated row, as many of the nearest as others could take away and one more."""
    place, control, apart, edges = [], [], [], 0
    for number, row in enumerate(treated):
        allowed = candidates.of(row)
        far = distance.between(row, allowed)
        keep = np.lexsort((rows.person[allowed], far))[:most]
        edges += len(keep)
        if edges > MOST_EDGES:
            raise ValueError(f"more than {MOST_EDGES} pairs are inside the calipers, too many to solve; match greedily")
        place.append(np.full(len(keep), number))
        control.append(allowed[keep])
        apart.append(far[keep])
    return np.concatenate(place), np.concatenate(control), np.concatenate(apart)


def _graph(place: IntArray, column: IntArray, apart: FloatArray, treated: int, people: int, ratio: int) -> Any:
    """Return the weights of copies (rows) and people (columns); each copy may also stay without a control, at a price.

    The price of a first copy is above all that others could save, that of a further copy above all distances together, so
    nobody goes without where somebody else could have one fewer. Weights start above zero, since a sparse array drops zeros.
    """
    from scipy.sparse import csr_array

    copies = treated * ratio
    shift = 1.0 + (float(apart.max()) if len(apart) else 0.0)
    further = 2 * shift * (copies + 1)
    own = np.arange(copies)
    price = np.where(own % ratio == 0, further * (copies + 1), further)
    lines = np.concatenate([*(place * ratio + copy for copy in range(ratio)), own])
    columns = np.concatenate([*([column] * ratio), people + own])
    weights = np.concatenate([*([apart + shift] * ratio), price])
    return csr_array((weights, (lines, columns)), shape=(copies, people + copies))
