"""``casefinder allocate``: what people of each practice will need, its share of a pot, and the distance from its budget."""

import datetime as dt
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, cast

import numpy as np
import pandas as pd
import pyarrow as pa

from casefinder import __version__
from casefinder.allocation.allocated import DEFAULT_POT, DEFAULT_RATIO, Allocated, Choice, Local, allocate
from casefinder.allocation.areas import Areas, check_areas, read_areas
from casefinder.allocation.caps import DEFAULT_CAP, normal
from casefinder.allocation.dates import fit_date
from casefinder.allocation.fitted import Fitted, fit_everything, read_fitted, write_fitted
from casefinder.allocation.given import (
    KINDS_OF_GROUP,
    budgets_of_record,
    groups_of_record,
    read_budgets,
    read_grouping,
    read_list_sizes,
)
from casefinder.allocation.models import DEFAULT_MODEL, LINEAR, MODELS
from casefinder.allocation.people import AllocationRows, Compiled, gather
from casefinder.allocation.prepare import prepare, told_caps
from casefinder.allocation.prices import check_prices
from casefinder.codelists import load_codelists
from casefinder.commands.comparing import PAGES
from casefinder.commands.deployment import Deployment
from casefinder.commands.reporter import Reporter, timed
from casefinder.commands.storing import row_storage
from casefinder.commands.training import LINK_FIRST
from casefinder.engines import Version
from casefinder.engines.files import read_frame, read_table, write_table
from casefinder.errors import ConfigError, Problem, one_of
from casefinder.histories import Histories
from casefinder.histories.practices import record_of
from casefinder.reports.allocation import Setting, allocation_publication
from casefinder.reports.published import publish

ROWS: Final = "allocation_rows"
FITTED: Final = "allocations"
SEED: Final = 1
FORMAT: Final = 1
"""Of what is kept; a change makes what was kept before be fitted again."""
AHEAD: Final = dt.timedelta(days=31)
"""How long after the extracts their lists still stand for the day."""


@dataclass(frozen=True)
class AllocationAsked:
    """What somebody asked for, as ``casefinder allocate`` takes it."""

    as_of: dt.date
    pot: float = DEFAULT_POT
    cap: str = DEFAULT_CAP
    model: str = DEFAULT_MODEL
    by: str = "practice"
    grouping: Path | None = None
    current: Path | None = None
    list_sizes: Path | None = None
    unmet_need: float = 0.0
    unmet_need_ratio: float = DEFAULT_RATIO
    floor: float | None = None
    ceiling: float | None = None
    fit_at: dt.date | None = None
    refit: bool = False
    out: Path | None = None


@dataclass
class _Work:
    """A command under way."""

    deployment: Deployment
    asked: AllocationAsked
    reporter: Reporter
    histories: Histories
    record: Version
    fit_at: dt.date
    areas: Areas | None = None
    seconds: dict[str, float] = field(default_factory=dict)

    def table(self, name: str) -> pd.DataFrame:
        """Return a table of the record."""
        return read_frame(self.record / f"{name}.parquet")

    @property
    def key(self) -> dict[str, Any]:
        """What rows follow from."""
        about = {"as_of": str(self.asked.as_of), "fitted_from": str(self.fit_at), "seed": SEED}
        return {**about, "histories": self.histories.version.number, "casefinder": __version__, "format": FORMAT}


def run_allocate(deployment: Deployment, asked: AllocationAsked, reporter: Reporter) -> Allocated:
    """Fit the ladder of cost models unless it was fitted before, and write need, shares and distances to publish."""
    _check(asked)
    workspace = deployment.workspace
    histories = Histories(workspace.newest("histories", LINK_FIRST))
    fit_at = _dates(histories, asked)
    work = _Work(deployment, asked, reporter, histories, record_of(workspace, histories), fit_at, _areas(deployment, asked))
    fitted = _fitted(work)
    local, setting = _local(work, fitted)
    choice = Choice(
        normal(asked.cap), asked.model, asked.pot, asked.unmet_need, asked.unmet_need_ratio, asked.floor, asked.ceiling
    )
    with timed(work.seconds, "shares"), one_thread():
        found = allocate(fitted, choice, local)
    made = allocation_publication(fitted, choice, found, setting)
    with timed(work.seconds, "files"):
        files = publish(made, asked.out or workspace / PAGES)
    workspace.log({"command": "allocate", "as_of": str(asked.as_of), "seconds": work.seconds})
    for words in made.summary:
        reporter.say(words)
    reporter.say(f"page: {files[0]}")
    return found


def _areas(deployment: Deployment, asked: AllocationAsked) -> Areas | None:
    """Return the areas that the site supplies for what gets a share; None for none, and for a grouping of one's own."""
    site, path = deployment.site, deployment.site.areas_file()
    if site.areas is None or path is None or asked.grouping or site.areas.of != asked.by:
        return None
    return read_areas(path, site.areas.of, site.areas.code)


def _dates(histories: Histories, asked: AllocationAsked) -> dt.date:
    """Return the first day of the year that is fitted on.

    Raises:
        ConfigError: the lists of the day cannot be known yet, or the year begins before the feeds do.
    """
    manifest = histories.version.manifest
    extract = dt.date.fromisoformat(manifest["extract_date"])
    if asked.as_of > extract + AHEAD:
        problem = Problem("--as-of", f"{asked.as_of} is more than {AHEAD.days} days after the extracts of {extract}")
        raise ConfigError(
            "The lists of that day are not known yet:", [problem], "Link newer extracts, or give an earlier day."
        )
    fit_at = fit_date(manifest["complete_to"], asked.as_of, asked.fit_at)
    first = manifest["history_from"]
    if first and str(fit_at) < first:
        problem = Problem("--fit-at", f"the feeds hold nothing before {first}, and the year would begin on {fit_at}")
        raise ConfigError("There is no whole year to fit on:", [problem])
    return fit_at


def _check(asked: AllocationAsked) -> None:
    """Raise where an option cannot be used, before anything is read."""
    normal(asked.cap)
    problems = []
    if asked.model not in MODELS:
        problems.append(Problem("--model", f"there is no model called '{asked.model}'; {one_of(asked.model, MODELS)}"))
    if not 0 < asked.pot < 1e13:
        problems.append(Problem("--pot", f"must be above 0 and in pounds; got {asked.pot:g}"))
    if not 0 <= asked.unmet_need < 1:
        problems.append(Problem("--unmet-need", f"is a part of the pot, from 0 to below 1; got {asked.unmet_need:g}"))
    if asked.unmet_need_ratio < 1:
        problems.append(Problem("--unmet-need-ratio", f"must be 1 or more; got {asked.unmet_need_ratio:g}"))
    if asked.ceiling is not None and asked.floor is None:
        problems.append(Problem("--ceiling", "needs a --floor beside it"))
    given = {"--grouping": asked.grouping, "--current": asked.current, "--list-sizes": asked.list_sizes}
    problems += [
        Problem(name, f"there is no file at {path}")
        for name, path in given.items()
        if path is not None and not path.is_file()
    ]
    if problems:
        raise ConfigError("The allocation cannot be worked out as asked:", problems)


def _fitted(work: _Work) -> Fitted:
    """Return what was fitted before at this cap, or fit it: from rows kept of an earlier run where there are some."""
    workspace, cap = work.deployment.workspace, normal(work.asked.cap)
    if not work.asked.refit:
        for version in reversed(workspace.versions(FITTED)):
            if _same(version, work.key) and _covers(version.manifest["caps"], cap, work.asked.model):
                work.reporter.say(f"fitted before, as version {version.number}: nothing is fitted again")
                return read_fitted(version.folder)
    rows = _rows(work)
    with timed(work.seconds, "fit"), one_thread():
        fitted = _fit(work, rows, cap)
    with workspace.draft(FITTED) as draft:
        write_fitted(fitted, draft.folder)
        manifest = {"step": "allocation", **work.key, "caps": [one["words"] for one in fitted.about["caps"]]}
        draft.finish(manifest)
    return fitted


def one_thread() -> AbstractContextManager[object]:
    """Hold linear algebra to one thread: shared among several, sums come out differently from machine to machine."""
    from threadpoolctl import threadpool_limits

    return cast(AbstractContextManager[object], threadpool_limits(1))


def _same(version: Version, key: dict[str, Any]) -> bool:
    return all(version.manifest.get(name) == value for name, value in key.items())


def _covers(caps: list[str], cap: str, model: str) -> bool:
    return cap in caps if model in LINEAR else cap == caps[0]


def _rows(work: _Work) -> AllocationRows:
    """Return people on the lists at both dates, as an earlier run kept them or from their histories."""
    workspace, manifest = work.deployment.workspace, work.histories.version.manifest
    for version in reversed(workspace.versions(ROWS)):
        if _same(version, work.key) and not work.asked.refit:
            table = read_table(version / "people.parquet")
            columns = {name: table[name].to_numpy() for name in table.column_names}
            return AllocationRows(columns, version.manifest["attrition"], version.manifest["units"])
    site = work.deployment.site
    dates = tuple(dict.fromkeys((work.fit_at, work.asked.as_of)))
    with timed(work.seconds, "rows"), row_storage(site, workspace) as storage:
        ready = Compiled.of(work.histories, load_codelists(site.own_codelists()))
        tell = work.reporter.stage
        rows = gather(ready, dates, storage, SEED, lambda done, whole: tell("people on the lists", done, whole))
    with workspace.draft(ROWS) as draft:
        write_table(pa.table(rows.columns), draft / "people.parquet")
        told = {"step": "allocation rows", **work.key, "extract_date": manifest["extract_date"]}
        draft.finish({**told, "attrition": rows.attrition, "units": rows.units})
    return rows


def _fit(work: _Work, rows: AllocationRows, cap: str) -> Fitted:
    priced = check_prices(work.table("prices"), rows.units, work.fit_at, work.asked.as_of)
    at_fit, on_lists = rows.at(0), rows.at(int(work.fit_at != work.asked.as_of))
    ready = prepare(at_fit, on_lists, work.histories, work.table("practices"), work.table("areas"), cap, SEED)
    about = {
        **work.key, "caps": told_caps(ready.caps), "counts": ready.counts, "edition": priced.edition,
        "remarks": [*priced.remarks, *_known_by(work.histories)], "attrition": rows.attrition,
    }  # fmt: skip
    return fit_everything(
        ready.given, ready.on_lists, ready.list_practice, ready.codes, about, priced.activities, work.reporter.stage
    )


def _known_by(histories: Histories) -> list[str]:
    """Say where illness is known from admissions alone."""
    if {"gp_record", "register"} & set(histories.version.manifest["supplied"]):
        return []
    return ["illness is known from hospital diagnoses alone here, so a practice whose people are admitted more shows more"]


def _local(work: _Work, fitted: Fitted) -> tuple[Local, Setting]:
    """Return budgets, groups and published lists of the practices that have people, and what the page says of them."""
    asked, table, lists = work.asked, work.table("practices"), fitted.lists
    places = np.flatnonzero(lists.people > 0)
    codes = [lists.codes[place] for place in places]
    names = dict(zip(table["practice_code"], table["practice_name"], strict=True))
    labels = {code: f"{names.get(code, 'not in the table of practices')} ({code})" for code in codes}
    by, group = asked.by, [labels[code] for code in codes]
    if asked.grouping:
        by, group = "group", read_grouping(asked.grouping, codes, lists.codes)
    elif by != "practice":
        group = groups_of_record(table, codes, by)
    current, told = _current(work, codes, lists.codes)
    published = read_list_sizes(asked.list_sizes, codes) if asked.list_sizes else None
    empty = [code for code in lists.codes if code not in labels]
    manifest = work.histories.version.manifest
    named = dict(zip(group, codes if by == "practice" else group, strict=True))
    setting = Setting(
        by, told, published is not None, tuple(empty), manifest["site"], bool(manifest["demonstration"]),
        dt.date.fromisoformat(manifest["extract_date"]), asked.as_of, work.fit_at,
        work.areas, named,
    )  # fmt: skip
    if work.areas is not None:
        column = KINDS_OF_GROUP.get(by)
        known = [one for one in table[column] if isinstance(one, str)] if column else lists.codes
        check_areas(work.areas, list(named.values()), known)
    return Local(places, group, current, published), setting


def _current(work: _Work, codes: list[str], known: tuple[str, ...]) -> tuple[np.ndarray | None, str]:
    """Return today's budgets in pounds, and where they come from."""
    asked = work.asked
    if asked.current:
        return read_budgets(asked.current, codes, known), f"the file {asked.current.name}"
    first = asked.as_of.year - (asked.as_of.month < 4)
    found = budgets_of_record(work.table("budgets"), codes, f"{first}/{(first + 1) % 100:02d}")
    return (found[0], f"the budgets of {found[1]} in the record") if found else (None, "")
