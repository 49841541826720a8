"""The person is admitted as an emergency with a main diagnosis that good care outside hospital may prevent."""

from casefinder.definitions import DaysUntil, Outcome
from casefinder.definitions.measures import select

OUTCOME = Outcome(
    "sensitive_admission",
    "The person is admitted as an emergency with a main diagnosis that good care outside hospital may prevent.",
    lambda window: DaysUntil(select("admission_reason", codes="ambulatory_care_sensitive", positions=(1,)), window),
    source_kinds=("admission_reason",),
    short="an emergency admission for a condition that good care may keep out of hospital",
    caveat="",
)
