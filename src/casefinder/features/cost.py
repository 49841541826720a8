"""Cost of care by setting, at the site's one price list, in pounds."""

from casefinder.dates import lookback
from casefinder.definitions import Absent, Derived, Family, Feature, Select, Theme, Total
from casefinder.definitions.measures import select
from casefinder.features._make import PERIODS

_PENCE = 1 / 100
_SETTINGS: dict[str, tuple[str, Select]] = {
    "emergency_stays": ("emergency stays that have ended", select("hospital", methods=("emergency",))),
    "planned_stays": ("planned stays", select("hospital", methods=("elective", "day_case", "regular"))),
    "other_stays": ("other hospital stays", select("hospital", methods=("maternity", "transfer", "other"))),
    "urgent_care": ("A&E, 111 and ambulance", select("ae_attendance", "call_111", "ambulance")),
    "outpatients": ("outpatient care", select("outpatient")),
    "medicines": ("medicines", select("prescription")),
    "general_practice": ("general practice", select("gp_contact")),
    "community": ("community care", select("community_contact")),
    "mental_health": ("mental health care", select("mental_health_contact", "mental_health_stay")),
    "yearly_inpatient": ("inpatient care, by year", select("annual_cost", prefixes=("inpatient",))),
    "yearly_other": ("other care, by year", select("annual_cost", prefixes=("outpatient", "carrier"))),
}


def _cost(setting: str, days: int) -> Feature:
    """Return the cost of one setting over one lookback."""
    name, of = _SETTINGS[setting]
    return Feature(f"cost_{setting}_{days}d", f"cost of {name} {PERIODS[days]}, at the site's prices",
                   Total(of, lookback(days), "cost"), Absent.ZERO, Theme.COST,
                   f"{name} cost about {{pounds}} {PERIODS[days]}", scale=_PENCE,
                   sensitive=setting == "mental_health")  # fmt: skip


FAMILY = Family(
    "cost",
    "cost by setting",
    (
        *(_cost(setting, 365) for setting in _SETTINGS),
        Feature("cost_total_365d", "cost of all care in the last 12 months, at the site's prices",
                Derived("sum", tuple(f"cost_{setting}_365d" for setting in _SETTINGS)), Absent.ZERO, Theme.COST,
                "all care cost about {pounds} in the last 12 months"),
    ),
)  # fmt: skip
