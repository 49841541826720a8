"""What commissioners get once a year: fair shares by practice, by cluster and by place, from one fit.

python pipelines/allocate.py --site site.yaml --workspace ws --as-of 2026-04-01 --pot 100000000
"""

import argparse
import datetime as dt
from pathlib import Path

from casefinder.cli.terminal import Terminal, explained
from casefinder.commands.allocating import AllocationAsked, run_allocate
from casefinder.commands.deployment import open_deployment

LEVELS = ("practice", "cluster", "place")


def allocation_job(site: Path, workspace: Path, as_of: dt.date, pot: float, terminal: Terminal) -> None:
    """Fit once, and share at every level."""
    deployment = open_deployment(site, workspace, "allocate")
    for level in LEVELS:
        run_allocate(deployment, AllocationAsked(as_of, pot=pot, by=level), terminal)


def main() -> None:
    """Read the arguments and run the job."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--site", type=Path, required=True, help="the site file")
    parser.add_argument("--workspace", type=Path, required=True, help="the workspace folder")
    day, today = dt.date.fromisoformat, dt.date.today()
    parser.add_argument("--as-of", type=day, default=today, help="the date of the lists, YYYY-MM-DD; default today")
    parser.add_argument("--pot", type=float, default=100_000_000.0, help="pounds to share")
    given = parser.parse_args()
    with explained(Terminal()) as terminal:
        allocation_job(given.site, given.workspace, given.as_of, given.pot, terminal)


if __name__ == "__main__":
    main()
