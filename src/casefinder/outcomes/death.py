"""The person dies."""

from casefinder.definitions import DaysUntil, Outcome
from casefinder.definitions.measures import select

OUTCOME = Outcome(
    "death",
    "The person dies.",
    lambda window: DaysUntil(select("death"), window),
    source_kinds=("death",),
    short="death",
    caveat="",
)
