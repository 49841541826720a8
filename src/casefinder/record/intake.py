"""One source from its raw files to typed rows: every row accepted or quarantined, and the counts add up."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import ibis
from ibis import _

from casefinder.codelists import CodeLists
from casefinder.config import Site
from casefinder.definitions import Extract
from casefinder.engines import Engine, add_days
from casefinder.engines.files import file_hash
from casefinder.errors import Problem, RawDataError
from casefinder.record.identity import Pseudonymiser
from casefinder.record.reading import Feed, Progress, SourceFiles, write_typed
from casefinder.sources import TORN, FileCount, accepted


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
    files = write_typed(engine, Feed(source, people, progress), codelists, site.extract_date, typed)
    return typed, counted(engine, source, files, typed), files


def counted(engine: Engine, source: SourceFiles, files: Sequence[FileCount], typed: Path) -> SourceCounts:
    """Return what became of the rows of a source, from what was read of its files and its typed rows."""
    rows = engine.read(typed)
    # A layout without people has nobody to be missing; its lines are always there.
    nobody = rows["person_id" if source.extract.person else "line"].isnull()
    grouped = rows.group_by("problem_column", "problem").agg(
        rows=_.count(), nobody=nobody.sum(), blanked=rows.blanked.notnull().sum()
    )
    found = engine.fetch(grouped.order_by("problem_column", "problem")).to_pylist()
    fine = [one for one in found if one["problem"] is None]
    torn = sum(len(file.torn) for file in files)
    counts = SourceCounts(
        read=sum(file.rows for file in files),
        accepted=sum(one["rows"] for one in fine),
        not_bridged=sum(one["nobody"] for one in fine),
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
    counts.blanked = _blanked(engine, rows) if any(one["blanked"] for one in fine) else {}
    return counts


def _blanked(engine: Engine, rows: ibis.Table) -> dict[str, int]:
    """Return how many accepted rows had a value taken out, by what was wrong with it."""
    bad = rows.filter(rows.blanked.notnull() & rows.problem.isnull())
    told = bad.select(what=bad.blanked.split(";").unnest())
    told = told.filter(told.what != "").group_by("what").agg(rows=_.count()).order_by("what")
    return {one["what"]: one["rows"] for one in engine.fetch(told).to_pylist()}


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


def standing(engine: Engine, rows: ibis.Table, source: SourceFiles, path: Path) -> tuple[ibis.Table, int, int]:
    """Tell duplicates and corrections apart among accepted rows, and keep what was found at ``path``.

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
    same = ["person_id", *content]
    ranked = rows.mutate(
        copy=ibis.row_number().over(ibis.window(group_by=same, order_by=order)),
        copies=rows.line.count().over(ibis.window(group_by=same)),
    )
    distinct = ranked.filter(ranked.copy == 0).drop("copy")
    version = ["person_id", *extract.key]
    if submitted:
        later = distinct[submitted].lead().over(ibis.window(group_by=version, order_by=order))
        dated = distinct.mutate(replaced_on=later, replaced=later.notnull())
        stands = dated.replaced_on.isnull() | (dated.replaced_on != dated[submitted])
    else:
        last = ibis.row_number().over(ibis.window(group_by=version, order_by=[_.file.desc(), _.line.desc()]))
        dated = distinct.mutate(replaced_on=ibis.null("date"), replaced=last > 0)
        stands = ~dated.replaced
    superseded = add_days(dated.replaced_on, known.plus_days if known else 0)
    engine.write(dated.mutate(superseded_date=superseded, stands=stands).drop("replaced_on"), path, compression="lz4")
    marked = engine.read(path)
    counted = marked.aggregate(duplicates=(marked.copies - 1).sum(), corrected=marked.replaced.sum())
    (counts,) = engine.fetch(counted).to_pylist()
    kept = marked.filter(marked.stands).drop("copies", "replaced", "stands")
    return kept, counts["duplicates"] or 0, counts["corrected"] or 0


def plain_rows(engine: Engine, typed: Path, extract: Extract) -> ibis.Table:
    """Return the accepted rows of a source, those whose person no bridge knows left out."""
    rows = accepted(engine.read(typed))
    if extract.person:
        rows = rows.filter(rows.person_id.notnull())
    return rows.mutate(superseded_date=ibis.null("date"))
