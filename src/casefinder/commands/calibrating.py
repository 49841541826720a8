"""``casefinder calibration``: where a model is right and where it is wrong, by cluster or practice, over its versions."""

from pathlib import Path
from typing import Literal, get_args

from casefinder.commands.deployment import Deployment
from casefinder.commands.promoting import gate_settings
from casefinder.commands.reporter import Reporter
from casefinder.config import ModelSettings
from casefinder.engines import Version, Workspace
from casefinder.errors import ModelError, WorkspaceError
from casefinder.modelling.bundle import read_bundle
from casefinder.modelling.calibration_history import ShownVersion, shown_versions
from casefinder.modelling.serving import serving
from casefinder.reports.calibration_page import HEADING, csv_bytes, page_bytes, screen_rows
from casefinder.reports.calibration_words import called, chance_words, glance, spoken_of, summary

By = Literal["cluster", "practice"]


def run_calibration(
    deployment: Deployment, model: str, by: By, across: bool, out: Path | None, reporter: Reporter
) -> list[Path]:
    """Show calibration by group on the screen, and write it as a page and a CSV file; return their paths.

    Raises:
        ModelError: the model has no version here.
        WorkspaceError: nothing is held of the people on whom its versions were tested.
    """
    workspace = deployment.workspace
    wanted = _wanted(workspace, model, across)
    versions, gone = shown_versions(workspace, model, by, wanted)
    for number in gone:
        reporter.warn(f"version {number} is left out: the people on whom it was tested were purged")
    if not versions:
        again = f"Fit it again: {workspace.command(f'train {model}')}"
        raise WorkspaceError(f"Nothing is held of the people on whom {model} was tested.", remedy=again)
    band = gate_settings(deployment, read_bundle(wanted[-1] / "bundle")).cluster_band
    reporter.table(f"{model}: calibration by {by}", [by, *HEADING], screen_rows(versions))
    reporter.say(summary(glance(versions, band), by, called(spoken_of(versions))))
    if even := chance_words(versions, by):
        reporter.say(even)
    folder = out or workspace / "calibration"
    return write_calibration(folder, versions, model, by, band, reporter)


def _wanted(workspace: Workspace, model: str, across: bool) -> list[Version]:
    """Return every version, or the one that scores the list (the newest where none does)."""
    every = workspace.versions(f"models/{model}")
    if not every:
        fit = workspace.command(f"train {model}")
        raise ModelError(f"This workspace has no version of '{model}'.", remedy=f"Fit one with: {fit}")
    return every if across else [serving(workspace, model) or every[-1]]


def write_calibration(
    folder: Path, versions: list[ShownVersion], model: str, by: By, band: tuple[float, float], reporter: Reporter
) -> list[Path]:
    """Write page and CSV file into a folder; return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for ending, content in (("html", page_bytes(versions, by, band)), ("csv", csv_bytes(versions, model, by))):
        path = folder / f"{model}_by_{by}.{ending}"
        path.write_bytes(content)
        reporter.say(f"{'page' if ending == 'html' else 'table'}: {path}")
        written.append(path)
    return written


def calibration_texts(workspace: Workspace, settings: ModelSettings) -> dict[str, str]:
    """Return what MLflow keeps with the newest version: pages and tables of all versions so far, by the path of each."""
    every, found = workspace.versions(f"models/{settings.name}"), {}
    for by in get_args(By):
        versions, _gone = shown_versions(workspace, settings.name, by, every)
        found[f"calibration/by_{by}.html"] = page_bytes(versions, by, settings.gates.cluster_band).decode()
        found[f"calibration/by_{by}.csv"] = csv_bytes(versions, settings.name, by).decode()
    return found
