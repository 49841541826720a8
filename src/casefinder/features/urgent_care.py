"""A&E attendances, NHS 111 calls and ambulance responses."""

from casefinder.definitions import Absent, Derived, Family, Feature, Theme
from casefinder.definitions.measures import select
from casefinder.features._make import counts, since

_ALL = select("ae_attendance")
_MAJOR = select("ae_attendance", prefixes=("01",))
_MINOR = select("ae_attendance", prefixes=("03", "04"))
_URGENT = Theme.URGENT

FAMILY = Family(
    "urgent_care",
    "emergency departments, 111 and ambulance; same day emergency care is not an attendance",
    (
        *counts("ae_attendances", _ALL, (30, 90, 180, 365, 730), _URGENT, "A&E attendance"),
        *counts("ae_major", _MAJOR, (90, 365), _URGENT, "attendance at a major A&E department"),
        *counts("ae_minor", _MINOR, (365,), _URGENT, "attendance at a minor injuries or urgent treatment centre"),
        *counts("ae_high_acuity", select("ae_acuity", prefixes=("1", "2")), (365, 730), _URGENT,
                "A&E attendance judged immediate or very urgent"),
        *counts("ae_low_acuity", select("ae_acuity", prefixes=("4", "5")), (365,), _URGENT,
                "A&E attendance judged standard or low acuity"),
        *counts("ae_by_ambulance", select("ae_arrival", prefixes=("ambulance",)), (90, 365, 730), _URGENT,
                "arrival at A&E by ambulance"),
        *counts("ae_out_of_hours", select("ae_out_of_hours"), (365,), _URGENT,
                "A&E attendance in the evening, at night or at a weekend"),
        *counts("ae_left", select("ae_left"), (365, 730), _URGENT, "A&E attendance that ended before treatment",
                review=True),
        since("days_since_ae", _ALL, _URGENT, "latest A&E attendance on {date}"),
        since("days_since_ae_by_ambulance", select("ae_arrival", prefixes=("ambulance",)), _URGENT,
              "latest arrival at A&E by ambulance on {date}"),
        Feature("ae_share_by_ambulance", "share of A&E attendances in the last 12 months that came by ambulance",
                Derived("ratio", ("ae_by_ambulance_365d", "ae_attendances_365d")), Absent.ZERO, _URGENT,
                "{percent} of A&E attendances came by ambulance"),
        *counts("calls_111", select("call_111"), (90, 365), _URGENT, "call to NHS 111"),
        *counts("calls_111_urgent", select("call_111", prefixes=("ambulance", "ed")), (365,), _URGENT,
                "call to NHS 111 that led to an ambulance or A&E"),
        *counts("ambulance_responses", select("ambulance"), (90, 365, 730), _URGENT, "ambulance response"),
        *counts("ambulance_not_conveyed", select("ambulance", prefixes=("not_conveyed",)), (365,), _URGENT,
                "ambulance response without going to hospital", review=True),
        since("days_since_ambulance", select("ambulance"), _URGENT, "latest ambulance response on {date}"),
    ),
)  # fmt: skip
