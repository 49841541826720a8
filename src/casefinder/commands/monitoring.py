"""``casefinder monitor``: feeds, inputs, lists and matured outcomes on one page, and an exit code for schedulers."""

import datetime as dt
from pathlib import Path
from typing import Any

from casefinder.codelists import load_codelists
from casefinder.commands.deployment import HERE_NOT_ON_SPARK, Deployment
from casefinder.commands.reporter import Reporter, timed
from casefinder.commands.training import LINK_FIRST
from casefinder.config.site import ServiceSettings
from casefinder.engines import Version, working
from casefinder.errors import CalibrationAlarm, CasefinderError, FeedAlarm, MissingPartError
from casefinder.histories import Histories
from casefinder.histories.practices import record_of
from casefinder.modelling.reach import reach_words
from casefinder.modelling.registry import Registry
from casefinder.modelling.service_starts import ServicesAndLists
from casefinder.modelling.serving import bundle_for
from casefinder.monitoring import say
from casefinder.monitoring.look import Look, LookGiven, ModelLook, look, write_tables
from casefinder.monitoring.measured import metrics
from casefinder.reports.monitoring_page import monitoring_page
from casefinder.worklist.history import ListHistory, history_url
from casefinder.worklist.list_record import list_record

STEP = "monitoring"
PAGE = "monitoring.html"


def run_monitor(deployment: Deployment, as_of: dt.date, reporter: Reporter) -> Version:
    """Look at a site on a date: write the page and the tables, log the metrics, and tell what was found.

    Raises:
        CalibrationAlarm: the risks of a model are wrong; raised after everything is written.
        FeedAlarm: a feed is at fault; raised after everything is written.
    """
    seconds: dict[str, float] = {}
    with timed(seconds, "look"):
        seen = _look(deployment, as_of, reporter)
    with deployment.workspace.draft(STEP) as draft:
        write_tables(seen, draft.folder)
        (draft / PAGE).write_text(monitoring_page(seen), encoding="utf-8", newline="\n")
        version = draft.finish(_manifest(seen))
    with timed(seconds, "registry"):
        _log(deployment, seen, reporter)
    deployment.workspace.log({"command": "monitor", "as_of": str(as_of), "seconds": seconds})
    tell_look(seen, version / PAGE, reporter)
    raise_alarms(seen, version / PAGE)
    return version


def _look(deployment: Deployment, as_of: dt.date, reporter: Reporter) -> Look:
    site, workspace = deployment.site, deployment.workspace
    if site.engine == "spark":
        reporter.warn(f"{HERE_NOT_ON_SPARK}, but for the volumes of feeds")
    histories = Histories(workspace.newest("histories", LINK_FIRST))
    record = record_of(workspace, histories)
    names = dict.fromkeys((site.lists.ranked_by, *site.lists.beside))
    bundles = {name: bundle_for(site, workspace, name) for name in names}
    codelists = load_codelists(site.own_codelists())
    issued = ListHistory(history_url(site.decisions_url, workspace.folder))
    lists = ServicesAndLists(site.services, list_record(issued, site.services))
    given = LookGiven(site, record, histories, bundles, codelists, issued, lists, deployment.stale_after())
    try:
        with working(site, workspace) as (engine, _scratch):
            return look(given, engine, as_of, reporter.stage)
    finally:
        issued.close()


def _manifest(seen: Look) -> dict[str, Any]:
    return {
        "step": STEP,
        "as_of": str(seen.as_of),
        "site": seen.site,
        "models": {one.name: {"label": one.label, "looks": [str(date) for date in one.looks]} for one in seen.models},
        "feeds_at_fault": [feed.name for feed in seen.feeds if feed.is_wrong],
        "alarms": [
            {"model": one.label, "cluster": signal.cluster, "way": signal.way, "look": str(signal.look)}
            for one in seen.models
            for signal in one.alarms.standing
        ],
        "audience": "the page: anyone at the site, figures disclosed; the tables are exact and stay in the workspace",
    }


def _log(deployment: Deployment, seen: Look, reporter: Reporter) -> None:
    """Log each model's metrics; a site that only scores may have no MLflow, and is told so."""
    reporter.stage("logging to MLflow")
    try:
        registry = Registry(deployment.site.mlflow_uri, deployment.workspace.folder)
    except MissingPartError as error:
        reporter.warn(f"metrics of this look are not in MLflow: {error.headline}")
        return
    for one in seen.models:
        registry.log_monitoring(one.label, seen.as_of, metrics(one, seen.feeds))


def tell_look(seen: Look, page: Path, reporter: Reporter) -> None:
    """Tell what was found, with figures that may leave the workspace."""
    rows = [
        [
            feed.name,
            feed.line.state,
            say.range_words(feed.volume) if feed.volume else "not judged",
            say.late_words(feed.lateness),
        ]
        for feed in seen.feeds
        if feed.line.state != "not supplied"
    ]
    reporter.table(f"Feeds on {seen.as_of}", ["feed", "state", "usual facts a month", "late coding"], rows)
    for model in seen.models:
        _tell_model(model, seen.services, reporter)
    for problem in seen.feed_problems:
        reporter.warn(str(problem))
    reporter.say(f"page: {page}")


def _tell_model(model: ModelLook, services: ServiceSettings, reporter: Reporter) -> None:
    shifted = model.inputs.at_least(0.25)
    names = f": {', '.join(shifted['name'].head(5))}" if len(shifted) else ""
    reporter.say(
        f"{model.label}: stability index of the score {model.inputs.score:.3f} since {model.test_date}; "
        f"{len(shifted)} features have shifted{names}"
    )
    reporter.say(f"{model.label}: {say.look_words(model.looks, model.next_close)}")
    rows = [
        [row["cluster"], say.count_shown(row["people"]), say.count_shown(row["events"]),
         *(say.ratio_shown(row, name) for name in ("ratio", "ratio_low", "ratio_high", "slope", "c_statistic")),
         say.standing(model.alarms, row["cluster"])]
        for row in model.figures.by_cluster.to_dict("records")
    ]  # fmt: skip
    if rows:
        heading = ["cluster", "people", "outcomes", "O/E", "low", "high", "slope", "c-statistic", "chart"]
        reporter.table(f"{model.label}: outcomes that have matured", heading, rows)
        reporter.say(f"{model.label}: {say.OTHER_PEOPLE}")
        _tell_served(model, services, reporter)


def _tell_served(model: ModelLook, services: ServiceSettings, reporter: Reporter) -> None:
    """Tell the figures with and without people who had a service, and whether a new fit would learn what it did."""
    both = list(zip(*(table.to_dict("records") for table in (model.figures.by_cluster, model.figures.by_cluster_without)),
                    strict=True))  # fmt: skip
    if not any(without["served"] for _, without in both):
        reporter.say(f"{model.label}: nobody in these windows had a service on record. {say.services_words(services)}")
        return
    rows = [
        [row["cluster"], say.count_shown(without["served"]),
         *(words for name in ("ratio", "slope", "c_statistic")
           for words in (say.ratio_shown(row, name), say.without_shown(without, name)))]
        for row, without in both
    ]  # fmt: skip
    heading = ["cluster", "had a service", "O/E", "without", "slope", "without", "c-statistic", "without"]
    reporter.table(f"{model.label}: everyone, and without those who had a service", heading, rows)
    reporter.say(f"{say.services_words(services)} {say.READ_BOTH}")
    learnt = reach_words(model.reach)
    if learnt:
        reporter.warn(f"{model.label}: {learnt}")


def raise_alarms(seen: Look, page: Path) -> None:
    """Raise what a scheduler must know.

    Raises:
        CalibrationAlarm: with feeds at fault named before the alarms.
        FeedAlarm: only feeds are at fault.
    """
    feeds, alarms = seen.feed_problems, seen.alarm_problems
    if not feeds and not alarms:
        return
    kind: type[CasefinderError] = CalibrationAlarm if alarms else FeedAlarm
    what = "The risks of a model are wrong" if alarms else "A feed is at fault"
    raise kind(f"{what}, as seen on {seen.as_of}:", [*feeds, *alarms], f"Read {page}")
