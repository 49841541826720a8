"""Emergency stays in hospital: how many, how recent, how long, why, and how soon again."""

from casefinder.codelists import load_codelists
from casefinder.dates import lookback
from casefinder.definitions import Absent, Count, DaysWithin, Derived, Family, Feature, Inside, Longest, Returns, Theme
from casefinder.definitions.measures import select
from casefinder.features._make import PERIODS, counts, since

_STAY = select("hospital", methods=("emergency",))
_MAIN = select("admission_reason", codes="ambulatory_care_sensitive", positions=(1,))
_ANY = select("admission_reason", codes="ambulatory_care_sensitive_any")
_SENSITIVE = ("poisoning", "mental_health")
"""Reasons that are never spoken on a list."""


def _reasons() -> tuple[Feature, ...]:
    """Return a feature for each group of reasons for emergency admission."""
    found: list[Feature] = []
    for group in load_codelists()["emergency_reasons"].groups:
        of = select("admission_reason", codes=f"emergency_reasons:{group}", positions=(1,))
        noun = f"emergency admission for {group.replace('_', ' ')}"
        found += counts(f"emergency_{group}", of, (730,), Theme.EMERGENCY, noun, by_day=True, sensitive=group in _SENSITIVE)
    return tuple(found)


FAMILY = Family(
    "emergency_admissions",
    "emergency stays in hospital; a stay that continues another counts once",
    (
        *counts("emergency_admissions", _STAY, (30, 90, 180, 365, 730, 1095), Theme.EMERGENCY, "emergency admission"),
        *(
            Feature(
                f"emergency_admissions_overnight_{days}d",
                f"emergency admissions of at least one night {PERIODS[days]}",
                Count(_STAY, lookback(days), min_nights=1),
                Absent.ZERO,
                Theme.EMERGENCY,
                f"{{n:emergency admission}} of at least one night {PERIODS[days]}, the latest on {{date}}",
            )
            for days in (365, 730)
        ),
        *(
            Feature(
                f"emergency_admissions_week_{days}d",
                f"emergency admissions of at least a week {PERIODS[days]}",
                Count(_STAY, lookback(days), min_nights=7),
                Absent.ZERO,
                Theme.EMERGENCY,
                f"{{n:emergency admission}} of a week or more {PERIODS[days]}, the latest on {{date}}",
            )
            for days in (730,)
        ),
        since("days_since_emergency_admission", _STAY, Theme.EMERGENCY, "latest emergency admission on {date}"),
        since("days_since_emergency_discharge", _STAY, Theme.EMERGENCY,
              "latest discharge after an emergency on {date}", which="end"),
        *(
            Feature(
                f"emergency_bed_days_{days}d",
                f"days in hospital after emergency admission {PERIODS[days]}",
                DaysWithin(_STAY, lookback(days)),
                Absent.ZERO,
                Theme.EMERGENCY,
                f"{{n:day}} in hospital after emergency admission {PERIODS[days]}",
            )
            for days in (90, 365, 730)
        ),
        Feature("longest_emergency_stay_730d", "longest emergency stay in the last 2 years, days",
                Longest(_STAY, lookback(730)), Absent.ZERO, Theme.EMERGENCY,
                "longest emergency stay in the last 2 years: {n:day}"),
        *(
            Feature(
                f"emergency_readmissions_30d_{days}d",
                f"emergency admissions within 30 days of leaving hospital after another {PERIODS[days]}",
                Returns(_STAY, lookback(days), within=30),
                Absent.ZERO,
                Theme.EMERGENCY,
                f"{{n:emergency readmission}} within 30 days {PERIODS[days]}",
            )
            for days in (365, 730)
        ),
        Feature("in_hospital_emergency", "in hospital after an emergency admission on the index date, as known then",
                Inside(_STAY, lookback(365)), Absent.ZERO, Theme.EMERGENCY,
                "in hospital after an emergency admission, as far as is known"),
        Feature("emergency_admissions_before_365d", "emergency admissions 12 to 24 months ago",
                Count(_STAY, lookback(365, until=365)), Absent.ZERO, Theme.EMERGENCY,
                "{n:emergency admission} 12 to 24 months ago"),
        Feature("emergency_admissions_trend", "emergency admissions in the last 12 months less those of the year before",
                Derived("difference", ("emergency_admissions_365d", "emergency_admissions_before_365d")), Absent.ZERO,
                Theme.EMERGENCY, "{signed} emergency admissions compared with the year before"),
        *counts("sensitive_admissions_main", _MAIN, (365, 730), Theme.EMERGENCY,
                "emergency admission for a condition that good care may keep out of hospital", by_day=True),
        *counts("sensitive_admissions_any", _ANY, (730,), Theme.EMERGENCY,
                "emergency admission with a diagnosis that good care may keep out of hospital", by_day=True),
        *_reasons(),
    ),
)  # fmt: skip
