"""``casefinder models list``, ``show`` and ``compare``: the versions of this site's models."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from casefinder.commands.deployment import Deployment
from casefinder.commands.promoting import gate_rows, gate_settings, gates_of, version_of
from casefinder.commands.reporter import Reporter
from casefinder.commands.training import figures_in_order
from casefinder.config.model import model_names
from casefinder.disclosure import DEFAULT, WITHHELD, shown
from casefinder.engines import Version, Workspace
from casefinder.errors import ConfigError, ModelError, Problem, WorkspaceError
from casefinder.evaluation.lists import list_length
from casefinder.evaluation.stability import topk_overlap
from casefinder.modelling.bundle import read_bundle
from casefinder.modelling.compared import Pair, pairs, same_people
from casefinder.modelling.promotions import Decision, decisions
from casefinder.modelling.recalibrated import origin
from casefinder.modelling.serving import bundle_for, serving
from casefinder.reports.evaluation_tables import equity_table, list_table, rule_words, stability_words

HEADING: Final = [
    "model",
    "version",
    "how it was made",
    "test date",
    "c-statistic",
    "observed / expected",
    "scores the list",
]


def run_models_list(deployment: Deployment, reporter: Reporter) -> None:
    """Show every version of every model, and what scores the lists where that is no version of this workspace."""
    site, workspace = deployment.site, deployment.workspace
    names = {*model_names(site.folder / "models"), *(path.name for path in (workspace / "models").glob("*"))}
    rows = [
        _version_row(deployment, name, version) for name in sorted(names) for version in workspace.versions(f"models/{name}")
    ]
    if not rows:
        reporter.say(f"no model has been fitted yet; fit one with: {workspace.command('train emergency_admission')}")
    ranking = dict.fromkeys((site.lists.ranked_by, *site.lists.beside))
    rows += [row for name in ranking if (row := _from_elsewhere(deployment, name))]
    if rows:
        reporter.table("Models", HEADING, rows)


def _version_row(deployment: Deployment, name: str, version: Version) -> list[str]:
    served, pinned = serving(deployment.workspace, name), name in deployment.site.models
    used = ""
    if served and served.number == version.number:
        used = "no: the site file names another" if pinned else "yes"
    try:
        about = read_bundle(version / "bundle").about
    except ModelError:
        return [name, str(version.number), "its bundle is damaged", "", "", "", used]
    return [name, str(version.number), origin(about) or "fitted", *_headline(about), used]


def _from_elsewhere(deployment: Deployment, name: str) -> list[str] | None:
    """Return what scores the lists where it is no version of this workspace; None where it is one, or nothing does."""
    if name not in deployment.site.models and serving(deployment.workspace, name):
        return None
    try:
        bundle = bundle_for(deployment.site, deployment.workspace, name)
    except ModelError:
        return None
    where = "named in the site file" if name in deployment.site.models else "the demonstration's"
    return [name, str(bundle.about["version"]), where, *_headline(bundle.about), "yes"]


def _headline(about: Mapping[str, Any]) -> list[str]:
    figures = about["figures"]
    return [about["index_dates"]["test"][0], *(_three(figures.get(name)) for name in ("c_statistic", "observed_expected"))]


def run_models_show(deployment: Deployment, model: str, number: int, reporter: Reporter) -> None:
    """Show what a version is, how good it is, whether it passes its gates, and what was decided about it.

    Raises:
        ModelError: there is no such version.
    """
    version = version_of(deployment.workspace, model, number)
    about = read_bundle(version / "bundle").about
    served = serving(deployment.workspace, model)
    reporter.say(f"{about['name']} version {number}: {about['meaning']}")
    if origin(about):
        reporter.say(f"{origin(about)}; the closed test chose {about['recalibration']['chosen']}")
    reporter.say(f"site {about['site']}, records to {about['extract_date']}, tested at {about['index_dates']['test'][0]}")
    reporter.say("it scores the weekly list" if served and served.number == number else "it does not score the weekly list")
    words = figures_in_order(float(about["settings"]["list_share"]))
    figures = [[told, _three(about["figures"].get(name))] for name, told in words.items()]
    reporter.table("On the people tested", ["measure", "value"], figures)
    if "evaluation" in about:
        _show_measures(about, deployment.workspace, reporter)
    try:
        reporter.table("Gates", ["gate", "passed", "because"], gate_rows(gates_of(deployment, model, version)))
    except WorkspaceError as error:
        reporter.warn(f"its gates cannot be judged: {error.headline}")
    told = [_decision(one) for one in decisions(deployment.workspace, model) if number in (one.version, one.before)]
    if told:
        heading = ["when", "what was decided", "approved by", "gates failed", "reason for overriding"]
        reporter.table("Decisions", heading, told)
    reporter.say(f"card: {version / 'bundle' / 'card.md'}")
    page = version / "bundle" / "card.html"
    if page.is_file():
        reporter.say(f"card with charts: {page}")


def _show_measures(about: Mapping[str, Any], workspace: Workspace, reporter: Reporter) -> None:
    """Show what lists find, equity by group, and stability."""
    found = about["evaluation"]
    if found["note"]:
        reporter.warn(f"no further measures: {found['note']}")
        return
    reporter.table(*list_table(found, limits=False))
    reporter.say(rule_words())
    reporter.table(*equity_table(found, about["calibration"], limits=False))
    reporter.say(stability_words(found["stability"], workspace.command(f"train {about['name']} --refits 20")))


def _decision(one: Decision) -> list[str]:
    before = f" (before: {one.before})" if one.before is not None else ""
    words = f"version {one.version} {one.action}{before}"
    return [one.decided_at, words, one.approved_by or "nobody", ", ".join(one.failed) or "none", one.override]


def run_models_compare(deployment: Deployment, model: str, first: int, second: int, reporter: Reporter) -> None:
    """Show two versions beside one another: as each was tested, and on the people on whom both were.

    Raises:
        ConfigError: the two are the same.
        ModelError: there is no such version.
    """
    workspace = deployment.workspace
    if first == second:
        raise ConfigError("A version is not compared with itself:", [Problem("versions", f"{first} and {second}")])
    versions = [version_of(workspace, model, number) for number in (first, second)]
    bundles = [read_bundle(version / "bundle") for version in versions]
    abouts = [bundle.about for bundle in bundles]
    heading = ["each on its own people", f"version {first}", f"version {second}"]
    reporter.table(f"{model}: versions {first} and {second}", heading, _own_figures(abouts))
    settings = abouts[1]["settings"]
    both = same_people(workspace, model, first, second)
    if both is None:
        reporter.warn("no people on whom both were tested, or too few of them; the figures above are of different people")
        return
    reporter.stage("comparing on the same people")
    threshold = gate_settings(deployment, bundles[1]).threshold
    rows = [_pair(one) for one in pairs(both, threshold, float(settings["list_share"]))]
    people = shown(DEFAULT.count(len(both)))
    title = f"On the same {people} people at the same date, on whom neither was fitted"
    reporter.table(title, ["measure", f"version {first}", f"version {second}", "difference", "95% interval"], rows)
    share = float(settings["list_share"])
    same = topk_overlap(both["score_first"], both["score_second"], list_length(len(both), share=share))
    reporter.say(f"of all who stand on either list of the top {100 * share:g} in 100, {100 * same:.0f} in 100 stand on both")


def _pair(one: Pair) -> list[str]:
    """Return one measure of two versions as a row; withheld where it would tell how many of a few people were found."""
    if any(DEFAULT.count(count) is None for count in one.people):
        return [one.measure, *(WITHHELD for _ in range(4))]
    low, high = one.difference.interval
    difference = [f"{one.difference.value:+.4f}", f"{low:+.4f} to {high:+.4f}"]
    return [one.measure, _three(one.first), _three(one.second), *difference]


def _own_figures(abouts: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    rows = [["test date", *(about["index_dates"]["test"][0] for about in abouts)]]
    rows.append(["records to", *(about["extract_date"] for about in abouts)])
    words = figures_in_order(float(abouts[1]["settings"]["list_share"]))
    return rows + [[told, *(_three(about["figures"].get(name)) for about in abouts)] for name, told in words.items()]


def _three(value: object) -> str:
    if value is None:
        return WITHHELD
    return f"{value:,.3f}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)
