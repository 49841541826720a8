"""``casefinder service``: did a service help?"""

from pathlib import Path
from typing import Annotated

import typer

from casefinder.cli.options import SitePath, WorkspacePath, opened
from casefinder.cli.terminal import Terminal, explained

service_app = typer.Typer(help="Did a service help? Matched evaluation, from protocol to effect.", no_args_is_help=True)
_Name = Annotated[str, typer.Argument(help="Name of the service: its protocol is services/NAME.yaml beside the site file.")]


@service_app.command("new")
def new(name: _Name, workspace: WorkspacePath, site: SitePath = None) -> None:
    """Write a commented protocol to fill in."""
    with explained(Terminal()) as terminal:
        from casefinder.commands.services import run_service_new

        run_service_new(opened(site, workspace, "evaluate", terminal), name, terminal)


@service_app.command("check")
def check(name: _Name, workspace: WorkspacePath, site: SitePath = None) -> None:
    """Check a protocol: every problem at once."""
    with explained(Terminal()) as terminal:
        from casefinder.commands.services import run_service_check

        run_service_check(opened(site, workspace, "evaluate", terminal), name, terminal)


@service_app.command("design")
def design(name: _Name, workspace: WorkspacePath, site: SitePath = None) -> None:
    """Match people without looking at an outcome, and say whether the design is fit to proceed."""
    with explained(Terminal()) as terminal:
        from casefinder.commands.services import run_service_design

        run_service_design(opened(site, workspace, "evaluate", terminal), name, terminal)


@service_app.command("sign-off")
def sign_off(
    name: _Name,
    workspace: WorkspacePath,
    by: Annotated[str, typer.Option("--by", help="Who signs.")],
    despite: Annotated[
        str,
        typer.Option("--despite", help="Why a design that is not fit is taken all the same. Stands on top of the report."),
    ] = "",
    site: SitePath = None,
) -> None:
    """Freeze pairs and protocol; only then may outcomes be looked at."""
    with explained(Terminal()) as terminal:
        from casefinder.commands.services import run_service_sign_off

        run_service_sign_off(opened(site, workspace, "evaluate", terminal), name, by, despite, terminal)


@service_app.command("effect")
def effect(
    name: _Name,
    workspace: WorkspacePath,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder for page, workbook and tables. Default: in the workspace.")
    ] = None,
    site: SitePath = None,
) -> None:
    """Follow the matched people up, and report what the service did; refuses without a signed design."""
    with explained(Terminal()) as terminal:
        from casefinder.commands.service_effects import run_service_effect

        run_service_effect(opened(site, workspace, "evaluate", terminal), name, out, terminal)
