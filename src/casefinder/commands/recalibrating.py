"""``casefinder recalibrate``: how much of a version must be changed on later data, and the version so changed."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from casefinder.codelists import load_codelists
from casefinder.commands.archive import services_and_lists
from casefinder.commands.deployment import Deployment
from casefinder.commands.known import known_before
from casefinder.commands.promoting import version_of
from casefinder.commands.reporter import Reporter, timed
from casefinder.commands.storing import row_storage
from casefinder.commands.training import LINK_FIRST, Asked, run_train
from casefinder.commands.verdict import tell_change
from casefinder.commands.versions import in_use, keep, tell_challenger, tell_kept
from casefinder.config import load_model
from casefinder.config.model import ModelSettings, model_names
from casefinder.engines import Version, Workspace
from casefinder.errors import ModelError, one_of
from casefinder.evaluation.closed_test import Update
from casefinder.histories import Histories
from casefinder.histories.practices import Practices, practices_of, record_of
from casefinder.modelling.bundle import Bundle, read_bundle
from casefinder.modelling.calibrate import Calibrator
from casefinder.modelling.cluster_terms import ClusterTerms, cluster_terms, with_terms
from casefinder.modelling.later_rows import LaterRows, later_rows
from casefinder.modelling.logistic import Logistic
from casefinder.modelling.reach import reach_words
from casefinder.modelling.recalibrated import disclosed_recalibration
from casefinder.modelling.recalibration import (
    Shown,
    change_made,
    judged_updates,
    reach_of,
    recalibrated,
    record_of_test,
    updated,
)
from casefinder.modelling.registry import Registry
from casefinder.modelling.serving import serving
from casefinder.modelling.splits import CALIBRATE
from casefinder.modelling.stored_rows import Storage
from casefinder.modelling.tested import FORMER, scored_by, tested_people
from casefinder.modelling.train import Fitted
from casefinder.modelling.trees import Trees
from casefinder.reports.recalibration import TEST_HEADING, cluster_words, rows_of_test, words_of_test


@dataclass(frozen=True)
class Wanted:
    """What is to be recalibrated, and how.

    Attributes:
        version: number of the version; None for the one that scores the weekly list.
        method: what to change; None for what the closed test chooses.
        clusters: add a shrunken term for each GP cluster.
        refit: fit a whole new version where calibration alone does not mend it.
    """

    version: int | None = None
    method: Update | None = None
    clusters: bool = False
    refit: bool = True


@dataclass(frozen=True)
class _Former:
    """The version that is recalibrated, with all that its folder holds."""

    version: Version
    bundle: Bundle
    trees: Trees
    logistic: Logistic
    exact: dict[str, Any]

    @classmethod
    def read(cls, version: Version) -> "_Former":
        folder = version / "bundle"
        bundle = read_bundle(folder)
        trees = Trees((folder / "trees.txt").read_text(encoding="utf-8"))
        logistic = Logistic.read((folder / "logistic.json").read_text(encoding="utf-8"))
        return cls(version, bundle, trees, logistic, json.loads((version / "exact.json").read_text(encoding="utf-8")))

    @property
    def settings(self) -> ModelSettings:
        return ModelSettings(**self.bundle.about["settings"])


def run_recalibrate(deployment: Deployment, model: str, wanted: Wanted, reporter: Reporter) -> Version | None:
    """Test how much of a version must be changed, and write it so changed; None where it is kept as it is.

    Raises:
        ModelError: there is no such version, or nothing later to recalibrate it on, or too few with the outcome.
    """
    with row_storage(deployment.site, deployment.workspace) as storage:
        return _recalibrated(deployment, model, wanted, storage, reporter)


def _recalibrated(
    deployment: Deployment, model: str, wanted: Wanted, storage: Storage, reporter: Reporter
) -> Version | None:
    workspace, seconds = deployment.workspace, dict[str, float]()
    former = _Former.read(_chosen(workspace, model, wanted.version))
    histories = Histories(workspace.newest("histories", LINK_FIRST))
    practices = practices_of(record_of(workspace, histories), histories)
    with timed(seconds, "rows"):
        later, dated = _later(deployment, former, histories, storage, reporter)
    rows = Shown.of(later, CALIBRATE, former.bundle, practices)
    reached = reach_of(later, rows, dated)
    if reached and (words := reach_words(reached, dated.served_people == "hold_out")):
        reporter.warn(words)
    with timed(seconds, "test"):
        test, names = judged_updates(later, rows)
    update = wanted.method or test.chosen
    record: dict[str, Any] = {"of": former.version.number, **record_of_test(test, names, update, later)}
    record |= {"forced": wanted.method is not None and wanted.method != test.chosen, "clusters": None}
    _tell_test(former.bundle, record, reporter)
    if update == "refit":
        return _refitted(deployment, former, record, wanted, reporter)
    calibrator, terms = _calibrator(former.bundle, rows, updated(former.bundle.calibrator, test, update), update, wanted)
    if terms:
        reporter.say(cluster_words(_told(terms)))
        record["clusters"] = _told(terms) if terms.terms else None
    record["made"] = change_made(former.bundle.calibrator, calibrator)
    if calibrator == former.bundle.calibrator:
        reporter.say(f"{former.bundle.label} is kept as it is; nothing was written")
        return None
    with timed(seconds, "write"):
        version = _write(deployment, former, later, practices, calibrator, record, histories, reporter)
    workspace.log({"command": "recalibrate", "model": model, "version": version.number, "seconds": seconds})
    tell_change(deployment, former.bundle, version, record, reporter)
    return version


def _chosen(workspace: Workspace, model: str, number: int | None) -> Version:
    """Return the version to recalibrate.

    Raises:
        ModelError: there is no such version, or none was named and none is in use.
    """
    if number is not None:
        return version_of(workspace, model, number)
    served = serving(workspace, model)
    if served is None:
        known = [path.name for path in (workspace / "models").glob("*")]
        hint = f"; {one_of(model, known)}" if model not in known else ""
        raise ModelError(
            f"No version of '{model}' scores the lists of this workspace{hint}.",
            remedy=f"Name one: {workspace.command(f'recalibrate {model} --version N')}, "
            f"or fit one: {workspace.command(f'train {model}')}",
        )
    return served


def _later(
    deployment: Deployment, former: _Former, histories: Histories, storage: Storage, reporter: Reporter
) -> tuple[LaterRows, ModelSettings]:
    """Return the rows to recalibrate and to test on, and the settings by which they were taken."""
    site = deployment.site
    settings = settings_now(former.settings, site.folder / "models")
    codelists, lists = load_codelists(site.own_codelists()), services_and_lists(site, deployment.workspace)
    return later_rows(former.bundle, settings, histories, codelists, storage, reporter.stage, lists), settings


def settings_now(own: ModelSettings, folder: Path) -> ModelSettings:
    """Return a version's settings with the months of its model's file as it is now, and its own seed and shares of people.

    What is done about people served is the file's too. Where the model has no file any longer, the months are those of the
    version, up to the latest date.

    Args:
        own: the version's settings.
        folder: where the site keeps model files of its own.
    """
    if own.name not in model_names(folder):
        split = own.split.model_copy(update={"index_date": None, "test_months_before": 0})
        return own.model_copy(update={"split": split})
    now = load_model(own.name, folder)
    kept = {name: getattr(own.split, name) for name in ("seed", "fit_share", "stop_share", "calibrate_share")}
    return own.model_copy(update={"split": now.split.model_copy(update=kept), "served_people": now.served_people})


def _calibrator(
    bundle: Bundle, rows: Shown, calibrator: Calibrator, update: Update, wanted: Wanted
) -> tuple[Calibrator, ClusterTerms | None]:
    """Return the new calibrator, and the terms that it carries where they were asked for."""
    if not wanted.clusters:
        return calibrator, None
    terms = cluster_terms(rows, replace(calibrator, clusters={}).risks(rows.raw))
    return with_terms(calibrator, terms, update), terms


def _told(terms: ClusterTerms) -> dict[str, Any]:
    spread, low, high = terms.spread
    found: dict[str, Any] = {"spread": spread, "spread_low": low, "spread_high": high}
    return {**found, "terms": dict(sorted(terms.terms.items())), "withheld": terms.withheld}


def _write(
    deployment: Deployment,
    former: _Former,
    later: LaterRows,
    practices: Practices,
    calibrator: Calibrator,
    record: dict[str, Any],
    histories: Histories,
    reporter: Reporter,
) -> Version:
    site, workspace = deployment.site, deployment.workspace
    reporter.stage("test and MLflow")
    extract = str(histories.version.manifest["extract_date"])
    fitted = recalibrated(
        former.bundle, (former.trees, former.logistic), former.exact, former.settings, later, practices, calibrator,
        extract, record,
    )  # fmt: skip
    people = _people(fitted, former.bundle, practices, in_use(serving(workspace, former.bundle.name), reporter))
    registry = Registry(site.mlflow_uri, workspace.folder)
    linked = record_of(workspace, histories)
    kept = keep(
        workspace, registry, fitted, people, linked, False, known_before(site, workspace, fitted), deployment.approvals()
    )
    tell_kept(kept, reporter)
    tell_challenger(kept, deployment.workspace, reporter)
    return kept.version


def _people(fitted: Fitted, former: Bundle, practices: Practices, served: Bundle | None) -> pd.DataFrame:
    """Return the people tested, with scores of the version in use, and of the version recalibrated if that is another."""
    people = tested_people(fitted, practices, served)
    if served is not None and served.about["version"] == former.about["version"]:
        return people
    return people.assign(**scored_by(former, fitted, people["gp_cluster"].to_numpy(), FORMER))


def _refitted(
    deployment: Deployment, former: _Former, record: dict[str, Any], wanted: Wanted, reporter: Reporter
) -> Version | None:
    """Fit a whole new version, unless that is not wanted."""
    model = former.bundle.name
    if record["chosen"] == "refit":
        reporter.warn("calibration alone does not mend this version: characteristics of people work otherwise than they did")
    if not wanted.refit:
        reporter.say(f"nothing was written; to fit a new version: {deployment.workspace.command(f'train {model}')}")
        return None
    version = run_train(deployment, model, reporter, Asked(serve_it=False))
    tell_change(deployment, former.bundle, version, record, reporter)
    return version


def _tell_test(bundle: Bundle, record: dict[str, Any], reporter: Reporter) -> None:
    rows = [list(row) for row in rows_of_test(record)]
    reporter.table(f"Closed test of {bundle.label} on later data", list(TEST_HEADING), rows)
    for line in words_of_test(disclosed_recalibration(record)):
        reporter.say(line)
