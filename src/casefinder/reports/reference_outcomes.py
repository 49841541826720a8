"""The page of outcomes: what each one counts, which feeds it needs, and how well it is recorded."""

from casefinder.dates import horizon
from casefinder.definitions import Outcome
from casefinder.outcomes import outcomes
from casefinder.reports.reference_features import selected
from casefinder.reports.reference_page import code, page, section, table
from casefinder.reports.reference_sources import fed_by
from casefinder.services.measures import MEASURES

_KINDS = {
    "count": "how many began",
    "days": "days inside, overlaps once",
    "time": "days to the first",
    "pounds": "cost of what began",
    "days_alive": "days alive and outside",
}
_HORIZON = horizon(365)
"""Any will do: a measure says the same of every horizon."""


def outcomes_page() -> str:
    """Return the page."""
    return page(
        "Outcomes",
        "An outcome is counted in a horizon: from the index date, which is day 0, for as many days as the model says, "
        "whenever the event became known. An index date is used only where the horizon had closed in every feed that the "
        "outcome needs. Deaths stay in, as no event, unless the outcome says otherwise.",
        *[_described(one) for one in outcomes().values()],
        _of_services(),
    )


def _of_services() -> str:
    """Return what the evaluation of a service may count."""
    rows = [(f"`{one.name}`", one.words, _KINDS[one.kind], selected(one.of), code(one.feeds)) for one in MEASURES.values()]
    return section(
        "Outcomes of an evaluation",
        "What a protocol of `casefinder service` may name as primary, among outcomes or as a negative control. Counted from "
        "each person's time zero to the end of their follow-up. Mortality always stands first.",
        table(("Name", "What", "How", "Of", "Needs feeds of"), rows),
    )


def _described(one: Outcome) -> str:
    measure = one.event(_HORIZON)
    about = [
        ("Worked out as", f"`{type(measure).__name__}` of {selected(measure.of)}"),
        ("Kind", "an amount" if one.is_amount else "whether it happened, and on which day"),
        ("Death within the horizon", "counts as the outcome" if one.with_death else "is no event"),
        ("Needs feeds of", code(one.source_kinds)),
        ("Fed by", code(fed_by(one.source_kinds))),
        ("Said as", one.short),
        ("How well it is recorded", one.caveat),
    ]
    return section(f"`{one.name}`", one.meaning, "\n".join(f"- {what}: {words}" for what, words in about if words))
