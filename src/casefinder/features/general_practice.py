"""Contacts and activity in general practice."""

from casefinder.dates import lookback
from casefinder.definitions import Absent, Count, CountDays, Derived, Family, Feature, Theme
from casefinder.definitions.measures import select
from casefinder.features._make import counts, since

_ALL = select("gp_contact")
_DOCTOR = select("gp_contact", prefixes=("gp",))
_G = Theme.GENERAL_PRACTICE

FAMILY = Family(
    "general_practice",
    "contacts and entries in general practice",
    (
        *counts("gp_contacts", _ALL, (30, 90, 365), _G, "contact with the practice"),
        *counts("gp_doctor_contacts", _DOCTOR, (90, 365), _G, "contact with a GP"),
        since("days_since_gp_contact", _ALL, _G, "latest contact with the practice on {date}"),
        Feature("gp_contacts_before_90d", "contacts with the practice 3 to 6 months ago",
                Count(_ALL, lookback(90, until=90)), Absent.ZERO, _G, "{n:contact} with the practice 3 to 6 months ago"),
        Feature("gp_contacts_trend", "contacts in the last 3 months less those of the 3 months before",
                Derived("difference", ("gp_contacts_90d", "gp_contacts_before_90d")), Absent.ZERO, _G,
                "{signed} contacts with the practice compared with 3 to 6 months ago"),
        Feature("gp_entry_days_365d", "days with a coded entry in the GP record in the last 12 months",
                CountDays(select("gp_record"), lookback(365)), Absent.ZERO, _G,
                "{n:day} with an entry in the GP record in the last 12 months, the latest on {date}"),
        since("days_since_medication_review", select("gp_record", codes="medication_review"), Theme.MEDICINES,
              "medicines last reviewed on {date}", review=True),
    ),
)  # fmt: skip
