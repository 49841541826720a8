"""How long the demonstration takes after set-up."""

from benchmarks.given import Given
from benchmarks.measure import child
from benchmarks.report import Figure, write

PEOPLE = 20_000
MAX_SECONDS = 300


def run(given: Given) -> None:
    """Measure and write ``demo.json``."""
    spent = child(["casefinder.cli", "demo", "--workspace", given.scratch / "demo", "--people", PEOPLE])
    what = f"casefinder demo --people {PEOPLE}"
    figures = [
        Figure(f"{what}: wall", round(spent.wall, 1), "s", MAX_SECONDS),
        Figure(f"{what}: CPU", round(spent.cpu, 1), "s"),
        Figure(f"{what}: most memory of one process", round(spent.peak_gb, 2), "GB"),
    ]
    notes = ["Simulate, link, fit both models, score, and write every list, in an empty workspace."]
    write(given.results, "demo", "the whole main job on a small district", figures, notes, {})
