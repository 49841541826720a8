"""``casefinder recalibrate``: a version made to fit later data, as little changed as will do."""

from typing import Annotated, Literal

import typer

from casefinder.cli.options import SitePath, WorkspacePath, opened
from casefinder.cli.terminal import Terminal, explained


def recalibrate(
    model: Annotated[str, typer.Argument(help="Name of the model.")],
    workspace: WorkspacePath,
    version: Annotated[
        int | None, typer.Option("--version", min=1, help="Number of the version. Default: the one that scores the list.")
    ] = None,
    method: Annotated[
        Literal["intercept", "intercept-and-slope", "refit"] | None,
        typer.Option("--method", help="What to change, whatever the closed test chooses; the test is kept all the same."),
    ] = None,
    clusters: Annotated[
        bool, typer.Option("--clusters", help="Let the risk carry a shrunken term for each GP cluster.")
    ] = False,
    refit: Annotated[
        bool, typer.Option("--refit/--no-refit", help="Fit a new version where calibration alone does not mend this one.")
    ] = True,
    site: SitePath = None,
) -> None:
    """Test on later data how much of a version must be changed, and write it so changed as a new version."""
    with explained(Terminal()) as terminal:
        from casefinder.commands.recalibrating import Wanted, run_recalibrate

        update = "intercept and slope" if method == "intercept-and-slope" else method
        wanted = Wanted(version, update, clusters, refit)
        run_recalibrate(opened(site, workspace, "train", terminal), model, wanted, terminal)
