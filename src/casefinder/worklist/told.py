"""What a list says of itself in plain words, shared by page and workbook: summary, warnings, who left, freshness."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from casefinder.dates import plain
from casefinder.worklist.freshness import FeedLine
from casefinder.worklist.meeting import Left, Listed, MeetingList, Removed

CHANGES: Final = ("new", "up", "down", "same")

NHS_NUMBER, IDENTIFIER, PSEUDONYM = "NHS number", "Identifier", "Pseudonym"

USE: Final = (
    "This list helps a team to choose whom to talk about first. People who know the person decide what, if anything, to do.",
    "It must never be used to refuse care, or to give anyone less of it. It is not for diagnosis and not for choosing a "
    "treatment, and nobody should act on it without looking at the person's own record.",
    "A risk is a share of people like this one, not a forecast for this one. Many people with a high risk stay well, and "
    "most admissions happen to people who are on no list.",
)
"""What a list is for and what it is not for."""

REASONS: Final = "Reasons explain the score. They do not say what to do."

STATES: Final = {"fresh": "up to date", "stale": "out of date", "silent": "silent", "not supplied": "not supplied"}
"""How the state of a feed is said."""


@dataclass(frozen=True)
class Section:
    """One part of what a list says of itself: a heading, sentences, and a table where there is one."""

    heading: str
    words: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


def shown(one: Listed | Removed | Left) -> str:
    """Return how a person is named on the list: the identifier where there is one, else the pseudonym."""
    return one.identifier or one.person_id


def shown_heading(people: Sequence[Listed | Removed | Left]) -> str:
    """Return the heading over people's names: what kind of identifier stands below it."""
    found = [one.identifier for one in people if one.identifier]
    if not found:
        return PSEUDONYM
    kind = NHS_NUMBER if all(len(one) == 10 and one.isdigit() for one in found) else IDENTIFIER
    return kind if len(found) == len(people) else f"{kind} or {PSEUDONYM.lower()}"


def sex(person: Listed) -> str:
    """Return the sex on record, or that it is not known."""
    return person.sex if person.sex != "unknown" else "sex not known"


def sentence(words: str) -> str:
    """Return words with a capital first letter, but for names that are written otherwise.

    >>> sentence("about 38 in 100"), sentence("eGFR 44 mL/min")
    ('About 38 in 100', 'eGFR 44 mL/min')
    """
    return words if words[1:2].isupper() else words[:1].upper() + words[1:]


def risk_sentence(one: Listed, made: MeetingList) -> str:
    """Return the risk that ranks as a sentence."""
    return f"{sentence(one.risk_words)} {made.models[made.ranked_by]['risk_words']}."


def is_demonstration(made: MeetingList) -> bool:
    """Say whether the site, or any model of the list, is a demonstration."""
    return made.demonstration or any(one["demonstration"] for one in made.models.values())


def warnings(made: MeetingList) -> tuple[str, ...]:
    """Return what must be read before the list is used."""
    demonstration = "Demonstration only: this list was made with a demonstration model. Do not use it for anyone's care."
    return tuple(words for words in (demonstration if is_demonstration(made) else "", made.stamp) if words)


def summary(made: MeetingList) -> str:
    """Return who is on the list, who of them is invited, and what changed, in one line."""
    if made.invitation is None:
        return _who_and_changes(made)
    invited = len({one.person_id for one in made.people} & set(made.invitation.people))
    return f"{_who_and_changes(made)} {invited} of them are invited, drawn by chance; that keeps nobody else from care."


def _who_and_changes(made: MeetingList) -> str:
    asked = f"{len(made.people)} {'person' if len(made.people) == 1 else 'people'} on this list ({made.k} asked for"
    short = "" if len(made.people) == made.k else "; no one else could be listed"
    if made.previous is None:
        return f"{asked}{short}). This is the first list, so there is nothing to compare it with."
    changes = [f"{count} {name}" for name in CHANGES if (count := sum(one.change == name for one in made.people))]
    since = f"Since the list of {plain(made.previous)}: {', '.join([*changes, f'{len(made.left)} left'])}."
    return f"{asked}{short}). {since}"


def late_feeds(made: MeetingList) -> tuple[FeedLine, ...]:
    """Return the feeds that are stale or silent."""
    return tuple(line for line in made.feeds if line.state in ("stale", "silent"))


def missing_feeds(made: MeetingList) -> tuple[str, ...]:
    """Return the names of the feeds that nobody supplies."""
    return tuple(line.feed for line in made.feeds if line.state == "not supplied")


def feeds_section(made: MeetingList) -> Section:
    """Return how fresh the records behind the list are."""
    rows = tuple((line.feed, STATES[line.state], sentence(line.words)) for line in made.feeds)
    return Section(
        "How fresh the records are", (f"As known on {plain(made.as_of)}.",), ("Records", "State", "What has arrived"), rows
    )


def sharing_section(made: MeetingList) -> Section | None:
    """Return what each way of sharing a cluster's places would find; None for a practice's list."""
    if not made.choices:
        return None
    rows = tuple(
        (
            sentence(one.words) + (" (used for this list)" if one.words == made.share_words else ""),
            str(one.people),
            str(one.practices),
            f"{one.expected:.1f}",
        )
        for one in made.choices
    )
    words = (
        f"The places of this meeting are shared {made.share_words}. The expected number is the sum of the risks: how "
        f"many of those listed would have {made.models[made.ranked_by]['short']}, if the risks are right.",
    )
    return Section(
        "How places are shared between practices",
        words,
        ("Places shared", "People", "Practices with someone on the list", "Expected number"),
        rows,
    )


def removed_section(made: MeetingList) -> Section:
    """Return who was removed by a rule."""
    rows = tuple((shown(one), one.practice_code, sentence(one.risk_words), sentence(one.because)) for one in made.removed)
    words = "These people would have stood on the list, but a rule left them out. Each rule is a setting of the site."
    return Section(
        "Removed by rule",
        (words if rows else "No rule removed anyone who would have stood on the list.",),
        (shown_heading(made.removed), "Practice", "Risk", "Why"),
        rows,
    )


def left_section(made: MeetingList) -> Section:
    """Return who was on the last list and is not on this one."""
    rows = tuple((shown(one), str(one.last_rank), sentence(one.because)) for one in made.left)
    if made.previous is None:
        words = "This is the first list."
    elif rows:
        words = f"These people were on the list of {plain(made.previous)} and are not on this one."
    else:
        words = f"Everyone on the list of {plain(made.previous)} is on this one too."
    return Section(
        "Left since the last list", (words,), (shown_heading(made.left), "Place on the last list", "Why they left"), rows
    )
