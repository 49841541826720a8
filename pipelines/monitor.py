"""The look at a site after its weekly lists: feeds, inputs, lists, matured outcomes, and the calibration alarm.

    python pipelines/monitor.py --site site.yaml --workspace ws --as-of 2026-04-01

Leaves with 0 where there is nothing to look at, 19 where a feed is at fault, 20 where a calibration alarm stands; the page
is written either way.
"""

import argparse
import datetime as dt
from pathlib import Path

from casefinder.cli.terminal import Terminal, explained
from casefinder.commands.deployment import open_deployment
from casefinder.commands.monitoring import run_monitor


def monitor_job(site: Path, workspace: Path, as_of: dt.date, terminal: Terminal) -> None:
    """Look once."""
    run_monitor(open_deployment(site, workspace, "score"), as_of, terminal)


def main() -> None:
    """Read the arguments and run the job."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--site", type=Path, required=True, help="the site file")
    parser.add_argument("--workspace", type=Path, required=True, help="the workspace folder")
    day, today = dt.date.fromisoformat, dt.date.today()
    parser.add_argument("--as-of", type=day, default=today, help="the day of the look, YYYY-MM-DD; default today")
    given = parser.parse_args()
    with explained(Terminal()) as terminal:
        monitor_job(given.site, given.workspace, given.as_of, terminal)


if __name__ == "__main__":
    main()
