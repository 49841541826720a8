"""The person enters a care home or dies: always shown beside care-home entry, because many who would enter die first."""

from casefinder.definitions import DaysUntil, Outcome
from casefinder.definitions.measures import select

OUTCOME = Outcome(
    "care_home_entry_or_death",
    "The person enters a care home for the long term, or dies.",
    lambda window: DaysUntil(select("care_home_entry"), window),
    source_kinds=("care_home_entry", "death"),
    with_death=True,
    short="a move into a care home or death",
)
