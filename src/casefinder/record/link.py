"""From raw files to the linked record: the steps of ``casefinder link``, each writing what the next one reads."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
from ibis import _

from casefinder.codelists import CodeLists, load_codelists
from casefinder.config import Site
from casefinder.config.known import Known
from casefinder.dates import observed_to
from casefinder.engines import Engine, Version, Workspace, check_written
from casefinder.record import intake
from casefinder.record.care_homes import entries
from casefinder.record.facts import Facts, write_facts
from casefinder.record.finding import find_sources
from casefinder.record.identity import pseudonymiser, write_identities
from casefinder.record.linkage import linkage
from casefinder.record.people import EVENT_STANDING, Population, check_national_list, population
from casefinder.record.quarantine import quarantined, write_quarantine
from casefinder.record.reading import Progress, SourceFiles, read_elsewhere
from casefinder.record.safeguards import (
    key_mark,
    refuse_nobody,
    refuse_other_key,
    refuse_real_people,
    refuse_unsafe_map,
)
from casefinder.record.spells import Stays, admission_reasons, build_stays
from casefinder.sources import Linking, shaped
from casefinder.tables import PARTS

STEP = "record"
KEPT = ("people", "addresses", "registrations", "practices", "areas", "prices", "budgets", "points", "stays", "quarantine")
"""Tables of the contract that make the record."""


@dataclass(frozen=True)
class LinkOptions:
    """What one run of ``link`` was asked for."""

    data: Path
    strict: bool = False
    identities: Path | None = None
    progress: Progress = lambda _source, _rows: None
    tell: Callable[[str], None] = lambda _stage: None


@dataclass
class _Gathered:
    """Everything taken in: typed files, counts, quarantine and the parts of the contract that sources feed."""

    typed: dict[str, Path] = field(default_factory=dict)
    counts: dict[str, intake.SourceCounts] = field(default_factory=dict)
    parts: dict[str, list[ibis.Table]] = field(default_factory=dict)
    quarantined: list[Iterable[pa.Table]] = field(default_factory=list)
    seen: dict[str, str] = field(default_factory=dict)
    prices: dict[str, int] = field(default_factory=dict)
    """In pence; there as soon as the price list is taken in, which is first."""

    def part(self, engine: Engine, name: str) -> ibis.Table:
        """Return one part over all sources; empty where no source feeds it."""
        tables = self.parts.get(name, [])
        if not tables:
            return engine.register(PARTS["registrations" if name == HEARSAY else name].empty())
        return ibis.union(*tables) if len(tables) > 1 else tables[0]


def link(site: Site, engine: Engine, workspace: Workspace, scratch: Path, options: LinkOptions) -> Version:
    """Build a new version of the linked record.

    Raises:
        RawDataError: files or columns are missing, a file cannot be read, nobody is left to link, or, when strict, too
            many rows are bad.
        ConfigError: the site cannot be used, or the map back to identifiers would lie inside the workspace.
        GovernanceError: a demonstration holds real NHS numbers.
    """
    if options.identities:
        refuse_unsafe_map(options.identities, workspace)
    refuse_other_key(workspace, site.key())
    codelists = load_codelists(site.own_codelists())
    sources = find_sources(site, options.data)
    with workspace.draft(STEP) as draft:
        gathered = _take_in_all(site, engine, sources, codelists, scratch, options)
        options.tell("people")
        people = _population(site, engine, gathered)
        refuse_nobody(people.n, people.left_out, gathered.counts)
        options.tell("hospital stays")
        stays = build_stays(
            engine, engine.stage(_known_people(gathered.part(engine, "episodes"), people)), site, gathered.prices
        )
        options.tell("facts")
        facts = _facts(site, engine, gathered, people, stays, codelists)
        written = write_facts(engine, facts, draft, scratch, options.tell)
        _write_reference(engine, gathered, draft.folder)
        write_quarantine(chain.from_iterable(gathered.quarantined), draft / "quarantine.parquet")
        check_written((PARTS[name], draft / (name if name in ("points", "stays") else f"{name}.parquet")) for name in KEPT)
        options.tell("linkage rates")
        linked = linkage(engine, sources, gathered.typed, _linkable(engine, gathered, people))
        if options.identities:
            write_identities(options.identities, _only(engine, people, gathered.seen))
        manifest = _manifest(site, gathered, people, stays, written, sources, linked)
        return draft.finish({**manifest, "practices_not_listed": _not_listed(engine, gathered)})


def _take_in_all(
    site: Site,
    engine: Engine,
    sources: Sequence[SourceFiles],
    codelists: CodeLists,
    scratch: Path,
    options: LinkOptions,
) -> _Gathered:
    """Take in every source and turn its rows into parts of the contract."""
    gathered = _Gathered()
    shared = pseudonymiser(site, None, options.data, options.identities is not None)
    # What --identities asks to be remembered is remembered in this process, so it reads the files itself.
    elsewhere = engine.elsewhere and not shared.remember
    folder = scratch / "typed"
    read = read_elsewhere(engine, site, options.data, sources, codelists, folder, options.progress) if elsewhere else {}
    for source in sources:
        if source.name in read:
            typed, files = folder / f"{source.name}.parquet", read[source.name]
            counts = intake.counted(engine, source, files, typed)
        else:
            people = pseudonymiser(site, source.settings, options.data) if source.settings.bridge else shared
            typed, counts, files = intake.take_in(engine, site, source, people, codelists, folder, options.progress)
        gathered.typed[source.name], gathered.counts[source.name] = typed, counts
        gathered.quarantined.append(quarantined(engine, source, typed, files, counts, site.key()))
        refuse_real_people(site, source, counts)
        if options.strict:
            intake.refuse_if_strict(source, counts)
        rows = _standing_rows(engine, source, typed, counts)
        known = source.settings.known or Known(lag_days=0)
        linking = Linking(source.name, known, site.extract_date, gathered.prices, codelists)
        for name, part in source.extract.facts(rows, linking).items():
            gathered.parts.setdefault(_place_of(name, source), []).append(part)
            if name == "prices":
                gathered.prices = _prices(engine, gathered)
    gathered.seen = shared.seen
    return gathered


def _standing_rows(engine: Engine, source: SourceFiles, typed: Path, counts: intake.SourceCounts) -> ibis.Table:
    """Return the rows that stand, with corrections told apart where the layout has a key, and count them."""
    rows = intake.plain_rows(engine, typed, source.extract)
    if not source.extract.key:
        return engine.stage(rows)
    path = typed.with_name(f"{source.name}-standing.parquet")
    kept, counts.duplicates, counts.corrected = intake.standing(engine, rows.drop("superseded_date"), source, path)
    return kept


def _not_listed(engine: Engine, gathered: _Gathered) -> dict[str, int]:
    """Return the people of each practice that registrations name and the list of practices does not, where there is one."""
    listed = gathered.part(engine, "practices").select("practice_code").distinct()
    rows = gathered.part(engine, "registrations").filter(_.end_date.isnull()).anti_join(listed, "practice_code")
    counts = rows.group_by("practice_code").agg(people=_.person_id.nunique()).order_by("practice_code")
    if not engine.fetch(listed.aggregate(n=_.count()))["n"][0].as_py():
        return {}
    return {row["practice_code"]: row["people"] for row in engine.fetch(counts).to_pylist()}


def _linkable(engine: Engine, gathered: _Gathered, people: Population) -> ibis.Table:
    """Return the people to whom rows should link: those whom a list of people names, or else everyone described."""
    records = gathered.part(engine, "person_records").filter(_.standing < EVENT_STANDING).select("person_id")
    listed = engine.stage(records.union(gathered.part(engine, "registrations").select("person_id")))
    return listed if engine.fetch(listed.aggregate(n=_.count()))["n"][0].as_py() else people.known


def _prices(engine: Engine, gathered: _Gathered) -> dict[str, int]:
    """Return the price list in pence."""
    rows = engine.fetch(gathered.part(engine, "prices").select("activity", "price")).to_pylist()
    return {row["activity"]: row["price"] for row in rows}


def _population(site: Site, engine: Engine, gathered: _Gathered) -> Population:
    """Return the people of the record."""
    national = [name for name, one in site.sources.items() if (one.extract or name) == "national_cleaned_list"]
    for name in national:
        known = site.sources[name].known
        check_national_list(site, known.date if known else None, supplied=True)
    with_people = [path for name, path in gathered.typed.items() if "person_id" in engine.read(path).columns]
    listed = [
        engine.read(path).filter(_.problem.isnull() & _.person_id.notnull()).select("person_id") for path in with_people
    ]
    held = ibis.union(*listed) if len(listed) > 1 else listed[0]
    over_full = held.group_by("person_id").agg(rows=_.count()).filter(_.rows > site.person_key.max_events)
    return population(
        engine,
        gathered.part(engine, "person_records"),
        gathered.part(engine, "objections"),
        engine.stage(over_full),
        site,
        bool(national),
    )


def _known_people(rows: ibis.Table, people: Population) -> ibis.Table:
    return rows.semi_join(people.people, "person_id")


def _facts(site: Site, engine: Engine, gathered: _Gathered, people: Population, stays: Stays, codelists: CodeLists) -> Facts:
    """Return every fact of the record as expressions, ready to be written by block."""
    points = gathered.part(engine, "points")
    services = gathered.part(engine, "stays")
    homes = services.filter(services.kind == "care_home")
    evidence = points.filter(points.kind == "care_home_evidence")
    found = engine.stage(entries(homes, evidence, site.care_homes.supporting_evidence))
    return Facts(
        people=people.people,
        points=[*gathered.parts.get("points", []), admission_reasons(points, stays), found],
        stays=[*gathered.parts.get("stays", []), stays.stays],
        registrations=_best_registrations(gathered.part(engine, "registrations"), gathered.part(engine, HEARSAY)),
        addresses=_placed(gathered.part(engine, "addresses"), gathered.part(engine, "areas")),
        restricted=codelists["restricted"],
    )


HEARSAY = "registrations told by others"
"""Registrations that a hospital row mentions; they have no end, so they count only for people on no list."""


def _place_of(part: str, source: SourceFiles) -> str:
    """Return under which name a part is gathered: what only mentions a practice stands apart from registered lists."""
    return HEARSAY if part == "registrations" and "registration" not in source.extract.supplies else part


def _best_registrations(listed: ibis.Table, hearsay: ibis.Table) -> ibis.Table:
    """Return registrations once each: those of a list of the registered, and what others say of people on no list."""
    return listed.distinct().union(hearsay.anti_join(listed, "person_id").distinct())


def _placed(addresses: ibis.Table, areas: ibis.Table) -> ibis.Table:
    """Return addresses with the deprivation decile of their area."""
    decile = areas.select("lsoa", decile="imd_decile").distinct(on="lsoa", keep="first")
    placed = addresses.left_join(decile, "lsoa")
    return shaped("addresses", placed.drop("imd_decile").rename(imd_decile="decile"), **{
        name: placed.decile if name == "imd_decile" else placed[name] for name in PARTS["addresses"].names
    }).distinct()  # fmt: skip


def _write_reference(engine: Engine, gathered: _Gathered, folder: Path) -> None:
    """Write practices, areas, prices and budgets."""
    for name in ("practices", "areas", "prices", "budgets"):
        part = gathered.part(engine, name).distinct()
        engine.write(part.order_by(part.columns), folder / f"{name}.parquet")


def _only(engine: Engine, people: Population, seen: dict[str, str]) -> dict[str, str]:
    """Return the identifiers of the people of the record, and of nobody else."""
    kept = engine.fetch(people.people.select("person_id"))["person_id"].to_pylist()
    return {person: seen[person] for person in kept if person in seen}


def _manifest(
    site: Site,
    gathered: _Gathered,
    people: Population,
    stays: Stays,
    written: dict[str, Any],
    sources: Sequence[SourceFiles],
    linked: dict[str, dict[str, Any]],
) -> dict[str, Any]:
    """Return what makes the record: inputs, counts, rules."""
    return {
        "step": STEP,
        "site": site.name,
        "demonstration": site.demonstration,
        "extract_date": str(site.extract_date),
        "key": key_mark(site.key()),
        "sources": {
            source.name: {
                "extract": source.extract.name,
                "known": source.settings.known.model_dump(mode="json") if source.settings.known else None,
                "as_at": str(source.settings.as_at or site.extract_date),
                "supplies": list(source.extract.supplies),
                **vars(gathered.counts[source.name]),
                **written["sources"].get(source.name, {}),
                **linked.get(source.name, {}),
            }
            for source in sources
        },
        "people": written["people"],
        "left_out": people.left_out,
        "history_from": str(site.history_from) if site.history_from else None,
        "supplied": sorted(supplied_kinds(sources)),
        "complete_to": complete_to(site, sources),
        "hospital_stays": {"max_gap_days": site.hospital_stays.max_gap_days, **stays.repairs},
        "care_homes": site.care_homes.model_dump(),
        "observation": site.observation.model_dump(),
        "facts": written["facts"],
    }


def supplied_kinds(sources: Sequence[SourceFiles]) -> set[str]:
    """Return the kinds of fact that a site's sources feed; whoever is registered somewhere is also observed."""
    found = {kind for source in sources for kind in source.extract.supplies}
    return found | ({"observed"} if "registration" in found else set())


def complete_to(site: Site, sources: Sequence[SourceFiles]) -> dict[str, str]:
    """Return for each kind of fact the last day for which nearly everything has arrived.

    Several files of one layout reach as far as the best of them; a kind fed by several layouts only as far as the slowest.
    """
    reached: dict[str, dict[str, str]] = {}
    for source in sources:
        known = source.settings.known
        fixed = known.date if known else None
        day = fixed or observed_to(site.extract_date, source.settings.completeness_days())
        for kind in source.extract.supplies:
            by_layout = reached.setdefault(kind, {})
            by_layout[source.extract.name] = max(str(day), by_layout.get(source.extract.name, ""))
    return {kind: min(by_layout.values()) for kind, by_layout in sorted(reached.items())}
