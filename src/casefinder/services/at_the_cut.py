"""People just above and just below the cut of a list: what being listed does to those near it, by discontinuity.

A practice's list holds its k highest scores, so whether somebody stands at rank k or k + 1 hangs on very little. The archive
of weekly lists has the scores of both. A person counts once: at the first list that they stood near the cut of, never having
been listed before, and on the side that their score gave them, whatever happened later. It is the effect of being listed, in
people near the cut and in no others.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from casefinder.codelists import CodeLists
from casefinder.config.service import ServiceProtocol
from casefinder.dates import NEVER, to_day
from casefinder.evaluation.intervals import Estimate
from casefinder.histories import Histories
from casefinder.histories.practices import Practices
from casefinder.matching import Discontinuity, density_jump, discontinuity
from casefinder.modelling.stored_rows import Storage
from casefinder.services.columns import Columns, Recipe
from casefinder.services.compiled import SAID, Compiled
from casefinder.services.counted import amounts
from casefinder.services.designed import chosen_starts, in_order
from casefinder.services.followed import Followed
from casefinder.services.gather import Rows, gather_asked, moved
from casefinder.services.measures import Measured
from casefinder.services.starts import Starts
from casefinder.worklist.history import IssuedRow

AT_THE_CUT: Final = "at the cut of the lists"
"""The name of this design among those that are signed off."""
LEAST_PEOPLE: Final = 10
"""Fewest people on a side of the cut."""
SHARES: Final = (1.0, 0.5)
"""Bandwidths that are shown, as shares of the declared one."""
DENSITY_SHARES: Final = (1.0, 0.75, 0.5, 0.25)
"""Bandwidths in which the density is looked at, as shares of the declared one: the first that most lists reach."""
PER_HUNDRED: Final = 100.0
_PRACTICE: Final = "practice:"


@dataclass(frozen=True)
class NearTheCut:
    """Everyone near the cut of a list, at the first of them.

    Attributes:
        people: pseudonym, list, day, score less the cut, and how far below the cut the archive of that list reaches.
        own: day on which each was first listed, ``dates.NEVER`` for never.
        lists: how many lists had a cut to look at.
        passed_over: lists that had none: nobody below, or no longer in the archive.
    """

    people: pd.DataFrame
    own: np.ndarray
    lists: int
    passed_over: int


def near_the_cut(
    issued: Sequence[Sequence[IssuedRow]],
    archived: Callable[[dt.date], pd.DataFrame | None],
    bandwidth: float,
    scopes: Sequence[str] = (),
) -> NearTheCut:
    """Return everyone near the cut of a practice's list.

    Args:
        issued: the rows of every list; those of clusters are passed over, since their places are shared between practices.
        archived: gives the candidates of the weekly lists of a date, or None: ``person_id``, ``practice_code``, ``raw``, and
            ``because``, empty for those available.
        bandwidth: in units of the raw score.
        scopes: whose lists count; none means all. To have been listed before counts wherever it was.
    """
    first: dict[str, int] = {}
    for row in (one for rows in issued for one in rows):
        first[row.person_id] = min(first.get(row.person_id, NEVER), to_day(row.as_of))
    own_lists = [rows for rows in issued if rows and rows[0].scope.startswith(_PRACTICE)]
    own_lists = [rows for rows in own_lists if not scopes or rows[0].scope in scopes]
    tables = [_of_list(rows, archived(rows[0].as_of)) for rows in own_lists]
    found = [table for table in tables if table is not None]
    columns = ["person_id", "list_id", "day", "running", "reach"]
    every = pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=columns)
    listed = every["person_id"].map(first).fillna(NEVER).to_numpy(dtype=np.int64)
    new = listed >= every["day"].to_numpy(dtype=np.int64)
    every = every[new & (every["running"].abs().to_numpy(dtype=float) < bandwidth)]
    once = every.sort_values(["day", "list_id", "person_id"]).drop_duplicates("person_id").sort_values("person_id")
    own = once["person_id"].map(first).fillna(NEVER).to_numpy(dtype=np.int64)
    return NearTheCut(once.reset_index(drop=True), own, len(found), len(tables) - len(found))


def _of_list(rows: Sequence[IssuedRow], candidates: pd.DataFrame | None) -> pd.DataFrame | None:
    """Return the candidates of one list with their distance from its cut, half way between the last listed and the next."""
    if candidates is None:
        return None
    here = candidates[(candidates["practice_code"] == rows[0].scope.removeprefix(_PRACTICE)) & candidates["because"].isna()]
    on_list = here["person_id"].isin([row.person_id for row in rows])
    if on_list.sum() < len(rows):
        return None
    last = float(here.loc[on_list, "raw"].min())
    below = here.loc[here["raw"] < last, "raw"]
    if below.empty:
        return None
    cut = (last + float(below.max())) / 2
    return pd.DataFrame(
        {
            "person_id": here["person_id"].astype(str), "list_id": rows[0].list_id, "day": to_day(rows[0].as_of),
            "running": here["raw"].to_numpy(dtype=float) - cut, "reach": cut - float(below.min()),
        }
    )  # fmt: skip


@dataclass(frozen=True)
class CutDesign:
    """Rows of everyone eligible near a cut, in the form of other members, and what is said of them without an outcome."""

    members: pd.DataFrame
    about: dict[str, Any]


def design_at_the_cut(
    protocol: ServiceProtocol,
    histories: Histories,
    codelists: CodeLists,
    near: NearTheCut,
    practices: Practices,
    storage: Storage,
) -> CutDesign | None:
    """Return the design, or None where too few people stand near a cut in the period of the protocol."""
    days = near.people["day"].to_numpy(dtype=np.int64)
    if not len(days):
        return None
    ready = Compiled.of(protocol, histories, codelists)
    chosen = chosen_starts(protocol, histories, Starts(tuple(near.people["person_id"]), days))
    people = near.people[chosen].reset_index(drop=True)
    above = people["running"].to_numpy(dtype=float) >= 0
    day, listed = days[chosen], near.own[chosen]
    # Below the cut, to be listed by a later list is what comes of it, and no start.
    own = np.where(above, day, np.maximum(listed, day + 1))
    rows = gather_asked(ready, tuple(people["person_id"]), day, own, storage)
    if rows is None:
        return None
    eligible = moved(dict(vars(rows)), in_order(rows, rows.rule == 0))
    if min(int(eligible.treated.sum()), int((~eligible.treated).sum())) < LEAST_PEOPLE:
        return None
    columns = _columns(protocol, ready, eligible)
    members = _members(people, eligible, columns, practices)
    return CutDesign(members, _about(protocol, near, members, columns))


def _columns(protocol: ServiceProtocol, ready: Compiled, rows: Rows) -> Columns:
    recipe = Recipe.settled_on(ready.features.features, protocol.covariates, ready.run_up.names, rows.features)
    return recipe.columns(rows.features, rows.run_up).varied()


def _members(people: pd.DataFrame, eligible: Rows, columns: Columns, practices: Practices) -> pd.DataFrame:
    """Return the rows as members of a design: everyone weighs 1, and the sets are the lists."""
    place = pd.Index(people["person_id"]).get_indexer(pd.Index(eligible.person))
    table = pd.DataFrame(
        {
            "design": AT_THE_CUT, "matched_set": pd.factorize(people["list_id"].to_numpy()[place], sort=True)[0],
            "person_id": eligible.person, "treated": eligible.treated, "weight": 1.0, "landmark": eligible.landmark,
            "own_start": eligible.start, "in_area": True, "practice": practices.codes(eligible.practice),
            "running": people["running"].to_numpy()[place], "reach": people["reach"].to_numpy()[place],
        }
    )  # fmt: skip
    said = pd.DataFrame(eligible.said, columns=[f"said_{one}" for one in SAID]).astype(float)
    values = pd.DataFrame(columns.values.astype(float), columns=list(columns.names))
    return pd.concat([table, said, values], axis=1)


def _about(protocol: ServiceProtocol, near: NearTheCut, members: pd.DataFrame, columns: Columns) -> dict[str, Any]:
    """Return what is said of the cut without an outcome: how many, and whether anything jumps that should not."""
    words = dict(zip(columns.names, columns.words, strict=True))
    density_bandwidth, density = _density(members, protocol.cut_bandwidth or 0.0)
    return {
        "bandwidth": protocol.cut_bandwidth, "lists": near.lists, "lists_passed_over": near.passed_over,
        "above": int(members["treated"].sum()), "below": int((~members["treated"]).sum()),
        "density_bandwidth": density_bandwidth, "density": _figures(density),
        "jumps": list(_jumps(members, words, protocol)),
    }  # fmt: skip


def _density(members: pd.DataFrame, declared: float) -> tuple[float, Estimate]:
    """Return the jump of the density and the bandwidth that it was looked at in: the widest that half the people bear.

    Only lists whose archive reaches as far down as the bandwidth count: elsewhere the scores end before it.
    """
    for share in DENSITY_SHARES:
        bandwidth = share * declared
        whole = members.loc[members["reach"] >= bandwidth, "running"].to_numpy(dtype=float)
        near = whole[np.abs(whole) < bandwidth]
        if 2 * len(whole) < len(members) or min((near >= 0).sum(), (near < 0).sum()) < LEAST_PEOPLE:
            continue
        try:
            return bandwidth, density_jump(whole, bandwidth)
        except ValueError:
            continue
    return 0.0, Estimate(float("nan"))


def _jumps(members: pd.DataFrame, words: Mapping[str, str], protocol: ServiceProtocol) -> Iterator[dict[str, Any]]:
    """Yield the jump at the cut of everything that was settled before it: none should be off 0 but by chance."""
    for name, told in words.items():
        found = _at(members[name].to_numpy(dtype=float), members, protocol.cut_bandwidth or 0.0)
        if found is not None:
            yield {"words": told, "above": found.above.value, "below": found.below.value, **_figures(found.difference)}


def _at(
    outcome: np.ndarray, members: pd.DataFrame, bandwidth: float, years: np.ndarray | None = None
) -> Discontinuity | None:
    try:
        return discontinuity(outcome, members["running"], bandwidth, members["matched_set"].tolist(), years)
    except (ValueError, np.linalg.LinAlgError):
        return None


def _figures(one: Estimate) -> dict[str, float | None]:
    """Return an estimate as plain values; None for what is not defined."""
    values = {"value": one.value, "low": one.low, "high": one.high}
    return {name: None if np.isnan(value) else float(value) for name, value in values.items()}


def effect_at_the_cut(followed: Followed, of: Measured, declared: float) -> pd.DataFrame:
    """Return the effect of being listed near the cut: rates per 100 people a year, a row each bandwidth.

    Args:
        followed: the signed rows, everyone on the side that their score gave them to the end.
        of: the primary outcome.
        declared: the bandwidth of the protocol.
    """
    count, years, rows = amounts(followed, of), followed.years(), []
    for share in SHARES:
        bandwidth = share * declared
        found = _at(count, followed.rows, bandwidth, years)
        if found is not None:
            rows.append(_row(found, bandwidth, followed, count))
    return pd.DataFrame(rows, columns=_COLUMNS)


_COLUMNS: Final = (
    "what", "people_above", "people_below", "above", "below", "difference", "difference_low", "difference_high", "ratio",
    "low", "high", "behind", "later",
)  # fmt: skip


def _row(found: Discontinuity, bandwidth: float, followed: Followed, count: np.ndarray) -> dict[str, Any]:
    rows, inside = followed.rows, (followed.rows["running"].abs() < bandwidth).to_numpy()
    above = rows["treated"].to_numpy(dtype=bool)
    had = [int((count[inside & side] > 0).sum()) for side in (above, ~above)]
    later = inside & ~above & (followed.own_start < followed.horizon)
    return {
        "what": f"scores within {bandwidth:g} of the cut",
        "people_above": found.rows_above, "people_below": found.rows_below,
        "above": PER_HUNDRED * found.above.value, "below": PER_HUNDRED * found.below.value,
        "difference": PER_HUNDRED * found.difference.value, "difference_low": PER_HUNDRED * found.difference.low,
        "difference_high": PER_HUNDRED * found.difference.high, "ratio": found.ratio.value, "low": found.ratio.low,
        "high": found.ratio.high, "behind": min(had), "later": int(later.sum()),
    }  # fmt: skip
