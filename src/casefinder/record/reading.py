"""The raw files of sources read into text columns, pseudonyms in place of identifiers, here or by tasks of the engine."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from casefinder.codelists import CodeLists
from casefinder.config import Site, SourceSettings
from casefinder.definitions import Extract, RawColumn
from casefinder.engines import Engine
from casefinder.record.identity import Pseudonymiser, pseudonymiser
from casefinder.sources import FileCount, RawFile, checked

Progress = Callable[[str, int], None]
"""Called with the name of a source and the rows read since the last call."""


@dataclass(frozen=True)
class SourceFiles:
    """One source of a site: its layout (with the site's known-date column added) and its files."""

    name: str
    extract: Extract
    settings: SourceSettings
    files: Sequence[Path]

    @classmethod
    def of(cls, name: str, extract: Extract, settings: SourceSettings, files: Sequence[Path]) -> "SourceFiles":
        """Return a source whose layout also reads the column that says when rows were known."""
        known = settings.known
        if known and known.column and known.column not in extract.names:
            extra = RawColumn(known.column, "date", "day on which the row was known")
            extract = replace(extract, columns=(*extract.columns, extra))
        if known and known.column:
            needed = known.lag_days is None
            columns = tuple(
                replace(one, present=True, required=needed) if one.name == known.column else one for one in extract.columns
            )
            extract = replace(extract, columns=columns)
        return cls(name, extract, settings, files)


class Feed:
    """Batches of all files of a source, with pseudonyms in place of identifiers; keeps the error that stopped it.

    The engine pulls these batches, and would hide the type of an exception that passes through it.
    """

    def __init__(self, source: SourceFiles, people: Pseudonymiser, progress: Progress) -> None:
        self.source, self.people, self.progress = source, people, progress
        self.counts: list[FileCount] = []
        self.error: Exception | None = None

    @property
    def schema(self) -> pa.Schema:
        """Columns of the batches: texts of the layout, the person, and where the row stood."""
        carried = ["person_id", "person_problem"] if self.source.extract.person else []
        names = [*self._names(), *carried, "file"]
        return pa.schema([*[pa.field(name, pa.string()) for name in names], pa.field("line", pa.int64())])

    def _names(self) -> list[str]:
        return [name for name in self.source.extract.names if name != self.source.extract.person]

    def reader(self) -> pa.RecordBatchReader:
        """Return the batches for an engine to pull."""
        return pa.RecordBatchReader.from_batches(self.schema, self._guarded())

    def _guarded(self) -> Iterator[pa.RecordBatch]:
        try:
            yield from self.batches()
        except Exception as error:
            self.error = error
            raise

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows of every file, in order, and count them."""
        extract = self.source.extract
        for path in self.source.files:
            count = FileCount(path.name)
            self.counts.append(count)
            for batch in RawFile(path, self.source.name, extract, self.source.settings).batches(count):
                columns = [batch[name] for name in self._names()]
                if extract.person:
                    columns += self.people.columns(batch[extract.person])
                file = pa.DictionaryArray.from_arrays(pa.array([0] * len(batch), pa.int8()), [path.name])
                yield pa.record_batch([*columns, file.cast(pa.string()), batch["line"]], schema=self.schema)
                self.progress(self.source.name, len(batch))


def write_typed(engine: Engine, feed: Feed, codelists: CodeLists, latest: dt.date, path: Path) -> list[FileCount]:
    """Read the files of a feed once and write their typed rows, the faulty ones among them; return what was read of each.

    Raises:
        RawDataError: a file cannot be read, or lacks a column.
    """
    try:
        rows = checked(engine.register(feed.reader()), feed.source.extract, codelists, latest, engine.stage)
        engine.write(rows, path)
    except Exception:
        if feed.error:
            raise feed.error from None
        raise
    return feed.counts


@dataclass(frozen=True)
class ReadFiles:
    """Reads one file where the task runs, which finds the key and the bridge there; neither travels.

    Its call takes the place of the file among ``files``, each with its source and where its typed rows go.
    """

    site: Site
    data: Path
    codelists: CodeLists
    files: Sequence[tuple[SourceFiles, Path]]

    def __call__(self, engine: Engine, place: int) -> FileCount:
        """Write the typed rows of a file, pseudonyms in place of identifiers, and return what was read of it."""
        source, path = self.files[place]
        people = pseudonymiser(self.site, source.settings if source.settings.bridge else None, self.data)
        feed = Feed(source, people, lambda _source, _rows: None)
        return write_typed(engine, feed, self.codelists, self.site.extract_date, path)[0]


def read_elsewhere(
    engine: Engine,
    site: Site,
    data: Path,
    sources: Sequence[SourceFiles],
    codelists: CodeLists,
    folder: Path,
    progress: Progress,
) -> Mapping[str, list[FileCount]]:
    """Write the typed rows of every file of every source, each by a task of its own; return what was read.

    Raises:
        RawDataError: a file cannot be read.
        ConfigError: the key is not where a task runs.
    """
    files: list[tuple[SourceFiles, Path]] = []
    counts: dict[str, list[FileCount]] = {source.name: [] for source in sources}
    for source in sources:
        # A worker may stand in another folder.
        here = [replace(source, files=[path.resolve()]) for path in source.files]
        files += [(one, folder / f"{source.name}.parquet" / f"{place:05d}.parquet") for place, one in enumerate(here)]
    work = ReadFiles(site, data.resolve(), codelists, tuple(files))
    for (source, _path), count in zip(files, engine.in_pieces(work, range(len(files))), strict=True):
        counts[source.name].append(count)
        progress(source.name, count.rows)
    return counts
