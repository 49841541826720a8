"""What a site's archive tells those who fit and watch models: lists, hold-outs, and services that followed."""

from casefinder.config import Site
from casefinder.engines import Workspace
from casefinder.modelling.service_starts import ServicesAndLists
from casefinder.worklist.history import ListHistory, history_url
from casefinder.worklist.list_record import list_record


def services_and_lists(site: Site, workspace: Workspace) -> ServicesAndLists:
    """Return what the site calls a service, and what is on record of its lists.

    Raises:
        ConfigError: the database of lists and decisions cannot be reached.
    """
    history = ListHistory(history_url(site.decisions_url, workspace.folder))
    try:
        return ServicesAndLists(site.services, list_record(history, site.services))
    finally:
        history.close()
