"""The cleaned list that the national data opt-out service returns: the people who may be processed."""

import ibis

from casefinder.definitions import Extract, RawColumn
from casefinder.sources._facts import Linking, shaped


def facts(rows: ibis.Table, link: Linking) -> dict[str, ibis.Table]:
    """Turn the cleaned list into permissions, dated as the site file says."""
    date = ibis.date(str(link.known.date or link.extract_date))
    return {"objections": shaped("objections", rows, person_id=rows.person_id, list="national_cleaned", date=date)}


EXTRACTS = (
    Extract(
        "national_cleaned_list",
        "people who have not opted out nationally, as returned by the checking service",
        (RawColumn("NHS_NUMBER", "person", "NHS number, or the pseudonym that stands for it"),),
        facts,
        person="NHS_NUMBER",
        notes="Give its date with 'known: {date: YYYY-MM-DD}'; the service's answer may be kept only briefly.",
    ),
)
