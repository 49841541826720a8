"""What the service did, by signed-off pairs: mortality first, then the primary outcome, then the exploratory ones.

Absolute figures (per 100 people a year, or a person) stand before ratios. Counts are Poisson with intervals clustered on the
matched set; negative binomial and an adjusted figure stand beside the primary one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from casefinder.config.service import ServiceProtocol
from casefinder.dates import to_day
from casefinder.evaluation.censoring import EVENT, ipcw
from casefinder.evaluation.intervals import Estimate
from casefinder.matching import Effect, hazard_ratio, incidence_difference, mean_effect, proportionality, rate_effect
from casefinder.services.columns import RUN_UP_SUM
from casefinder.services.counted import amounts, people_in_arms, time_and_cause
from casefinder.services.followed import Followed
from casefinder.services.landmarks import closed_to
from casefinder.services.measures import MEASURES, MORTALITY, Measured

ADJUSTED_FOR: Final = ("propensity_score", "prognostic_score", RUN_UP_SUM, "age")
ADJUSTED: Final = "adjusted for scores, run-up and age"
SIX_MONTHS: Final = 183
PER_PERSON: Final = "a person"
PER_HUNDRED: Final = "per 100 people a year"


@dataclass(frozen=True)
class Arms:
    """The plain arrays that every estimate of one design takes."""

    treated: np.ndarray
    matched_set: np.ndarray
    weight: np.ndarray
    person: list[str] | None
    columns: np.ndarray

    @classmethod
    def of(cls, rows: pd.DataFrame) -> "Arms":
        """Return them; people are a second cluster where one stands in several rows."""
        adjusted = [name for name in ADJUSTED_FOR if name in rows.columns]
        twice = bool(rows["person_id"].duplicated().any())
        return cls(
            rows["treated"].to_numpy(dtype=float), rows["matched_set"].to_numpy(), rows["weight"].to_numpy(dtype=float),
            rows["person_id"].tolist() if twice else None, rows[adjusted].to_numpy(dtype=float),
        )  # fmt: skip


def closed(followed: Followed, of: Measured, complete_to: Mapping[str, str]) -> np.ndarray:
    """Say of each row whether its follow-up had closed in every feed of an outcome; False where a feed is not supplied."""
    if any(kind not in complete_to for kind in of.feeds):
        return np.zeros(len(followed.rows), dtype=bool)
    last = to_day(closed_to(complete_to, of.feeds, followed.horizon))
    return followed.rows["landmark"].to_numpy(dtype=np.int64) <= last


def rates(
    followed: Followed, of: Measured, adjusted: bool = False, first: int = 0, pairwise: bool = False, **how: Any
) -> Effect:
    """Return an outcome that is a count or days: rates per 100 person-years."""
    arms = Arms.of(followed.rows)
    count, years = amounts(followed, of, first, pairwise), followed.years(first, pairwise)
    columns = arms.columns if adjusted else None
    return rate_effect(count, years, arms.treated, arms.matched_set, arms.weight, columns, arms.person, **how)


def effects(protocol: ServiceProtocol, followed: Followed, complete_to: Mapping[str, str]) -> pd.DataFrame:
    """Return every effect, one row an outcome and way of asking; outcomes whose feeds end too early have no row."""
    rows = list(_mortality(followed))
    primary = MEASURES[protocol.primary]
    rows += list(_primary(followed, primary))
    for name in protocol.outcomes:
        of = MEASURES[name]
        kept = closed(followed, of, complete_to)
        if _enough(followed, kept):
            rows += list(_other(followed.only(kept), of))
    return pd.DataFrame(rows)


def _enough(followed: Followed, kept: np.ndarray) -> bool:
    """Say whether both arms and two sets are left."""
    rows = followed.rows[kept]
    return rows["treated"].nunique() == 2 and rows["matched_set"].nunique() > 1


def _row(
    followed: Followed,
    of: Measured,
    way: str,
    unit: str,
    found: Effect,
    *,
    primary: bool = False,
    events: np.ndarray | None = None,
) -> dict[str, Any]:
    """Return one effect as a row, with the counts behind it."""
    people = people_in_arms(followed, np.ones(len(followed.rows), dtype=bool))
    # A mean over people rests on them; a rate rests on its events too.
    behind = people if events is None else people_in_arms(followed, events > 0)
    return {
        "outcome": of.name, "words": of.words, "way": way, "unit": unit, "is_primary": primary,
        "people_treated": people[0], "people_control": people[1], "behind_treated": behind[0], "behind_control": behind[1],
        **_told("treated", found.treated), **_told("control", found.control), **_told("difference", found.difference),
        **_told("ratio", found.ratio),
    }  # fmt: skip


def _told(name: str, estimate: Estimate) -> dict[str, float]:
    return {
        name: estimate.value,
        f"{name}_low": estimate.low,
        f"{name}_high": estimate.high,
        f"{name}_error": estimate.standard_error,
    }


def _mortality(followed: Followed) -> Iterator[dict[str, Any]]:
    time, cause = time_and_cause(followed, None)
    yield from _times(followed, MORTALITY, time, cause, (EVENT,))


def _times(
    followed: Followed, of: Measured, time: np.ndarray, cause: np.ndarray, causes: Sequence[int]
) -> Iterator[dict[str, Any]]:
    """Yield cumulative incidence at six months and at the horizon, its difference, and the cause-specific hazard ratio."""
    arms = Arms.of(followed.rows)
    days = tuple(sorted({min(SIX_MONTHS, followed.horizon), followed.horizon}))
    had = np.isin(cause, causes).astype(float)
    ratio = hazard_ratio(time, cause, arms.treated, arms.matched_set, arms.weight, person=arms.person, of=causes)
    for found in incidence_difference(time, cause, arms.treated, arms.matched_set, arms.weight, days, causes):
        treated, control, apart = (_hundred(one) for one in (found.treated, found.control, found.difference))
        whole = Effect(treated, control, apart, ratio if found.horizon == followed.horizon else Estimate(float("nan")))
        yield _row(followed, of, f"within {found.horizon} days", "in 100 people", whole, events=had)


def _hundred(one: Estimate) -> Estimate:
    return Estimate(100 * one.value, 100 * one.low, 100 * one.high, 100 * one.standard_error, one.method)


def hazards_alike(followed: Followed, of: Measured | None) -> float:
    """Return p of the hazard ratio being the same in both halves of follow-up; NaN where it cannot be told."""
    arms, (time, cause) = Arms.of(followed.rows), time_and_cause(followed, of)
    half = followed.horizon / 2
    if len(set(arms.matched_set[time >= half].tolist())) < 2 or len(set(arms.treated[time >= half].tolist())) < 2:
        return float("nan")
    return proportionality(time, cause, arms.treated, arms.matched_set, half, arms.weight, arms.person).p


def _primary(followed: Followed, of: Measured) -> Iterator[dict[str, Any]]:
    """Yield the primary outcome as declared, and the ways of asking that stand beside it."""
    events = amounts(followed, of)
    yield _row(followed, of, "as declared", PER_HUNDRED, rates(followed, of), primary=True, events=events)
    yield _row(followed, of, ADJUSTED, PER_HUNDRED, rates(followed, of, True), events=events)
    if of.kind == "count":
        found = rates(followed, of, family="negative_binomial")
        yield _row(followed, of, "negative binomial", PER_HUNDRED, found, events=events)
    arms = Arms.of(followed.rows)
    each = rate_effect(events, np.ones(len(events)), arms.treated, arms.matched_set, arms.weight, None, arms.person)
    yield _row(followed, of, "per 100 people, whoever died", "per 100 people", each, events=events)


def _other(followed: Followed, of: Measured) -> Iterator[dict[str, Any]]:
    if of.kind in ("count", "days"):
        yield _row(followed, of, "exploratory", PER_HUNDRED, rates(followed, of), events=amounts(followed, of))
    elif of.kind == "time":
        time, cause = time_and_cause(followed, of)
        yield from _times(followed, of, time, cause, (EVENT,))
        both = Measured(f"{of.name}_or_death", f"{of.words} or deaths", "time", of.of, of.feeds)
        yield from _times(followed, both, time, cause, (1, 2))
    else:
        yield from _means(followed, of)


def _means(followed: Followed, of: Measured) -> Iterator[dict[str, Any]]:
    """Yield means a person over the whole follow-up; whoever was lost is stood for by those followed (IPCW, by arm)."""
    arms, (time, cause) = Arms.of(followed.rows), time_and_cause(followed, None)
    weight = arms.weight * ipcw(time, cause, followed.horizon, stratum=arms.treated).weight
    value = amounts(followed, of)
    found = mean_effect(value, arms.treated, arms.matched_set, weight, None, arms.person, "linear")
    yield _row(followed, of, "exploratory, linear", PER_PERSON, found)
    if of.kind == "pounds" and (value > 0).any():
        found = mean_effect(value, arms.treated, arms.matched_set, weight, None, arms.person, "gamma")
        yield _row(followed, of, "exploratory, gamma", PER_PERSON, found)
