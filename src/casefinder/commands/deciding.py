"""``casefinder decisions read``: a filled list taken back in."""

import datetime as dt
from pathlib import Path

from casefinder.commands.deployment import Deployment
from casefinder.commands.reporter import Reporter
from casefinder.worklist.decisions import read_decisions
from casefinder.worklist.history import ListHistory, history_url


def run_decisions_read(deployment: Deployment, file: Path, reporter: Reporter) -> None:
    """Take the decisions of a filled list into the workspace's database."""
    history = ListHistory(history_url(deployment.site.decisions_url, deployment.workspace.folder))
    try:
        found = read_decisions(file, history, dt.date.today())
    finally:
        history.close()
    reporter.say(
        f"{file.name}: {found.decided} new decisions among {found.rows} people; "
        f"{found.already_taken_in} were taken in before; {found.undecided} have none"
    )
