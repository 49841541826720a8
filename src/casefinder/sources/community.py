"""Community Services Data Set: care contacts. Submissions repeat each month; the newest version of a contact stands."""

import ibis

from casefinder.definitions import Extract, RawColumn
from casefinder.sources._facts import Linking, points


def contacts(rows: ibis.Table, link: Linking) -> dict[str, ibis.Table]:
    """Turn attended care contacts into facts coded by team."""
    status = link.grouped(rows["ATTENDANCE STATUS"], "attendance_status", "attended")
    seen = rows.filter(status == "attended")
    team = seen["SERVICE OR TEAM TYPE REFERRED TO"].fill_null("00")
    return {
        "points": points(seen, link, kind="community_contact", date=seen["CARE CONTACT DATE"], code_system="nhs",
                         code=team, value=seen["CLINICAL CONTACT DURATION"], cost=link.price("community_contact"))
    }  # fmt: skip


EXTRACTS = (
    Extract(
        "csds_contacts",
        "community care contacts",
        (
            RawColumn("PERSON ID", "person", "NHS number, or the pseudonym that stands for it"),
            RawColumn("CARE CONTACT IDENTIFIER", "text", "identifies the contact", required=True),
            RawColumn("CARE CONTACT DATE", "date", "day of the contact", required=True),
            RawColumn("ATTENDANCE STATUS", "code", "whether it took place", values="attendance_status"),
            RawColumn("SERVICE OR TEAM TYPE REFERRED TO", "code", "team, two digits", pattern=r"^\d{2}$"),
            RawColumn("CLINICAL CONTACT DURATION", "integer", "minutes", low=0, high=1440),
            RawColumn("EFFECTIVE FROM", "date", "day on which this version was submitted", present=False),
        ),
        contacts,
        supplies=("community_contact",),
        person="PERSON ID",
        key=("CARE CONTACT IDENTIFIER",),
    ),
)
