"""``casefinder models promote`` and ``rollback``: which version scores the weekly list, who decided it, and why."""

import json
import shutil
from pathlib import Path
from typing import Any

from casefinder.commands.deployment import Deployment
from casefinder.commands.reporter import Reporter
from casefinder.config import load_model
from casefinder.config.model import GateSettings, model_names
from casefinder.engines import Version, Workspace
from casefinder.errors import ModelError, Problem, one_of
from casefinder.modelling.bundle import MAIN, Bundle, read_bundle
from casefinder.modelling.by_group import read_calibration
from casefinder.modelling.compared import benefit_at, same_people
from casefinder.modelling.gates import Gate, failed, judged
from casefinder.modelling.promotions import PROMOTED, ROLLED_BACK, Decision, decisions, note_decision, served_before
from casefinder.modelling.registry import Registry
from casefinder.modelling.serving import serve, serving
from casefinder.reports.card import missing_sections


def version_of(workspace: Workspace, model: str, number: int) -> Version:
    """Return a version of a model.

    Raises:
        ModelError: this workspace has none of that number.
    """
    found = workspace.versions(f"models/{model}")
    for one in found:
        if one.number == number:
            return one
    if not found:
        fitted = [path.name for path in (workspace / "models").glob("*")]
        raise ModelError(f"This workspace has no version of '{model}'; {one_of(model, fitted)}")
    numbers = ", ".join(str(one.number) for one in found)
    raise ModelError(f"There is no version {number} of {model} here; there are: {numbers}")


def gates_of(deployment: Deployment, model: str, version: Version) -> tuple[Gate, ...]:
    """Return every gate of a version, as the model's file states them now.

    Raises:
        WorkspaceError: the people it was tested on, and what was worked out from them, are held no longer.
    """
    workspace = deployment.workspace
    bundle = read_bundle(version / "bundle")
    settings = gate_settings(deployment, bundle)
    served, benefit = serving(workspace, model), None
    if served and served.number != version.number and _alike(bundle, read_bundle(served / "bundle")):
        both = same_people(workspace, model, served.number, version.number)
        benefit = None if both is None else benefit_at(both, settings.threshold)
    exact: dict[str, Any] = json.loads((version / "exact.json").read_text(encoding="utf-8"))
    missing = missing_sections((version / "bundle" / "card.md").read_text(encoding="utf-8"))
    return judged(settings, exact["figures"], read_calibration(workspace, model, version), benefit, missing)


def gate_settings(deployment: Deployment, bundle: Bundle) -> GateSettings:
    """Return the gates of the model's file, or those it had at training where the file was given by its path."""
    own = deployment.site.folder / "models"
    if bundle.name in model_names(own):
        return load_model(bundle.name, own).gates
    return GateSettings(**bundle.about["settings"].get("gates", {}))


def _alike(one: Bundle, other: Bundle) -> bool:
    """Say whether two versions predict the same thing of the same kind of people."""
    return all(one.about[name] == other.about[name] for name in ("outcome", "horizon_days", "cohort"))


def run_promote(
    deployment: Deployment, model: str, number: int, approved_by: str, override: str, reporter: Reporter
) -> Decision:
    """Serve a version from now on, once it passes every gate or somebody gives a reason why it may all the same.

    Raises:
        ModelError: a gate is not passed and no reason is given, it is served already, or there is no such version.
    """
    workspace = deployment.workspace
    version, served, log = version_of(workspace, model, number), serving(workspace, model), decisions(workspace, model)
    if served and served.number == number:
        raise ModelError(f"{model} version {number} scores the weekly list already; nothing was changed.")
    gates = gates_of(deployment, model, version)
    reporter.table(f"Gates of {model} version {number}", ["gate", "passed", "because"], gate_rows(gates))
    held = failed(gates)
    if held and not override:
        raise ModelError(
            f"{model} version {number} is not promoted; it fails {len(held)} of {len(gates)} gates:",
            [Problem(one.name, one.words) for one in held],
            'Fit a better one, or override with a reason that is kept for ever: --override "REASON"',
        )
    decision = Decision(
        PROMOTED,
        number,
        served.number if served else None,
        approved_by,
        gates=tuple(f"{one.name}: {told(one)}: {one.words}" for one in gates),
        failed=tuple(one.name for one in held),
        override=override if held else "",
    )
    _carry_out(deployment, model, version, log, decision, reporter)
    return decision


def run_rollback(deployment: Deployment, model: str, approved_by: str, reporter: Reporter) -> Decision:
    """Serve the version that was served before the present one.

    Raises:
        ModelError: nothing was served before.
    """
    workspace = deployment.workspace
    served, log = serving(workspace, model), decisions(workspace, model)
    before = served_before(log, served.number) if served else None
    if served is None or before is None:
        now = f"version {served.number} is the first that was served" if served else "no version is served"
        promote = workspace.command(f"models promote {model} VERSION --approved-by NAME")
        raise ModelError(f"{model} cannot be rolled back: {now}.", remedy=f"To serve another: {promote}")
    decision = Decision(ROLLED_BACK, before, served.number, approved_by)
    _carry_out(deployment, model, version_of(workspace, model, before), log, decision, reporter)
    return decision


def _carry_out(
    deployment: Deployment, model: str, version: Version, log: list[Decision], decision: Decision, reporter: Reporter
) -> None:
    """Do what was decided, the pointer that the list goes by last, so that a command that was stopped can be given again."""
    site, workspace = deployment.site, deployment.workspace
    read_bundle(version / "bundle")
    registry = Registry(site.mlflow_uri, workspace.folder)
    exported = export(version / "bundle", site.folder / "models" / model)
    previous = served_before([*log, decision], version.number)
    aliases = registry.give_champion(model, version.number, previous, site.name, _tags(decision))
    note_decision(workspace, model, decision)
    serve(workspace, model, version)
    if model in site.models:
        reporter.say(f"{model} version {version.number} is this workspace's own from now on, but does not score the list")
    else:
        reporter.say(f"the weekly list is scored with {model} version {version.number} from now on")
    reporter.say(f"bundle: {exported}; to score another workspace with it: models: {{{model}: models/{model}}}")
    reporter.say(f"MLflow: {aliases}")
    if decision.override:
        reporter.warn(f"promoted although it fails {', '.join(decision.failed)}; the reason given is kept for ever")
    if model in site.models:
        what = f"the site file names a bundle for {model} under 'models', and that scores the list"
        reporter.warn(f"{what}; take that line out to use version {version.number}")


def _tags(decision: Decision) -> dict[str, str]:
    if decision.action == ROLLED_BACK:
        return {"rolled_back_to_by": decision.approved_by}
    tags = {"promoted_by": decision.approved_by, "gates_failed": ", ".join(decision.failed) or "none"}
    return tags | ({"override_reason": decision.override} if decision.override else {})


def export(bundle: Path, folder: Path) -> Path:
    """Put a copy of a bundle in a folder, in place of the bundle that is there.

    Raises:
        ModelError: the folder holds something else, or cannot be written.
    """
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MAIN).is_file():
        problem = Problem(str(folder), "holds something that is not a bundle")
        raise ModelError("The bundle cannot be put beside the site file:", [problem], "Move it away and try again.")
    coming, going = (folder.with_name(f".{folder.name}.{word}") for word in ("coming", "going"))
    try:
        for left in (coming, going):
            shutil.rmtree(left, ignore_errors=True)
        shutil.copytree(bundle, coming)
        if folder.is_dir():
            folder.rename(going)
        coming.rename(folder)
    except OSError as error:
        problem = Problem(str(folder), error.strerror or "cannot be written")
        raise ModelError("The bundle cannot be put beside the site file; nothing was changed:", [problem]) from None
    shutil.rmtree(going, ignore_errors=True)
    return folder


def gate_rows(gates: tuple[Gate, ...]) -> list[list[str]]:
    """Return gates as rows of a table."""
    return [[one.name, told(one), one.words] for one in gates]


def told(gate: Gate) -> str:
    """Return whether a gate is passed, in words."""
    return "not judged" if gate.passed is None else "yes" if gate.passed else "no"
