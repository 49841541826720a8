"""The trap, shown beside the matched contrast: before and after in the treated, and a comparison with people not alike.

People are taken on because of what has just happened to them, so their use falls afterwards whoever serves them. The three
figures stand side by side with a sentence each, and only one of them answers the question.
"""

from typing import Any

import numpy as np
import pandas as pd

from casefinder.evaluation.intervals import Estimate
from casefinder.matching import Effect, before_after, cells, difference_in_differences
from casefinder.services.counted import amounts, counts, days_inside, people_behind
from casefinder.services.effects import rates
from casefinder.services.followed import DAYS_A_YEAR, Followed
from casefinder.services.measures import Measured

BEFORE_AFTER = (
    "The year after against the year before in the treated alone. It holds regression to the mean: people are taken on when "
    "they have just been unwell, and most get better whoever looks after them. It is never an effect."
)
UNMATCHED = (
    "The same change less the change of other people of the same sex and age band, drawn by chance and not made alike. They "
    "were not picked at a bad moment, so the fall of the treated looks like the service's doing. Not an effect either."
)
MATCHED = (
    "The treated against people with the same run-up and risk at the same date, who were just as likely to be taken on by "
    "all that is recorded. This is the estimate; it assumes that nothing unrecorded decided who was taken on."
)

DRAWN = (
    "Those invited against others on the same list whom chance did not invite. Nothing else settled who was in which arm. "
    "This is the estimate of what being invited does, whoever came."
)


def trap(matched: Followed, unmatched: Followed, of: Measured) -> pd.DataFrame:
    """Return the comparisons of a count: ratio with limits, and what each says.

    Args:
        matched: signed-off pairs.
        unmatched: the treated, and people drawn by chance; the same people as ``matched`` where chance settled the arms.
        of: the primary outcome.
    """
    before, _, after, _ = _change(unmatched, of)
    own = unmatched.rows["treated"].to_numpy(dtype=bool)
    served = min(int((before[own] > 0).sum()), int((after[own] > 0).sum()))
    both = min(people_behind(unmatched, before), people_behind(unmatched, after))
    before_after_row = _row("Before and after, the treated alone", _before_after(unmatched, of).ratio, BEFORE_AFTER, served)
    estimate, behind = rates(matched, of).ratio, people_behind(matched, amounts(matched, of))
    if matched.as_drawn:
        return pd.DataFrame([before_after_row, _row("Those drawn against those not drawn", estimate, DRAWN, behind)])
    rows = [
        before_after_row,
        _row("Difference-in-differences, not matched", _difference(unmatched, of), UNMATCHED, both),
        _row("Matched, after time zero", estimate, MATCHED, behind),
    ]
    return pd.DataFrame(rows)


def _row(name: str, ratio: Estimate, words: str, behind: int) -> dict[str, Any]:
    return {"comparison": name, "ratio": ratio.value, "low": ratio.low, "high": ratio.high, "says": words, "behind": behind}


def _change(followed: Followed, of: Measured) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return counts and years before time zero, over as many days as the follow-up, and after it."""
    first = -float(followed.horizon)
    end = np.zeros(len(followed.rows))
    before = days_inside(followed, of, first, end) if of.kind == "days" else counts(followed, of, first, end)
    years_before = np.full(len(before), followed.horizon / DAYS_A_YEAR)
    return before, years_before, amounts(followed, of), followed.years()


def _before_after(followed: Followed, of: Measured) -> Effect:
    treated = followed.only(followed.rows["treated"].to_numpy(dtype=bool))
    before, years_before, after, years_after = _change(treated, of)
    return before_after(before, years_before, after, years_after)


def _difference(followed: Followed, of: Measured) -> Estimate:
    before, years_before, after, years_after = _change(followed, of)
    treated = followed.rows["treated"].to_numpy(dtype=float)
    each = np.arange(len(treated))
    given = cells(
        np.concatenate([before, after]), np.concatenate([years_before, years_after]), np.concatenate([treated, treated]),
        np.repeat([-1, 0], len(treated)), np.concatenate([each, each]),
    )  # fmt: skip
    return difference_in_differences(given).estimate
