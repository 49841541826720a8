"""Make the two demonstration bundles in models/ again, on 160,000 invented people (about ten minutes on two cores).

    python pipelines/demonstration_models.py --workspace demonstration

Same code and same seed, same bytes.
"""

import argparse
import shutil
from pathlib import Path

from casefinder.cli.terminal import Terminal, explained
from casefinder.commands.demonstration import MODELS, open_demonstration
from casefinder.commands.linking import run_link
from casefinder.commands.training import Asked, run_train

RELEASED = Path(__file__).resolve().parents[1] / "models"


def demonstration_models(workspace: Path, people: int, seed: int, terminal: Terminal) -> None:
    """Simulate, link, fit both models, and put their bundles where they travel with the code."""
    deployment = open_demonstration(workspace, people, seed, terminal)
    run_link(deployment, terminal)
    for model in MODELS:
        version = run_train(deployment, model, terminal, Asked(serve_it=True))
        shutil.rmtree(RELEASED / model, ignore_errors=True)
        shutil.copytree(version / "bundle", RELEASED / model)
        terminal.say(f"released: {RELEASED.name}/{model}")


def main() -> None:
    """Read the arguments and make the bundles."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workspace", type=Path, required=True, help="a folder of about 4 GB")
    parser.add_argument("--people", type=int, default=160_000, help="how many invented people")
    parser.add_argument("--seed", type=int, default=1, help="same seed, same bytes")
    given = parser.parse_args()
    with explained(Terminal()) as terminal:
        demonstration_models(given.workspace, given.people, given.seed, terminal)


if __name__ == "__main__":
    main()
