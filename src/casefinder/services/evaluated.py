"""The evaluation as a whole: signed pairs followed up, effects, the trap and the doubts; and what is kept of it."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from casefinder.config.service import ServiceProtocol
from casefinder.dates import plain, to_date, to_day
from casefinder.disclosure import DEFAULT
from casefinder.engines import Version, Workspace
from casefinder.engines.files import write_frame
from casefinder.errors import Problem, ServiceError
from casefinder.evaluation.intervals import Estimate
from casefinder.histories import Histories
from casefinder.matching import minimum_detectable
from casefinder.services.at_the_cut import AT_THE_CUT, effect_at_the_cut
from casefinder.services.counted import amounts, monthly, people_behind, people_in_arms
from casefinder.services.designed import BY_CHANCE, FIRST
from casefinder.services.doubts import Doubts, doubts
from casefinder.services.effects import ADJUSTED, effects, hazards_alike
from casefinder.services.finding import Finding, finding
from casefinder.services.followed import Followed, follow
from casefinder.services.kept import EFFECTS, SignedOff
from casefinder.services.landmarks import closed_to
from casefinder.services.measures import MEASURES, RUN_UP, Measured
from casefinder.services.trap import trap

MONTH, QUARTER = 30, 91
ENOUGH_FOR_MONTHS = 300
"""Treated people from which on rates around time zero are drawn by month; with fewer, by quarter."""
DAYS_BEFORE = 730


@dataclass(frozen=True)
class Evaluated:
    """What the report is made of; exact, so it stays inside.

    Attributes:
        signed: the design with its balance and signature.
        effects: one row an outcome and way of asking.
        trap: three comparisons side by side.
        monthly: events in spans around time zero.
        doubts: sensitivity.
        figures: of the primary outcome: what could have been shown, ends of follow-up.
        left_out: outcomes without a figure, and why.
        rollout: difference-in-differences over practices, where they took the service up.
        cut: discontinuity at the cut of lists, where the protocol asks for it and there are people enough.
    """

    protocol: ServiceProtocol
    signed: SignedOff
    effects: pd.DataFrame
    trap: pd.DataFrame
    monthly: pd.DataFrame
    doubts: Doubts
    figures: dict[str, float]
    left_out: dict[str, str]
    extract_date: dt.date
    site: str
    demonstration: bool
    rollout: pd.DataFrame | None = None
    cut: pd.DataFrame | None = None

    @property
    def primary(self) -> pd.Series:
        """The primary outcome as declared."""
        return self.effects[self.effects["is_primary"]].iloc[0]

    @property
    def adjusted(self) -> pd.Series:
        """The primary outcome, adjusted."""
        return self.effects[self.effects["way"] == ADJUSTED].iloc[0]

    @property
    def finding(self) -> Finding:
        """What may be said of the primary outcome; negative controls that may not be shown have no say in it."""
        controls = {
            one["what"]: Estimate(one["ratio"], one["low"], one["high"])
            for one in self.doubts.controls.to_dict("records")
            if one["behind"] and DEFAULT.count(int(one["behind"])) is not None
        }
        ratios = [Estimate(one["ratio"], one["ratio_low"], one["ratio_high"]) for one in (self.primary, self.adjusted)]
        return finding(ratios[0], ratios[1], controls, bool(self.signed.manifest["is_fit"]))


def evaluate(
    protocol: ServiceProtocol, signed: SignedOff, histories: Histories, tell: Callable[[str, int, int], None]
) -> Evaluated:
    """Follow signed-off pairs up and return every figure.

    Raises:
        ServiceError: the outcome window of somebody is not complete yet, or matched people are no longer in the record.
    """
    manifest = histories.version.manifest
    complete_to: Mapping[str, str] = manifest["complete_to"]
    of = MEASURES[protocol.primary]
    _refuse_early(protocol, signed, complete_to)
    names = [name for name in signed.members()["design"].unique().tolist() if name not in (FIRST, BY_CHANCE, AT_THE_CUT)]
    every = [MEASURES[name] for name in (protocol.primary, *protocol.outcomes, *protocol.negative_controls)]

    @cache
    def followed(design: str) -> Followed:
        return follow(signed, design, histories, [*every, RUN_UP] if design == FIRST else [of], protocol.horizon_days)

    tell("following matched people", 0, 0)
    first = followed(FIRST)
    _refuse_gone(first, signed)
    tell("effects", 0, 0)
    found = effects(protocol, first, complete_to)
    tell("how it could be wrong", 0, 0)
    wrong = doubts(protocol, names, followed, complete_to)
    compared = trap(first, first if protocol.is_randomised else followed(BY_CHANCE), of)
    return Evaluated(
        protocol, signed, found, compared, _around(first), wrong, _figures(first, protocol),
        _left_out(protocol, found, complete_to), dt.date.fromisoformat(manifest["extract_date"]), manifest["site"],
        bool(manifest["demonstration"]), cut=_at_the_cut(signed, followed, of),
    )  # fmt: skip


def _at_the_cut(signed: SignedOff, followed: Callable[[str], Followed], of: Measured) -> pd.DataFrame | None:
    """Return the discontinuity at the cut; everyone counts on the side that their score gave them, to the end."""
    if signed.manifest.get("cut") is None:
        return None
    found = followed(AT_THE_CUT)
    _refuse_gone(found, signed)
    return effect_at_the_cut(replace(found, as_drawn=True), of, float(signed.manifest["cut"]["bandwidth"]))


def _span_days(first: Followed) -> int:
    return MONTH if int(first.rows["treated"].sum()) >= ENOUGH_FOR_MONTHS else QUARTER


def _around(first: Followed) -> pd.DataFrame:
    """Return emergency admissions in spans around time zero."""
    days = _span_days(first)
    return monthly(first, RUN_UP, DAYS_BEFORE // days, first.horizon // days, days)


def _refuse_early(protocol: ServiceProtocol, signed: SignedOff, complete_to: Mapping[str, str]) -> None:
    kinds = (*MEASURES[protocol.primary].feeds, "death")
    lacking = [kind for kind in kinds if kind not in complete_to]
    if lacking:
        raise ServiceError("The outcome cannot be observed:", [Problem(kind, "no source supplies it") for kind in lacking])
    last, closed = int(signed.manifest["landmarks"][1]), closed_to(complete_to, kinds, protocol.horizon_days)
    if last > to_day(closed):
        problem = Problem(
            "horizon_days",
            f"the last person's {protocol.horizon_days} days end on {plain(to_date(last + protocol.horizon_days - 1))}; "
            f"the record is complete for time zero up to {plain(closed)}",
        )
        raise ServiceError(
            "The outcome window is not complete yet, so nothing is worked out:", [problem], "Link newer extracts."
        )


def _refuse_gone(first: Followed, signed: SignedOff) -> None:
    """Raise where matched people have left the record, as after an objection: the pairs are then no longer those signed."""
    known = np.zeros(len(first.rows), dtype=bool)
    known[first.facts["row"].unique()] = True
    if not known.all():
        again = Workspace(signed.version.folder.parent.parent).command(f"service design {signed.manifest['service']}")
        raise ServiceError(
            "Some of the matched people are no longer in the record, as after an objection.",
            remedy=f"Make the design again and sign it off: {again}",
        )


def _figures(first: Followed, protocol: ServiceProtocol) -> dict[str, float]:
    """Return what the comparison could show, from what was seen, and how follow-up ended."""
    of, rows = MEASURES[protocol.primary], first.rows
    treated = rows["treated"].to_numpy(dtype=bool)
    count, years, weight = amounts(first, of), first.years(), rows["weight"].to_numpy(dtype=float)
    own = ~treated

    def controls(chosen: np.ndarray) -> float:
        return float(people_in_arms(first, chosen)[1])

    rate = float(weight[own] @ count[own] / (weight[own] @ years[own]))
    mean = float(np.average(count[own] / years[own], weights=weight[own] * years[own]))
    spread = float(np.average((count[own] - mean * years[own]) ** 2, weights=weight[own]))
    dispersion = max(0.0, (spread / max(mean, 1e-9) - 1) / max(mean, 1e-9))
    ratio = float(own.sum() / treated.sum())
    low, high = (
        minimum_detectable(int(treated.sum()), ratio, rate, float(years[treated].mean()), dispersion)
        if rate > 0
        else (float("nan"), float("nan"))
    )
    stop = first.stop()
    return {
        "detectable_below": low, "detectable_above": high, "control_rate": rate, "dispersion": dispersion,
        "behind": float(people_behind(first, count)), "treated": float(treated.sum()), "controls": controls(own),
        "died_treated": float((first.death[treated] < stop[treated]).sum()),
        "died_control": controls(first.death < stop),
        "lost_treated": float((first.left[treated] <= stop[treated]).sum()),
        "lost_control": controls(first.left <= stop),
        "controls_who_started": controls(first.own_start <= stop),
        "years_treated": float(years[treated].sum()), "years_control": float(years[own].sum()),
        "hazards_alike_p": hazards_alike(first, None), "span_days": float(_span_days(first)),
    }  # fmt: skip


def _left_out(protocol: ServiceProtocol, found: pd.DataFrame, complete_to: Mapping[str, str]) -> dict[str, str]:
    """Return outcomes of the protocol without a figure, and why."""
    shown, told = set(found["outcome"]), {}
    for name in protocol.outcomes:
        of = MEASURES[name]
        lacking = [kind for kind in of.feeds if kind not in complete_to]
        if name not in shown:
            told[of.words] = (
                f"no source of this site supplies {', '.join(lacking)}"
                if lacking
                else "no window had closed in the feeds that it needs"
            )
    return told


def write_effects(workspace: Workspace, found: Evaluated, about: Mapping[str, Any]) -> Version:
    """Write the exact figures; no row is of a person."""
    tables = {
        "effects": found.effects, "trap": found.trap, "monthly": found.monthly, "others": found.doubts.others,
        "negative_controls": found.doubts.controls, "unrecorded": found.doubts.unrecorded, "bounds": found.doubts.bounds,
        "subgroups": found.doubts.subgroups,
    }  # fmt: skip
    for name, table in (("rollout", found.rollout), ("cut", found.cut)):
        if table is not None:
            tables[name] = table
    with workspace.draft(EFFECTS) as draft:
        for name, table in tables.items():
            write_frame(table, draft / f"{name}.parquet")
        return draft.finish(
            {
                "step": "effects of a service", "service": found.protocol.name, "signed": found.signed.version.number,
                "protocol_hash": found.protocol.hash, "finding": asdict(found.finding),
                "figures": {**found.figures, **found.doubts.figures},
                "left_out": found.left_out, "extract_date": str(found.extract_date), **about,
            }
        )  # fmt: skip
