"""How long each matched person is followed: a control who starts the service later is followed until then."""

import numpy as np

from casefinder.evaluation.inputs import IntArray
from casefinder.matching.pairs import Members
from casefinder.matching.risk_sets import NEVER, RiskSets


def follow_up(rows: RiskSets, members: Members, horizon: int, pairwise: bool = False) -> IntArray:
    """Return for how long each member may be followed, in the units of the landmarks.

    Nobody is followed past the horizon, and a control no longer than to their own start. Death and the end of observation
    shorten it further, and are for the caller to add.

    Args:
        rows: that were matched.
        members: of the matched sets.
        horizon: the longest follow-up, above zero.
        pairwise: whether a whole set ends where its first control starts the service: a sensitivity analysis, since a
            control's own start may hang on what happened to them.

    Raises:
        ValueError: the horizon is not above zero.
    """
    if horizon <= 0:
        raise ValueError(f"horizon must be above zero; got {horizon}")
    start = rows.start[rows.person[members.row]]
    later = ~members.treated & (start != NEVER)
    until = np.where(later, start - rows.landmark[members.row], horizon)
    followed = np.minimum(until, horizon).astype(np.int64)
    if pairwise and len(followed):
        shortest = np.full(int(members.matched_set.max()) + 1, horizon, dtype=np.int64)
        np.minimum.at(shortest, members.matched_set, followed)
        followed = shortest[members.matched_set]
    return followed
