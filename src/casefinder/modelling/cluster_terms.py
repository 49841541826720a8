"""Terms of GP clusters: log odds by which a cluster's people have the outcome more or less often than their scores say.

Only the shrunken part is used, so a small cluster has a term near 0. A term mixes unmeasured need, coding, access and care.
A prediction about a person may carry it; money shared by need and practices compared must not, or they would adjust away
what they measure, or reward supply (methods, 1.6).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from casefinder.disclosure import DEFAULT, Policy
from casefinder.errors import ModelError, Problem
from casefinder.evaluation.closed_test import Update
from casefinder.evaluation.groups import FEWEST_GROUPS, partial_pooling
from casefinder.modelling.calibrate import Calibrator
from casefinder.modelling.recalibration import Shown


@dataclass(frozen=True)
class ClusterTerms:
    """Shrunken log odds by cluster, and where they come from.

    Attributes:
        terms: log odds by cluster, to two decimals; a cluster without one gets 0.
        intercept: the log odds of the average cluster, fitted together with the terms.
        spread: standard deviation of log odds between clusters, with its interval.
        withheld: clusters without a term because their counts may not leave the workspace.
    """

    terms: Mapping[str, float]
    intercept: float
    spread: tuple[float, float, float]
    withheld: int


def cluster_terms(rows: Shown, risk: np.ndarray, policy: Policy = DEFAULT) -> ClusterTerms:
    """Return how each GP cluster departs from risks, shrunken towards the average cluster by partial pooling.

    A person with several rows counts once. A bundle leaves the workspace, so a cluster whose people, or those of them with
    or without the outcome, are too few to be told has no term, and terms are given to two decimals, like any ratio.

    Args:
        rows: the later rows; those whose cluster nobody knows are left out.
        risk: of each row, without any term of a cluster.
        policy: what may leave the workspace.

    Raises:
        ModelError: there are fewer than three clusters.
    """
    here = np.array([isinstance(one, str) for one in rows.clusters])
    names = set(rows.clusters[here])
    if len(names) < FEWEST_GROUPS:
        problem = Problem("--clusters", f"{len(names)} clusters have people here; at least {FEWEST_GROUPS} are needed")
        raise ModelError("There are too few clusters to say how they differ:", [problem])
    weight = (rows.weight * rows.share_of_person)[here]
    pooled = partial_pooling(rows.outcome[here], risk[here], rows.clusters[here], weight)
    told = {name for name in names if _may_be_told(rows, rows.clusters == name, policy)}
    terms = {
        str(row["group"]): round(float(row["u"]), 2) + 0.0
        for row in pooled.effects.to_dict("records")
        if row["group"] in told
    }
    kept = {name: term for name, term in terms.items() if term}
    spread = pooled.spread
    limits = (round(spread.value, 4), round(spread.low, 4), round(spread.high, 4))
    return ClusterTerms(kept, pooled.intercept.value, limits, len(names) - len(told))


def _may_be_told(rows: Shown, own: np.ndarray, policy: Policy) -> bool:
    people = len(np.unique(rows.people[own]))
    events = len(np.unique(rows.people[own & (rows.outcome == 1)]))
    return all(policy.count(count) is not None for count in (people, events, people - events))


def with_terms(calibrator: Calibrator, found: ClusterTerms, update: Update) -> Calibrator:
    """Return a calibrator that carries the terms, in place of those it had.

    Where an update was made, its intercept is that of the average cluster, which was fitted together with the terms; where
    the calibration is kept, so is its intercept.
    """
    bare = replace(calibrator, clusters={})
    moved = bare if update == "keep" else bare.moved(found.intercept, 1.0)
    return replace(moved, clusters=dict(sorted(found.terms.items())))
