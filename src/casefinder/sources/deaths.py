"""Deaths as registered: date, day of registration, underlying cause. Of two registrations the earlier date stands."""

import ibis

from casefinder.definitions import Extract, RawColumn, ends_before
from casefinder.sources._facts import Linking, points


def facts(rows: ibis.Table, link: Linking) -> dict[str, ibis.Table]:
    """Turn registrations of death into deaths."""
    cause = rows.UNDERLYING_CAUSE.fill_null("")
    return {"points": points(rows, link, kind="death", date=rows.DEATH_DATE, code_system="icd10", code=cause)}


EXTRACTS = (
    Extract(
        "deaths",
        "registered deaths",
        (
            RawColumn("NHS_NUMBER", "person", "NHS number, or the pseudonym that stands for it"),
            RawColumn("DEATH_DATE", "date", "day of death", required=True),
            RawColumn("REGISTRATION_DATE", "date", "day of registration", present=False),
            RawColumn("UNDERLYING_CAUSE", "icd10", "underlying cause", present=False),
        ),
        facts,
        supplies=("death",),
        person="NHS_NUMBER",
        rules=(ends_before("REGISTRATION_DATE", "DEATH_DATE"),),
    ),
)
