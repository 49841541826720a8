"""Facts of the record written block by block: restricted codes dropped, equal rows joined, in a total order."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ibis
from ibis import _

from casefinder.codelists import CodeList
from casefinder.engines import Draft, Engine
from casefinder.record.feeds import write_feeds
from casefinder.tables import PARTS, POINTS, REGISTRATIONS, STAYS

RESTRICTED, BEFORE_BIRTH = "restricted code", "before the month of birth"


@dataclass(frozen=True)
class Facts:
    """Everything that is known about the people of a record, as expressions."""

    people: ibis.Table
    points: Sequence[ibis.Table]
    stays: Sequence[ibis.Table]
    registrations: ibis.Table
    addresses: ibis.Table
    restricted: CodeList


def is_listed(system: ibis.Value, code: ibis.Value, codelist: CodeList) -> ibis.Value:
    """Say whether a code list covers each code in its system."""
    found = ibis.literal(False)
    for name in dict.fromkeys(line.system for line in codelist.codes):
        lines = [line for line in codelist.codes if line.system == name]
        exact = [line.code for line in lines if not line.prefix]
        hit = code.isin(exact) if exact else ibis.literal(False)
        for length in sorted({len(line.code) for line in lines if line.prefix}):
            hit = hit | code.left(length).isin([line.code for line in lines if line.prefix and len(line.code) == length])
        found = found | ((system == name) & hit)
    return found


def write_facts(engine: Engine, facts: Facts, draft: Draft, scratch: Path, tell: Callable[[str], None]) -> dict[str, Any]:
    """Write people, points, stays, registrations and addresses; return the counts of what was written and dropped."""
    engine.write(facts.people, scratch / "people-raw.parquet")
    people = engine.read(scratch / "people-raw.parquet")
    member = people.select("person_id", "block", "birth_month")
    for name, whole, restricted in (("points", facts.points, facts.restricted), ("stays", facts.stays, None)):
        if whole:
            engine.write_parts(_placed(_together(whole), member, restricted), scratch / name)
    last = engine.fetch(people.aggregate(n=people.block.max()))["n"][0].as_py()
    numbers = range(0 if last is None else last + 1)
    work = WriteFacts(scratch, draft.folder)
    for number, _done in enumerate(engine.in_pieces(work, numbers)):
        tell(f"block {number + 1} of {len(numbers)}")
    deaths = _deaths(engine, draft)
    _write_people(engine, people, deaths, draft)
    for name, table in (("registrations", facts.registrations), ("addresses", facts.addresses)):
        kept = table.semi_join(member, "person_id")
        engine.write(kept.order_by(kept.columns), draft / f"{name}.parquet")
    write_feeds(engine, draft, member)
    return _counts(engine, draft, scratch, member)


def _together(parts: Sequence[ibis.Table]) -> ibis.Table:
    return ibis.union(*parts) if len(parts) > 1 else parts[0]


def _placed(part: ibis.Table, member: ibis.Table, restricted: CodeList | None) -> ibis.Table:
    """Return the facts of members with their block, and why a fact must be dropped."""
    date = "event_date" if "event_date" in part.columns else "start_date"
    joined = part.inner_join(member, "person_id")
    reasons = [(joined[date] < joined.birth_month, BEFORE_BIRTH)]
    if restricted:
        reasons.insert(0, (is_listed(joined.code_system, joined.code, restricted), RESTRICTED))
    return joined.mutate(dropped=ibis.cases(*reasons, else_=ibis.null("string"))).drop("birth_month")


@dataclass(frozen=True)
class WriteFacts:
    """Writes the points and the stays of one block, from the parts that every source gave."""

    parts: Path
    folder: Path

    def __call__(self, engine: Engine, number: int) -> None:
        """Write both files of a block."""
        for name, known in (("points", "known_date"), ("stays", "start_known_date")):
            engine.write(
                _block(engine, self.parts / name, number, name, known), self.folder / name / f"{number:05d}.parquet"
            )


def _block(engine: Engine, folder: Path, number: int, name: str, known: str) -> ibis.Table:
    """Return one block: rows that differ only in when they were known once, in the order of every column."""
    whole, table = engine.part(folder, number), PARTS[name]
    if whole is None:
        return engine.register(table.empty())
    same = [column for column in table.names if column != known]
    joined = whole.filter(whole.dropped.isnull()).group_by(same).agg(**{known: whole[known].min()})
    return joined.select(*table.names).order_by([*_ordered(table.names)])


def _ordered(names: Sequence[str]) -> list[str]:
    """Return person and date first, then every other column."""
    first = [name for name in ("person_id", "event_date", "start_date") if name in names]
    return [*first, *[name for name in names if name not in first]]


def _deaths(engine: Engine, draft: Draft) -> ibis.Table:
    """Return the day of death of each person: the earliest that any source gives, and when death was first known."""
    points = engine.read(draft / "points")
    died = points.filter((points.kind == "death") & points.superseded_date.isnull())
    return died.group_by("person_id").agg(death_date=_.event_date.min(), death_known_date=_.known_date.min())


def _write_people(engine: Engine, people: ibis.Table, deaths: ibis.Table, draft: Draft) -> None:
    told = people.left_join(deaths, "person_id").drop("person_id_right")
    table = PARTS["people"]
    engine.write(told.select(*table.names).order_by("person_id"), draft / "people.parquet")


def _counts(engine: Engine, draft: Draft, scratch: Path, member: ibis.Table) -> dict[str, Any]:
    """Return how many facts of each source were written, joined as equal, or dropped."""
    found: dict[str, dict[str, int]] = {}
    totals = {POINTS.name: 0, STAYS.name: 0}
    for table in (POINTS, STAYS):
        if not any((scratch / table.name).rglob("*.parquet")):
            continue
        raw = engine.read(scratch / table.name)
        for row in _by_source(engine, raw, "dropped"):
            name = row["dropped"] or f"{table.name}_found"
            found.setdefault(row["source"], {})[name] = found.get(row["source"], {}).get(name, 0) + row["n"]
        for row in _by_source(engine, engine.read(draft / table.name)):
            found[row["source"]][f"{table.name}_written"] = row["n"]
            totals[table.name] = totals.get(table.name, 0) + row["n"]
    for table in (REGISTRATIONS, PARTS["addresses"]):
        totals[table.name] = engine.fetch(engine.read(draft / f"{table.name}.parquet").aggregate(n=_.count()))["n"][
            0
        ].as_py()
    people = engine.fetch(member.aggregate(n=_.count(), blocks=_.block.nunique())).to_pylist()[0]
    return {"sources": found, "facts": totals, "people": people}


def _by_source(engine: Engine, table: ibis.Table, *more: str) -> list[dict[str, Any]]:
    grouped = table.group_by("source", *more).agg(n=_.count())
    return list(engine.fetch(grouped.order_by("source", *more)).to_pylist())
