"""A card as one page with charts, nothing fetched from anywhere."""

from typing import Final

from markupsafe import Markup, escape

from casefinder.pages import policy
from casefinder.reports.card.content import Bullets, Card, Chart, Heading, Prose, Table
from casefinder.reports.styles import environment, style_sheet

_KINDS: Final = {Heading: "heading", Prose: "prose", Bullets: "bullets", Table: "table", Chart: "chart"}


def card_page(card: Card) -> str:
    """Return the page."""
    style = style_sheet("figures.css", "card.css")
    sections = [
        {"title": section.title, "anchor": section.anchor, "blocks": [(_KINDS[type(one)], one) for one in section.blocks]}
        for section in card.sections
    ]
    template = environment().get_template("card.html.j2")
    return template.render(card=card, sections=sections, typed=typed, style=style, policy=policy(style))


def typed(words: str) -> Markup:
    """Return words with what stands in backticks as what somebody types.

    >>> str(typed("a < b, type `x`"))
    'a &lt; b, type <code>x</code>'
    """
    parts = words.split("`")
    marked = [escape(part) if place % 2 == 0 else Markup("<code>{}</code>").format(part) for place, part in enumerate(parts)]
    return Markup("").join(marked)
