"""``casefinder link``: raw extracts to the linked record and its histories."""

from pathlib import Path
from typing import Any

from casefinder.commands.deployment import Deployment
from casefinder.commands.reporter import Reporter, timed
from casefinder.engines import Version, place, working
from casefinder.histories.write import write_histories
from casefinder.record.facts import BEFORE_BIRTH, RESTRICTED
from casefinder.record.link import LinkOptions, link

MOST_PRACTICES = 25
"""How many practices are shown on screen."""

MUCH = 0.1
"""A source of which more than this share is quarantined is warned of."""

FAR_BELOW = 0.1
"""A practice whose share linked lies this far below that of the whole source is warned of."""


def run_link(
    deployment: Deployment,
    reporter: Reporter,
    data: str | Path | None = None,
    strict: bool = False,
    identities: Path | None = None,
) -> Version:
    """Link a site's extracts and write the histories; return the new record."""
    site, workspace = deployment.site, deployment.workspace
    seconds: dict[str, float] = {}
    read: dict[str, int] = {}

    def progress(source: str, rows: int) -> None:
        read[source] = read.get(source, 0) + rows
        reporter.stage(f"reading {source}: {read[source]:,} rows")

    options = LinkOptions(place(site.data_folder(data)), strict, identities, progress, reporter.stage)
    with working(site, workspace) as (engine, scratch):
        with timed(seconds, "record"):
            record = link(site, engine, workspace, scratch, options)
        with timed(seconds, "histories"):
            write_histories(engine, workspace, record, scratch, reporter.stage)
    workspace.log({"command": "link", "record": record.number, "seconds": seconds})
    tell_link(record, reporter)
    return record


def tell_link(record: Version, reporter: Reporter) -> None:
    """Tell what was read, what was left out and how well it linked."""
    manifest = record.manifest
    rows = [_source_row(name, one) for name, one in manifest["sources"].items()]
    heading = ["source", "read", "accepted", "quarantined", "duplicates", "corrected", "linked"]
    reporter.table("Rows (read = accepted + quarantined)", heading, rows)
    _warn_of_bad_sources(manifest["sources"], reporter)
    for code, people in manifest["practices_not_listed"].items():
        reporter.warn(
            f"{people:,} people are registered at {code}, which is not in the list of practices and so in no cluster"
        )
    _tell_practices(manifest["sources"], reporter)
    problems = [
        [name, str(one["column"]), str(one["problem"]), f"{one['rows']:,}"]
        for name, source in manifest["sources"].items()
        for one in source["problems"]
    ]
    if problems:
        reporter.table("Quarantined", ["source", "column", "problem", "rows"], problems)
    if manifest["left_out"]:
        reporter.table("People left out", ["why", "people"], [[why, f"{n:,}"] for why, n in manifest["left_out"].items()])
    people, facts = manifest["people"], manifest["facts"]
    reporter.say(
        f"{people['n']:,} people, {facts['points']:,} dated facts, {facts['stays']:,} stays, in {people['blocks']} blocks"
    )
    _tell_dropped(manifest["sources"], reporter)
    stays = manifest["hospital_stays"]
    joined = stays["spells_joined_by_transfer"] + stays["spells_joined_by_overlap"]
    reporter.say(
        f"{stays['spells']:,} hospital spells; {joined:,} continue another; "
        f"{stays['closed_by_the_next_admission']:,} ended by the next admission, "
        f"{stays['ended_without_a_discharge_date']:,} ended without a discharge date"
    )
    reporter.say(f"record {record.number} is in {record.folder}")


def _source_row(name: str, one: dict[str, Any]) -> list[str]:
    linked = one.get("linked_share")
    counts = [f"{one[column]:,}" for column in ("read", "accepted", "quarantined", "duplicates", "corrected")]
    return [name, *counts, _percent(linked)]


def _tell_dropped(sources: dict[str, Any], reporter: Reporter) -> None:
    """Tell how many facts were dropped for each reason."""
    for why, words in ((RESTRICTED, "with a restricted code"), (BEFORE_BIRTH, "dated before the month of birth")):
        dropped = sum(one.get(why, 0) for one in sources.values())
        if dropped:
            reporter.say(f"{dropped:,} {'fact' if dropped == 1 else 'facts'} {words} dropped")


def _warn_of_bad_sources(sources: dict[str, Any], reporter: Reporter) -> None:
    """Warn of each source of which much was quarantined."""
    for name, one in sources.items():
        if one["read"] and one["quarantined"] > MUCH * one["read"]:
            words = f"{one['quarantined']:,} of {one['read']:,} rows quarantined; lists made from this record lack them"
            reporter.warn(f"{name}: {words}")


def _tell_practices(sources: dict[str, Any], reporter: Reporter) -> None:
    """Show how well each practice's rows link, the worst first, and warn of one far below the whole source."""
    shares = {name: one["linked_by_practice"] for name, one in sources.items() if one.get("linked_by_practice")}
    practices = {code for of_source in shares.values() for code in of_source}
    worst = sorted(practices, key=lambda code: (min(one.get(code, 1.0) for one in shares.values()), code))
    rows = [[code, *(_percent(one.get(code)) for one in shares.values())] for code in worst[:MOST_PRACTICES]]
    if rows:
        more = (
            f" (the lowest {MOST_PRACTICES} of {len(worst)}; all are in the manifest)" if len(worst) > MOST_PRACTICES else ""
        )
        reporter.table(f"Rows linked, by practice{more}", ["practice", *shares], rows)
    for name, of_source in shares.items():
        low = {code: share for code, share in of_source.items() if share < sources[name]["linked_share"] - FAR_BELOW}
        if low:
            code = min(low, key=lambda one: (low[one], one))
            reporter.warn(f"{name}: {len(low)} of {len(of_source)} practices link worse; {code} at {_percent(low[code])}")


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.1f} %"
