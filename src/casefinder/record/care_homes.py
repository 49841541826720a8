"""Care-home entry as NHS England counts it from Client Level Data, with supporting evidence beside it.

Counted: the first long-term residential or nursing service of a person cared for; nobody enters twice. Evidence: a code in
the GP record, or a hospital's source or destination code. The council's data hold only care that it provides or arranges,
so evidence of a person with no such service is an entry of its own, told apart by its code, where the site asks for it.
"""

import ibis
from ibis import _

from casefinder.sources import shaped


def entries(services: ibis.Table, evidence: ibis.Table, supporting: bool) -> ibis.Table:
    """Return one entry a person: code ``council`` from services, code ``evidence`` where there is nothing else.

    Args:
        services: current care-home stays.
        evidence: points of kind ``care_home_evidence``.
        supporting: whether evidence alone counts as an entry.
    """
    counted = _earliest(services.filter(services.superseded_date.isnull()), "start_date", "start_known_date", "council")
    if not supporting:
        return counted
    signs = _earliest(evidence, "event_date", "known_date", "evidence")
    return counted.union(signs.anti_join(counted, "person_id"))


def _earliest(rows: ibis.Table, date: str, known: str, code: str) -> ibis.Table:
    """Return the earliest fact of each person as an entry."""
    order = ibis.window(group_by="person_id", order_by=[date, known, "source"])
    first = rows.mutate(place=ibis.row_number().over(order)).filter(_.place == 0)
    return shaped(
        "points",
        first,
        person_id=first.person_id,
        event_date=first[date],
        known_date=first[known],
        source=first.source,
        kind="care_home_entry",
        code_system="nhs",
        code=code,
    )
