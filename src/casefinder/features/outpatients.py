"""Outpatient appointments: attended, missed, cancelled, and with which specialties."""

from casefinder.codelists import load_codelists
from casefinder.dates import lookback
from casefinder.definitions import Absent, Derived, Distinct, Family, Feature, Theme
from casefinder.definitions.measures import select
from casefinder.features._make import counts, since

_SEEN = select("outpatient")
_OP = Theme.OUTPATIENTS


def _specialties() -> tuple[Feature, ...]:
    """Return attendances in the last year for each group of treatment functions."""
    found: list[Feature] = []
    for group in load_codelists()["treatment_functions"].groups:
        of = select("outpatient", codes=f"treatment_functions:{group}")
        noun = f"outpatient attendance ({group.replace('_', ' ')})"
        found += counts(f"outpatient_{group}", of, (365,), _OP, noun, sensitive=group == "mental_health")
    return tuple(found)


FAMILY = Family(
    "outpatients",
    "outpatient appointments; cancellations are not missed appointments",
    (
        *counts("outpatient_attendances", _SEEN, (90, 365, 730), _OP, "outpatient attendance"),
        *counts("outpatient_first", select("outpatient", positions=(1,)), (365,), _OP, "first outpatient attendance"),
        *counts("outpatient_missed", select("outpatient_missed"), (365, 730), _OP, "missed outpatient appointment",
                review=True),
        *counts("outpatient_cancelled", select("outpatient_cancelled"), (365,), _OP, "cancelled outpatient appointment"),
        since("days_since_outpatient", _SEEN, _OP, "latest outpatient attendance on {date}"),
        Feature("outpatient_specialties_730d", "different treatment functions attended in the last 2 years",
                Distinct(_SEEN, lookback(730)), Absent.ZERO, _OP,
                "{n:specialty} seen as an outpatient in the last 2 years, the latest on {date}"),
        Feature("outpatient_share_missed", "missed appointments in the last 2 years for each one attended",
                Derived("ratio", ("outpatient_missed_730d", "outpatient_attendances_730d")), Absent.ZERO, _OP,
                "{n} appointments missed for each one attended", review=True),
        *_specialties(),
    ),
)  # fmt: skip
