"""Options that most commands share, and the deployment that they open."""

from pathlib import Path
from typing import Annotated, Any

import typer

from casefinder.cli.terminal import Terminal

SitePath = Annotated[
    Path | None, typer.Option("--site", help="The site file. Default: the one the workspace was made with.")
]
WorkspacePath = Annotated[
    Path, typer.Option("--workspace", help="Folder that holds everything casefinder writes for this site.")
]
AsOf = Annotated[str, typer.Option("--as-of", help="The date of the list, YYYY-MM-DD.")]


def opened(site: Path | None, workspace: Path, use: Any, terminal: Terminal, extract_date: Any = None) -> Any:
    """Open the deployment of a command and show its warnings."""
    from casefinder.commands.deployment import open_deployment

    deployment = open_deployment(site, workspace, use, extract_date=extract_date)
    for words in deployment.warnings:
        terminal.warn(words)
    return deployment
