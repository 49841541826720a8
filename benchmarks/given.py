"""What a benchmark is given: where results go, where it may write, and a linked workspace to measure on."""

from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import child

ECONOMY_PEOPLE = 160_000
SIZES = (500_000, 1_000_000, 2_000_000)


@dataclass
class Given:
    """Folders and sizes of one run.

    ``scratch`` is emptied when the run ends. ``workspace`` is only read, and holds an economy of ``people``; ``sizes`` are
    those to which it is grown.
    """

    results: Path
    scratch: Path
    workspace: Path | None = None
    people: int = ECONOMY_PEOPLE
    sizes: tuple[int, ...] = SIZES

    def linked(self) -> Path:
        """Return a workspace with a linked economy and both models; made once, where none was given."""
        if self.workspace is None:
            self.workspace = self.scratch / "economy"
            child(["casefinder.cli", "demo", "--workspace", self.workspace, "--people", str(self.people)])
        return self.workspace
