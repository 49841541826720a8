"""``casefinder models``: versions of the models of a site."""

import typer

from casefinder.cli.options import SitePath, WorkspacePath, opened
from casefinder.cli.terminal import Terminal, explained

models_app = typer.Typer(help="Models of this site.", no_args_is_help=True)


@models_app.command("list")
def models_list(workspace: WorkspacePath, site: SitePath = None) -> None:
    """Show every version of every model, and which one the weekly list is scored with."""
    with explained(Terminal()) as terminal:
        from casefinder.commands.modelling import run_models_list

        run_models_list(opened(site, workspace, "score", terminal), terminal)
