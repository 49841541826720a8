"""The person is admitted as an emergency or dies, the outcome of Scotland's national score."""

from casefinder.definitions import DaysUntil, Outcome
from casefinder.definitions.measures import select

OUTCOME = Outcome(
    "emergency_admission_or_death",
    "The person is admitted to hospital as an emergency, or dies.",
    lambda window: DaysUntil(select("hospital", methods=("emergency",)), window),
    source_kinds=("hospital", "death"),
    with_death=True,
    short="an emergency admission or death",
)
