"""The person is admitted to hospital as an emergency; a stay that continues another counts once."""

from casefinder.definitions import DaysUntil, Outcome
from casefinder.definitions.measures import select

OUTCOME = Outcome(
    "emergency_admission",
    "The person is admitted to hospital as an emergency; a stay that continues another counts once.",
    lambda window: DaysUntil(select("hospital", methods=("emergency",)), window),
    source_kinds=("hospital",),
    short="an emergency admission",
    caveat="",
)
