"""The person is admitted to hospital, however and for whatever reason."""

from casefinder.definitions import DaysUntil, Outcome
from casefinder.definitions.measures import select

OUTCOME = Outcome(
    "any_admission",
    "The person is admitted to hospital, however and for whatever reason.",
    lambda window: DaysUntil(select("hospital"), window),
    source_kinds=("hospital",),
    short="a stay in hospital",
    caveat="",
)
