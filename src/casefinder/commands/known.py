"""Whom the teams of a site knew before a test date, by the lists they were given."""

import datetime as dt
from pathlib import Path

from casefinder.config import Site
from casefinder.engines import Workspace
from casefinder.modelling.list_rows import KnownPeople
from casefinder.modelling.splits import TEST
from casefinder.modelling.train import Fitted
from casefinder.worklist.history import ListHistory, history_url

LOOK_BACK = dt.timedelta(days=365)


def known_before(site: Site, workspace: Workspace, fitted: Fitted) -> KnownPeople | None:
    """Return who stood on a list in the year before the test date, or was decided on; None where no list was issued then."""
    until = fitted.plan.dates[TEST][0]
    url = history_url(site.decisions_url, workspace.folder)
    if url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).is_file():
        return None
    history = ListHistory(url)
    try:
        lists, people = history.known_between(until - LOOK_BACK, until)
    finally:
        history.close()
    return KnownPeople(until - LOOK_BACK, until, lists, frozenset(people)) if lists else None
