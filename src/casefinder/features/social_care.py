"""Adult social care: requests, assessments, packages, hours, reablement, care homes."""

from casefinder.dates import lookback
from casefinder.definitions import Absent, DaysWithin, Family, Feature, Inside, Latest, Theme
from casefinder.definitions.measures import select
from casefinder.features._make import PERIODS, counts, since

_S = Theme.SOCIAL
_HOME = select("home_care")
_REABLE = select("reablement")
_HOMES = select("care_home")


def _within(stem: str, kind: str, name: str, days: int) -> Feature:
    """Return the days spent with a kind of support."""
    return Feature(f"{stem}_{days}d", f"days with {name} {PERIODS[days]}", DaysWithin(select(kind), lookback(days)),
                   Absent.ZERO, _S, f"{{n:day}} with {name} {PERIODS[days]}")  # fmt: skip


FAMILY = Family(
    "social_care",
    "care provided or arranged by the council; people who pay for themselves are missing",
    (
        *counts("social_care_requests", select("social_care_request"), (90, 365, 730), _S, "request for social care"),
        *counts("social_care_requests_none", select("social_care_request", prefixes=("none", "self_funded")), (730,), _S,
                "request for social care support that led to nothing further", review=True),
        *counts("social_care_requests_reablement", select("social_care_request", prefixes=("reablement",)), (730,), _S,
                "request for social care support that led to reablement"),
        *counts("social_care_assessments", select("social_care_assessment"), (365,), _S, "social care assessment"),
        *counts("social_care_reviews", select("social_care_review"), (365,), _S, "social care review"),
        since("days_since_social_care_request", select("social_care_request"), _S,
              "latest request for social care support on {date}"),
        since("days_since_social_care_assessment", select("social_care_assessment"), _S,
              "latest social care assessment on {date}"),
        Feature("has_home_care", "a home-care package is running, as known", Inside(_HOME), Absent.ZERO, _S,
                "a home-care package is running"),
        Feature("home_care_hours", "hours a week of the latest home-care package",
                Latest(_HOME, lookback(1825)), Absent.UNKNOWN, _S, "home-care package of {n:hour} a week, from {date}"),
        since("home_care_since", _HOME, _S, "home care since {date}", which="first"),
        _within("home_care_days", "home_care", "home care", 365),
        _within("reablement_days", "reablement", "reablement", 365),
        since("days_since_reablement_end", _REABLE, _S, "reablement ended on {date}", which="end"),
        _within("other_support_days", "other_support", "other social care support", 365),
        _within("carer_support_days", "carer_support", "support to a carer", 365),
        Feature("has_direct_payment", "home care is paid by direct payment",
                Inside(select("home_care", methods=("direct_payment",))), Absent.ZERO, _S, "home care by direct payment"),
        Feature("in_care_home", "in a long-term care-home service, as known", Inside(_HOMES), Absent.ZERO, _S,
                "lives in a care home arranged by the council"),
        _within("care_home_days", "care_home", "a care-home service", 730),
    ),
)  # fmt: skip
