"""One look at a site: its feeds, its lists, and each model that scores its people."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pandas as pd

from casefinder.codelists import CodeLists
from casefinder.config import Site
from casefinder.config.site import ServiceSettings
from casefinder.engines import Engine, Version
from casefinder.engines.files import read_frame
from casefinder.errors import Problem
from casefinder.histories import Histories
from casefinder.histories.practices import practices_of
from casefinder.modelling.bundle import Bundle
from casefinder.modelling.reach import Reach, reach
from casefinder.modelling.service_starts import ServicesAndLists
from casefinder.monitoring import say
from casefinder.monitoring.alarms import OVER, UNDER, Alarms, alarms_of
from casefinder.monitoring.feeds import Feed, FeedsGiven, feeding, feeds_of
from casefinder.monitoring.inputs import Inputs, inputs
from casefinder.monitoring.listed import IssuedList, issued_lists
from casefinder.monitoring.maturing import Matured, matured, next_close
from casefinder.monitoring.models import Watched
from casefinder.monitoring.outcomes import ALL, Figures, figures_of
from casefinder.monitoring.volumes import monthly_volumes
from casefinder.worklist.history import ListHistory

Tell = Callable[[str, int, int], None]
MOST_LINES: Final = 4
"""Alarms of a model told one by one; more are told together."""


@dataclass(frozen=True)
class LookGiven:
    """What a look works from."""

    site: Site
    record: Version
    histories: Histories
    bundles: Mapping[str, Bundle]
    codelists: CodeLists
    issued: ListHistory
    lists: ServicesAndLists
    stale_after: Mapping[str, int]


@dataclass(frozen=True)
class ModelLook:
    """What was seen of one model.

    ``feeds_at_fault`` are the feeds that bring its outcome and that somebody must look at before believing an alarm;
    ``reach`` says how far services reach into the last complete window.
    """

    name: str
    label: str
    short: str
    test_date: dt.date
    inputs: Inputs
    looks: tuple[dt.date, ...]
    figures: Figures
    alarms: Alarms
    next_close: dt.date
    feeds_at_fault: tuple[str, ...]
    reach: Reach


@dataclass(frozen=True)
class Look:
    """Everything that was seen on one date: exact figures, for the workspace only."""

    site: str
    demonstration: bool
    as_of: dt.date
    volumes: pd.DataFrame
    feeds: tuple[Feed, ...]
    lists: tuple[IssuedList, ...]
    services: ServiceSettings
    models: tuple[ModelLook, ...]

    @property
    def feed_problems(self) -> list[Problem]:
        """What is wrong with the feeds, in words; feeds that bring a model's outcome first."""
        first = {name for model in self.models if model.alarms.standing for name in model.feeds_at_fault}
        wrong = sorted((feed for feed in self.feeds if feed.is_wrong), key=lambda feed: feed.name not in first)
        return [Problem(feed.name, "; ".join(say.feed_words(feed))) for feed in wrong]

    @property
    def alarm_problems(self) -> list[Problem]:
        """Each calibration alarm that stands, in words."""
        return [problem for model in self.models for problem in _alarms_in_words(model)]


def _alarms_in_words(model: ModelLook) -> list[Problem]:
    """Return a line for everyone and one for each cluster, or one for all clusters of one way where they are many."""
    found = []
    for way in (OVER, UNDER):
        signals = [one for one in model.alarms.standing if one.way == way]
        alone = signals if len(signals) <= MOST_LINES else [one for one in signals if one.cluster == ALL]
        words = [(one.cluster, say.signal_words(one, model.short)) for one in alone]
        if len(alone) < len(signals):
            names = [one.cluster for one in signals if one.cluster != ALL]
            words.append((f"{len(names)} clusters", f"{say.way_words(way, model.short)}: {say.named(names)}"))
        found += [Problem(f"{model.label}, {cluster}", said) for cluster, said in words]
    if found and model.feeds_at_fault:
        first = f"{found[0].what}. Look at the feed first: {', '.join(model.feeds_at_fault)}"
        found[0] = Problem(found[0].where, first)
    return found


def look(given: LookGiven, engine: Engine, as_of: dt.date, tell: Tell) -> Look:
    """Look at a site on one date, with what was known then.

    Raises:
        ConfigError: the date does not lie after the test date of a model.
        ModelError: a model does not fit the record's features.
    """
    practices = practices_of(given.record, given.histories)
    watched = {
        name: Watched.of(one, given.histories, given.codelists, practices, given.lists)
        for name, one in given.bundles.items()
    }
    for one in watched.values():
        one.check(as_of)
    tell("feeds", 0, 0)
    settles = {name: source.completeness_days() for name, source in given.site.sources.items()}
    volumes = monthly_volumes(engine, given.record, as_of, settles)
    latest = read_frame(given.record / "feeds.parquet")
    feeds = feeds_of(FeedsGiven(latest, volumes, given.record.manifest, given.site.lists, given.stale_after, settles), as_of)
    models = tuple(_model(name, one, given, feeds, as_of, tell) for name, one in watched.items())
    lists = issued_lists(given.issued, as_of)
    site = given.site
    return Look(site.name, site.demonstration, as_of, volumes, feeds, lists, site.services, models)


def _model(name: str, watched: Watched, given: LookGiven, feeds: tuple[Feed, ...], as_of: dt.date, tell: Tell) -> ModelLook:
    tell(f"{name}: inputs", 0, 0)
    moved = inputs(watched, given.histories, as_of)
    past: Matured = matured(
        watched, given.histories, as_of, lambda done, whole: tell(f"{name}: matured outcomes", done, whole)
    )
    figures = figures_of(past)
    manifest = given.record.manifest
    target = watched.outcome.outcome
    return ModelLook(
        name=name,
        label=watched.bundle.label,
        short=target.short,
        test_date=watched.test_date,
        inputs=moved,
        looks=past.looks,
        figures=figures,
        alarms=alarms_of(figures.sums, past.looks),
        next_close=next_close(watched, past.looks, manifest),
        feeds_at_fault=feeding(feeds, target.source_kinds, manifest),
        reach=_reach(past, watched),
    )


def _reach(past: Matured, watched: Watched) -> Reach:
    """Return how far services reach into the last looks that together hold everyone once."""
    window = past.rows[past.rows["look"] >= len(past.looks) - past.stride]
    share = float(watched.bundle.about["settings"]["list_share"])
    return reach(window["risk"].to_numpy(), window["served"].to_numpy(), share)


def write_tables(seen: Look, folder: Path) -> None:
    """Write the exact figures of a look, which stay in the workspace: sums by month, cluster and feed."""
    tables = {"volumes": seen.volumes}
    for kind in ("by_month", "by_cluster", "by_month_without", "by_cluster_without", "sums"):
        parts = [getattr(one.figures, kind).assign(model=one.label) for one in seen.models]
        tables[kind] = pd.concat(parts, ignore_index=True)
    tables["inputs"] = pd.concat([one.inputs.table.assign(model=one.label) for one in seen.models], ignore_index=True)
    for name, table in tables.items():
        table.to_parquet(folder / f"{name}.parquet", index=False, compression="zstd")
