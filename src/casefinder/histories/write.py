"""The linked record turned into blocks of histories: one row type, codes as numbers, a person's rows together."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ibis
from ibis import _

from casefinder.dates import NEVER
from casefinder.engines import Engine, Version, Workspace
from casefinder.histories.kernel import FACT, POINT, STAY
from casefinder.histories.store import CONCEPT_COLUMNS, ROW_COLUMNS
from casefinder.tables import PARTS

STEP = "histories"
MAX_PENCE = 2**31 - 1
_NO_VALUE = ibis.literal(float("nan"), "float64")
_NAMED = ("caseload",)
"""Kinds of stay told apart by who gives them."""


def _day(date: ibis.Value) -> ibis.Value:
    """Return the day number of a date, NEVER where there is none."""
    return date.delta(ibis.date("1970-01-01"), unit="day").fill_null(NEVER).cast("int32")


def _row(
    table: ibis.Table,
    row_kind: int,
    start: ibis.Value,
    known: ibis.Value,
    kind: Any,
    **values: Any,
) -> ibis.Table:
    """Return rows of one shape from any table of the record."""
    none = ibis.null("date")
    text = {name: values.get(name, "") for name in ("code_system", "code", "method")}
    return table.select(
        person_id=table.person_id,
        row_kind=ibis.literal(row_kind).cast("int8"),
        kind=ibis.literal(kind) if isinstance(kind, str) else kind,
        **{name: ibis.literal(one) if isinstance(one, str) else one.fill_null("") for name, one in text.items()},
        position=ibis.literal(0).cast("int32") if "position" not in values else values["position"].cast("int32"),
        start=_day(start),
        end=_day(values.get("end", none)),
        known=_day(known),
        end_known=_day(values.get("end_known", none)),
        superseded=_day(values.get("superseded", none)),
        value=values["value"].cast("float64").fill_null(_NO_VALUE) if "value" in values else _NO_VALUE,
        cost=values["cost"].cast("int32") if "cost" in values else ibis.literal(0).cast("int32"),
    )


def _people_rows(people: ibis.Table) -> list[ibis.Table]:
    """Return the undated facts, dated at birth; an ethnic group that an event told is unknown until then."""
    birth, told = people.birth_month, people.ethnicity_known_date
    at_birth = ibis.ifelse(told.notnull(), "unknown", people.ethnicity)
    later = people.filter(told.notnull())
    told_later = later.ethnicity
    month = birth.year() * 12 + birth.month() - 1
    return [
        _row(people, FACT, birth, birth, "birth", value=month),
        _row(people, FACT, birth, birth, "sex", code_system="nhs", code=people.sex),
        _row(people, FACT, birth, birth, "ethnicity", code_system="nhs", code=at_birth, superseded=told),
        _row(later, FACT, later.birth_month, later.ethnicity_known_date, "ethnicity", code_system="nhs", code=told_later),
    ]


def _observed_rows(registrations: ibis.Table, history_from: str | None) -> ibis.Table:
    """Return the time in which a person's care would have been seen: registered, and not before the feeds begin."""
    kept = registrations
    if history_from:
        first = ibis.date(history_from)
        kept = kept.filter(kept.end_date.isnull() | (kept.end_date > first))
        kept = kept.mutate(start_date=ibis.greatest(kept.start_date, first))
    known = ibis.greatest(kept.start_known_date, kept.start_date)
    return _row(kept, STAY, kept.start_date, known, "observed", end=kept.end_date, end_known=kept.end_known_date,
                superseded=kept.superseded_date)  # fmt: skip


def _record_rows(
    points: ibis.Table, stays: ibis.Table, registrations: ibis.Table, addresses: ibis.Table
) -> list[ibis.Table]:
    """Return points, stays, registrations and addresses as rows."""
    named = ibis.ifelse(stays.kind.isin(_NAMED), stays.provider.fill_null(""), "")
    return [
        _row(points, POINT, points.event_date, points.known_date, points.kind, code_system=points.code_system,
             code=points.code, position=points.position, superseded=points.superseded_date, value=points.value,
             cost=ibis.least(points.cost, MAX_PENCE)),
        _row(stays, STAY, stays.start_date, stays.start_known_date, stays.kind, code_system="local", code=named,
             method=stays.method, end=stays.end_date, end_known=stays.end_known_date,
             superseded=stays.superseded_date, value=stays.value, cost=ibis.least(stays.cost, MAX_PENCE)),
        _row(registrations, STAY, registrations.start_date, registrations.start_known_date, "registration",
             code_system="nhs", code=registrations.practice_code, end=registrations.end_date,
             end_known=registrations.end_known_date, superseded=registrations.superseded_date),
        _row(addresses, STAY, addresses.start_date, addresses.known_date, "residence", code_system="nhs",
             code=addresses.lsoa, value=addresses.imd_decile),
    ]  # fmt: skip


def write_histories(
    engine: Engine, workspace: Workspace, record: Version, scratch: Path, tell: Callable[[str], None] = lambda _stage: None
) -> Version:
    """Write the histories of a linked record: concepts first, then block by block; ``scratch`` is for a while."""
    people = engine.read(record / "people.parquet")
    registrations, addresses = (engine.read(record / f"{name}.parquet") for name in ("registrations", "addresses"))
    whole = [
        *_people_rows(people),
        *_record_rows(engine.read(record / "points"), engine.read(record / "stays"), registrations, addresses),
        _observed_rows(registrations, record.manifest["history_from"]),
    ]
    with workspace.draft(STEP) as draft:
        concepts = ibis.union(*[rows.select(*CONCEPT_COLUMNS).distinct() for rows in whole]).distinct()
        engine.write(concepts.order_by(*CONCEPT_COLUMNS), draft / "concepts.parquet")
        parts = scratch / STEP
        member = people.select("person_id", "block")
        engine.write_parts(people.drop("death_date", "death_known_date"), parts / "people")
        for name, table in (("registrations", registrations), ("addresses", addresses)):
            engine.write_parts(table.inner_join(member, "person_id"), parts / name)
        numbers = sorted(int(path.stem) for path in (record / "points").glob("*.parquet"))
        work = WriteHistories(record.folder, parts, draft.folder, record.manifest["history_from"])
        rows = 0
        for done, written in enumerate(engine.in_pieces(work, numbers)):
            rows += written
            tell(f"histories: block {done + 1} of {len(numbers)}")
        carried = ("site", "demonstration", "extract_date", "supplied", "complete_to", "observation", "history_from")
        manifest = {"step": STEP, "record": record.number, "blocks": len(numbers), "rows": rows}
        manifest |= {name: record.manifest[name] for name in carried}
        return draft.finish(manifest)


@dataclass(frozen=True)
class WriteHistories:
    """Writes one block of histories and the list of its people; returns how many rows it has."""

    record: Path
    parts: Path
    folder: Path
    history_from: str | None

    def __call__(self, engine: Engine, number: int) -> int:
        """Write both files of a block."""
        name = f"{number:05d}.parquet"
        people, registrations, addresses = (
            self._part(engine, table, number) for table in ("people", "registrations", "addresses")
        )
        order = ibis.window(order_by="person_id")
        listed = engine.stage(people.mutate(person=ibis.row_number().over(order).cast("int32")))
        engine.write(listed.select("person_id").order_by("person_id"), self.folder / "people" / name)
        whole = [
            *_people_rows(listed),
            *_record_rows(
                engine.read(self.record / "points" / name),
                engine.read(self.record / "stays" / name),
                registrations,
                addresses,
            ),
            _observed_rows(registrations, self.history_from),
        ]
        rows = ibis.union(*whole).inner_join(self._concepts(engine), list(CONCEPT_COLUMNS))
        placed = rows.inner_join(listed.select("person_id", "person"), "person_id")
        last = [one for one in ROW_COLUMNS if one not in ("person", "start")]
        ordered = placed.order_by("person", "start", "row_kind", *last)
        # Blocks are read every week: what decodes fastest, and nothing null.
        engine.write(ordered.select(*ROW_COLUMNS), self.folder / "blocks" / name, compression="lz4")
        return int(engine.fetch(engine.read(self.folder / "blocks" / name).aggregate(n=_.count()))["n"][0].as_py())

    def _part(self, engine: Engine, table: str, number: int) -> ibis.Table:
        found = engine.part(self.parts / table, number)
        return engine.register(PARTS[table].empty()) if found is None else found

    def _concepts(self, engine: Engine) -> ibis.Table:
        """Return every concept with its number: its place in the order of all columns."""
        stored = engine.read(self.folder / "concepts.parquet")
        order = ibis.window(order_by=list(CONCEPT_COLUMNS))
        return engine.stage(stored.mutate(concept=ibis.row_number().over(order).cast("int32")))
