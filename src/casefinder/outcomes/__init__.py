"""Outcomes: one file an outcome. A file here without a leading underscore holds ``OUTCOME``."""

from functools import cache

from casefinder.definitions import Outcome, catalogue
from casefinder.errors import ConfigError, one_of
from casefinder.outcomes._table import Observed, OutcomeTable, latest_index_date

__all__ = ["Observed", "OutcomeTable", "latest_index_date", "outcome", "outcomes"]


@cache
def outcomes() -> dict[str, Outcome]:
    """Return every outcome by name."""
    import casefinder.outcomes as package

    return {one.name: one for one in catalogue(package, "OUTCOME").values()}


def outcome(name: str) -> Outcome:
    """Return one outcome.

    Raises:
        ConfigError: there is none of that name.
    """
    known = outcomes()
    if name not in known:
        raise ConfigError(f"There is no outcome called '{name}'; {one_of(name, known)}")
    return known[name]
