"""``casefinder models``: versions of the models of a site."""

from typing import Annotated

import typer

from casefinder.cli.options import SitePath, WorkspacePath, opened
from casefinder.cli.terminal import Terminal, explained
from casefinder.errors import ConfigError, Problem

models_app = typer.Typer(
    help="Versions of the models of this site, and which one scores the weekly list.", no_args_is_help=True
)

Model = Annotated[str, typer.Argument(help="Name of the model.")]
VersionNumber = Annotated[int, typer.Argument(min=1, help="Number of the version, as 'casefinder models list' shows it.")]
ApprovedBy = Annotated[str, typer.Option("--approved-by", help="Who approved it. Kept for ever.")]


@models_app.command("list")
def models_list(workspace: WorkspacePath, site: SitePath = None) -> None:
    """Show every version of every model, and which one the weekly list is scored with."""
    with explained(Terminal()) as terminal:
        from casefinder.commands.modelling import run_models_list

        run_models_list(opened(site, workspace, "score", terminal), terminal)


@models_app.command("show")
def models_show(model: Model, version: VersionNumber, workspace: WorkspacePath, site: SitePath = None) -> None:
    """Show one version: its figures, whether it passes its gates, and what was decided about it."""
    with explained(Terminal()) as terminal:
        from casefinder.commands.modelling import run_models_show

        run_models_show(opened(site, workspace, "train", terminal), model, version, terminal)


@models_app.command("compare")
def models_compare(
    model: Model, first: VersionNumber, second: VersionNumber, workspace: WorkspacePath, site: SitePath = None
) -> None:
    """Show two versions beside one another, and on the people on whom both were tested, with intervals."""
    with explained(Terminal()) as terminal:
        from casefinder.commands.modelling import run_models_compare

        run_models_compare(opened(site, workspace, "train", terminal), model, first, second, terminal)


@models_app.command("promote")
def models_promote(
    model: Model,
    version: VersionNumber,
    workspace: WorkspacePath,
    approved_by: ApprovedBy,
    override: Annotated[
        str, typer.Option("--override", help="Why it may be used although it fails a gate. Kept for ever.")
    ] = "",
    site: SitePath = None,
) -> None:
    """Score the weekly list with a version, once it passes every gate that the model's file states."""
    with explained(Terminal()) as terminal:
        from casefinder.commands.promoting import run_promote

        approver = _given(approved_by, "--approved-by", "give the name of whoever approved it")
        if override:
            _given(override, "--override", "give the reason, in words")
        run_promote(opened(site, workspace, "score", terminal), model, version, approver, override.strip(), terminal)


@models_app.command("rollback")
def models_rollback(model: Model, workspace: WorkspacePath, approved_by: ApprovedBy, site: SitePath = None) -> None:
    """Go back to the version that scored the weekly list before the present one."""
    with explained(Terminal()) as terminal:
        from casefinder.commands.promoting import run_rollback

        approver = _given(approved_by, "--approved-by", "give the name of whoever approved it")
        run_rollback(opened(site, workspace, "score", terminal), model, approver, terminal)


def _given(words: str, option: str, what: str) -> str:
    """Return an option without spaces around it; raise where nothing is left."""
    if not words.strip():
        raise ConfigError("Who approved this, and why?", [Problem(option, what)])
    return words.strip()
