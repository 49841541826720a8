"""``casefinder compare-models``: a model beside simpler and supplied scores, on the same people, index date and outcome."""

import csv
import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

from casefinder.codelists import CodeLists, load_codelists
from casefinder.commands.deployment import Deployment
from casefinder.commands.reporter import Reporter, timed
from casefinder.commands.storing import row_storage
from casefinder.commands.training import LINK_FIRST
from casefinder.config.model import ModelSettings, model_names
from casefinder.disclosure import DEFAULT, shown
from casefinder.engines import Version, Workspace
from casefinder.errors import ConfigError, ModelError, Problem, WorkspaceError, one_of
from casefinder.histories import Histories
from casefinder.modelling.bundle import read_bundle
from casefinder.modelling.comparators import comparators, compare, with_rule
from casefinder.modelling.disclosed_comparison import disclosed_comparison
from casefinder.modelling.external_scores import Supplied, read_scores, scores_of_record
from casefinder.modelling.questions import Question, answers, not_observed, questions
from casefinder.modelling.serving import serving
from casefinder.modelling.splits import CALIBRATE, FIT, STOP, TEST, Plan
from casefinder.modelling.stored_rows import Storage
from casefinder.modelling.tested import read_tested
from casefinder.reports.comparison import COLUMNS, comparison_page, screen_tables

STEP: Final = "comparisons"
PAGES: Final = "pages"
LEAST_COVERED: Final = 0.9
"""A score of the linked record joins the comparison where at least this share of the tested people have it."""


@dataclass(frozen=True)
class _Compared:
    """A version of a model, its settings and dates, the people it was tested on, and the record they are asked of."""

    version: Version
    about: dict[str, Any]
    settings: ModelSettings
    plan: Plan
    people: pd.DataFrame
    histories: Histories
    codelists: CodeLists


def run_compare_models(
    deployment: Deployment,
    model: str,
    reporter: Reporter,
    number: int | None = None,
    names: Sequence[str] = (),
    days: Sequence[int] = (),
    scores: Path | None = None,
    out: Path | None = None,
) -> Version:
    """Compare a model with every other score, and write the exact figures, a table and a page to share."""
    workspace, seconds = deployment.workspace, dict[str, float]()
    given = _given(deployment, model, number)
    asked = questions(given.settings, names, days)
    remarks: list[str] = []
    supplied = _supplied(deployment, given, scores, remarks)
    people = _with_scores(given.people, supplied, scores, remarks)
    by_name = bool(names or days)
    # A question has three features: on Spark they would take less time than its start.
    with timed(seconds, "compare"), row_storage(deployment.site, workspace, on_engine=False) as storage:
        tables = [_answered(question, given, people, supplied, by_name, remarks, storage, reporter) for question in asked]
    table = pd.concat([one for one in tables if one is not None], ignore_index=True)
    with workspace.draft(STEP) as draft:
        table.to_csv(draft / "exact.csv", index=False, lineterminator="\n")
        manifest = {"step": "comparison", "model": model, "version": given.version.number, "remarks": remarks}
        written = draft.finish({**manifest, "extract_date": given.histories.version.manifest["extract_date"]})
    workspace.log({"command": "compare-models", "model": model, "version": given.version.number, "seconds": seconds})
    _tell(given, table, remarks, out or workspace / PAGES, reporter)
    return written


def _given(deployment: Deployment, model: str, number: int | None) -> _Compared:
    workspace, site = deployment.workspace, deployment.site
    version = _version(workspace, model, number, {*model_names(site.folder / "models"), *_fitted(workspace)})
    about = dict(read_bundle(version / "bundle").about)
    settings = ModelSettings.model_validate(about["settings"])
    dates = {
        part: tuple(dt.date.fromisoformat(date) for date in about["index_dates"][name])
        for name, part in (("fit", FIT), ("stop", STOP), ("calibrate", CALIBRATE), ("test", TEST))
    }
    people = with_rule(read_tested(workspace, model, version.number))
    histories = Histories(workspace.newest("histories", LINK_FIRST))
    codelists = load_codelists(site.own_codelists())
    return _Compared(version, about, settings, Plan(dates, settings.split), people, histories, codelists)


def _fitted(workspace: Workspace) -> list[str]:
    return [path.name for path in (workspace / "models").glob("*") if path.is_dir()]


def _version(workspace: Workspace, model: str, number: int | None, known: set[str]) -> Version:
    """Return the version asked for: by default the one that scores the weekly list, or else the newest."""
    if model not in known:
        raise ConfigError(f"There is no model called '{model}'; {one_of(model, known)}")
    versions = workspace.versions(f"models/{model}")
    if not versions:
        fit = workspace.command(f"train {model}")
        raise WorkspaceError(f"No version of {model} has been fitted here.", remedy=f"Fit one: {fit}")
    if number is None:
        return serving(workspace, model) or versions[-1]
    for one in versions:
        if one.number == number:
            return one
    there = ", ".join(str(one.number) for one in versions)
    raise ConfigError(f"There is no version {number} of {model}.", [Problem("--version", f"use one of: {there}")])


def _supplied(deployment: Deployment, given: _Compared, scores: Path | None, remarks: list[str]) -> Supplied:
    """Return the scores of the file, and those of the linked record that nearly everyone tested has."""
    record = scores_of_record(given.histories, given.plan.test_date)
    covered = record.people[record.people["person_id"].isin(given.people["person_id"])]
    names = [name for name in record.names if covered[name].notna().sum() >= LEAST_COVERED * len(given.people)]
    remarks += [f"{name}: fewer than 9 in 10 of the people tested have it, so it is left out" for name in record.names
                if name not in names]  # fmt: skip
    if scores is None:
        return Supplied(record.people[["person_id", *names]], tuple(names))
    file = read_scores(scores, deployment.site, given.plan.test_date)
    remarks += file.remarks
    kept = [name for name in names if name not in file.names]
    both = file.people.merge(record.people[["person_id", *kept]], on="person_id", how="left")
    return Supplied(both, (*file.names, *kept))


def _with_scores(people: pd.DataFrame, supplied: Supplied, scores: Path | None, remarks: list[str]) -> pd.DataFrame:
    """Return the people tested who have every supplied score: all scores are compared on the same people.

    Raises:
        ConfigError: nobody tested has them.
    """
    if not supplied.names:
        return people
    both = people.merge(supplied.people, on="person_id", how="inner", validate="one_to_one")
    both = both.dropna(subset=list(supplied.names)).reset_index(drop=True)
    left_out = len(people) - len(both)
    if both.empty:
        where = scores.name if scores else "The record"
        remedy = "Check that person_id or identifier is that of this site, and index_date the test date."
        raise ConfigError(f"{where} holds no score of anybody on whom the model was tested.", remedy=remedy)
    if left_out:
        remarks.append(f"people tested who lack a supplied score are left out of every row: {_counted(left_out)}")
    return both


def _counted(count: int) -> str:
    return shown(DEFAULT.count(count))


def _answered(
    question: Question,
    given: _Compared,
    people: pd.DataFrame,
    supplied: Supplied,
    must: bool,
    remarks: list[str],
    storage: Storage,
    reporter: Reporter,
) -> pd.DataFrame | None:
    """Return the figures of one question; None, with a remark, where nobody asked for it by name and it was not observed."""
    why = not_observed(question, given.histories, given.plan.test_date)
    if why and must:
        remedy = "Give a shorter --horizon, or fit the model with an earlier test date (split.test_months_before)."
        raise ModelError("The scores cannot be compared on this:", [Problem(question.name, why)], remedy)
    if why:
        remarks.append(f"not compared: {question.words}; {why}")
        return None
    is_own = (question.name, question.days) == (given.settings.outcome, given.settings.horizon_days)
    tell = reporter.stage
    found = answers(
        question, given.histories, given.settings, given.codelists, given.plan, storage,
        lambda done, whole: tell(question.words, done, whole),
    )  # fmt: skip
    columns = ["person_id", "age_and_sex"] if is_own else ["person_id", "age_and_sex", "outcome", "weight"]
    rows = people.drop(columns=[name for name in columns[1:] if name in people]).merge(found[columns], on="person_id")
    if rows.empty:
        raise WorkspaceError(
            "The linked record does not hold the people on whom the model was tested.",
            remedy=f"Fit it again: casefinder train {given.settings.name} --workspace DIR",
        )
    if found["age_and_sex"].isna().all():
        remarks.append(f"age and sex could not be fitted for {question.words}")
    scores = comparators(rows, given.settings.served, supplied.names)
    return compare(question, is_own, rows, scores, given.settings.list_share, given.settings.seed)


def _tell(given: _Compared, table: pd.DataFrame, remarks: Sequence[str], out: Path, reporter: Reporter) -> None:
    """Show the table, and write it with its page for those who may not see exact figures."""
    rows = disclosed_comparison(table)
    name, number = given.settings.name, given.version.number
    title = f"{name} version {number}, index date {given.plan.test_date}, top {100 * given.settings.list_share:g} in 100"
    reporter.say(title)
    for told, lines in screen_tables(rows):
        reporter.table(told, list(COLUMNS), lines)
    for words in remarks:
        reporter.warn(words)
    out.mkdir(parents=True, exist_ok=True)
    file, page = (out / f"{name}-{number}-comparison.{end}" for end in ("csv", "html"))
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    about = {key: given.about[key] for key in ("name", "version", "meaning", "site", "demonstration", "temporal")}
    about |= {"index_date": str(given.plan.test_date), "list_share": given.settings.list_share}
    page.write_bytes(comparison_page(rows, json.loads(json.dumps(about)), remarks))
    reporter.say(f"table: {file}")
    reporter.say(f"page: {page}")
