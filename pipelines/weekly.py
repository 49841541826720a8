"""The weekly job: link the newest extracts, score everyone, write the list of every practice and cluster.

    python pipelines/weekly.py --site site.yaml --workspace ws --as-of 2026-04-01

A step that fails stops the job with the exit code of its command; the last good record and lists stay in place.
"""

import argparse
import datetime as dt
from pathlib import Path

from casefinder.cli.terminal import Terminal, explained
from casefinder.commands.deployment import open_deployment
from casefinder.commands.linking import run_link
from casefinder.commands.listing import run_all_lists, run_weekly
from casefinder.commands.retaining import run_purge


def weekly_job(site: Path, workspace: Path, as_of: dt.date, extract_date: dt.date | None, terminal: Terminal) -> None:
    """Run every step of the week, in order."""
    run_link(open_deployment(site, workspace, "link", extract_date=extract_date), terminal)
    run_weekly(open_deployment(site, workspace, "score"), as_of, terminal)
    run_all_lists(open_deployment(site, workspace, "show"), str(as_of), None, terminal)
    run_purge(open_deployment(site, workspace, "link"), True, terminal)


def main() -> None:
    """Read the arguments and run the job."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--site", type=Path, required=True, help="the site file")
    parser.add_argument("--workspace", type=Path, required=True, help="the workspace folder")
    day, today = dt.date.fromisoformat, dt.date.today()
    parser.add_argument("--as-of", type=day, default=today, help="the date of the lists, YYYY-MM-DD; default today")
    parser.add_argument("--extract-date", type=day, help="the day of the extracts; default: the site file's")
    given = parser.parse_args()
    with explained(Terminal()) as terminal:
        weekly_job(given.site, given.workspace, given.as_of, given.extract_date, terminal)


if __name__ == "__main__":
    main()
