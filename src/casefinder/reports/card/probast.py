"""A self-check along the four domains of PROBAST+AI, answered from what was computed.

Source: Moons and others 2025, BMJ 388:e082505. The questions are our own words for the topics of the tool, in our own order,
and no substitute for it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from casefinder.reports.card.content import Block, Prose, Section, Table
from casefinder.reports.card.described import Described

TITLE = "Self-check after PROBAST+AI"
YES: Final = "yes"
PROBABLY_YES: Final = "probably yes"
PROBABLY_NO: Final = "probably no"
NO: Final = "no"
NO_INFORMATION: Final = "no information"
LEVELS: Final = (YES, PROBABLY_YES, PROBABLY_NO, NO, NO_INFORMATION)
DOMAINS: Final = ("participants and data sources", "predictors", "outcome", "analysis")

Judged = tuple[str, str]
"""One of ``LEVELS``, and why."""


@dataclass(frozen=True)
class Question:
    """One question: its domain, its words, and its answer with the reason."""

    domain: str
    asks: str
    answer: Callable[[Described], Judged]


def questions() -> tuple[tuple[str, Sequence[Question]], ...]:
    """Return the questions on making the model, and those on testing it."""
    from casefinder.reports.card import probast_development, probast_evaluation

    return (
        ("How it was made", probast_development.QUESTIONS),
        ("How it was tested", probast_evaluation.QUESTIONS),
    )


def self_check(one: Described) -> Section:
    """Return the answers, by part and domain."""
    words = (
        "Topics of PROBAST+AI (Moons and others 2025, BMJ 388:e082505) in our own words and order, answered by rule "
        "from what was computed. This is not the tool. No overall judgement is given: whether quality is high and the "
        "risk of bias low, and whether the model suits a place, is for a person to judge who did not make it."
    )
    blocks: list[Block] = [Prose(words)]
    for part, asked in questions():
        rows = [(question.domain, question.asks, *question.answer(one)) for question in asked]
        blocks.append(Table(part, ("domain", "question", "answer", "because"), rows, words=True))
    return Section(TITLE, tuple(blocks))
