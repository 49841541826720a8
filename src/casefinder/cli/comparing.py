"""``casefinder compare-models``: one cohort, every score."""

from pathlib import Path
from typing import Annotated

import typer

from casefinder.cli.options import SitePath, WorkspacePath, opened
from casefinder.cli.terminal import Terminal, explained


def compare_models(
    model: Annotated[str, typer.Argument(help="Name of a model that has been fitted here.")],
    workspace: WorkspacePath,
    version: Annotated[
        int | None, typer.Option("--version", min=1, help="Its version. Default: the one that scores the weekly list.")
    ] = None,
    outcome: Annotated[
        list[str] | None,
        typer.Option("--outcome", help="An outcome to compare on; may be given more than once. Default: the usual ones."),
    ] = None,
    horizon: Annotated[
        list[int] | None,
        typer.Option("--horizon", min=1, max=1826, help="Days to look ahead; may be given more than once."),
    ] = None,
    scores: Annotated[
        Path | None,
        typer.Option("--scores", help="A CSV file of other tools' scores: person_id or identifier, and a column each."),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder for table and page. Default: in the workspace.")] = None,
    site: SitePath = None,
) -> None:
    """Set a model beside age and sex, simple rules and other scores, on the same people, index date and outcome."""
    with explained(Terminal()) as terminal:
        from casefinder.commands.comparing import run_compare_models

        deployment = opened(site, workspace, "train", terminal)
        run_compare_models(deployment, model, terminal, version, outcome or (), horizon or (), scores, out)
