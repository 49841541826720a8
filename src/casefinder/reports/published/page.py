"""A report for commissioners as one page: nothing fetched from anywhere, every figure readable without script."""

from typing import Any

from casefinder.disclosure import name_of
from casefinder.pages import policy
from casefinder.reports.published.content import Part, Publication, is_words, reading, text
from casefinder.reports.styles import environment, script_of, style_sheet


def page_bytes(made: Publication) -> bytes:
    """Return the report as the bytes of an HTML page."""
    style, script = style_sheet("figures.css", "published.css"), script_of("published.js")
    filled = (
        environment()
        .get_template("published.html.j2")
        .render(
            made=made,
            parts=[_part(part) for part in made.parts],
            reading=reading(),
            style=style,
            script=script,
            policy=policy(style, script),
        )
    )
    return filled.encode("utf-8")


def _part(part: Part) -> dict[str, Any]:
    table = part.table
    return {
        "part": part,
        "id": table.name,
        "columns": [
            (heading, is_words(kind), name_of(kind)) for heading, kind in zip(table.headings, table.kinds, strict=True)
        ],
        "rows": [
            [(text(cell, kind), is_words(kind)) for cell, kind in zip(row, table.kinds, strict=True)] for row in table.rows
        ],
    }
