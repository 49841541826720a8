"""Where a command keeps rows of features while it needs them, and what works them out: this process, or a site's Spark."""

from collections.abc import Iterator
from contextlib import contextmanager

from casefinder.config import Site
from casefinder.engines import Workspace, block_tasks
from casefinder.engines.apart import own_folder
from casefinder.modelling.stored_rows import Storage


@contextmanager
def row_storage(site: Site, workspace: Workspace, on_engine: bool = True) -> Iterator[Storage]:
    """Yield a place for rows, which is emptied at the end.

    Args:
        site: its engine works the rows out.
        workspace: where they lie.
        on_engine: False where so little is worked out that starting Spark would take longer.

    Raises:
        MissingPartError: the site asks for Spark, and PySpark or a Java runtime is missing.
    """
    with own_folder(workspace) as own:
        if site.engine == "duckdb" or not on_engine:
            yield Storage(own)
            return
        with workspace.shared_scratch(own) as shared:
            yield Storage(shared, lambda: block_tasks(site, workspace))
