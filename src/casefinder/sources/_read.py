"""Raw files to text rows: CSV, gzip and Parquet, in bounded memory, each row with its line.

Nothing is judged here but the file itself: can it be read, and has it the columns that the layout needs. Identifiers leave
this module as pseudonyms; the raw ones are never written.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv

from casefinder.config import SourceSettings
from casefinder.definitions import Extract
from casefinder.engines import place
from casefinder.engines.files import parquet_file, read_schema, text_stream
from casefinder.errors import Problem, RawDataError, one_of

_BLOCK_BYTES = 4 << 20
TORN = "the row"
"""Where a fault lies that is not in one column."""


@dataclass
class FileCount:
    """What was read of one file."""

    name: str
    rows: int = 0
    blank_lines: int = 0
    torn: list[tuple[int, str]] = field(default_factory=list)


@dataclass(frozen=True)
class RawFile:
    """One file of a source, with how it is written."""

    path: Path
    source: str
    extract: Extract
    settings: SourceSettings

    @property
    def name(self) -> str:
        """The file's name, without its folder."""
        return self.path.name

    def _error(self, what: str, remedy: str) -> RawDataError:
        return RawDataError(f"{self.name} cannot be read:", [Problem(self.source, what)], remedy)

    def columns(self) -> dict[str, str]:
        """Return which column of the file feeds which column of the layout.

        Raises:
            RawDataError: naming every column that is missing, with the nearest that is there and feeds no other.
        """
        there = self._header()
        wanted = {one.name: self.settings.columns.get(one.name, one.name) for one in self.extract.columns}
        lacking = [one for one in self.extract.columns if one.present and wanted[one.name] not in there]
        if lacking:
            problems = [self._lacking(one.name, wanted[one.name], there) for one in lacking]
            remedy = self._other_delimiter(there) or self._say_its_name(lacking[0].name, there)
            raise RawDataError(f"{self.name} lacks columns of the layout '{self.extract.name}':", problems, remedy)
        return {name: there[file_name] for name, file_name in wanted.items() if file_name in there}

    def _other_delimiter(self, there: Iterable[str]) -> str:
        """Return what to type where the whole heading is one column because another character parts the columns."""
        headings = list(there)
        found = max(",;\t|", key="".join(headings).count)
        if len(headings) > 1 or found not in headings[0]:
            return ""
        sign = "\\t" if found == "\t" else found
        setting = f'sources.{self.source}.delimiter: "{sign}"'
        return f"Its columns seem to be parted by '{sign}'; say so in the site file: {setting}"

    def _say_its_name(self, name: str, there: Iterable[str]) -> str:
        """Return what to type where the file may call a missing column by another name, or whom to ask where it cannot."""
        if not self._left_over(name, there):
            return "Ask the sender for it."
        setting = f"sources.{self.source}.columns: {{{name}: 'NAME IN THE FILE'}}"
        return f"If the file calls it by another name, say so in the site file: {setting}"

    def _left_over(self, name: str, there: Iterable[str]) -> list[str]:
        """Return the columns of the file that may be a missing one under another name: those that are nothing else.

        A column that feeds another column of the layout is never offered: a discharge date must not become an admission's.
        """
        others = set(self.extract.names) - {name}
        used = {self.settings.columns.get(one, one) for one in others} | others
        return [one for one in there if one not in used and one != (self.settings.known and self.settings.known.column)]

    def _lacking(self, name: str, file_name: str, there: Iterable[str]) -> Problem:
        asked = name if name == file_name else f"{name} (which the site file calls '{file_name}')"
        found = self._left_over(name, there)
        if not found:
            return Problem(asked, "no such column, and every column of the file is in use")
        return Problem(asked, f"no such column; {one_of(file_name, found)}")

    def _header(self) -> dict[str, str]:
        """Return the names of the file's columns, without the white space around them, and as they stand in the file."""
        try:
            if self.path.suffix == ".parquet":
                return {name: name for name in read_schema(self.path).names}
            skipped = self._parsing(lambda row: "skip")
            with text_stream(self.path) as stream, pcsv.open_csv(stream, self._reading(), skipped) as reader:
                written = list(reader.schema.names)
        except FileNotFoundError:
            raise self._error("there is no such file", "Check 'files' and 'data' in the site file.") from None
        except (pa.ArrowInvalid, OSError, UnicodeDecodeError) as error:
            raise self._explain(error) from None
        names = [name.lstrip("\ufeff").strip() for name in written]
        if not any(names):
            raise self._error("the file has no heading", "Its first line should name the columns; ask the sender.")
        twice = sorted({name for name in names if names.count(name) > 1 and name in self.extract.names})
        if twice:
            raise self._error(f"the heading names {', '.join(twice)} twice", "Keep one of them and send the file again.")
        return dict(zip(names, written, strict=True))

    def _reading(self) -> pcsv.ReadOptions:
        return pcsv.ReadOptions(use_threads=False, block_size=_BLOCK_BYTES, encoding=self.settings.encoding)

    def _parsing(self, torn: Callable[[Any], str]) -> pcsv.ParseOptions:
        return pcsv.ParseOptions(
            delimiter=self.settings.delimiter,
            newlines_in_values=False,
            ignore_empty_lines=False,
            invalid_row_handler=torn,
        )

    def _explain(self, error: Exception) -> RawDataError:
        """Put the reader's error in words, with what to do."""
        text = str(error)
        if "Empty CSV file" in text:
            return self._error("the file is empty: not even a heading", "Ask the sender for the file again.")
        if "UTF8" in text or "utf-8" in text or isinstance(error, UnicodeDecodeError):
            remedy = f"If it comes from Windows software, set sources.{self.source}.encoding: cp1252 in the site file."
            return self._error(f"the file is not {self.settings.encoding} text", remedy)
        if "Truncated" in text or "decompress" in text.lower() or "zlib" in text.lower() or "gzip" in text.lower():
            return self._error("the compressed file is cut short or damaged", "Copy or send the file again.")
        if self.path.suffix == ".parquet":
            return self._error("this is not a whole Parquet file", "Copy or send the file again.")
        return self._error(text.splitlines()[0], "Open the file in a text editor at that place, or ask the sender.")

    def batches(self, count: FileCount) -> Iterator[pa.RecordBatch]:
        """Yield the rows as text under the layout's names, with ``line``; blank lines are counted and left out.

        Raises:
            RawDataError: the file is torn, damaged or wrongly encoded.
        """
        columns = self.columns()
        try:
            if self.path.suffix == ".parquet":
                yield from self._parquet(columns, count)
            else:
                yield from self._csv(columns, count)
        except (pa.ArrowInvalid, OSError, UnicodeDecodeError) as error:
            raise self._explain(error) from None

    def _parquet(self, columns: Mapping[str, str], count: FileCount) -> Iterator[pa.RecordBatch]:
        line = 2
        for batch in parquet_file(self.path).iter_batches(columns=list(columns.values())):
            texts = [self._text(name, batch[name]) for name in columns.values()]
            lines = pa.array(np.arange(line, line + len(batch)), pa.int64())
            line += len(batch)
            yield self._finish(texts, list(columns), lines, count)

    def _text(self, name: str, values: pa.Array) -> pa.Array:
        """Return the values of a Parquet column as text."""
        try:
            return pc.cast(values, pa.string())
        except pa.ArrowNotImplementedError:
            what = f"the column {name} is of type {values.type}, which is no text, number or date"
            raise self._error(what, "Write it as text and send the file again.") from None

    def _csv(self, columns: Mapping[str, str], count: FileCount) -> Iterator[pa.RecordBatch]:
        def torn(row: Any) -> str:
            count.torn.append((row.number, f"has {row.actual_columns} values where the heading has {row.expected_columns}"))
            return "skip"

        converting = pcsv.ConvertOptions(
            column_types={name: pa.string() for name in columns.values()},
            include_columns=list(dict.fromkeys(columns.values())),
            strings_can_be_null=True,
            null_values=[""],
            quoted_strings_can_be_null=True,
        )
        # The reader numbers rows from 1 with the heading; rows that it skipped as torn keep their numbers.
        line = 2
        with text_stream(self.path) as stream:
            for batch in pcsv.open_csv(stream, self._reading(), self._parsing(torn), converting):
                lines, line = _lines(line, len(batch), {number for number, _ in count.torn})
                texts = [batch[name] for name in columns.values()]
                yield self._finish(texts, list(columns), pa.array(lines, pa.int64()), count)
        count.rows += len(count.torn)

    def _finish(self, texts: list[pa.Array], names: list[str], lines: pa.Array, count: FileCount) -> pa.RecordBatch:
        """Trim the texts, add the columns that the file does not have, and drop blank lines."""
        trimmed = [_trim(text) for text in texts]
        absent = [name for name in self.extract.names if name not in names]
        empty = [pa.nulls(len(lines), pa.string()) for _ in absent]
        batch = pa.record_batch([*trimmed, *empty, lines], [*names, *absent, "line"])
        blank = pa.array(np.logical_and.reduce([np.asarray(text.is_null()) for text in trimmed]))
        count.blank_lines += pc.sum(blank).as_py() or 0
        kept = batch.filter(pc.invert(blank))
        count.rows += len(kept)
        return kept


def _trim(text: pa.Array) -> pa.Array:
    """Return text without the white space around it, empty text as missing."""
    trimmed = pc.utf8_trim_whitespace(text)
    return pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)


def _lines(first: int, rows: int, torn: set[int]) -> tuple[np.ndarray, int]:
    """Return the line of each of the next rows, passing over torn ones, and the line after the last."""
    if not torn:
        return np.arange(first, first + rows), first + rows
    candidates = np.arange(first, first + rows + len(torn))
    lines = candidates[~np.isin(candidates, list(torn))][:rows]
    return lines, int(lines[-1]) + 1 if rows else first


def find_files(folder: Path, patterns: tuple[str, ...], source: str) -> list[Path]:
    """Return the files of a source in the order of their names.

    Raises:
        RawDataError: a pattern fits no file.
    """
    found: list[Path] = []
    for pattern in patterns:
        own = place(pattern)
        fitting = own.parent.glob(own.name) if own.is_absolute() else folder.glob(pattern)
        fits = sorted(one for one in fitting if one.is_file())
        if not fits:
            there = sorted(one.name for one in folder.glob("*") if one.is_file()) if folder.is_dir() else []
            near = one_of(pattern, there) if there else "the folder is empty or not there"
            problem = Problem(f"sources.{source}.files", f"no file fits '{pattern}' in {folder}; {near}")
            remedy = "Check 'data' in the site file, or give the folder with --data DIR or CASEFINDER_DATA."
            raise RawDataError("A raw file is missing:", [problem], remedy)
        found += [one for one in fits if one not in found]
    return found
