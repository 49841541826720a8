"""The only code that knows an engine or a file system: reading, writing and running relational work.

Relational steps everywhere else are Ibis expressions. What an engine spells differently is here.
"""

from casefinder.engines.dialect import add_days, add_months, month_start, year_start
from casefinder.engines.duck import DuckEngine
from casefinder.engines.workspace import Draft, Version, Workspace
from casefinder.engines.written import check_written

__all__ = [
    "Draft",
    "DuckEngine",
    "Version",
    "Workspace",
    "add_days",
    "add_months",
    "check_written",
    "engine_for",
    "month_start",
    "year_start",
]


def engine_for(memory: str, threads: int, scratch: str) -> DuckEngine:
    """Return the engine that a site asks for, with its limits; ``scratch`` takes what does not fit in memory."""
    return DuckEngine(memory=memory, threads=threads, scratch=scratch)
