"""Usual use of urgent care: how often a year, over up to five years, counted only while the person could be seen.

Some people need more urgent care than their conditions explain, year after year. One year's counts show it poorly; those of
five years do. A person who joined lately, or a feed that began lately, has fewer years, so counts are divided by the years
observed.
"""

from casefinder.dates import lookback
from casefinder.definitions import Absent, Count, DaysWithin, Derived, Family, Feature, Measure, Select, Theme
from casefinder.definitions.measures import select
from casefinder.features._make import DAYS_A_YEAR

_SPAN = lookback(1825)
_USES: dict[str, tuple[str, Select, Theme]] = {
    "emergency_admissions": ("emergency admission", select("hospital", methods=("emergency",)), Theme.EMERGENCY),
    "ae_attendances": ("A&E attendance", select("ae_attendance"), Theme.URGENT),
    "ambulance_responses": ("ambulance response", select("ambulance"), Theme.URGENT),
}
"""Urgent care only: contacts and prescriptions of years ago would explain every score alike, and help nobody to act."""


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
    "use of urgent care for each year observed, over up to five years",
    (
        Feature("years_observed", "years of the last 5 in which the person's care would have been seen",
                DaysWithin(select("observed"), _SPAN), Absent.ZERO, Theme.GENERAL_PRACTICE,
                "registered here for {n} of the last 5 years", scale=1 / DAYS_A_YEAR),
        *(
            feature
            for stem, (noun, of, theme) in _USES.items()
            for feature in _rate(stem, noun, Count(of, _SPAN), theme)
        ),
    ),
)  # fmt: skip
