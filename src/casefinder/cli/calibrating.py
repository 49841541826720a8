"""``casefinder calibration``: where a model is right and where it is wrong."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from casefinder.cli.options import SitePath, WorkspacePath, opened
from casefinder.cli.terminal import Terminal, explained


class By(StrEnum):
    """What calibration is shown by."""

    cluster = "cluster"
    practice = "practice"


def calibration(
    model: Annotated[str, typer.Option("--model", help="Name of the model.")],
    workspace: WorkspacePath,
    by: Annotated[By, typer.Option("--by", help="GP cluster or GP practice.")] = By.cluster,
    across: Annotated[
        bool, typer.Option("--across-versions", help="Every version, not only the one that scores the list.")
    ] = False,
    out: Annotated[Path | None, typer.Option("--out", help="Folder for page and table. Default: in the workspace.")] = None,
    site: SitePath = None,
) -> None:
    """Show observed over expected by cluster or practice, disclosed, as a table, a page with a chart, and a CSV file."""
    with explained(Terminal()) as terminal:
        from casefinder.commands.calibrating import run_calibration

        run_calibration(opened(site, workspace, "train", terminal), model, by.value, across, out, terminal)
