"""The page of code lists: how many codes each one has, in which systems, where it came from and under which licence."""

from pathlib import Path

from casefinder.codelists import CodeList, read_codelist
from casefinder.reports.reference_page import code, page, section, table
from casefinder.shipped import shipped

_HEADING = ("List", "Meaning", "Systems", "Codes", "Groups", "Source", "Licence")


def codelists_page() -> str:
    """Return the page."""
    folder = shipped("configs") / "codelists"
    return page(
        "Code lists",
        "A site that keeps a list of the same name in its own folder (`codelists` in the site file) replaces a shipped one. "
        "Lines of a group count as one idea. What the lists leave out, and their licences in full, stand beside them under "
        "`configs/codelists/`.",
        section("Lists", table(_HEADING, [_row(one) for one in _read(folder)])),
        section(
            "Value sets",
            "What may stand in a column of a raw file, and what each code is taken for.",
            table(_HEADING, [_row(one) for one in _read(folder / "values")]),
        ),
    )


def _read(folder: Path) -> list[CodeList]:
    return [read_codelist(path) for path in sorted(folder.glob("*.csv"))]


def _row(one: CodeList) -> tuple[object, ...]:
    systems = dict.fromkeys(line.system for line in one.codes)
    groups = len([group for group in one.groups if group])
    return (f"`{one.name}`", one.meaning, code(systems), f"{len(one.codes):,}", groups or "", one.source, one.licence)
