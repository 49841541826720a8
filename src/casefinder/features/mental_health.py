"""Mental health contacts, referrals and ward stays. They count in the score and are spoken only in general words."""

from casefinder.codelists import load_codelists
from casefinder.dates import lookback
from casefinder.definitions import Absent, DaysWithin, Family, Feature, Theme
from casefinder.definitions.measures import select
from casefinder.features._make import counts, since

_ALL = select("mental_health_contact")
_STAY = select("mental_health_stay")
_M = Theme.MIND


def _teams() -> tuple[Feature, ...]:
    found: list[Feature] = []
    for group in load_codelists()["mental_health_teams"].groups:
        of = select("mental_health_contact", codes=f"mental_health_teams:{group}")
        spoken = group in ("memory", "older_people")
        noun = f"mental health contact ({group.replace('_', ' ')})"
        found += counts(f"mental_health_{group}", of, (365,), _M, noun, sensitive=not spoken)
    return tuple(found)


FAMILY = Family(
    "mental_health",
    "mental health services",
    (
        *counts("mental_health_contacts", _ALL, (90, 365), _M, "mental health contact"),
        *counts("mental_health_referrals", select("mental_health_referral"), (365,), _M, "mental health referral"),
        since("days_since_mental_health_contact", _ALL, _M, "latest mental health contact on {date}"),
        Feature("mental_health_ward_days_730d", "days on a mental health ward in the last 2 years",
                DaysWithin(_STAY, lookback(730)), Absent.ZERO, _M, "{n:day} on a mental health ward", sensitive=True),
        since("days_since_mental_health_ward", _STAY, _M, "latest mental health ward stay", which="end", sensitive=True),
        *_teams(),
    ),
)  # fmt: skip
