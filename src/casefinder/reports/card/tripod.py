"""The items of TRIPOD+AI, each with what it asks in our own short words and its answer from what was computed.

Source of the numbers: Collins and others 2024, BMJ 385:e078378.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from casefinder.reports.card.content import Block, Prose, Section, Table
from casefinder.reports.card.described import Described

TITLE = "Reporting by TRIPOD+AI"
Answer = Callable[[Described], str]


@dataclass(frozen=True)
class Item:
    """One item: its number, what it asks, and its answer."""

    number: str
    asks: str
    answer: Answer


Part = tuple[str, Sequence[Item]]


def tripod() -> tuple[Part, ...]:
    """Return every item from 1 to 27c, by part of a report."""
    from casefinder.reports.card import tripod_methods, tripod_report

    return (
        ("Title, abstract and introduction", tripod_report.OPENING),
        ("Methods: data", tripod_methods.DATA),
        ("Methods: analysis", tripod_methods.ANALYSIS),
        ("Open science and the public", tripod_report.OPEN_SCIENCE),
        ("Results", tripod_report.RESULTS),
        ("Discussion", tripod_report.DISCUSSION),
    )


def reporting(one: Described) -> Section:
    """Return a table of every item."""
    words = (
        "Items by their number (Collins and others 2024, BMJ 385:e078378); what each asks is said in our own words, so "
        "read the statement beside it. Answers are made from what was computed and kept, and say so where it was not."
    )
    blocks: list[Block] = [Prose(words)]
    for part, items in tripod():
        rows = [(item.number, item.asks, item.answer(one)) for item in items]
        blocks.append(Table(part, ("item", "asks for", "answer"), rows, words=True))
    return Section(TITLE, tuple(blocks))
