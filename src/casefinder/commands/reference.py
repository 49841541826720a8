"""``casefinder reference``: the reference pages, made from the definitions."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from casefinder.commands.reporter import Reporter
from casefinder.reports.reference_codelists import codelists_page
from casefinder.reports.reference_commands import commands_page
from casefinder.reports.reference_errors import errors_page
from casefinder.reports.reference_features import features_page
from casefinder.reports.reference_outcomes import outcomes_page
from casefinder.reports.reference_page import page, table
from casefinder.reports.reference_settings import settings_page
from casefinder.reports.reference_sources import sources_page
from casefinder.reports.reference_tables import tables_page

PAGES: Final[dict[str, tuple[str, Callable[[], str]]]] = {
    "tables": ("every table between two steps, column by column, and every kind of fact", tables_page),
    "sources": ("every layout of a raw file, and what becomes of its rows", sources_page),
    "features": ("every feature: meaning, words, window, what absence means", features_page),
    "outcomes": ("every outcome, the feeds it needs, how well it is recorded", outcomes_page),
    "settings": ("every setting of site, governance and model files", settings_page),
    "errors": ("every kind of mistake, its exit code, what to do", errors_page),
    "codelists": ("every code list, its source and its licence", codelists_page),
}
"""Pages by name: what each holds, and what makes it."""


def run_reference(out: Path, command_line: Any, reporter: Reporter) -> list[Path]:
    """Write every page of the reference into a folder; return where they are.

    Args:
        out: the folder.
        command_line: the command line itself, as Typer builds it.
        reporter: is told what was written.
    """
    about = {name: words for name, (words, _make) in PAGES.items()}
    about["commands"] = "every command and option"
    texts = {name: make() for name, (_words, make) in PAGES.items()}
    texts["commands"] = commands_page(command_line)
    rows = [(f"[{name}]({name}.md)", about[name]) for name in sorted(about)]
    texts["README"] = page("Reference", "What there is, looked up by name.", table(("Page", "What it holds"), rows))
    out.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in sorted(texts.items()):
        path = out / f"{name}.md"
        path.write_text(text, encoding="utf-8", newline="\n")
        written.append(path)
    reporter.say(f"{len(written)} pages are in {out}")
    return written
