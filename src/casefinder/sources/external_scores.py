"""Scores from other tools that a site supplies as a column: eFI2, QAdmissions, ACG. Never re-implemented here."""

import ibis

from casefinder.definitions import Extract, RawColumn
from casefinder.sources._facts import Linking, points


def facts(rows: ibis.Table, link: Linking) -> dict[str, ibis.Table]:
    """Turn scores into facts coded by the name of the score."""
    return {
        "points": points(rows, link, kind="external_score", date=rows.SCORE_DATE, code_system="local",
                         code=rows.SCORE_NAME, value=rows.SCORE_VALUE)
    }  # fmt: skip


EXTRACTS = (
    Extract(
        "external_scores",
        "scores from other tools",
        (
            RawColumn("NHS_NUMBER", "person", "NHS number, or the pseudonym that stands for it"),
            RawColumn("SCORE_NAME", "text", "which score", required=True, pattern=r"^[a-z][a-z0-9_]{1,30}$"),
            RawColumn("SCORE_DATE", "date", "day to which it applies", required=True),
            RawColumn("SCORE_VALUE", "number", "its value", required=True),
        ),
        facts,
        supplies=("external_score",),
        person="NHS_NUMBER",
    ),
)
