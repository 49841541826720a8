"""The files of a list as tests read and fill them, and a district of one's own to change."""

import csv
import html
import re
import shutil
from pathlib import Path

from openpyxl import load_workbook

from tests.functional.conftest import SITE, Ran, casefinder

KEY = "Key (do not change)"
HEADER = 5
"""Row of the headings of the sheet that a meeting fills in, as a spreadsheet counts."""


def copied(district: Path, folder: Path) -> Path:
    """Copy the district, its workspace pointing to the copy's own site file; its raw files stay linked."""
    shutil.copytree(district, folder, symlinks=True)
    note = folder / "workspace" / "deployment.json"
    note.write_text(note.read_text(encoding="utf-8").replace(str(district), str(folder)), encoding="utf-8")
    return folder


def own_raw(folder: Path, *names: str) -> Path:
    """Turn the linked raw folder of a copied district into one whose named files may be changed; return it."""
    raw = folder / "site" / "raw"
    lent = raw.resolve()
    raw.unlink()
    raw.mkdir()
    for path in lent.iterdir():
        if path.name in names:
            shutil.copyfile(path, raw / path.name)
        else:
            (raw / path.name).symlink_to(path)
    return raw


def set_site(folder: Path, **lines: str) -> None:
    """Change lines of the site file: the text before the colon, and the whole new line."""
    path = folder / "site" / SITE
    text = path.read_text(encoding="utf-8")
    for start, line in lines.items():
        found = [one for one in text.splitlines() if one.strip().startswith(f"{start}:")]
        assert len(found) == 1, f"{start}: stands {len(found)} times in the site file"
        text = text.replace(found[0], line)
    path.write_text(text, encoding="utf-8")


def run(folder: Path, *words: str | Path, **environment: str) -> Ran:
    """Run a command in the workspace of a district."""
    return casefinder(*words, "--workspace", folder / "workspace", **environment)


def done(folder: Path, *words: str | Path, **environment: str) -> Ran:
    """Run a command that has to succeed."""
    ran = run(folder, *words, **environment)
    assert ran.code == 0, f"casefinder {words[0]}: {ran.words}"
    return ran


def list_file(folder: Path, as_of: str, scope: str, ending: str) -> Path:
    """Return where a file of a list lies; ``scope`` is such as ``practice-Z80001``."""
    return folder / "workspace" / "lists-for-meetings" / as_of / f"{as_of}_{scope}.{ending}"


def csv_rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a list by heading."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def excel_rows(path: Path) -> list[dict[str, object]]:
    """Return the people of the sheet that a meeting fills in, by heading."""
    page = load_workbook(path)["List"]
    headings = [one.value for one in page[HEADER]]
    rows = page.iter_rows(min_row=HEADER + 1, values_only=True)
    return [dict(zip(headings, row, strict=True)) for row in rows if row[0] is not None]


def excel_table(path: Path, name: str) -> list[tuple[str, ...]]:
    """Return the rows of another sheet of a list, below its headings."""
    page = load_workbook(path)[name]
    return [tuple(str(one) for one in row if one is not None) for row in page.iter_rows(min_row=5, values_only=True)]


def removed(path: Path) -> dict[str, str]:
    """Return who was removed by a rule, and why."""
    return {row[0]: row[3] for row in excel_table(path, "Removed by rule") if len(row) == 4}


def left(path: Path) -> dict[str, str]:
    """Return who left since the last list, and why."""
    return {row[0]: row[2] for row in excel_table(path, "Left the list") if len(row) == 3}


def fill(path: Path, filled: Path, cells: dict[int, dict[str, object]]) -> Path:
    """Write a copy of a workbook with cells filled in, by place on the list (from 1) and heading."""
    book = load_workbook(path)
    page = book["List"]
    column = {one.value: one.column for one in page[HEADER]}
    for rank, values in cells.items():
        for heading, value in values.items():
            page.cell(HEADER + rank, column[heading]).value = value
    book.save(filled)
    return filled


def visible_text(page: str) -> str:
    """Return the text of an HTML page on one line, without style, script and marks."""
    bare = re.sub(r"<(style|script)\b.*?</\1>", " ", page, flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", bare)).split())
