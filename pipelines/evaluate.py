"""Design the evaluation of a service anew on the newest record, and say whether it is fit to proceed.

    python pipelines/evaluate.py --site site.yaml --workspace ws --service virtual_ward

No outcome is looked at by this job: somebody looks at the design first, then: casefinder service sign-off NAME --by WHO
"""

import argparse
from pathlib import Path

from casefinder.cli.terminal import Terminal, explained
from casefinder.commands.deployment import open_deployment
from casefinder.commands.services import run_service_check, run_service_design


def evaluate_job(site: Path, workspace: Path, service: str, terminal: Terminal) -> None:
    """Check the protocol, then design."""
    deployment = open_deployment(site, workspace, "evaluate")
    run_service_check(deployment, service, terminal)
    run_service_design(deployment, service, terminal)


def main() -> None:
    """Read the arguments and run the job."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--site", type=Path, required=True, help="the site file")
    parser.add_argument("--workspace", type=Path, required=True, help="the workspace folder")
    parser.add_argument("--service", default="community_case_management", help="the name of its protocol")
    given = parser.parse_args()
    with explained(Terminal()) as terminal:
        evaluate_job(given.site, given.workspace, given.service, terminal)


if __name__ == "__main__":
    main()
