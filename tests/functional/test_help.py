"""Help: every command explains itself, and asking for help loads nothing heavy."""

import os
import subprocess
import sys

import pytest

from casefinder import __version__
from tests.functional.conftest import casefinder

COMMANDS = {
    (): ("Case finding on linked NHS records", "simulate", "link", "train", "weekly", "worklist", "decisions", "models"),
    ("init",): ("Write a commented starter site",),
    ("simulate",): ("--out", "--people", "--seed", "Same seed, same bytes."),
    ("demo",): ("--workspace", "--people", "Run the whole main job on invented people"),
    ("link",): ("--site", "--workspace", "--strict", "--identities", "outside the workspace"),
    ("train",): (
        "Name of a model under configs/models",
        "--serve",
        "Fit a model, test it on people and a date it never saw, and register it.",
    ),
    ("weekly",): ("--as-of", "YYYY-MM-DD", "Score everyone on a date"),
    ("worklist",): ("--practice", "--cluster", "--all", "--identities", "Who did so is logged."),
    ("decisions",): ("What meetings decided.", "read"),
    ("decisions", "read"): (
        "The filled list: .xlsx or .csv.",
        "Take a filled list back in; its decisions carry into the next lists.",
    ),
    ("compare-models",): ("--outcome", "--horizon", "--scores", "on the same people, index date and outcome"),
    ("validate",): ("--by", "what a new place may expect of it"),
    ("models", "list"): ("which one the weekly list is scored with",),
    ("purge",): ("--yes", "retention"),
}
HEAVY = (
    "mlflow",
    "shap",
    "matplotlib",
    "sklearn",
    "lightgbm",
    "numba",
    "pandas",
    "pyarrow",
    "duckdb",
    "ibis",
    "scipy",
    "numpy",
)


@pytest.mark.parametrize("words", list(COMMANDS), ids=" ".join)
def test_every_command_explains_itself(words):
    ran = casefinder(*words, "--help", COLUMNS="200", TERM="dumb")
    assert ran.code == 0
    for one in COMMANDS[words]:
        assert one in ran.words


def test_help_loads_nothing_heavy():
    ran = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "casefinder.cli", "--help"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    loaded = {line.rpartition("|")[2].strip().partition(".")[0] for line in ran.stderr.splitlines() if "|" in line}
    assert {"casefinder", "typer"} <= loaded
    assert not loaded & set(HEAVY)


def test_the_version_and_a_command_that_does_not_exist():
    assert casefinder("--version").words == f"casefinder {__version__}"
    ran = casefinder("wekly")
    assert ran.code == 2
    assert "wekly" in ran.words
