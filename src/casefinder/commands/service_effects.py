"""``casefinder service effect``: matched people followed up, and the report."""

from pathlib import Path

from casefinder.commands.allocating import one_thread
from casefinder.commands.comparing import PAGES
from casefinder.commands.deployment import Deployment
from casefinder.commands.reporter import Reporter, timed
from casefinder.commands.services import FOLDER
from casefinder.commands.training import LINK_FIRST
from casefinder.config.service import load_protocol
from casefinder.histories import Histories
from casefinder.reports.published import publish
from casefinder.reports.services import service_publication
from casefinder.services.evaluated import Evaluated, evaluate, write_effects
from casefinder.services.kept import signed_off
from casefinder.services.protocol import check_protocol


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
    with timed(seconds, "files"):
        made = service_publication(found)
        write_effects(workspace, found, {"histories": histories.version.number})
        files = publish(made, out or workspace / PAGES)
    workspace.log({"command": "service effect", "service": name, "seconds": seconds})
    for line in made.summary:
        reporter.say(line)
    reporter.say(f"page: {files[0]}")
    return found
