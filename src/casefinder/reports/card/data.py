"""The section of a card on data: records, sensitive data, cleaning, who was left out, and the split."""

from collections.abc import Mapping
from typing import Any, Final

from casefinder.disclosure import WITHHELD, shown
from casefinder.reports.card.content import Block, Heading, Prose, Section, Table
from casefinder.reports.card.described import Described
from casefinder.reports.card.words import NOT_KNOWN, PARTS, listed, refit, unknown
from casefinder.reports.comparison import NONE

TITLE = "Data"
SENSITIVE: Final = {
    "sex": "sex", "ethnicity": "ethnic category", "imd_decile": "deprivation of the area",
    "learning_disability_years": "learning disability", "severe_mental_illness_years": "severe mental illness",
}  # fmt: skip
"""Features of special care, and their words."""
_FEEDS: Final = 12


def data(one: Described) -> Section:
    """Return what the model was made from and how it was prepared."""
    return Section(TITLE, (*_overview(one), *_sensitive(one), *_cleaning(one), *_cohort(one), *_split(one)))


def _overview(one: Described) -> list[Block]:
    from_where, about = one.lineage, one.about
    since = f", with facts since {from_where['history_from']}" if from_where.get("history_from") else ""
    known = f"Linked records of {about['site']} to {about['extract_date']}{since}. "
    known += "Each fact carries the day on which it could have been known; training and scoring see the same delays."
    if about.get("recalibration"):
        known += f" The model itself was fitted on the record behind version {about['recalibration']['of']}; see its card."
    blocks: list[Block] = [Heading("Overview"), Prose(known)]
    if not from_where:
        return [*blocks, Prose(f"Sources: {unknown(refit(about), 'they were not kept with this version')}.")]
    rows = [
        (str(source["name"]), str(source["layout"]), str(source["files"]), shown(source["read"]))
        for source in from_where["sources"]
    ]
    return [*blocks, Table("Sources", ("source", "layout", "files", "rows read"), rows, folded=True)]


def _sensitive(one: Described) -> list[Block]:
    used = [words for name, words in SENSITIVE.items() if name in one.has]
    return [
        Heading("Sensitive data"),
        Prose(
            "Health and care records are data of a special category. People stand under keyed pseudonyms; names, dates "
            "of birth and addresses are no features. Restricted codes are dropped when records are linked, and "
            "sensitive ones are never spoken on a list. Of the characteristics that equality law or good practice "
            f"protects, features hold age and: {listed(used)}. They are kept so that risks are right in every group, "
            "and every group is looked at below."
        ),
        *_approvals(one),
    ]


def _approvals(one: Described) -> list[Block]:
    told = one.governance
    if not told:
        where = "They stand in the site's `governance.yaml`, which a real site needs."
        return [Prose(f"Legal basis and approval: {NOT_KNOWN} here. {where}")]
    rows = [("purpose", told["purpose"]), ("approval", told["approval"])]
    rows += [(f"legal basis of {name}", basis) for name, basis in told["legal_bases"].items()]
    return [Table("Purpose, approval and legal basis of fitting", ("", ""), rows, words=True)]


def _cleaning(one: Described) -> list[Block]:
    words = (
        "Every raw row is accepted, or quarantined with its line and reason. Corrections supersede what they correct, "
        "from the day on which they were known. Consultant episodes are joined into spells and continuous stays. A "
        "feature without a record is 0 where that means that nothing happened, and empty where nobody knows; a feed "
        "that is not supplied leaves its features empty, never 0."
    )
    blocks: list[Block] = [Heading("Pre-processing and cleaning"), Prose(words)]
    lacking = one.about["not_supplied"]
    if lacking:
        more = f" and {len(lacking) - _FEEDS} more" if len(lacking) > _FEEDS else ""
        blocks.append(Prose(f"Features that no feed supplies: {', '.join(lacking[:_FEEDS])}{more}."))
    if not one.lineage:
        return [*blocks, Prose(f"Quarantined, corrected and linked: {unknown(refit(one.about))}.")]
    heading = ("source", "accepted", "quarantined", "duplicates", "corrected", "rows whose person is known")
    counted = ("accepted", "quarantined", "duplicates", "corrected")
    rows = [
        (str(source["name"]), *(shown(source[name]) for name in counted), _linked(source))
        for source in one.lineage["sources"]
    ]
    blocks.append(Table("What became of the rows", heading, rows, folded=True))
    left_out = [(why, shown(people)) for why, people in one.lineage["left_out"].items()]
    if left_out:
        blocks.append(Table("People left out when records were linked", ("because", "people"), left_out))
    return blocks


def _linked(source: Mapping[str, Any]) -> str:
    if "linked" not in source:
        return NONE
    return WITHHELD if source["linked"] is None else f"{100 * source['linked']:.1f} %"


def _cohort(one: Described) -> list[Block]:
    rows = [(str(rule["rule"]), shown(rule["left_out"]), shown(rule["left"])) for rule in one.about["attrition"]]
    return [Table("Who was left out at the test date, in this order", ("rule", "left out", "left"), rows)]


def _split(one: Described) -> list[Block]:
    about = one.about
    dates, heading = about["index_dates"], ("part", "index dates", "rows", "rows with the outcome")
    rows = [
        (PARTS[part], ", ".join(dates[part]), shown(about["rows"][part]), shown(about["events"][part])) for part in PARTS
    ]
    words = (
        "The test date lies after every training outcome had closed, and nobody tested was trained on."
        if about["temporal"]
        else "Not a temporal test: same date, other people. Nobody tested was trained on."
    )
    lost = [
        (str(row["index_date"]), shown(row["people"]), shown(row["lost"]), f"{row['largest_weight']:.2f}")
        for row in about.get("censoring", [])
    ]
    blocks: list[Block] = [
        Heading("Split"),
        Prose(words, warning=not about["temporal"]),
        Prose(
            "A person belongs to one part only, by a hash of the person; a person may give a row at each index date of it."
        ),
        Table("Rows of each part", heading, rows),
    ]
    if lost:
        title = "People who left before their outcome could be seen; others weigh for them"
        blocks.append(Table(title, ("index date", "people", "left", "largest weight"), lost, folded=True))
    return blocks
