"""What every page of the reference is built from: a heading, tables, lists, and text that no table can break."""

from collections.abc import Iterable, Sequence

MADE = "This page is made from the code by `casefinder reference`. Change the definition, not the page."


def page(title: str, about: str, *parts: str) -> str:
    """Return a page in Markdown: its title, what it holds, how it was made, and its parts."""
    return "\n\n".join([f"# {title}", about, MADE, *[part for part in parts if part]]) + "\n"


def section(title: str, *parts: str, level: int = 2) -> str:
    """Return a part of a page under its own heading."""
    return "\n\n".join([f"{'#' * level} {title}", *[part for part in parts if part]])


def table(heading: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table; empty where it has no rows."""
    lines = [_line(row) for row in rows]
    return "\n".join([_line(heading), f"|{'---|' * len(heading)}", *lines]) if lines else ""


def _line(cells: Sequence[object]) -> str:
    return f"| {' | '.join(plain(str(cell)).replace('|', chr(92) + '|') for cell in cells)} |"


def plain(text: str) -> str:
    """Return text on one line."""
    return " ".join(text.split())


def first_line(docstring: str | None) -> str:
    """Return the first line of a docstring: what the thing is, in a sentence."""
    return plain((docstring or "").strip().split("\n\n")[0])


def code(names: Iterable[object]) -> str:
    """Return names as code, separated by commas."""
    return ", ".join(f"`{name}`" for name in names)


def yes(value: bool) -> str:
    """Return a yes, or nothing."""
    return "yes" if value else ""
