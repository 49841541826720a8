"""``casefinder link``: raw extracts to the linked record and its histories."""

from pathlib import Path
from typing import Any

from casefinder.commands.deployment import Deployment
from casefinder.commands.reporter import Reporter, timed
from casefinder.engines import Version, engine_for
from casefinder.histories.write import write_histories
from casefinder.record.link import LinkOptions, link


def run_link(
    deployment: Deployment,
    reporter: Reporter,
    data: Path | None = None,
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

    options = LinkOptions(site.data_folder(data), strict, identities, progress, reporter.stage)
    with workspace.scratch() as scratch, engine_for(site.memory, site.threads, str(scratch / "spill")) as engine:
        with timed(seconds, "record"):
            record = link(site, engine, workspace, scratch, options)
        with timed(seconds, "histories"):
            write_histories(engine, workspace, record, reporter.stage)
    workspace.log({"command": "link", "record": record.number, "seconds": seconds})
    tell_link(record, reporter)
    return record


def tell_link(record: Version, reporter: Reporter) -> None:
    """Tell what was read, what was left out and how well it linked."""
    manifest = record.manifest
    rows = [_source_row(name, one) for name, one in manifest["sources"].items()]
    heading = ["source", "read", "accepted", "quarantined", "duplicates", "corrected", "linked"]
    reporter.table("Rows (read = accepted + quarantined)", heading, rows)
    for name, one in manifest["sources"].items():
        _tell_worst_practice(name, one, reporter)
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
    return [name, *counts, "" if linked is None else f"{100 * linked:.1f} %"]


def _tell_worst_practice(name: str, one: dict[str, Any], reporter: Reporter) -> None:
    """Warn where a practice's rows link much worse than those of the whole source."""
    shares = one.get("linked_by_practice") or {}
    low = {code: share for code, share in shares.items() if share < one["linked_share"] - 0.1}
    if low:
        worst = min(low, key=lambda code: (low[code], code))
        reporter.warn(f"{name}: {len(low)} of {len(shares)} practices link worse; {worst} at {100 * low[worst]:.1f} %")
