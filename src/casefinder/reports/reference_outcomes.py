"""The page of outcomes: what each one counts, which feeds it needs, and how well it is recorded."""

from casefinder.dates import horizon
from casefinder.definitions import Outcome
from casefinder.outcomes import outcomes
from casefinder.reports.reference_features import selected
from casefinder.reports.reference_page import code, page, section
from casefinder.reports.reference_sources import fed_by

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
