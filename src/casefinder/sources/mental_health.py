"""Mental Health Services Data Set: referrals, care contacts and stays. Its own person id is bridged in the site file."""

import ibis

from casefinder.definitions import Extract, RawColumn, ends_before
from casefinder.sources._facts import Linking, points, stays

_PERSON = RawColumn("Person_ID", "person", "the data set's own person id, or the site's identifier")
_SUBMITTED = RawColumn("EFFECTIVE_FROM", "date", "day on which this version was submitted", present=False)


def contacts(rows: ibis.Table, link: Linking) -> dict[str, ibis.Table]:
    """Turn attended care contacts into facts coded by team."""
    seen = rows.filter(link.grouped(rows.AttendStatus, "attendance_status", "attended") == "attended")
    team = seen.ServTeamTypeRefToMH.fill_null("ZZZ")
    return {
        "points": points(seen, link, kind="mental_health_contact", date=seen.CareContDate, code_system="nhs",
                         code=team, cost=link.price("mental_health_contact"))
    }  # fmt: skip


def referrals(rows: ibis.Table, link: Linking) -> dict[str, ibis.Table]:
    """Turn referrals into facts coded by their main reason."""
    reason = rows.PrimReasonReferralMH.fill_null("99")
    date = rows.ReferralRequestReceivedDate
    return {"points": points(rows, link, kind="mental_health_referral", date=date, code_system="nhs", code=reason)}


def ward_stays(rows: ibis.Table, link: Linking) -> dict[str, ibis.Table]:
    """Turn hospital provider spells into mental health stays, priced by the night once they have ended."""
    start, end = rows.StartDateHospProvSpell, rows.DischDateHospProvSpell
    nights = end.delta(start, unit="day").fill_null(0)
    return {
        "stays": stays(rows, link, start=start, end=end, stay_id=rows.UniqHospProvSpellID, kind="mental_health_stay",
                       cost=nights * link.price("mental_health_bed_day"))
    }  # fmt: skip


EXTRACTS = (
    Extract(
        "mhsds_contacts",
        "mental health care contacts",
        (
            _PERSON,
            RawColumn("UniqCareContID", "text", "identifies the contact", required=True),
            RawColumn("CareContDate", "date", "day of the contact", required=True),
            RawColumn("AttendStatus", "code", "whether it took place", values="attendance_status"),
            RawColumn("ServTeamTypeRefToMH", "code", "team", pattern=r"^[A-Z0-9]{3}$"),
            _SUBMITTED,
        ),
        contacts,
        supplies=("mental_health_contact",),
        person="Person_ID",
        key=("UniqCareContID",),
    ),
    Extract(
        "mhsds_referrals",
        "referrals to mental health services",
        (
            _PERSON,
            RawColumn("UniqServReqID", "text", "identifies the referral", required=True),
            RawColumn("ReferralRequestReceivedDate", "date", "day received", required=True),
            RawColumn("PrimReasonReferralMH", "code", "main reason", pattern=r"^\d{2}$"),
            _SUBMITTED,
        ),
        referrals,
        supplies=("mental_health_referral",),
        person="Person_ID",
        key=("UniqServReqID",),
    ),
    Extract(
        "mhsds_spells",
        "stays on mental health wards",
        (
            _PERSON,
            RawColumn("UniqHospProvSpellID", "text", "identifies the stay", required=True),
            RawColumn("StartDateHospProvSpell", "date", "day of admission", required=True),
            RawColumn("DischDateHospProvSpell", "date", "day of discharge; empty while it lasts"),
            _SUBMITTED,
        ),
        ward_stays,
        supplies=("mental_health_stay",),
        person="Person_ID",
        key=("UniqHospProvSpellID",),
        rules=(ends_before("DischDateHospProvSpell", "StartDateHospProvSpell"),),
    ),
)
