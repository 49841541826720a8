"""What a command shows: progress where somebody watches, plain lines where nobody does, mistakes without a traceback."""

from typing import Any

import typer

from casefinder.errors import CasefinderError

_LONGEST_FIGURE = 32
"""A column with a longer cell holds words, which begin at the left."""


class Terminal:
    """Shows progress where somebody watches, and plain lines where nobody does."""

    def __init__(self) -> None:
        from rich.console import Console

        self._console = Console(highlight=False, soft_wrap=True)
        if not self._console.is_terminal:
            self._console = Console(highlight=False, soft_wrap=True, width=140)
        self._errors = Console(stderr=True, highlight=False, soft_wrap=True)
        self._status: Any = None

    def say(self, words: str) -> None:
        """Print one line."""
        self.quiet()
        self._console.print(words, markup=False)

    def warn(self, words: str) -> None:
        """Print one line of warning on the error stream."""
        self.quiet()
        self._errors.print(f"Warning: {words}", markup=False, style="yellow")

    def table(self, title: str, heading: list[str], rows: list[list[str]]) -> None:
        """Print a small table."""
        from rich import box
        from rich.table import Table

        self.quiet()
        shown = Table(title=title, title_justify="left", box=box.SIMPLE, show_edge=False)
        for place, name in enumerate(heading):
            words = place == 0 or any(len(row[place]) > _LONGEST_FIGURE for row in rows)
            shown.add_column(name, justify="left" if words else "right", overflow="fold")
        for row in rows:
            shown.add_row(*row)
        self._console.print(shown)

    def stage(self, words: str, done: int = 0, whole: int = 0) -> None:
        """Show what is being done now, with a bar where its length is known. Nothing where output is not a terminal."""
        if not self._console.is_terminal:
            return
        bar = f" {'█' * (20 * done // whole)}{'░' * (20 - 20 * done // whole)} {done} of {whole}" if whole > 1 else ""
        if self._status is None:
            self._status = self._console.status(words)
            self._status.start()
        self._status.update(f"{words}{bar}")

    def quiet(self) -> None:
        """Take the progress line away."""
        if self._status is not None:
            self._status.stop()
            self._status = None


class explained:
    """Show a mistake that the user can mend without a traceback, and leave with its exit code."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal

    def __enter__(self) -> Terminal:
        return self._terminal

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: object) -> None:
        self._terminal.quiet()
        if isinstance(value, CasefinderError):
            typer.echo(value.render(), err=True)
            raise SystemExit(value.exit_code) from None
        if isinstance(value, KeyboardInterrupt):
            typer.echo("Stopped. What was finished before stands; what was being written is not used.", err=True)
            raise SystemExit(130) from None
