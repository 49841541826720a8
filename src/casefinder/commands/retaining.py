"""``casefinder purge``: what may no longer be kept is deleted."""

import datetime as dt
from pathlib import Path

from casefinder.commands.deployment import GOVERNANCE, Deployment
from casefinder.commands.reporter import Reporter
from casefinder.config import load_governance
from casefinder.engines import Version
from casefinder.engines.apart import remove_left_over
from casefinder.engines.files import last_change, remove

PERSONAL = ("record", "histories", "lists", "tested", "allocation_rows", "service_designs", "service_signed")
"""Steps whose results hold rows of people."""


def run_purge(deployment: Deployment, yes: bool, reporter: Reporter, today: dt.date | None = None) -> list[Version]:
    """Delete results older than the declared retention, and say what was deleted.

    A result is as old as the extract, or the list, that it was made from; what a killed run left, as its last change. Rows
    that a killed fit left are deleted at any age. Models hold no rows of people and stay.
    """
    if deployment.site.demonstration:
        reporter.say("a demonstration holds nobody; nothing to purge")
        return []
    keep = load_governance(deployment.site_path.resolve().parent / GOVERNANCE).retention_days
    limit = (today or dt.date.today()) - dt.timedelta(days=keep)
    old = [one for step in PERSONAL for one in deployment.workspace.versions(step) if _date(one) < limit]
    folders = [one.folder for one in old] + _left_by_killed_runs(deployment, limit) + _finished_lists(deployment, limit)
    for folder in folders:
        reporter.say(f"{'deleted' if yes else 'would delete'} {folder}")
        if yes:
            remove(folder)
    if yes:
        remove_left_over(deployment.workspace)
    decided = _decisions(deployment, limit, yes)
    reporter.say(
        f"{len(folders)} results and {decided} rows of lists and decisions from before {limit} (retention: {keep} days)"
    )
    if (folders or decided) and not yes:
        reporter.say("to delete them, add --yes")
    return old


def _date(version: Version) -> dt.date:
    manifest = version.manifest
    return dt.date.fromisoformat(manifest.get("as_of") or manifest["extract_date"])


def _left_by_killed_runs(deployment: Deployment, limit: dt.date) -> list[Path]:
    """Return folders without a manifest that nothing has changed since the limit."""
    found = [path for step in PERSONAL for path in deployment.workspace.unfinished(step)]
    return [path for path in found if last_change(path) < limit]


def _finished_lists(deployment: Deployment, limit: dt.date) -> list[Path]:
    """Return folders of list files older than the limit."""
    folder = deployment.workspace / "lists-for-meetings"
    return [path for path in sorted(folder.glob("????-??-??")) if dt.date.fromisoformat(path.name) < limit]


def _decisions(deployment: Deployment, limit: dt.date, yes: bool) -> int:
    """Return how many rows of issued lists and decisions are too old, deleting them where asked."""
    from casefinder.worklist.history import ListHistory, history_url

    history = ListHistory(history_url(deployment.site.decisions_url, deployment.workspace.folder))
    try:
        return history.purge(limit, yes)
    finally:
        history.close()
