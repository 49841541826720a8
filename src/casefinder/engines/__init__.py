"""The only code that knows an engine or a file system: reading, writing and running relational work.

Relational steps everywhere else are Ibis expressions. What an engine spells differently is here.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from casefinder.config import Site, SparkSettings
from casefinder.engines.dialect import add_days, add_months, month_start, year_start
from casefinder.engines.duck import DuckEngine
from casefinder.engines.files import place
from casefinder.engines.interface import Each, Engine
from casefinder.engines.workspace import Draft, Version, Workspace
from casefinder.engines.written import check_written

__all__ = [
    "Draft",
    "DuckEngine",
    "Each",
    "Engine",
    "Version",
    "Workspace",
    "add_days",
    "add_months",
    "block_tasks",
    "check_written",
    "engine_for",
    "month_start",
    "place",
    "working",
    "year_start",
]


def engine_for(memory: str, threads: int, scratch: str, spark: SparkSettings | None = None, local: str = "") -> Engine:
    """Return the engine that a site asks for, with its limits; ``scratch`` takes what does not fit in memory.

    For Spark ``scratch`` is a folder that every worker sees; ``local`` is one of this machine (empty: ``scratch``).

    Raises:
        MissingPartError: the site asks for Spark, and PySpark or a Java runtime is missing.
    """
    if spark is None:
        return DuckEngine(memory=memory, threads=threads, scratch=scratch)
    from casefinder.engines.spark import SparkEngine

    return SparkEngine(memory=memory, threads=threads, scratch=scratch, settings=spark, local=local or scratch)


@contextmanager
def working(site: Site, workspace: Workspace) -> Iterator[tuple[Engine, Path]]:
    """Yield the engine of a site, and a folder for what a step writes for a while, where all of the engine sees it.

    What DuckDB needs for a while stays on this machine, wherever the data lie: it spills there anyhow.

    Raises:
        MissingPartError: the site asks for Spark, and PySpark or a Java runtime is missing.
        StoreError: the site's store cannot be reached.
        WorkspaceError: another command has the workspace's scratch folder.
    """
    with workspace.scratch() as local:
        if site.engine == "duckdb":
            with engine_for(site.memory, site.threads, str(local / "spill")) as engine:
                yield engine, local
            return
        with (
            workspace.shared_scratch(local) as shared,
            engine_for(site.memory, site.threads, str(shared / "spill"), site.spark, str(local / "spill")) as engine,
        ):
            yield engine, shared


@contextmanager
def block_tasks(site: Site, workspace: Workspace) -> Iterator[Each]:
    """Yield what runs a task for every block: here, one after the other, or on the workers of a site's Spark.

    Raises:
        MissingPartError: the site asks for Spark, and PySpark or a Java runtime is missing.
        WorkspaceError: another command has the workspace's scratch folder, which only Spark needs.
    """
    if site.engine == "duckdb":
        yield map
        return
    with working(site, workspace) as (engine, _scratch):
        yield engine.each
