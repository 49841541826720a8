"""``casefinder weekly`` and ``casefinder worklist``: score everyone, then hand each meeting its list."""

import datetime as dt
import getpass
from pathlib import Path

from casefinder.codelists import load_codelists
from casefinder.commands.deployment import Deployment
from casefinder.commands.reporter import Reporter, timed
from casefinder.commands.training import LINK_FIRST
from casefinder.config import ListSettings
from casefinder.engines import Version, Workspace, block_tasks
from casefinder.errors import ConfigError, Problem, ReleaseError
from casefinder.histories import Histories
from casefinder.histories.practices import record_of
from casefinder.modelling.serving import bundle_for
from casefinder.worklist.files import write_files
from casefinder.worklist.freshness import check_safety
from casefinder.worklist.history import ListHistory, history_url
from casefinder.worklist.meeting import MeetingList
from casefinder.worklist.names import named
from casefinder.worklist.release import CLUSTER, PRACTICE, Released, Scope, release, scopes_of
from casefinder.worklist.told import warnings
from casefinder.worklist.weekly import WeeklyInput, lists_of, weekly


def run_weekly(deployment: Deployment, as_of: dt.date, reporter: Reporter) -> Version:
    """Score everyone on a date and write what the lists are made from."""
    site, workspace = deployment.site, deployment.workspace
    seconds: dict[str, float] = {}
    histories = Histories(workspace.newest("histories", LINK_FIRST))
    record = record_of(workspace, histories)
    names = (site.lists.ranked_by, *(one for one in site.lists.beside if one != site.lists.ranked_by))
    bundles = {name: bundle_for(site, workspace, name) for name in names}
    history = ListHistory(history_url(site.decisions_url, workspace.folder))
    given = WeeklyInput(site, record, histories, bundles, load_codelists(site.own_codelists()), history.decisions())
    history.close()
    released = warn_of_release(record, as_of, site.lists, reporter)
    with timed(seconds, "weekly"), block_tasks(site, workspace) as each:
        lists = weekly(given, as_of, workspace, reporter.stage, each)
    workspace.log({"command": "weekly", "as_of": str(as_of), "seconds": seconds})
    for name, people in lists.manifest["scored"].items():
        reporter.say(f"{people:,} people scored with {lists.manifest['models'][name]['label']}")
    count = f"lists for {len(lists.manifest['registered'])} practices are"
    if released:
        make = workspace.command(f"worklist --practice CODE --as-of {as_of}")
        reporter.say(f"{count} ready; make one with: {make}")
    else:
        reporter.say(f"{count} prepared, but not released as things stand: see the warning")
    return lists


def warn_of_release(record: Version, as_of: dt.date, settings: ListSettings, reporter: Reporter) -> bool:
    """Warn where the records are too old for any list of a date to be released; return whether lists are released.

    Raises:
        ReleaseError: nothing at all was recorded before that date.
    """
    first = record.manifest["history_from"]
    if first and as_of <= dt.date.fromisoformat(first):
        problem = Problem("--as-of", f"{as_of} is not after {first}, the first day of the site's records (history_from)")
        raise ReleaseError("Nothing was recorded before that date, so nobody can be scored on it:", [problem])
    try:
        check_safety(record.manifest, as_of, settings)
    except ReleaseError as error:
        reporter.warn(f"lists of {as_of} are not released as things stand: {'; '.join(map(str, error.problems))}")
        return False
    return True


def run_worklist(
    deployment: Deployment,
    as_of: str,
    practice: str | None,
    cluster: str | None,
    out: Path | None,
    identities: Path | None,
    reporter: Reporter,
    places: int | None = None,
) -> list[Path]:
    """Make the list of one practice or cluster and write its files; with ``places``, draw by chance who is invited."""
    if identities:
        _refuse_names_in_workspace(out, deployment.workspace)
    lists = lists_of(deployment.workspace, as_of)
    given = Released.of(deployment.site, lists, deployment.workspace.newest("record", LINK_FIRST))
    scope = Scope(PRACTICE, practice) if practice else Scope(CLUSTER, cluster or "")
    return _make(deployment, given, scope, out, identities, reporter, places)


def run_all_lists(deployment: Deployment, as_of: str, out: Path | None, reporter: Reporter) -> list[Path]:
    """Make the list of every practice and cluster."""
    lists = lists_of(deployment.workspace, as_of)
    given = Released.of(deployment.site, lists, deployment.workspace.newest("record", LINK_FIRST))
    scopes = scopes_of(given)
    written: list[Path] = []
    for place, scope in enumerate(scopes):
        reporter.stage("lists", place, len(scopes))
        written += _make(deployment, given, scope, out, None, None)
    reporter.say(f"{len(scopes)} lists, each as CSV, Excel and a page, are in {written[0].parent}")
    return written


def _check_map(found: int, people: int, identities: Path) -> None:
    """Stop where the map names nobody on a list: it belongs to another workspace or an older key.

    Raises:
        ConfigError: nobody was found in it.
    """
    if people and not found:
        problem = Problem(str(identities), f"names none of the {people} people on this list")
        remedy = (
            "Is it the map of this workspace? Make it with: casefinder link --site FILE --workspace DIR --identities FILE"
        )
        raise ConfigError("The map back to identifiers does not fit:", [problem], remedy)


def _refuse_names_in_workspace(out: Path | None, workspace: Workspace) -> None:
    """Stop where a list that names people would lie in the workspace, which must name nobody.

    Raises:
        ConfigError: no folder was given, or one inside the workspace.
    """
    if out is None or workspace.holds(out):
        problem = Problem("--out", "the workspace must name nobody")
        remedy = "Give a folder outside it that only the practice's team may open: --out FOLDER"
        raise ConfigError("A list with names needs a folder of its own:", [problem], remedy)


def _make(
    deployment: Deployment,
    given: Released,
    scope: Scope,
    out: Path | None,
    identities: Path | None,
    reporter: Reporter | None,
    places: int | None = None,
) -> list[Path]:
    history = ListHistory(history_url(deployment.site.decisions_url, deployment.workspace.folder))
    try:
        again = history.invitation(str(scope), given.as_of) is not None
        made = release(given, scope, history, deployment.stale_after(), places)
        if identities:
            made = named(made, identities)
            count = sum(bool(one.identifier) for one in made.people)
            _check_map(count, len(made.people), identities)
            history.note(
                dt.datetime.now(dt.UTC).replace(tzinfo=None),
                getpass.getuser(),
                "named people on a list",
                made.list_id,
                count,
            )
    finally:
        history.close()
    written = write_files(made, out or deployment.workspace / "lists-for-meetings" / str(given.as_of))
    if reporter:
        _tell(made, written, reporter, again)
    return written


def _tell(made: MeetingList, written: list[Path], reporter: Reporter, again: bool) -> None:
    """Tell what is on the list, without naming anyone, and whether who is invited was drawn before."""
    changes = {change: sum(one.change == change for one in made.people) for change in ("new", "up", "down", "same")}
    said = ", ".join(f"{count} {change}" for change, count in changes.items() if count)
    reporter.say(
        f"{made.title}: {len(made.people)} people ({said}); {len(made.removed)} removed by rule; "
        f"{len(made.left)} left since last time"
    )
    if made.invitation:
        when = "when this list was first made; nothing was drawn again" if again else "now, and the draw is on record"
        reporter.say(f"{made.invitation.places} of {made.invitation.listed} were drawn to be invited {when}")
    for words in made.notes:
        reporter.say(words)
    for words in warnings(made):
        reporter.warn(words)
    for line in made.feeds:
        if line.state in ("stale", "silent"):
            reporter.warn(f"{line.feed}: {line.words}")
    if dt.date.today() > made.do_not_use_after:
        reporter.warn(f"this list ran out on {made.do_not_use_after}")
    for path in written:
        reporter.say(f"  {path}")
