"""Fit every model of a site again on its newest record, beside the versions in use, and say in three lines which is better.

    python pipelines/retrain.py --site site.yaml --workspace ws

Nothing is served by this job: look at the cards first, then: casefinder models promote MODEL VERSION --approved-by NAME
"""

import argparse
from pathlib import Path

from casefinder.cli.terminal import Terminal, explained
from casefinder.commands.deployment import open_deployment
from casefinder.commands.retraining import run_retrain
from casefinder.commands.training import Asked


def retrain_job(site: Path, workspace: Path, asked: Asked, terminal: Terminal) -> None:
    """Fit the model that ranks the lists, then those that stand beside it."""
    run_retrain(open_deployment(site, workspace, "train"), terminal, asked)


def main() -> None:
    """Read the arguments and run the job."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--site", type=Path, required=True, help="the site file")
    parser.add_argument("--workspace", type=Path, required=True, help="the workspace folder")
    parser.add_argument("--tune", type=int, default=0, help="search for better settings of the trees: how many to try")
    parser.add_argument("--tune-minutes", type=float, help="begin no further try after so many minutes")
    parser.add_argument("--refits", type=int, default=20, help="refits on other samples of people; 0 for none")
    given = parser.parse_args()
    asked = Asked(tune=given.tune, tune_minutes=given.tune_minutes, refits=given.refits)
    with explained(Terminal()) as terminal:
        retrain_job(given.site, given.workspace, asked, terminal)


if __name__ == "__main__":
    main()
