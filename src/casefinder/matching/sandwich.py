"""Covariance that allows for members of a set being alike, and for one person standing in several sets.

The sandwich over clusters, times G / (G - 1) for G clusters (Liang and Zeger 1986 Biometrika 73:13). Matched people are
clustered on their set (Austin 2009; Abadie and Spiess 2022 JASA 117:983). Where a control is in several sets, or a person
is a control first and treated later, person is a second cluster: the two are added and their intersection taken off
(Cameron, Gelbach and Miller 2011 JBES 29:238).
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from casefinder.evaluation.inputs import FloatArray, IntArray, labels


def clusters(
    matched_set: npt.ArrayLike | Sequence[object], rows: int, person: npt.ArrayLike | Sequence[object] | None = None
) -> list[IntArray]:
    """Return the clusters of each row as numbers: sets, and people where they are given.

    Raises:
        ValueError: another number of labels than rows, or one set only.
    """
    found = [labels(matched_set, rows, "matched_set")[0]]
    if person is not None:
        found.append(labels(person, rows, "person")[0])
    if min(int(one.max()) for one in found) < 1:
        raise ValueError("an interval needs two sets or more; got 1")
    return found


def sandwich(bread: FloatArray, scores: FloatArray, within: Sequence[IntArray]) -> FloatArray:
    """Return the cluster-robust covariance of coefficients.

    Args:
        bread: inverse of the information, (coefficients, coefficients).
        scores: (rows, coefficients): what each row adds to the slope of the log-likelihood, weights included.
        within: one array of cluster numbers, or two for two-way clusters.
    """
    meat = sum(_meat(scores, one) for one in within)
    if len(within) == 2:
        both = within[0] * (int(within[1].max()) + 1) + within[1]
        meat = meat - _meat(scores, np.unique(both, return_inverse=True)[1])
    return np.asarray(bread @ meat @ bread, dtype=np.float64)


def _meat(scores: FloatArray, cluster: IntArray) -> FloatArray:
    count = int(cluster.max()) + 1
    sums = np.column_stack([np.bincount(cluster, column, count) for column in scores.T])
    return np.asarray(sums.T @ sums, dtype=np.float64) * (count / (count - 1))
