"""Outcomes of matched rows, counted over the days that each was followed."""

import numpy as np
import pandas as pd

from casefinder.evaluation.censoring import CENSORED, DEATH, EVENT
from casefinder.matching import days_alive_out_of_hospital
from casefinder.services.followed import DAYS_A_YEAR, Followed, selected
from casefinder.services.measures import Measured

PENCE = 100.0


def counts(followed: Followed, of: Measured, first: np.ndarray | float, last: np.ndarray | float) -> np.ndarray:
    """Return how often something began on the days [first, last) of each row, counted from its time zero."""
    facts = selected(followed.facts, of.of)
    row, day = facts["row"].to_numpy(), facts["start"].to_numpy(dtype=float)
    begin, end = (np.broadcast_to(np.asarray(one, dtype=float), (len(followed.rows),)) for one in (first, last))
    inside = (day >= begin[row]) & (day < end[row])
    return np.bincount(row[inside], minlength=len(followed.rows)).astype(float)


def days_inside(followed: Followed, of: Measured, first: float, last: np.ndarray) -> np.ndarray:
    """Return days of [first, last) inside stays, those that overlap counted once; a stay within one day counts none."""
    facts = selected(followed.facts, of.of)
    total, covered = np.zeros(len(followed.rows)), np.full(len(followed.rows), float(first))
    columns = (facts["row"].to_numpy(), facts["start"].to_numpy(dtype=float), facts["end"].to_numpy(dtype=float))
    for row, start, end in zip(*columns, strict=True):
        begin, stop = max(start, covered[row]), min(end, last[row])
        if stop > begin:
            total[row] += stop - begin
        covered[row] = max(covered[row], min(end, last[row]))
    return total


def pounds(followed: Followed, of: Measured, first: float, last: np.ndarray) -> np.ndarray:
    """Return the cost of what began on the days [first, last), in pounds; a stay's whole cost falls on its first day."""
    facts = selected(followed.facts, of.of)
    row, day = facts["row"].to_numpy(), facts["start"].to_numpy(dtype=float)
    inside = (day >= first) & (day < last[row])
    cost = facts["cost"].to_numpy(dtype=float)[inside]
    return np.bincount(row[inside], cost, minlength=len(followed.rows)) / PENCE


def amounts(followed: Followed, of: Measured, first: int = 0, pairwise: bool = False) -> np.ndarray:
    """Return what an outcome comes to for each row over its follow-up, from a day on."""
    stop = followed.stop(pairwise)
    if of.kind == "count":
        return counts(followed, of, float(first), stop)
    if of.kind == "days":
        return days_inside(followed, of, float(first), stop)
    if of.kind == "pounds":
        return pounds(followed, of, float(first), stop)
    if of.kind == "days_alive":
        alive = np.maximum(stop, 0.0)
        inside = np.minimum(days_inside(followed, of, float(first), stop), alive)
        return days_alive_out_of_hospital(alive, inside, followed.horizon)
    raise ValueError(f"{of.name} is a time to an event, not an amount")


def people_behind(followed: Followed, events: np.ndarray) -> int:
    """Return the people with an event in the arm that has fewer, or in the only arm with any: a ratio rests on them."""
    return min((one for one in people_in_arms(followed, events > 0) if one), default=0)


def people_in_arms(followed: Followed, chosen: np.ndarray) -> tuple[int, int]:
    """Return how many people some rows are of, treated and controls; who stands in several sets is one person."""
    treated = followed.rows["treated"].to_numpy(dtype=bool)
    people = followed.rows["person_id"]
    return int(people[chosen & treated].nunique()), int(people[chosen & ~treated].nunique())


def time_and_cause(followed: Followed, of: Measured | None, pairwise: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Return days to the first of event, death and loss, and which it was; ``of`` None is death itself as the event."""
    censored = followed.censored(pairwise)
    event = followed.death if of is None else _first_from_zero(followed, of)
    death = np.full(len(censored), np.inf) if of is None else followed.death
    first = np.minimum(event, death)
    time = np.minimum(first, censored)
    happened = (first < censored) & np.isfinite(first)
    cause = np.where(~happened, CENSORED, np.where(event <= death, EVENT, DEATH))
    return time, cause


def _first_from_zero(followed: Followed, of: Measured) -> np.ndarray:
    facts = selected(followed.facts, of.of)
    facts = facts[facts["start"] >= 0]
    found = np.full(len(followed.rows), np.inf)
    np.minimum.at(found, facts["row"].to_numpy(), facts["start"].to_numpy(dtype=float))
    return found


def monthly(followed: Followed, of: Measured, before: int, after: int, length: int = 30) -> pd.DataFrame:
    """Return events, people and person-years of both arms in spans of ``length`` days before and after time zero.

    Args:
        followed: matched rows.
        of: a count.
        before: spans before time zero.
        after: spans from it on.
        length: days of a span.
    """
    weight, treated = followed.rows["weight"].to_numpy(dtype=float), followed.rows["treated"].to_numpy(dtype=bool)
    # A person in several sets is one person to whoever counts what a figure rests on.
    once = ~followed.rows.duplicated(["person_id", "treated"]).to_numpy()
    stop, found = followed.stop(), []
    for span in range(-before, after):
        first, last = float(span * length), float((span + 1) * length)
        end = np.minimum(stop, last) if span >= 0 else np.full(len(stop), last)
        events, days = counts(followed, of, first, end), np.maximum(end - first, 0.0)
        for arm in (True, False):
            own = treated == arm
            found.append(
                {
                    "span": span, "treated": arm, "events": float(weight[own] @ events[own]),
                    "plain_events": int(events[own & once].sum()), "people": int((days[own & once] > 0).sum()),
                    "years": float(weight[own] @ days[own]) / DAYS_A_YEAR,
                }
            )  # fmt: skip
    return pd.DataFrame(found)
