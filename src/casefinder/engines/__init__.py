"""The only code that knows an engine or a file system: reading, writing and running relational work.

Relational steps everywhere else are Ibis expressions. What an engine spells differently is here.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from casefinder.config import Site, SparkSettings
from casefinder.engines.dialect import add_days, add_months, month_start, year_start
from casefinder.engines.duck import DuckEngine
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
    "site_engine",
    "year_start",
]


def engine_for(memory: str, threads: int, scratch: str, spark: SparkSettings | None = None) -> Engine:
    """Return the engine that a site asks for, with its limits; ``scratch`` takes what does not fit in memory.

    Raises:
        MissingPartError: the site asks for Spark, and PySpark or a Java runtime is missing.
    """
    if spark is None:
        return DuckEngine(memory=memory, threads=threads, scratch=scratch)
    from casefinder.engines.spark import SparkEngine

    return SparkEngine(memory=memory, threads=threads, scratch=scratch, settings=spark)


def site_engine(site: Site, scratch: Path) -> Engine:
    """Return the engine of a site; what it needs for a while lies under ``scratch``.

    Raises:
        MissingPartError: the site asks for Spark, and PySpark or a Java runtime is missing.
    """
    spark = site.spark if site.engine == "spark" else None
    return engine_for(site.memory, site.threads, str(scratch / "spill"), spark)


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
    with workspace.scratch() as scratch, site_engine(site, scratch) as engine:
        yield engine.each
