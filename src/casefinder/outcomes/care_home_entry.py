"""Entry into a care home for the long term, as NHS England counts it from Client Level Data, or as other sources show."""

from casefinder.definitions import DaysUntil, Outcome
from casefinder.definitions.measures import select

OUTCOME = Outcome(
    "care_home_entry",
    "The person enters a care home for the long term, as NHS England counts it from Client Level Data, "
    "or as other sources show.",
    lambda window: DaysUntil(select("care_home_entry"), window),
    source_kinds=("care_home_entry",),
    short="a move into a care home",
    caveat=(
        "The council's data hold only care that it provides or arranges: people who pay for themselves are missing "
        "(about 37 in 100 residents; 22 in 100 in the most and 54 in 100 in the least deprived areas), so entries are "
        "under-recorded, most of all in wealthier areas."
    ),
)
