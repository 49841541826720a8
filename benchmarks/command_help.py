"""How long ``casefinder --help`` takes."""

import statistics

from benchmarks.given import Given
from benchmarks.measure import child
from benchmarks.report import Figure, write

RUNS = 15
MAX_SECONDS = 0.5


def run(given: Given) -> None:
    """Measure and write ``help.json``."""
    child(["casefinder.cli", "--help"])
    spent = [child(["casefinder.cli", "--help"]) for _ in range(RUNS)]
    wall, cpu = (statistics.median(getattr(one, name) for one in spent) for name in ("wall", "cpu"))
    figures = [
        Figure("casefinder --help: median wall", round(wall, 3), "s", MAX_SECONDS),
        Figure("casefinder --help: median CPU", round(cpu, 3), "s"),
    ]
    details = {"wall_seconds": sorted(round(one.wall, 3) for one in spent)}
    write(given.results, "help", "the first answer", figures, [f"{RUNS} runs, after one that is not counted."], details)
