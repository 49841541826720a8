"""``casefinder service effect``: matched people followed up, and the report."""

from dataclasses import replace
from pathlib import Path

import pandas as pd

from casefinder.codelists import load_codelists
from casefinder.commands.allocating import one_thread
from casefinder.commands.comparing import PAGES
from casefinder.commands.deployment import Deployment
from casefinder.commands.reporter import Reporter, timed
from casefinder.commands.services import FOLDER
from casefinder.commands.storing import row_storage
from casefinder.commands.training import LINK_FIRST
from casefinder.config.service import load_protocol
from casefinder.dates import to_day
from casefinder.histories import Histories
from casefinder.histories.practices import practices_of, record_of
from casefinder.reports.published import publish
from casefinder.reports.services import service_publication
from casefinder.services.evaluated import Evaluated, evaluate, write_effects
from casefinder.services.kept import signed_off
from casefinder.services.landmarks import closed_to
from casefinder.services.measures import MEASURES
from casefinder.services.protocol import check_protocol
from casefinder.services.rollout import rollout


def run_service_effect(deployment: Deployment, name: str, out: Path | None, reporter: Reporter) -> Evaluated:
    """Work the effects of a service out on signed-off pairs, and write page, workbook and tables.

    Raises:
        ServiceError: nothing was signed off, it was changed since, or the outcome window is not complete.
    """
    workspace, seconds = deployment.workspace, dict[str, float]()
    protocol = load_protocol(name, deployment.site.folder / FOLDER)
    check_protocol(protocol)
    signed = signed_off(workspace, protocol)
    histories = Histories(workspace.newest("histories", LINK_FIRST))
    with timed(seconds, "effects"), one_thread():
        found = evaluate(protocol, signed, histories, reporter.stage)
        if protocol.organisation_level:
            found = replace(found, rollout=_rollout(deployment, found, histories))
    with timed(seconds, "files"):
        made = service_publication(found)
        write_effects(workspace, found, {"histories": histories.version.number})
        files = publish(made, out or workspace / PAGES)
    workspace.log({"command": "service effect", "service": name, "seconds": seconds})
    for line in made.summary:
        reporter.say(line)
    reporter.say(f"page: {files[0]}")
    return found


def _rollout(deployment: Deployment, found: Evaluated, histories: Histories) -> pd.DataFrame:
    """Return the comparison over practices."""
    site, manifest, of = deployment.site, found.signed.manifest, MEASURES[found.protocol.primary]
    complete = histories.version.manifest["complete_to"]
    last = to_day(closed_to(complete, (*of.feeds, "death"), 1))
    practices = practices_of(record_of(deployment.workspace, histories), histories)
    with row_storage(site, deployment.workspace) as storage:
        return rollout(
            found.protocol, of, histories, load_codelists(site.own_codelists()), practices, manifest["service_practices"],
            (int(manifest["landmarks"][0]), last), storage,
        )  # fmt: skip
