"""Pairs of treated people and controls, and the promises they keep."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from casefinder.evaluation.inputs import BoolArray, FloatArray, IntArray
from casefinder.matching.candidates import Candidates
from casefinder.matching.distance import Calipers, Distance, Spread, calipers
from casefinder.matching.nearest import nearest, nearest_with_replacement
from casefinder.matching.optimal import optimal
from casefinder.matching.risk_sets import RiskSets


@dataclass(frozen=True)
class MatchSettings:
    """How to match.

    Attributes:
        ratio: controls for each treated person at most.
        caliper: widest difference on either logit, as a share of its standard deviation; None for no caliper.
        spread: which standard deviation: over everyone, or pooled within treated and controls.
        method: greedy nearest neighbour, or the optimal assignment.
        replacement: whether a control may be used by several treated people.
        propensity_only: leave the prognostic score and the closeness columns out: caliper and distance on the propensity
            alone.
    """

    ratio: int = 3
    caliper: float | None = 0.2
    spread: Spread = "everyone"
    method: Literal["greedy", "optimal"] = "greedy"
    replacement: bool = False
    propensity_only: bool = False

    def __post_init__(self) -> None:
        if self.ratio < 1:
            raise ValueError(f"ratio must be 1 or more controls for each treated person; got {self.ratio}")
        if self.caliper is not None and not self.caliper > 0:
            raise ValueError(f"caliper must be above 0, or None; got {self.caliper}")
        if self.spread not in ("everyone", "pooled_within_groups"):
            raise ValueError(f"spread must be 'everyone' or 'pooled_within_groups'; got {self.spread!r}")
        if self.method not in ("greedy", "optimal"):
            raise ValueError(f"method must be 'greedy' or 'optimal'; got {self.method!r}")
        if self.replacement and self.method == "optimal":
            raise ValueError("with replacement every treated person has their nearest controls already; use method='greedy'")


class BrokenPairs(RuntimeError):
    """Pairs that break a promise of the matching: a fault of the code, and no basis for a result."""


@dataclass(frozen=True)
class Members:
    """The matched people, one row for each set they are in.

    Attributes:
        row: their row among those matched.
        matched_set: number of the set: 0 for the treated person with the highest propensity, and so on.
        treated: whether they are the treated member of it.
        weight: 1 for the treated, 1 / controls of the set for each control, so that both arms add up to the treated.
    """

    row: IntArray
    matched_set: IntArray
    treated: BoolArray
    weight: FloatArray


@dataclass(frozen=True)
class Pairs:
    """Who was matched with whom, by row. It holds no outcome.

    Attributes:
        treated: row of the treated person of each pair.
        control: row of the control.
        distance: between them, on the scale that was matched on.
        unmatched: treated rows without a control.
        settings: how they were matched.
        calipers: the widest differences allowed, on the logit scale.
        seed: of the tie order.
    """

    treated: IntArray
    control: IntArray
    distance: FloatArray
    unmatched: IntArray
    settings: MatchSettings
    calipers: Calipers
    seed: int

    @property
    def share_unmatched(self) -> float:
        """Share of the treated without a control; above a tenth, the effect is one in the matchable treated."""
        matched = len(np.unique(self.treated))
        return len(self.unmatched) / (matched + len(self.unmatched))

    def members(self) -> Members:
        """Return the sets in long form, treated first in each."""
        rows, first, number, size = np.unique(self.treated, return_index=True, return_inverse=True, return_counts=True)
        place = np.argsort(np.argsort(first))
        sets = np.concatenate([place, place[number]])
        row = np.concatenate([rows, self.control])
        treated = np.arange(len(row)) < len(rows)
        weight = np.concatenate([np.ones(len(rows)), 1 / size[number]])
        order = np.lexsort((~treated, sets))
        return Members(row[order], sets[order].astype(np.int64), treated[order], weight[order])

    def effective_controls(self, rows: RiskSets) -> float:
        """Return the effective number of controls, (sum of weights)^2 / sum of squared weights, a person's weights added."""
        among = self.members()
        weight = np.bincount(rows.person[among.row[~among.treated]], among.weight[~among.treated])
        return float(weight.sum() ** 2 / np.sum(weight**2)) if len(weight) else 0.0

    def check(self, rows: RiskSets) -> None:
        """Raise unless the pairs keep every promise.

        Raises:
            BrokenPairs: naming each promise that is broken, and in how many pairs.
        """
        told = [f"{promise}: {count} pairs" for promise, count in _broken(self, rows).items() if count]
        if told:
            raise BrokenPairs("the pairs break what matching promises; " + "; ".join(told))


def match(rows: RiskSets, settings: MatchSettings | None = None) -> Pairs:
    """Match treated rows with controls of their own risk set, and check the result.

    The same rows in any order give the same pairs.

    Args:
        rows: from ``risk_sets``.
        settings: 3 : 1 greedy within calipers of 0.2 standard deviations by default.

    Returns:
        Pairs, which may be none: whoever has no control inside the calipers stays in ``unmatched``.

    Raises:
        BrokenPairs: the result does not keep what was promised.
    """
    chosen = settings or MatchSettings()
    within = calipers(rows, chosen.caliper, chosen.spread, chosen.propensity_only)
    candidates, distance = Candidates(rows, within), Distance(rows, chosen.propensity_only)
    solve = optimal if chosen.method == "optimal" else nearest_with_replacement if chosen.replacement else nearest
    found = solve(rows, candidates, distance, chosen.ratio)
    order = np.lexsort((np.arange(len(found.treated)), rows.person[found.treated], -rows.propensity[found.treated]))
    unmatched = np.setdiff1d(rows.treated_rows(), found.treated)
    unmatched = unmatched[np.argsort(rows.person[unmatched])]
    pairs = Pairs(found.treated[order], found.control[order], found.distance[order], unmatched, chosen, within, rows.seed)
    pairs.check(rows)
    return pairs


def _broken(pairs: Pairs, rows: RiskSets) -> dict[str, int]:
    """Return each promise and the number of pairs that break it."""
    one, other = pairs.treated, pairs.control
    asked = {
        "a member who is not treated stands as treated, or the other way round": ~rows.treated[one] | rows.treated[other],
        "somebody is their own control": rows.person[one] == rows.person[other],
        "a control had started by then": rows.landmark[other] >= rows.start[rows.person[other]],
        "landmark or exact variables differ": rows.stratum[one] != rows.stratum[other],
        "the propensity scores are further apart than the caliper": _outside(
            rows.propensity, pairs, pairs.calipers.propensity
        ),
    }
    if rows.prognostic is not None:
        outside = _outside(rows.prognostic, pairs, pairs.calipers.prognostic)
        asked["the prognostic scores are further apart than the caliper"] = outside
    counts = {promise: int(np.count_nonzero(broken)) for promise, broken in asked.items()}
    unit = np.column_stack([one, rows.person[other]])[:, 0 if pairs.settings.replacement else 1 :]
    counts["a control is used twice"] = len(other) - len(np.unique(unit, axis=0))
    sizes = np.unique(one, return_counts=True)[1]
    counts["a set has more controls than the ratio"] = int(np.count_nonzero(sizes > pairs.settings.ratio))
    everyone = np.sort(np.concatenate([np.unique(one), pairs.unmatched]))
    counts["a treated person is neither matched nor listed as unmatched, or both"] = int(
        not np.array_equal(everyone, np.flatnonzero(rows.treated))
    )
    return counts


def _outside(score: FloatArray, pairs: Pairs, caliper: float) -> BoolArray:
    return np.abs(score[pairs.treated] - score[pairs.control]) > caliper
