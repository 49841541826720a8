"""How long a whole district takes to simulate, and how much memory."""

from benchmarks.given import Given
from benchmarks.measure import child
from benchmarks.report import Figure, write

PEOPLE = 160_000
MAX_SECONDS = 180
MAX_GB = 4.0


def run(given: Given) -> None:
    """Measure and write ``simulate.json``."""
    out = given.scratch / "simulated"
    spent = child(["casefinder.cli", "simulate", "--out", out, "--people", PEOPLE])
    what = f"casefinder simulate --people {PEOPLE}"
    figures = [
        Figure(f"{what}: wall", round(spent.wall, 1), "s", MAX_SECONDS),
        Figure(f"{what}: CPU", round(spent.cpu, 1), "s"),
        Figure(f"{what}: most memory of one process", round(spent.peak_gb, 2), "GB", MAX_GB),
    ]
    notes = ["Six years of raw extracts and the truth about them; two worker processes, each with its own memory."]
    write(given.results, "simulate", "a simulated district", figures, notes, {})
