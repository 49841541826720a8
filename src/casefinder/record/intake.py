"""One source from its raw files to typed rows: every row accepted or quarantined, and the counts add up."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import ibis
import pyarrow as pa
from ibis import _

from casefinder.codelists import CodeLists
from casefinder.config import Site, SourceSettings
from casefinder.definitions import Extract, RawColumn
from casefinder.engines import Engine, add_days
from casefinder.engines.files import file_hash, parquet_writer, write_table
from casefinder.errors import Problem, RawDataError
from casefinder.record.identity import Pseudonymiser, pseudonymiser, row_hash
from casefinder.sources import TORN, FileCount, RawFile, accepted, checked
from casefinder.tables import QUARANTINE

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


@dataclass
class SourceCounts:
    """What became of the rows of one source. ``read`` is always ``accepted`` plus ``quarantined``."""

    read: int = 0
    accepted: int = 0
    quarantined: int = 0
    blank_lines: int = 0
    problems: list[dict[str, object]] = field(default_factory=list)
    blanked: dict[str, int] = field(default_factory=dict)
    duplicates: int = 0
    corrected: int = 0
    not_bridged: int = 0
    files: list[dict[str, object]] = field(default_factory=list)


class _Feed:
    """Batches of all files of a source, with pseudonyms in place of identifiers; keeps the error that stopped it.

    The engine pulls these batches, and would hide the type of an exception that passes through it.
    """

    def __init__(self, source: SourceFiles, people: Pseudonymiser, progress: Progress) -> None:
        self.source, self.people, self.progress = source, people, progress
        self.counts: list[FileCount] = []
        self.error: Exception | None = None

    @property
    def schema(self) -> pa.Schema:
        carried = ["person_id", "person_problem"] if self.source.extract.person else []
        names = [*self._names(), *carried, "file"]
        return pa.schema([*[pa.field(name, pa.string()) for name in names], pa.field("line", pa.int64())])

    def _names(self) -> list[str]:
        return [name for name in self.source.extract.names if name != self.source.extract.person]

    def reader(self) -> pa.RecordBatchReader:
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


def take_in(
    engine: Engine,
    site: Site,
    source: SourceFiles,
    people: Pseudonymiser,
    codelists: CodeLists,
    folder: Path,
    progress: Progress,
) -> tuple[Path, SourceCounts, list[FileCount]]:
    """Read the files of one source once, and write its typed rows, the quarantined ones among them.

    Returns:
        the Parquet file of typed rows, the counts, and what was read of each file.

    Raises:
        RawDataError: a file cannot be read, or lacks a column.
    """
    typed = folder / f"{source.name}.parquet"
    # What --identities asks to be remembered is remembered in this process, so it reads the files itself.
    if engine.elsewhere and not people.remember:
        rows, files = _read_elsewhere(engine, source, people, folder / "raw" / source.name, progress)
        engine.write(checked(rows, source.extract, codelists, site.extract_date, engine.stage), typed)
        return typed, _counted(engine, source, files, typed), files
    feed = _Feed(source, people, progress)
    try:
        engine.write(
            checked(engine.register(feed.reader()), source.extract, codelists, site.extract_date, engine.stage), typed
        )
    except Exception:
        if feed.error:
            raise feed.error from None
        raise
    return typed, _counted(engine, source, feed.counts, typed), feed.counts


@dataclass(frozen=True)
class ReadFile:
    """Reads one file of a source where the task runs, which finds the key and the bridge there; neither travels."""

    site: Site
    source: SourceFiles
    data: Path
    folder: Path

    def __call__(self, place: int) -> FileCount:
        """Write the rows of a file, pseudonyms in place of identifiers, and return what was read of it."""
        bridged = self.source.settings if self.source.settings.bridge else None
        people = pseudonymiser(self.site, bridged, self.data)
        feed = _Feed(replace(self.source, files=[self.source.files[place]]), people, lambda _source, _rows: None)
        with parquet_writer(self.folder / f"{place:05d}.parquet", feed.schema) as writer:
            for batch in feed.batches():
                writer.write_batch(batch)
        return feed.counts[0]


def _read_elsewhere(
    engine: Engine, source: SourceFiles, people: Pseudonymiser, folder: Path, progress: Progress
) -> tuple[ibis.Table, list[FileCount]]:
    """Return the rows of a source and what was read of each file, each read by a task of its own.

    Raises:
        RawDataError: a file cannot be read.
        ConfigError: the key is not where a task runs.
    """
    folder.mkdir(parents=True)
    counts: list[FileCount] = []
    # A worker may stand in another folder.
    here = replace(source, files=[path.resolve() for path in source.files])
    task = ReadFile(people.site, here, people.folder.resolve(), folder)
    for count in engine.each(task, range(len(source.files))):
        counts.append(count)
        progress(source.name, count.rows)
    return engine.read(folder), counts


def _counted(engine: Engine, source: SourceFiles, files: list[FileCount], typed: Path) -> SourceCounts:
    rows = engine.read(typed)
    grouped = rows.group_by("problem_column", "problem").agg(rows=_.count())
    found = engine.fetch(grouped.order_by("problem_column", "problem")).to_pylist()
    torn = sum(len(file.torn) for file in files)
    counts = SourceCounts(
        read=sum(file.rows for file in files),
        accepted=sum(one["rows"] for one in found if one["problem"] is None),
        blank_lines=sum(file.blank_lines for file in files),
        problems=[
            {"column": one["problem_column"], "problem": one["problem"], "rows": one["rows"]}
            for one in found
            if one["problem"] is not None
        ],
        files=[
            {"name": path.name, "rows": file.rows, "sha256": file_hash(path)}
            for path, file in zip(source.files, files, strict=True)
        ],
    )
    if torn:
        counts.problems.append({"column": TORN, "problem": "has more or fewer values than the heading", "rows": torn})
    counts.quarantined = counts.read - counts.accepted
    bad = rows.filter(rows.blanked.notnull() & rows.problem.isnull())
    told = bad.select(what=bad.blanked.split(";").unnest())
    told = told.filter(told.what != "").group_by("what").agg(rows=_.count()).order_by("what")
    counts.blanked = {one["what"]: one["rows"] for one in engine.fetch(told).to_pylist()}
    return counts


def quarantine(engine: Engine, source: SourceFiles, typed: Path, files: Sequence[FileCount], key: bytes) -> pa.Table:
    """Return the quarantined rows of one source as a table of the contract, with keyed hashes and no raw values."""
    rows = engine.read(typed)
    bad = rows.filter(rows.problem.notnull()).order_by("file", "line")
    part = engine.fetch(bad.select("file", "line", "problem_column", "problem", "raw_text"))
    texts = part["raw_text"].to_pylist()
    found = pa.table(
        {
            "source": [source.name] * len(part),
            "file": part["file"],
            "line": part["line"],
            "column": part["problem_column"],
            "problem": part["problem"],
            "row_hash": [row_hash(text or "", key) for text in texts],
        },
        schema=QUARANTINE.schema,
    )
    torn = [(file.name, number, what) for file in files for number, what in file.torn]
    lost = pa.table(
        {
            "source": [source.name] * len(torn),
            "file": [name for name, _number, _what in torn],
            "line": [number for _name, number, _what in torn],
            "column": [TORN] * len(torn),
            "problem": [what for _name, _number, what in torn],
            "row_hash": [""] * len(torn),
        },
        schema=QUARANTINE.schema,
    )
    return pa.concat_tables([found, lost])


def write_quarantine(parts: Sequence[pa.Table], path: Path) -> None:
    """Write the quarantine of all sources."""
    write_table(pa.concat_tables([QUARANTINE.empty(), *parts]), path)


def refuse_if_strict(source: SourceFiles, counts: SourceCounts) -> None:
    """Stop at the first kind of problem above the share that the site allows.

    Raises:
        RawDataError: naming the source, the column, the problem and both shares.
    """
    for one in counts.problems:
        share = 100 * int(str(one["rows"])) / max(1, counts.read)
        if share > source.settings.max_quarantined_percent:
            exact = f"{share:.1f}" if share >= 0.1 else f"{share:.2g}"
            what = f"{one['problem']} in {one['rows']:,} of {counts.read:,} rows ({exact} %)"
            problem = Problem(f"{source.name}.{one['column']}", what)
            allowed = source.settings.max_quarantined_percent
            setting = f"sources.{source.name}.max_quarantined_percent"
            remedy = f"The site allows {allowed:g} % ({setting}). Run without --strict to go on."
            raise RawDataError("Too many rows have the same problem:", [problem], remedy)


def standing(rows: ibis.Table, source: SourceFiles) -> tuple[ibis.Table, ibis.Table, ibis.Table]:
    """Tell duplicates and corrections apart among accepted rows.

    A row equal to another in everything but when and where it was read is a duplicate. Of rows with the same key, a later
    submission supersedes an earlier one, which stays in the record with the day on which it was replaced; where nothing
    says which came later, the later line stands alone.

    Returns:
        the rows with ``superseded_date``; the number of duplicates; the number of corrected rows.
    """
    extract, known = source.extract, source.settings.known
    submitted = known.column if known and known.column else ""
    content = [name for name in extract.names if name not in (extract.person, submitted)]
    order = [name for name in (submitted, "file", "line") if name]
    same = ibis.window(group_by=["person_id", *content], order_by=order)
    ranked = rows.mutate(copy=ibis.row_number().over(same))
    distinct = ranked.filter(ranked.copy == 0).drop("copy")
    version = ibis.window(group_by=["person_id", *extract.key], order_by=order)
    if submitted:
        later = distinct[submitted].lead().over(version)
        dated = distinct.mutate(replaced_on=later, replaced=later.notnull())
        kept = dated.filter(dated.replaced_on.isnull() | (dated.replaced_on != dated[submitted]))
    else:
        last = ibis.row_number().over(
            ibis.window(group_by=["person_id", *extract.key], order_by=[_.file.desc(), _.line.desc()])
        )
        dated = distinct.mutate(replaced_on=ibis.null("date"), replaced=last > 0)
        kept = dated.filter(~dated.replaced)
    superseded = add_days(kept.replaced_on, known.plus_days if known else 0)
    duplicates = ranked.aggregate(n=(ranked.copy > 0).sum())
    corrected = dated.aggregate(n=dated.replaced.sum())
    return kept.mutate(superseded_date=superseded).drop("replaced_on", "replaced"), duplicates, corrected


def plain_rows(engine: Engine, typed: Path, extract: Extract) -> ibis.Table:
    """Return the accepted rows of a source, those whose person no bridge knows left out."""
    rows = accepted(engine.read(typed))
    if extract.person:
        rows = rows.filter(rows.person_id.notnull())
    return rows.mutate(superseded_date=ibis.null("date"))
