"""``casefinder service``: protocol, design, sign-off and effect of a matched evaluation."""

import datetime as dt
from collections.abc import Callable
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any, Final

import pandas as pd

from casefinder.codelists import CodeLists, load_codelists
from casefinder.commands.allocating import one_thread
from casefinder.commands.comparing import PAGES
from casefinder.commands.deployment import Deployment
from casefinder.commands.reporter import Reporter, timed
from casefinder.commands.storing import row_storage
from casefinder.commands.training import LINK_FIRST
from casefinder.config.service import ServiceProtocol, heads, load_protocol, protocol_names, readable_protocol
from casefinder.disclosure import DEFAULT, shown
from casefinder.engines import Version
from casefinder.engines.files import file_hash, read_frame
from casefinder.errors import ConfigError, Problem
from casefinder.histories import Histories
from casefinder.histories.practices import Practices, practices_of, record_of
from casefinder.modelling.stored_rows import Storage
from casefinder.reports.published import publish
from casefinder.reports.services import design_publication
from casefinder.services.at_the_cut import CutDesign, design_at_the_cut, near_the_cut
from casefinder.services.designed import design
from casefinder.services.invited import Drawn, design_by_chance, first_draws
from casefinder.services.judged import Judged, judge, overlap_words
from casefinder.services.kept import SignedOff, sign, write_design
from casefinder.services.protocol import problems_of, record_problems, refuse
from casefinder.services.starts import Starts, starts_of_caseloads, starts_of_file, starts_of_lists
from casefinder.shipped import shipped
from casefinder.worklist.history import ListHistory, history_url

FOLDER: Final = "services"
"""Where a site keeps its protocols: beside its site file."""
CHANGE: Final = (
    "change the protocol (who is eligible, the area of the comparator, what has to be equal or close), or wait for "
    "more people"
)
"""What makes a design fit, where anything does."""


def _protocol(deployment: Deployment, name: str) -> ServiceProtocol:
    return load_protocol(name, deployment.site.folder / FOLDER)


def run_service_new(deployment: Deployment, name: str, reporter: Reporter) -> Path:
    """Write a commented protocol beside the site file.

    Raises:
        ConfigError: there is one of that name already.
    """
    folder = deployment.site.folder / FOLDER
    path = folder / f"{name}.yaml"
    if name in protocol_names(folder):
        raise ConfigError("A protocol of that name is there already:", [Problem(name, "give another name")])
    text = (shipped("configs") / FOLDER / "starter" / "service.yaml").read_text(encoding="utf-8").replace("NAME", name)
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    reporter.say(f"wrote {path}")
    reporter.say(f"next: fill it in, then: {deployment.workspace.command(f'service check {name}')}")
    return path


def run_service_check(deployment: Deployment, name: str, reporter: Reporter) -> ServiceProtocol:
    """Check a protocol against the catalogue and the record, and say its hash.

    Raises:
        ConfigError: listing every problem.
    """
    protocol, _, _ = _checked(deployment, name)
    reporter.say(f"'{name}' can be used; its hash is {protocol.hash[:16]}")
    reporter.say(f"next: {deployment.workspace.command(f'service design {name}')}")
    return protocol


def _checked(deployment: Deployment, name: str) -> tuple[ServiceProtocol, Histories, CodeLists]:
    """Return a protocol that can be used on the record, with the histories and code lists that it is used on.

    Raises:
        ConfigError: listing every problem: of its settings, of the names in them, and of what the record lacks.
        WorkspaceError: nothing is linked yet.
    """
    protocol, problems = readable_protocol(name, deployment.site.folder / FOLDER)
    codelists, found = load_codelists(deployment.site.own_codelists()), problems_of(protocol) if protocol else []
    if protocol and deployment.workspace.versions("histories"):
        found += record_problems(protocol, Histories(deployment.workspace.newest("histories")), codelists)
    refuse(name, [*problems, *(one for one in found if not heads([one]) & heads(problems))])
    assert protocol is not None
    return protocol, Histories(deployment.workspace.newest("histories", LINK_FIRST)), codelists


def run_service_design(deployment: Deployment, name: str, reporter: Reporter) -> Version:
    """Match people, without looking at an outcome, and say whether the design is fit to proceed.

    Raises:
        ConfigError: the protocol cannot be used.
        ServiceError: nobody is comparable, or too few.
    """
    site, workspace, seconds = deployment.site, deployment.workspace, dict[str, float]()
    protocol, histories, codelists = _checked(deployment, name)
    record = record_of(workspace, histories)
    practices = practices_of(record, histories)
    everyone = _drawn(deployment, protocol) if protocol.is_randomised else None
    starts = everyone.starts if everyone else _starts(deployment, protocol, record)
    with timed(seconds, "design"), row_storage(site, workspace) as storage, one_thread():
        if everyone:
            made = design_by_chance(protocol, histories, codelists, everyone, practices, storage, reporter.stage)
        else:
            made = design(protocol, histories, codelists, starts, practices, storage, reporter.stage)
        judged = judge(made)
        cut = _at_the_cut(deployment, protocol, histories, codelists, practices, storage)
    about: dict[str, Any] = {
        "histories": histories.version.number, "record": record.number, "served_from": starts.words,
        "served_again": starts.again, "served_unknown": starts.unknown,
        "extract_date": histories.version.manifest["extract_date"],
    }  # fmt: skip
    if protocol.served.source == "file":
        about["served_file"] = file_hash(protocol.folder / protocol.served.file)
    if cut:
        about["cut"] = cut.about
    version = write_design(workspace, made, judged, about, cut.members if cut else None)
    workspace.log({"command": "service design", "service": name, "seconds": seconds})
    made_page = design_publication(
        SignedOff(version), protocol, histories.version.manifest["site"], bool(histories.version.manifest["demonstration"])
    )
    page = publish(made_page, workspace / PAGES)[0]
    _tell_design(version, judged, reporter)
    _tell_next(deployment, name, version, page, reporter)
    return version


def _starts(deployment: Deployment, protocol: ServiceProtocol, record: Version) -> Starts:
    served = protocol.served
    if served.source == "caseload":
        return starts_of_caseloads(record, served)
    if served.source == "file":
        people = read_frame(record / "people.parquet", columns=("person_id", "birth_month", "death_date"))
        return starts_of_file(protocol.folder / served.file, people, dt.date.fromisoformat(record.manifest["extract_date"]))
    with closing(_history(deployment)) as history:
        listings = history.every_listing()
        scopes = {one[0]: history.issued(one[0])[0].scope for one in {one[0]: one for one in listings}.values()}
    return starts_of_lists(listings, scopes, served)


def _at_the_cut(
    deployment: Deployment,
    protocol: ServiceProtocol,
    histories: Histories,
    codelists: CodeLists,
    practices: Practices,
    storage: Storage,
) -> CutDesign | None:
    """Return people just above and just below the cut of lists, where the protocol asks for them and there are enough."""
    if protocol.cut_bandwidth is None:
        return None
    with closing(_history(deployment)) as history:
        issued = [history.issued(one) for one in sorted({one[0] for one in history.every_listing()})]
    newest = {one.manifest["as_of"]: one for one in deployment.workspace.versions("lists")}

    @cache
    def archived(date: dt.date) -> pd.DataFrame | None:
        names = ("person_id", "practice_code", "raw", "because")
        return read_frame(newest[str(date)] / "candidates.parquet", columns=names) if str(date) in newest else None

    near = near_the_cut(issued, archived, protocol.cut_bandwidth, protocol.served.scopes)
    return design_at_the_cut(protocol, histories, codelists, near, practices, storage)


def _drawn(deployment: Deployment, protocol: ServiceProtocol) -> Drawn:
    """Return everyone on a list whose places were drawn."""
    with closing(_history(deployment)) as history:
        invitations = history.every_invitation()
        listed = {one.list_id: [row.person_id for row in history.issued(one.list_id)] for one in invitations}
    return first_draws(invitations, listed, protocol.served)


def _history(deployment: Deployment) -> ListHistory:
    return ListHistory(history_url(deployment.site.decisions_url, deployment.workspace.folder))


def _tell_design(version: Version, judged: Judged, reporter: Reporter) -> None:
    """Say the flow and the verdict; counts are rounded, since a screen is copied."""
    manifest = version.manifest
    randomised = SignedOff(version).is_randomised
    if manifest["served_unknown"]:
        reporter.warn(f"{_people(manifest['served_unknown'])} of the file are not in the record and are left out")
    if manifest["served_again"]:
        words = (
            "were drawn for more than once; their first draw" if randomised else "started more than once; their first start"
        )
        reporter.say(f"{_people(manifest['served_again'])} {words} counts")
    rows = [[words, _count(number)] for words, number in manifest["flow"]]
    reporter.table("People served, rounded", ["step", "people"], rows)
    reporter.say(f"candidates: {_people(manifest['candidate_people'])} at one or more landmarks")
    if not randomised:
        reporter.say(f"overlap: {overlap_words(manifest)}")
    if SignedOff(version).asks_for_the_cut:
        cut = manifest.get("cut")
        reporter.say(
            f"at the cut of {cut['lists']} lists: {_people(cut['above'])} above and {_people(cut['below'])} below"
            if cut
            else "at the cut of the lists there are too few people above or below for an estimate"
        )
    for words in judged.remarks:
        reporter.say(words)
    reporter.say(f"estimand: {judged.estimand}")
    reporter.say(judged.verdict)


def _tell_next(deployment: Deployment, name: str, version: Version, page: Path, reporter: Reporter) -> None:
    """Say where the design can be looked at, and what may follow."""
    workspace = deployment.workspace
    reporter.say(f"design {version.number}, to be looked at: {page}")
    if version.manifest["is_fit"]:
        reporter.say(f"next, once somebody has looked at it: {workspace.command(f'service sign-off {name} --by WHO')}")
        return
    reporter.say(f"next: {CHANGE}, then: {workspace.command(f'service design {name}')}")
    despite = workspace.command(f"service sign-off {name} --by WHO --despite REASON")
    reporter.say(f"or go on all the same, with the reason on top of the report: {despite}")


def _people(number: Any) -> str:
    """Return a rounded number of people in words."""
    count = DEFAULT.count(int(number))
    return "a few people" if count is None else f"{count:,} people"


def _count(number: Any) -> str:
    return shown(DEFAULT.count(int(number)))


def run_service_sign_off(
    deployment: Deployment,
    name: str,
    by: str,
    despite: str,
    reporter: Reporter,
    today: Callable[[], dt.date] = dt.date.today,
) -> SignedOff:
    """Freeze the newest design of a service.

    Raises:
        ServiceError: there is none, it is not fit and no reason is given, or the protocol changed after it.
    """
    protocol = _protocol(deployment, name)
    found = sign(deployment.workspace, protocol, by, today(), despite)
    reporter.say(f"design {found.manifest['design']} of '{protocol.name}' is signed off; protocol {protocol.hash[:16]}")
    if found.manifest["after_effects_were_seen"]:
        reporter.warn("effects of this service were looked at before this sign-off; the report says so")
    reporter.say(f"next: {deployment.workspace.command(f'service effect {name}')}")
    return found
