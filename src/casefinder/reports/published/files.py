"""The files of a report for commissioners: each is written whole under another name and then moved into place."""

import csv
import io
import os
from codecs import BOM_UTF8
from pathlib import Path

from casefinder.disclosure import DisclosedTable
from casefinder.reports.published.book import book_bytes
from casefinder.reports.published.content import Publication
from casefinder.reports.published.page import page_bytes
from casefinder.worklist.columns import guarded


def publish(made: Publication, folder: Path) -> tuple[Path, ...]:
    """Write the workbook, the page and a CSV file for each table into a folder; return their paths, the page first.

    The same report gives the same bytes. Tables of an earlier report of the same name that this one lacks are removed.
    """
    files = {
        f"{made.name}.html": page_bytes(made),
        f"{made.name}.xlsx": book_bytes(made),
        **{f"{made.name}-{part.table.name}.csv": csv_bytes(part.table) for part in made.parts},
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, written in files.items():
        (folder / f".{name}.part").write_bytes(written)
    for name in files:
        os.replace(folder / f".{name}.part", folder / name)
    for path in _left_over(made.name, folder, set(files)):
        path.unlink()
    return tuple(folder / name for name in files)


def _left_over(name: str, folder: Path, files: set[str]) -> list[Path]:
    """Return the tables of a report that are no longer part of it; those of reports with longer names are not its own."""
    others = tuple(f"{path.stem}-" for path in folder.glob(f"{name}-*.html"))
    tables = sorted(folder.glob(f"{name}-*.csv"))
    return [path for path in tables if path.name not in files and not path.name.startswith(others)]


def csv_bytes(table: DisclosedTable) -> bytes:
    """Return a table as a CSV file: UTF-8 with a mark by which Excel knows it; text is quoted, empty is not defined."""
    written = io.StringIO(newline="")
    writer = csv.writer(written, lineterminator="\r\n", quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow(table.headings)
    for row in table.rows:
        writer.writerow(["" if cell is None else guarded(cell) if isinstance(cell, str) else cell for cell in row])
    return BOM_UTF8 + written.getvalue().encode("utf-8")
