"""The card of a version: what it is for, how it was made, how good it is, what it must not be used for.

It is generated from what was computed, and says so where something was not. ``card_of`` gives its content once;
``card_text`` and ``card_page`` write it as Markdown and as a page. Every figure in it is a disclosed one.
"""

from casefinder.disclosure import DEFAULT
from casefinder.modelling.contract import FeatureContract
from casefinder.reports.card import (
    caveats,
    data,
    ethics,
    features,
    intended_use,
    lineage,
    methodology,
    performance,
    probast,
    specification,
    tripod,
)
from casefinder.reports.card.content import Card
from casefinder.reports.card.described import Described
from casefinder.reports.card.markdown import card_text, missing_from
from casefinder.reports.card.page import card_page
from casefinder.reports.card.words import About

__all__ = ["SECTIONS", "Card", "card_of", "card_page", "card_text", "missing_sections"]

SECTIONS = (
    specification.TITLE,
    intended_use.TITLE,
    data.TITLE,
    methodology.TITLE,
    performance.TITLE,
    ethics.TITLE,
    caveats.TITLE,
    tripod.TITLE,
    probast.TITLE,
    lineage.TITLE,
    features.TITLE,
)
"""Sections without which a card is not complete: NHS England's for model cards, in its order, and four more."""


def card_of(about: About, contract: FeatureContract) -> Card:
    """Return the card of a version.

    Args:
        about: what its bundle says of itself; parts that earlier versions lack are said not to be known.
        contract: of its features.
    """
    one = Described(about, contract)
    return Card(
        title=f"{about['name']}, version {about['version']}",
        meaning=about["meaning"],
        site=about["site"],
        warnings=caveats.opening(one),
        sections=(
            specification.specification(one),
            intended_use.intended_use(one),
            data.data(one),
            methodology.methodology(one),
            performance.performance(one),
            ethics.ethics(one),
            caveats.caveats(one),
            tripod.reporting(one),
            probast.self_check(one),
            lineage.data_lineage(one),
            features.features(one),
        ),
        audience=audience(),
    )


def audience() -> str:
    """Return whom a card is for, with the rule by which its counts are disclosed."""
    return (
        f"For people outside the practices too: counts are to the nearest {DEFAULT.base}, and {DEFAULT.withheld} are "
        "withheld (*)."
    )


def missing_sections(text: str) -> list[str]:
    """Return the sections that a card in Markdown lacks, or that hold nothing; a card of earlier days lacks several.

    >>> missing_sections("# m\\n\\n## Data\\n\\nSome.\\n")[:2]
    ['Specification', 'Intended use']
    """
    return missing_from(text, SECTIONS)
