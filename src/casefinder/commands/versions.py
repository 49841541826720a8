"""A version written down: its bundle and card, exact figures, the people it was tested on, and its run in MLflow."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from casefinder.commands.calibrating import calibration_texts
from casefinder.commands.reporter import Reporter
from casefinder.engines import Version, Workspace
from casefinder.engines.files import file_hash
from casefinder.engines.workspace import MANIFEST
from casefinder.errors import ModelError
from casefinder.modelling.bundle import Bundle, read_bundle, write_bundle
from casefinder.modelling.by_group import FILE as CALIBRATION_FILE
from casefinder.modelling.by_group import calibration_tables, tables_text
from casefinder.modelling.disclosed import disclosed
from casefinder.modelling.disclosed_groups import disclosed_calibration
from casefinder.modelling.disclosed_measures import disclosed_measures
from casefinder.modelling.importance import importance
from casefinder.modelling.lineage import lineage
from casefinder.modelling.list_rows import KnownPeople
from casefinder.modelling.measured import FILE as MEASURES_FILE
from casefinder.modelling.measured import measured, record_text
from casefinder.modelling.promotions import SERVED, Decision, note_decision
from casefinder.modelling.registry import Registry
from casefinder.modelling.serving import next_version, serve, serving
from casefinder.modelling.tested import write_tested
from casefinder.modelling.train import Fitted
from casefinder.reports.card import card_of, card_page, card_text
from casefinder.reports.evaluation_charts import evaluation_charts


@dataclass(frozen=True)
class Kept:
    """A version as it was written: where it lies, what its bundle says of itself, what MLflow calls it."""

    version: Version
    about: Mapping[str, Any]
    registered: str


def keep(
    workspace: Workspace,
    registry: Registry,
    fitted: Fitted,
    people: pd.DataFrame,
    record: Version,
    serve_it: bool,
    known: KnownPeople | None = None,
    approvals: Mapping[str, Any] | None = None,
) -> Kept:
    """Write a fitted model as the next version of its name, log it, and serve it where that is asked for.

    Args:
        workspace: where it is written.
        registry: where it is logged.
        fitted: the model.
        people: those it was tested on, as ``tested_people`` gives them.
        record: the record that they come from.
        serve_it: score the weekly list with it from now on; else it is a challenger.
        known: people whom the team knew before the test date; None where no list was issued in the year before.
        approvals: those under which it was fitted, for its card; None for a demonstration.
    """
    name = fitted.settings.name
    measures = measured(people, fitted.settings, fitted.refits, known)
    version, about = _write(workspace, fitted, calibration_tables(people), measures, record, approvals)
    write_tested(workspace, people, name, version.number, str(about["extract_date"]))
    texts = calibration_texts(workspace, fitted.settings) | evaluation_texts(about)
    registered = registry.log_fit(version / "bundle", about, serve_it, file_hash(record / MANIFEST), texts)
    if serve_it:
        served = serving(workspace, name)
        note_decision(workspace, name, Decision(SERVED, version.number, served.number if served else None))
        serve(workspace, name, version)
    return Kept(version, about, registered)


def _write(
    workspace: Workspace,
    fitted: Fitted,
    tables: Mapping[str, Any],
    measures: Mapping[str, Any],
    record: Version,
    approvals: Mapping[str, Any] | None,
) -> tuple[Version, dict[str, Any]]:
    """Write a model as the next version of its name; return it, and what its bundle says of itself."""
    name = fitted.settings.name
    with workspace.draft(f"models/{name}") as draft:
        about = {**disclosed(fitted.about), "calibration": disclosed_calibration(tables), "version": next_version(draft)}
        about["evaluation"] = disclosed_measures(measures)
        served = fitted.trees if fitted.settings.served == "trees" else fitted.logistic
        about["importance"] = importance(served, fitted.contract.names, fitted.test_features)
        about["lineage"] = lineage(record, fitted.contract)
        if approvals:
            about["governance"] = dict(approvals)
        card = card_of(about, fitted.contract)
        models = (fitted.trees, fitted.logistic, fitted.calibrator)
        write_bundle(draft / "bundle", about, fitted.contract, *models, card_text(card), card_page(card))
        exact = json.dumps(fitted.about, indent=1, sort_keys=True, default=str)
        (draft / "exact.json").write_text(exact + "\n", encoding="utf-8")
        (draft / CALIBRATION_FILE).write_text(tables_text(tables), encoding="utf-8")
        (draft / MEASURES_FILE).write_text(record_text(measures), encoding="utf-8")
        return draft.finish({"step": "model", "name": name, "record": record.number}), about


def evaluation_texts(about: Mapping[str, Any]) -> dict[str, str]:
    """Return what MLflow keeps of the measures of a version: the disclosed record and its charts, by the path of each."""
    charts = {f"evaluation/{name}.svg": text for name, text in evaluation_charts(about).items()}
    return {"evaluation/evaluation.json": record_text(about["evaluation"]), **charts}


def in_use(served: Version | None, reporter: Reporter) -> Bundle | None:
    """Return the version in use, to be judged on the same people; a damaged one must not keep one from fitting another."""
    try:
        return read_bundle(served / "bundle") if served else None
    except ModelError as error:
        reporter.warn(f"the version in use is not compared with: {error.headline}")
        return None


def tell_kept(kept: Kept, reporter: Reporter) -> None:
    """Tell where a version lies."""
    reporter.say(f"bundle: {kept.version / 'bundle'}")
    reporter.say(f"MLflow: {kept.registered}")


def tell_challenger(kept: Kept, workspace: Workspace, reporter: Reporter) -> None:
    """Tell that a version does not score the list, and how it would."""
    promote = workspace.command(f"models promote {kept.about['name']} {kept.version.number} --approved-by NAME")
    reporter.say(f"the weekly list keeps its version; to use this one: {promote}")
