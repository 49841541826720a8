"""A card as Markdown."""

from collections.abc import Sequence

from casefinder.reports.card.content import Block, Bullets, Card, Chart, Heading, Prose, Section, Table


def card_text(card: Card) -> str:
    """Return a card in Markdown; of a chart only where it is to be seen, since a table beside it has its figures."""
    warnings = [f"**{_safe(words)}**" for words in card.warnings]
    opening = [f"# {_safe(card.title)}", _safe(card.meaning), *warnings, _safe(card.audience)]
    return "\n\n".join([*opening, *(section_text(section) for section in card.sections)]) + "\n"


def missing_from(text: str, titles: Sequence[str]) -> list[str]:
    """Return which titles a text in Markdown lacks at its second level, or has with nothing below them."""
    found = {}
    for part in text.split("\n## ")[1:]:
        title, _, rest = part.partition("\n")
        found[title.strip()] = rest.strip()
    return [title for title in titles if not found.get(title)]


def section_text(section: Section) -> str:
    """Return one section in Markdown."""
    return "\n\n".join([f"## {section.title}", *(_block(block) for block in section.blocks)])


def _block(block: Block) -> str:
    match block:
        case Heading(words):
            return f"### {_safe(words)}"
        case Prose(words, warning):
            return f"**{_safe(words)}**" if warning else _safe(words)
        case Bullets(lines):
            return "\n".join(f"- {_safe(line)}" for line in lines)
        case Table():
            return _table(block)
        case Chart():
            return f"*Chart on the page beside this card: {_safe(block.title)}.*"


def _table(table: Table) -> str:
    rule = f"|{'---|' * len(table.heading)}"
    rows = [_row(cells) for cells in (table.heading, *table.rows)]
    return "\n".join([f"*{_safe(table.title)}*", "", rows[0], rule, *rows[1:]])


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(_safe(cell).replace('|', chr(92) + '|') for cell in cells)} |"


def _safe(words: str) -> str:
    """Return words that no Markdown reader takes for marks or for HTML; words in backticks stay as they are.

    >>> _safe("a * <b>\\nof `x_*`")
    'a \\\\* &lt;b> of `x_*`'
    """
    parts = " ".join(words.split()).split("`")
    even = [part.replace("<", "&lt;").replace("*", "\\*") for part in parts[::2]]
    return "".join(f"{plain}`{code}`" for plain, code in zip(even, [*parts[1::2], ""], strict=False)).removesuffix("``")
