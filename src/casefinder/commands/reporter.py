"""How a command tells what it is doing: a bar where somebody watches, plain lines where nobody does."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Reporter(Protocol):
    """Takes progress and findings of a command."""

    def say(self, words: str) -> None:
        """Take one line of what was found or written."""

    def warn(self, words: str) -> None:
        """Take one line that somebody should act on."""

    def table(self, title: str, heading: list[str], rows: list[list[str]]) -> None:
        """Take a small table."""

    def stage(self, words: str, done: int = 0, whole: int = 0) -> None:
        """Take what is being done now, and how much of it is done (0 of 0 where nobody knows)."""


class Silent:
    """Takes everything and shows nothing."""

    def say(self, words: str) -> None:
        """Show nothing."""

    def warn(self, words: str) -> None:
        """Show nothing."""

    def table(self, title: str, heading: list[str], rows: list[list[str]]) -> None:
        """Show nothing."""

    def stage(self, words: str, done: int = 0, whole: int = 0) -> None:
        """Show nothing."""


@contextmanager
def timed(seconds: dict[str, float], name: str) -> Iterator[None]:
    """Add the seconds that a step takes under its name."""
    import time

    start = time.perf_counter()
    try:
        yield
    finally:
        seconds[name] = round(time.perf_counter() - start, 2)
