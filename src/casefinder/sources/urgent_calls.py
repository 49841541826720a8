"""NHS 111 calls and ambulance responses. There is no national person-level layout; these columns are ours."""

import ibis

from casefinder.definitions import Extract, RawColumn
from casefinder.sources._facts import Linking, points

_PERSON = RawColumn("NHS_Number", "person", "NHS number, or the pseudonym that stands for it")


def calls(rows: ibis.Table, link: Linking) -> dict[str, ibis.Table]:
    """Turn calls into facts coded by what they led to."""
    outcome = link.grouped(rows.Outcome, "call_outcome", "other")
    cost = link.price("call_111")
    return {"points": points(rows, link, kind="call_111", date=rows.Call_Date, code_system="nhs", code=outcome, cost=cost)}


def responses(rows: ibis.Table, link: Linking) -> dict[str, ibis.Table]:
    """Turn ambulance responses into facts coded by whether the person was taken to hospital."""
    outcome = link.grouped(rows.Outcome, "ambulance_outcome", "not_conveyed")
    cost = link.priced(outcome, {"conveyed": "ambulance_conveyed", "not_conveyed": "ambulance_not_conveyed"})
    date = rows.Response_Date
    return {"points": points(rows, link, kind="ambulance", date=date, code_system="nhs", code=outcome, cost=cost)}


EXTRACTS = (
    Extract(
        "nhs_111",
        "calls to NHS 111",
        (
            _PERSON,
            RawColumn("Call_Identifier", "text", "identifies the call", required=True),
            RawColumn("Call_Date", "date", "day of the call", required=True),
            RawColumn("Call_Time", "text", "time of the call, HH:MM", pattern=r"^\d{2}:\d{2}"),
            RawColumn("Outcome", "code", "what the call led to", values="call_outcome"),
        ),
        calls,
        supplies=("call_111",),
        person="NHS_Number",
        key=("Call_Identifier",),
    ),
    Extract(
        "ambulance",
        "ambulance responses",
        (
            _PERSON,
            RawColumn("Incident_Identifier", "text", "identifies the incident", required=True),
            RawColumn("Response_Date", "date", "day of the response", required=True),
            RawColumn("Outcome", "code", "what the response led to", values="ambulance_outcome"),
            RawColumn("Reason", "text", "why, in the service's words", present=False),
        ),
        responses,
        supplies=("ambulance",),
        person="NHS_Number",
        key=("Incident_Identifier",),
    ),
)
