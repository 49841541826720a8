"""How far services reach into the rows of a model, and whether a model fitted on them would learn what services did."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from casefinder.disclosure import DEFAULT, Policy
from casefinder.evaluation.lists import list_length

TOP: Final = 0.10
"""A model would learn what services did where so large a share of the rows at the top had one, ..."""
EXPECTED: Final = 0.05
"""... or where rows with one hold so large a share of all expected outcomes. A service that prevents a fifth of what was
expected then takes a fiftieth from the risks at the top, or a hundredth from all of them."""


@dataclass(frozen=True)
class Reach:
    """How far services reach into some rows.

    Attributes:
        rows: how many rows there are.
        served: rows in whose window a service began.
        top: rows at the top, by risk.
        top_share: the share of the rows that stands at the top.
        top_served: rows at the top in whose window a service began.
        expected_share: share of all expected outcomes (the sum of the risks) in rows with a service.
    """

    rows: int
    served: int
    top: int
    top_share: float
    top_served: int
    expected_share: float

    @property
    def is_learnt(self) -> bool:
        """Whether a model fitted on such rows would learn what services did; never said of a handful of rows."""
        at_top = self.top_served >= TOP * self.top and DEFAULT.count(self.top_served) not in (0, None)
        overall = self.expected_share >= EXPECTED and DEFAULT.count(self.served) not in (0, None)
        return at_top or overall


def reach(risk: npt.ArrayLike, served: npt.ArrayLike, share: float, stands_for: npt.ArrayLike | None = None) -> Reach:
    """Return how far services reach.

    A model that has learnt what services did puts the people served lower, so at its own top they are counted too few: the
    answer is the least that services reach.

    Args:
        risk: (rows,) the risk that the model in question gives.
        served: (rows,) whether a service began inside the window.
        share: share of the rows at the top; equal risks in the order of the rows.
        stands_for: (rows,) how many rows each stands for, where others like it were left out by chance; 1 for each if None.

    >>> reach([0.9, 0.8, 0.2, 0.1], [True, False, False, True], 0.5)
    Reach(rows=4, served=2, top=2, top_share=0.5, top_served=1, expected_share=0.5)
    """
    risks, had = np.asarray(risk, dtype=np.float64), np.asarray(served, dtype=bool)
    if not len(risks):
        return Reach(0, 0, 0, share, 0, 0.0)
    each = np.ones(len(risks)) if stands_for is None else np.asarray(stands_for, dtype=np.float64)
    rows, order = round(each.sum()), np.argsort(-risks, kind="stable")
    length = list_length(rows, share=share)
    top = order[np.cumsum(each[order]) - each[order] < length]
    among = float((risks * each)[had].sum() / (risks * each).sum())
    return Reach(rows, round(each[had].sum()), length, share, round(each[top][had[top]].sum()), round(among, 6))


def disclosed_reach(found: Reach, policy: Policy = DEFAULT) -> dict[str, Any]:
    """Return what may leave the workspace: rounded counts, and shares where they do not tell of a few people."""
    few = policy.count(found.served) is None
    return {
        "rows": policy.count(found.rows),
        "served": policy.count(found.served),
        "top": policy.count(found.top),
        "top_served": policy.count(found.top_served),
        "expected_share": None if few else round(found.expected_share, 2),
        "is_learnt": found.is_learnt,
    }


def reach_words(found: Reach, hold_out: bool = False) -> str:
    """Return the warning that a model fitted on such rows learns what services did, and what to do; empty where it does not.

    Args:
        found: how far services reach.
        hold_out: whether the rows are weighted by a hold-out already.
    """
    if not found.is_learnt:
        return ""
    at_top = DEFAULT.share(found.top_served, found.top)
    told = [f"rows with {100 * found.expected_share:.0f} in 100 of all expected outcomes"]
    if at_top is not None:
        told.insert(0, f"of the {100 * found.top_share:g} in 100 at highest risk, {at_top:.0f} in 100")
    words = " and ".join(told)
    first = f"{words} had a service begin inside their window. A model fitted on them learns what it did and puts "
    if hold_out:
        return f"{first}such people lower. Services reach them by other ways than lists, which a hold-out cannot undo."
    return (
        f"{first}such people lower, so that they drop off the list. Before fitting again, agree to hold some people out of "
        "lists and fit with 'served_people: hold_out', or keep the version in use."
    )
