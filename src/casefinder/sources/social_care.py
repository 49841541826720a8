"""Adult social care Client Level Data: requests, assessments, services and reviews, quarterly.

Only services may be open. An event is told by person, kind, start date, client and service type, component and delivery
mechanism (the event reference is not reliable); a later submission of the same event replaces an earlier one. The data
hold care that the council provides or arranges: people who pay for themselves are missing.
"""

import ibis

from casefinder.definitions import Extract, RawColumn, ends_before
from casefinder.engines import add_days
from casefinder.sources._facts import Linking, points, stays, union

_WEEK_DAYS = 7


def facts(rows: ibis.Table, link: Linking) -> dict[str, ibis.Table]:
    """Turn events about people cared for, and support to carers, into facts and stays."""
    rows = rows.mutate(
        event=link.grouped(rows["Event Type"], "cld_event_type", ""),
        client=link.grouped(rows["Client Type"], "cld_client_type", ""),
        service=link.grouped(rows["Service Type"], "cld_service_type"),
        day=rows["Event Start Date"],
    )
    own = rows.filter(rows.client == "service_user")
    return {"points": _events(own, link), "stays": _services(rows, link)}


def _events(own: ibis.Table, link: Linking) -> ibis.Table:
    """Return requests (coded by what they led to), assessments and reviews."""
    asked = own.filter(own.event == "request")
    outcome = link.grouped(asked["Event Outcome"], "cld_request_outcome", "other")
    others = [("assessment", "social_care_assessment"), ("review", "social_care_review")]
    parts = [points(asked, link, kind="social_care_request", date=asked.day, code_system="nhs", code=outcome)]
    for event, kind in others:
        part = own.filter(own.event == event)
        parts.append(points(part, link, kind=kind, date=part.day, code_system="nhs", code=event))
    return union(*parts)


def _services(rows: ibis.Table, link: Linking) -> ibis.Table:
    """Return services as stays: care homes by nursing or residential, home care with its hours a week."""
    given = rows.filter((rows.event == "service") & rows.service.notnull())
    given = given.filter((given.client == "service_user") | (given.service == "carer_support"))
    delivery = link.grouped(given["Delivery Mechanism"], "cld_delivery_mechanism", "managed")
    home = given.service.isin(("nursing", "residential"))
    kind = ibis.ifelse(home, "care_home", given.service)
    method = ibis.cases((home, given.service), (given.service == "home_care", delivery), else_="")
    weekly = ibis.cases(
        (given["Cost Frequency (Unit Type)"] == "per week", given["Unit Cost"]),
        (given["Planned units per week"].notnull(), given["Unit Cost"] * given["Planned units per week"]),
    )
    end = add_days(given["Event End Date"], 1)
    days = end.delta(given.day, unit="day").fill_null(0)
    return stays(
        given, link, start=given.day, end=end, kind=kind, method=method, value=given["Planned units per week"],
        cost=(weekly * days / _WEEK_DAYS).round().fill_null(0), stay_id=_identity(given),
    )  # fmt: skip


def _identity(given: ibis.Table) -> ibis.Value:
    """Return what tells one service of a person from another, short enough to read."""
    return given.service + "/" + given.day.cast("string") + "/" + given["Service Component"].fill_null("")


EXTRACTS = (
    Extract(
        "social_care",
        "adult social care Client Level Data",
        (
            RawColumn("Pseudo NHS Number", "person", "NHS number, or the pseudonym that stands for it"),
            RawColumn("LA Code", "code", "council", present=False),
            RawColumn("Reporting Period End Date", "date", "end of the quarter that was submitted", required=True),
            RawColumn("Client Type", "code", "whom the event is for", required=True, values="cld_client_type", fold=True),
            RawColumn("Event Type", "code", "kind of event", required=True, values="cld_event_type", fold=True),
            RawColumn("Event Start Date", "date", "day on which it began", required=True),
            RawColumn("Event End Date", "date", "last day; empty while a service lasts", future=True),
            RawColumn("Event Outcome", "code", "what it led to", fold=True),
            RawColumn("Service Type", "code", "type of service", values="cld_service_type", fold=True),
            RawColumn("Service Component", "code", "what is given", fold=True),
            RawColumn("Delivery Mechanism", "code", "how it is paid for", values="cld_delivery_mechanism", fold=True),
            RawColumn("Primary Support Reason", "code", "main reason for support", fold=True),
            RawColumn("Accommodation Status", "code", "where the person lives", fold=True, present=False),
            RawColumn("Unit Cost", "pounds", "cost of a unit", low=0, high=20_000, present=False),
            RawColumn("Cost Frequency (Unit Type)", "code", "per week, hourly, ...", fold=True, present=False),
            RawColumn("Planned units per week", "number", "units a week, hours for home care", low=0, high=200,
                      present=False),
        ),
        facts,
        supplies=(
            "care_home", "home_care", "reablement", "other_support", "carer_support", "social_care_request",
            "social_care_assessment", "social_care_review", "care_home_entry",
        ),
        person="Pseudo NHS Number",
        key=("Client Type", "Event Type", "Event Start Date", "Service Type", "Service Component",
             "Delivery Mechanism"),
        rules=(ends_before("Event End Date", "Event Start Date"),),
        notes="Care provided or arranged by the council: people who pay for themselves are missing, about 37 % of them.",
    ),
)  # fmt: skip
