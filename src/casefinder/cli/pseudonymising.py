"""``casefinder pseudonymise``: a service's own identifiers into those of the record."""

from pathlib import Path
from typing import Annotated

import typer

from casefinder.cli.options import SitePath, WorkspacePath, opened
from casefinder.cli.terminal import Terminal, explained


def pseudonymise(
    file: Annotated[Path, typer.Argument(help="A CSV file with a column of identifiers, start_date and end_date.")],
    workspace: WorkspacePath,
    out: Annotated[Path, typer.Option("--out", help="The file to write: person_id, start_date, end_date.")],
    column: Annotated[str, typer.Option("--column", help="The column of identifiers.")] = "identifier",
    source: Annotated[
        str,
        typer.Option("--source", help="A source of the site whose bridge knows these identifiers. Default: the site's own."),
    ] = "",
    site: SitePath = None,
) -> None:
    """Turn the identifiers of a service's file into pseudonyms of the record, for an evaluation."""
    with explained(Terminal()) as terminal:
        from casefinder.commands.pseudonymising import run_pseudonymise

        run_pseudonymise(opened(site, workspace, "evaluate", terminal), file, column, source, out, terminal)
