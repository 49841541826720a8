"""Community contacts: how many, how recent, from which teams."""

from casefinder.codelists import load_codelists
from casefinder.dates import lookback
from casefinder.definitions import Absent, Family, Feature, Theme, Total
from casefinder.definitions.measures import select
from casefinder.features._make import counts, since

_ALL = select("community_contact")
_C = Theme.COMMUNITY


def _teams() -> tuple[Feature, ...]:
    found: list[Feature] = []
    for group in load_codelists()["community_teams"].groups:
        of = select("community_contact", codes=f"community_teams:{group}")
        found += counts(f"community_{group}", of, (365,), _C, f"community contact ({group.replace('_', ' ')})")
    return tuple(found)


FAMILY = Family(
    "community",
    "attended community contacts",
    (
        *counts("community_contacts", _ALL, (30, 90, 365), _C, "community contact"),
        since("days_since_community_contact", _ALL, _C, "latest community contact on {date}"),
        since("community_known_since", _ALL, _C, "known to community services since {date}", which="first"),
        Feature("community_hours_365d", "hours of community contact in the last 12 months",
                Total(_ALL, lookback(365)), Absent.ZERO, _C, "{n:hour} of community contact in the last 12 months",
                scale=1 / 60),
        *_teams(),
    ),
)  # fmt: skip
