"""Matched people followed from time zero: who died, who left, and every fact that an outcome counts.

This is the one place of an evaluation that reads what happened from time zero on, and it is handed signed-off pairs only.
Days are counted from each set's time zero, day 0. A control who starts the service is followed up to that day.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from casefinder.dates import NEVER
from casefinder.definitions import Select
from casefinder.histories import Histories, happened
from casefinder.services.designed import own_start_days
from casefinder.services.kept import SignedOff
from casefinder.services.measures import Measured

DAYS_A_YEAR = 365.25
NEVER_ENDS = np.inf
_STAYS = ("hospital", "registration")


@dataclass(frozen=True)
class Followed:
    """Matched rows and their facts.

    Attributes:
        rows: of the sets, a person once for each set: ``matched_set``, ``person_id``, ``treated``, ``weight``, ``landmark``.
        facts: one row a fact and matched row: ``row`` (place in ``rows``), ``kind``, ``method``, ``code``, ``start`` and
            ``end`` in days from time zero, ``cost``.
        death: day of death, infinite for none.
        left: day on which the person was no longer registered, infinite where hospital data follow leavers.
        own_start: day on which a control starts the service, infinite for never.
        horizon: days of follow-up.
        as_drawn: whether everyone counts in the arm that chance gave them to the end, their own start notwithstanding.
    """

    rows: pd.DataFrame
    facts: pd.DataFrame
    death: np.ndarray
    left: np.ndarray
    own_start: np.ndarray
    horizon: int
    as_drawn: bool = False

    def only(self, chosen: np.ndarray) -> "Followed":
        """Return some rows with their facts."""
        place = np.cumsum(chosen) - 1
        facts = self.facts[chosen[self.facts["row"].to_numpy()]].copy()
        facts["row"] = place[facts["row"].to_numpy()]
        rows = self.rows[chosen].reset_index(drop=True)
        return Followed(
            rows, facts.reset_index(drop=True), self.death[chosen], self.left[chosen], self.own_start[chosen], self.horizon,
            self.as_drawn,
        )  # fmt: skip

    def censored(self, pairwise: bool = False) -> np.ndarray:
        """Return the day on which each row is lost to follow-up or it ends, whatever the person's death.

        Args:
            pairwise: end a whole set with the first control of it who starts the service.
        """
        own = np.full(len(self.own_start), np.inf) if self.as_drawn else self.own_start
        if pairwise:
            first = pd.Series(own).groupby(self.rows["matched_set"].to_numpy()).transform("min").to_numpy()
            own = np.asarray(first, dtype=float)
        return np.minimum(np.minimum(self.left, own), float(self.horizon))

    def stop(self, pairwise: bool = False) -> np.ndarray:
        """Return the first day no longer at risk: the day after death, or that of loss or the end."""
        return np.minimum(self.censored(pairwise), self.death + 1)

    def years(self, first: int = 0, pairwise: bool = False) -> np.ndarray:
        """Return person-years from a day on; at least half a day, so that a rate has a denominator."""
        return np.maximum(self.stop(pairwise) - first, 0.5) / DAYS_A_YEAR


def follow(signed: SignedOff, design: str, histories: Histories, measures: Sequence[Measured], horizon: int) -> Followed:
    """Return the matched people of one signed design with their facts.

    Args:
        signed: what was signed off.
        design: its name.
        histories: of the record whose outcomes are read.
        measures: outcomes whose facts are wanted.
        horizon: days of follow-up.
    """
    members = signed.members()
    rows = members[members["design"] == design].reset_index(drop=True)
    kinds = sorted({kind for one in measures for kind in one.of.kinds} | {"death", *_STAYS})
    facts = _facts(rows, histories, kinds)
    follows = histories.version.manifest["observation"]["hospital_data"] == "national"
    death = _first(facts[(facts["kind"] == "death")], len(rows))
    left = np.full(len(rows), np.inf) if follows else _left(facts[facts["kind"] == "registration"], len(rows))
    # Whoever dies is no longer registered soon after: that is a death and no loss.
    left = np.where(death <= left + 1, np.inf, left)
    return Followed(rows, facts, death, left, own_start_days(rows), horizon, signed.is_randomised)


def _facts(rows: pd.DataFrame, histories: Histories, kinds: Sequence[str]) -> pd.DataFrame:
    """Return the facts of each row, with days counted from its time zero."""
    wanted = pd.Index(rows["person_id"].unique())
    parts = []
    for block in histories:
        people = pd.Index(block.people.to_numpy(zero_copy_only=False))
        inside = people.isin(wanted)
        if inside.any():
            found = happened(block.only(inside), histories.concepts, kinds)
            found["person_id"] = people[inside].to_numpy()[found["person"].to_numpy()]
            parts.append(found.drop(columns="person"))
    every = pd.concat(parts, ignore_index=True)
    own = rows[["person_id", "landmark"]].assign(row=np.arange(len(rows)))
    facts = own.merge(every, on="person_id", how="inner")
    zero = facts["landmark"].to_numpy(dtype=np.int64)
    end = facts["end"].to_numpy(dtype=np.int64)
    facts["start"] = facts["start"].to_numpy(dtype=np.int64) - zero
    facts["end"] = np.where(end >= NEVER, NEVER_ENDS, end - zero)
    facts = facts.sort_values(["row", "start", "kind", "code", "end", "cost"], kind="stable")
    return facts.drop(columns=["person_id", "landmark"]).reset_index(drop=True)


def _first(facts: pd.DataFrame, rows: int) -> np.ndarray:
    """Return the first day of a fact of each row, infinite for none."""
    found = np.full(rows, np.inf)
    np.minimum.at(found, facts["row"].to_numpy(), facts["start"].to_numpy(dtype=float))
    return found


def _left(stays: pd.DataFrame, rows: int) -> np.ndarray:
    """Return the first day from time zero on, on which nobody has the person registered."""
    left = np.zeros(rows)
    for row, start, end in zip(stays["row"], stays["start"], stays["end"], strict=True):
        if start <= left[row] < end:
            left[row] = end
    return left


def selected(facts: pd.DataFrame, of: Select) -> pd.DataFrame:
    """Return the facts of a selection by kind, method and the beginning of the code."""
    keep = facts["kind"].isin(of.kinds)
    if of.methods:
        keep &= facts["method"].isin(of.methods)
    if of.prefixes:
        keep &= facts["code"].astype(str).str.startswith(of.prefixes)
    return facts[keep]
