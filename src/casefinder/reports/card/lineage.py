"""The section of a card on where the version comes from: record, code, code lists and contract, in hashes."""

from casefinder.reports.card.content import Block, Prose, Section, Table
from casefinder.reports.card.described import Described
from casefinder.reports.card.words import NOT_KNOWN, refit, unknown

TITLE = "Data lineage"


def data_lineage(one: Described) -> Section:
    """Return hashes by which anybody with the same records and code can say that these made this version."""
    found, about = one.lineage, one.about
    if not found:
        return Section(
            TITLE, (Prose(f"Where it comes from: {unknown(refit(about), 'it was not kept with this version')}."),)
        )
    rows = [
        ("record", f"version {found['record']} of the workspace, extracts to {found['extract_date']}"),
        ("hash of the record", f"`{found['record_sha256']}`, of its manifest, which holds the hash of every raw file"),
        (
            "sources",
            f"{len(found['sources'])}, of {sum(source['files'] for source in found['sources'])} files, listed under Data",
        ),
        ("code", f"casefinder {found['casefinder']}, hash `{found['code_sha256']}`"),
        ("features", f"{len(one.contract.names)} in the contract, hash `{found['contract_sha256']}`"),
        (
            "feeds",
            (
                f"{len(one.contract.supplied)} kinds of fact: "
                f"{', '.join(kind.replace('_', ' ') for kind in one.contract.supplied)}"
            ),
        ),
        ("files of the bundle", "hashes in bundle.json; a file that was changed is refused"),
    ]
    repairs = ", ".join(f"{what.replace('_', ' ')}: {_count(stays)}" for what, stays in found["repairs"].items())
    if repairs:
        rows.append(("hospital stays", repairs))
    if about.get("recalibration"):
        rows.append(
            ("fitted on", f"the record behind version {about['recalibration']['of']}; this record only recalibrated it")
        )
    lists = [(name, f"`{digest}`") for name, digest in found["codelists"].items()]
    blocks: list[Block] = [
        Prose("Hashes are the first 16 characters of a SHA-256. Nothing here depends on the machine or the day."),
        Table("Record and code", ("", ""), rows, words=True),
    ]
    if lists:
        blocks.append(Table("Code lists that features use", ("list", "hash of its codes"), lists, folded=True))
    else:
        blocks.append(Prose(f"Code lists: {NOT_KNOWN}."))
    return Section(TITLE, tuple(blocks))


def _count(stays: int | None) -> str:
    return "*" if stays is None else f"{stays:,}"
