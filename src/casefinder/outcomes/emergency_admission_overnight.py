"""An emergency admission of at least one night: steadier where same day emergency care is recorded differently."""

from casefinder.definitions import DaysUntil, Outcome
from casefinder.definitions.measures import select

OUTCOME = Outcome(
    "emergency_admission_overnight",
    "The person is admitted as an emergency and stays at least one night; steadier where same day emergency care is "
    "recorded differently from place to place or year to year.",
    lambda window: DaysUntil(select("hospital", methods=("emergency",)), window, min_nights=1),
    source_kinds=("hospital",),
    short="an emergency admission of at least one night",
    caveat="",
)
