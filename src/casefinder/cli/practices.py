"""``casefinder practices``: practices against expectation."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from casefinder.cli.options import SitePath, WorkspacePath, opened
from casefinder.cli.terminal import Terminal, explained
from casefinder.errors import ConfigError, Problem


def practices(
    year: Annotated[str, typer.Option("--year", help="2024 for a calendar year, 2024/25 for a financial one.")],
    workspace: WorkspacePath,
    measure: Annotated[str | None, typer.Option("--measure", help="What to compare, such as emergency_admissions.")] = None,
    every: Annotated[bool, typer.Option("--all-measures", help="Every measure that the site's sources can feed.")] = False,
    limits: Annotated[
        Literal["95", "99.8"], typer.Option("--limits", help="Limits, in per cent, on which the summary rests.")
    ] = "95",
    over_dispersion: Annotated[
        Literal["log", "shmi", "sqrt", "none"],
        typer.Option("--over-dispersion", help="How variation between practices beyond chance is allowed for."),
    ] = "log",
    out: Annotated[Path | None, typer.Option("--out", help="Folder for the files. Default: in the workspace.")] = None,
    site: SitePath = None,
) -> None:
    """Compare practices with what is expected for their people: a page, a workbook and tables to share."""
    with explained(Terminal()) as terminal:
        from casefinder.commands.practices import Asked, run_practices

        if bool(measure) == every:
            raise ConfigError("Which measure?", [Problem("", "give one of --measure NAME or --all-measures")])
        asked = Asked(measure, year, float(limits) / 100, over_dispersion)
        run_practices(opened(site, workspace, "compare", terminal), asked, terminal, out)
