"""Fit every model of a site again on its newest record, beside the versions that are served.

    python pipelines/retrain.py --site site.yaml --workspace ws

Nothing is served by this job: look at the cards first, then: casefinder models promote MODEL VERSION --approved-by NAME
"""

import argparse
from pathlib import Path

from casefinder.cli.terminal import Terminal, explained
from casefinder.commands.deployment import open_deployment
from casefinder.commands.training import Asked, run_train


def retrain_job(site: Path, workspace: Path, terminal: Terminal) -> None:
    """Fit the model that ranks the lists, then those that stand beside it."""
    deployment = open_deployment(site, workspace, "train")
    lists = deployment.site.lists
    for model in dict.fromkeys((lists.ranked_by, *lists.beside)):
        run_train(deployment, model, terminal, Asked(serve_it=False))


def main() -> None:
    """Read the arguments and run the job."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--site", type=Path, required=True, help="the site file")
    parser.add_argument("--workspace", type=Path, required=True, help="the workspace folder")
    given = parser.parse_args()
    with explained(Terminal()) as terminal:
        retrain_job(given.site, given.workspace, terminal)


if __name__ == "__main__":
    main()
