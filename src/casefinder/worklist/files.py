"""The three files of a list: CSV, Excel and a page, each whole or not there."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from casefinder.worklist.csv_file import csv_bytes
from casefinder.worklist.excel_file import excel_bytes
from casefinder.worklist.meeting import MeetingList
from casefinder.worklist.page import page_bytes
from casefinder.worklist.release import Scope

WRITERS: Final[Mapping[str, Callable[[MeetingList], bytes]]] = {"csv": csv_bytes, "xlsx": excel_bytes, "html": page_bytes}


def write_files(made: MeetingList, folder: Path) -> list[Path]:
    """Write a list as CSV, Excel and a page, and return where they are.

    Every file is made in full and written under another name before any takes its place, so a run that is killed leaves the
    last ones whole. The same list gives the same bytes.
    """
    kind, _colon, name = made.scope.partition(":")
    stem = f"{made.as_of}_{Scope(kind, name).slug}"
    contents = {folder / f"{stem}.{ending}": write(made) for ending, write in WRITERS.items()}
    folder.mkdir(parents=True, exist_ok=True)
    partial = {path: path.with_name(f".{path.name}.partial") for path in contents}
    try:
        for path, content in contents.items():
            _write_through(partial[path], content)
        for path in contents:
            partial[path].replace(path)
    finally:
        for path in partial.values():
            path.unlink(missing_ok=True)
    return list(contents)


def _write_through(path: Path, content: bytes) -> None:
    """Write bytes and see them onto the disk, so that the name never stands for less than the whole."""
    with path.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
