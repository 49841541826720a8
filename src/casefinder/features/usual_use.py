"""Usual use of care: how often a year, over up to five years, counted only while the person could be seen.

Some people need more care than their conditions explain, year after year. A year's counts show it poorly; five years' do. A
person who joined lately, or a feed that began lately, has fewer years, so counts are divided by the years observed.
"""

from casefinder.dates import lookback
from casefinder.definitions import Absent, Count, CountDays, DaysWithin, Derived, Family, Feature, Measure, Select, Theme
from casefinder.definitions.measures import select
from casefinder.features._make import DAYS_A_YEAR

_SPAN = lookback(1825)
_ANY = ("gp_contact", "ae_attendance", "call_111", "ambulance", "outpatient", "outpatient_missed", "community_contact",
        "mental_health_contact")  # fmt: skip
_BACKGROUND: dict[str, tuple[str, Select]] = {
    "gp_contacts": ("contact with the practice", select("gp_contact")),
    "gp_doctor_contacts": ("contact with a GP", select("gp_contact", prefixes=("gp",))),
    "gp_entries": ("coded entry in the GP record", select("gp_record")),
    "items": ("prescribed item", select("prescription")),
    "calls_111": ("call to NHS 111", select("call_111")),
    "outpatient_attendances": ("outpatient attendance", select("outpatient")),
    "outpatient_missed": ("missed outpatient appointment", select("outpatient_missed")),
    "planned_stays": ("planned stay", select("hospital", methods=("elective", "day_case"))),
    "community_contacts": ("community contact", select("community_contact")),
    "mental_health_contacts": ("mental health contact", select("mental_health_contact")),
}
_USES: dict[str, tuple[str, Select, Theme]] = {
    **{stem: (noun, of, Theme.USUAL) for stem, (noun, of) in _BACKGROUND.items()},
    "emergency_admissions": ("emergency admission", select("hospital", methods=("emergency",)), Theme.EMERGENCY),
    "ae_attendances": ("A&E attendance", select("ae_attendance"), Theme.URGENT),
    "ambulance_responses": ("ambulance response", select("ambulance"), Theme.URGENT),
}


def _rate(stem: str, noun: str, measure: Measure, theme: Theme) -> tuple[Feature, Feature]:
    """Return a count over five years, which is no part of a model, and the same for each year observed, which is."""
    counted = Feature(
        f"{stem}_1825d", f"{noun}, counted over the last 5 years", measure, Absent.ZERO, theme, "", model=False
    )
    return counted, Feature(
        f"{stem}_a_year",
        f"{noun}, for each year observed in the last 5",
        Derived("ratio", (counted.name, "years_observed")),
        Absent.ZERO,
        theme,
        f"about {{n:{noun}}} a year, over up to 5 years",
    )


FAMILY = Family(
    "usual_use",
    "use of care for each year observed, over up to five years",
    (
        Feature("years_observed", "years of the last 5 in which the person's care would have been seen",
                DaysWithin(select("observed"), _SPAN), Absent.ZERO, Theme.USUAL,
                "registered here for {n} of the last 5 years", scale=1 / DAYS_A_YEAR),
        *_rate("contact_days", "day with some contact with care", CountDays(select(*_ANY), _SPAN), Theme.USUAL),
        *(
            feature
            for stem, (noun, of, theme) in _USES.items()
            for feature in _rate(stem, noun, Count(of, _SPAN), theme)
        ),
    ),
)  # fmt: skip
