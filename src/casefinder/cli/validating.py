"""``casefinder validate``: the validation ladder."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from casefinder.cli.options import SitePath, WorkspacePath, opened
from casefinder.cli.terminal import Terminal, explained


def validate(
    model: Annotated[str, typer.Argument(help="Name of a model under configs/models, or the path of a model file.")],
    workspace: WorkspacePath,
    by: Annotated[
        Literal["cluster", "practice"],
        typer.Option("--by", help="What is left out in turn: each GP cluster, or each practice."),
    ] = "cluster",
    out: Annotated[Path | None, typer.Option("--out", help="Folder for tables and page. Default: in the workspace.")] = None,
    site: SitePath = None,
) -> None:
    """Fit a model without each place and test it there, and on fewer people: what a new place may expect of it."""
    with explained(Terminal()) as terminal:
        from casefinder.commands.validating import run_validate

        run_validate(opened(site, workspace, "train", terminal), model, by, terminal, out)
