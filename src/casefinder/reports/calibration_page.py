"""Calibration by cluster or practice as rows for the screen, a CSV file, and one page with nothing fetched from anywhere."""

import csv
import io
from codecs import BOM_UTF8
from collections.abc import Mapping, Sequence
from typing import Any, Final

from casefinder.disclosure import WITHHELD
from casefinder.modelling.calibration_history import EVERYONE, ShownVersion
from casefinder.modelling.disclosed_groups import WITHHELD as WITHHELD_NOTE
from casefinder.pages import policy
from casefinder.reports.calibration_chart import NOTHING, figure, forest, group_lines
from casefinder.reports.calibration_words import called, chance_words, glance, spoken_of, summary
from casefinder.reports.styles import environment, style_sheet
from casefinder.worklist.columns import guarded

AUDIENCE: Final = "for people outside the practices too: counts are rounded, small ones withheld"
HEADING: Final = (
    "version",
    "tested at",
    "people",
    "with the outcome",
    "O/E (95% interval)",
    "shrunken (95% interval)",
    "note",
)
_NUMBERS: Final = {
    **{name: name for name in ("people", "events", "expected")},
    "ratio": "observed_expected",
    **{name: name for name in ("low", "high", "shrunken", "shrunken_low", "shrunken_high")},
}
"""Figures of a row, and the names of their columns in the CSV file."""


def screen_rows(versions: Sequence[ShownVersion]) -> list[list[str]]:
    """Return the rows of the screen's table: each group by name, a line a version."""
    return [[name, *line] for name, lines in _by_group(versions) for line in lines]


def _by_group(versions: Sequence[ShownVersion]) -> list[tuple[str, list[list[str]]]]:
    """Return each group's name, its cluster in brackets, and its lines."""
    by_version = {one.version: one for one in versions}
    return [
        (
            panel["name"] + (f" ({panel['cluster']})" if panel["cluster"] else ""),
            [_cells(by_version[line["version"]], line["row"]) for line in panel["lines"]],
        )
        for panel in group_lines(versions)
        if panel["name"] != EVERYONE
    ]


def _cells(one: ShownVersion, row: Mapping[str, Any]) -> list[str]:
    counts = [_count(row[name]) for name in ("people", "events")]
    ratios = [figure(row), figure(row, "shrunken", "shrunken_low", "shrunken_high")]
    if row.get("shrunken") is None and row["note"] != WITHHELD_NOTE:
        ratios[1] = NOTHING
    return [f"{one.version}{' (in use)' if one.serves else ''}", one.index_date, *counts, *ratios, row["note"]]


def _count(count: int | None) -> str:
    return f"{count:,}" if count is not None else WITHHELD


def csv_bytes(versions: Sequence[ShownVersion], model: str, by: str) -> bytes:
    """Return every figure as a CSV file, in UTF-8 with a mark by which Excel knows it; ``*`` is withheld."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    names = ["model", "version", "tested_at", "scores_the_list", by, *(["cluster"] if by != "cluster" else [])]
    writer.writerow([*names, *_NUMBERS.values(), "note", "audience"])
    for one in versions:
        for row in sorted(one.rows, key=lambda row: (row.get("cluster", ""), row["group"])):
            group = [guarded(row["group"])] + ([guarded(row.get("cluster", ""))] if by != "cluster" else [])
            figures = [_written(row, name) for name in _NUMBERS]
            writer.writerow([model, one.version, one.index_date, _yes(one.serves), *group, *figures, row["note"], AUDIENCE])
    return BOM_UTF8 + text.getvalue().encode("utf-8")


def _written(row: Mapping[str, Any], name: str) -> object:
    value = row.get(name)
    if value is not None:
        return value
    return WITHHELD if row["note"] == WITHHELD_NOTE else ""


def _yes(asked: bool) -> str:
    return "yes" if asked else "no"


def page_bytes(versions: Sequence[ShownVersion], by: str, band: tuple[float, float]) -> bytes:
    """Return the page. Every figure in it is disclosed.

    Args:
        versions: oldest first; the words speak of the one that scores the list, else of the last.
        by: ``cluster`` or ``practice``.
        band: within which a group's observed over expected is taken as right.
    """
    style = style_sheet("calibration.css")
    lines, spoken = glance(versions, band), spoken_of(versions)
    text = (
        environment()
        .get_template("calibration.html.j2")
        .render(
            versions=versions,
            spoken=spoken,
            others=len(versions) - 1,
            changed=any(line["change"] for line in lines),
            by=by,
            called="GP cluster" if by == "cluster" else "GP practice",
            band=band,
            glance=lines,
            summary=summary(lines, by, called(spoken)),
            chance=chance_words(versions, by),
            chart=forest(versions, band),
            groups=_by_group(versions),
            heading=HEADING,
            audience=AUDIENCE,
            style=style,
            policy=policy(style),
        )
    )
    return text.encode("utf-8")
