"""``casefinder monitor``: is what the lists are made from still sound?"""

from typing import Annotated

import typer

from casefinder.cli.options import SitePath, WorkspacePath, opened
from casefinder.cli.terminal import Terminal, explained


def monitor(
    as_of: Annotated[str, typer.Option("--as-of", help="The day of the look, YYYY-MM-DD; what was known before it counts.")],
    workspace: WorkspacePath,
    site: SitePath = None,
) -> None:
    """Look at feeds, inputs, lists and matured outcomes. Exit code 0: nothing; 19: a feed; 20: a calibration alarm."""
    with explained(Terminal()) as terminal:
        from casefinder.commands.monitoring import run_monitor
        from casefinder.dates import parse_date

        run_monitor(opened(site, workspace, "score", terminal), parse_date(as_of, "--as-of"), terminal)
