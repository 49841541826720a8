"""Cost of care in the horizon at the site's one price list; an amount, not an event."""

from casefinder.definitions import Outcome, Total
from casefinder.definitions.measures import select

_PRICED = ("hospital", "ae_attendance", "call_111", "ambulance", "outpatient", "prescription", "gp_contact",
           "community_contact", "mental_health_contact", "mental_health_stay")  # fmt: skip

OUTCOME = Outcome(
    "cost",
    "Cost of hospital, urgent, outpatient, primary, community and mental health care, in pence.",
    lambda window: Total(select(*_PRICED), window, "cost"),
    source_kinds=("hospital",),
    is_amount=True,
    short="cost of care",
)
