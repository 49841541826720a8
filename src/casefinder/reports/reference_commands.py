"""The page of commands: every command and option, as the command line itself declares them."""

from collections.abc import Iterator
from typing import Any

from casefinder.reports.reference_page import page, plain, section, table


def commands_page(root: Any) -> str:
    """Return the page.

    Args:
        root: the command line, as Typer builds it: ``name``, ``help``, ``params`` and ``commands`` of each command.
    """
    usual = table(("Option", "Meaning"), [(names(one), one.help) for one in root.params if one.opts])
    found = list(commands(root, str(root.name)))
    return page(
        "Commands",
        f"{plain(root.help)} `--help` or `-h` after any command shows its options. Exit codes are in [errors](errors.md).",
        section("For the whole program", usual) if usual else "",
        *[_described(path, command) for path, command in found],
    )


def commands(group: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Yield every command below a group with the words that call it."""
    for name, one in group.commands.items():
        if hasattr(one, "commands"):
            yield from commands(one, f"{path} {name}")
        else:
            yield f"{path} {name}", one


def _described(path: str, command: Any) -> str:
    rows = [(names(one), _takes(one), _default(one), one.help) for one in command.params]
    return section(
        f"`{path}`",
        plain(command.help),
        f"```\n{usage(path, command)}\n```",
        table(("Option", "Takes", "Default", "Meaning"), rows),
    )


def names(one: Any) -> str:
    """Return how an option or an argument is written."""
    if not _is_option(one):
        return f"`{one.name.upper()}`"
    return ", ".join(f"`{name}`" for name in (*one.opts, *one.secondary_opts))


def usage(path: str, command: Any) -> str:
    """Return the shortest line that calls a command: its arguments and the options that must be given."""
    needed = [one.name.upper() for one in command.params if not _is_option(one)]
    needed += [f"{one.opts[0]} ..." for one in command.params if _is_option(one) and one.required]
    more = ["[options]"] if any(_is_option(one) and not one.required for one in command.params) else []
    return " ".join([path, *needed, *more])


def _is_option(one: Any) -> bool:
    return bool(one.opts[0].startswith("-"))


def _takes(one: Any) -> str:
    return "nothing" if _is_option(one) and one.is_flag else "a value"


def _default(one: Any) -> str:
    if one.required:
        return "must be given"
    return "" if one.default is None or one.default is False else f"`{one.default}`"
