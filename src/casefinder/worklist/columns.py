"""The columns of a list, shared by the CSV file and the workbook: what is told, what is filled in, the key of each row."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from casefinder.worklist.meeting import Listed, MeetingList
from casefinder.worklist.told import IDENTIFIER, NHS_NUMBER, PSEUDONYM, sentence, sex, shown, shown_heading

Cell = str | int | float | tuple[str, ...]
"""A value of a cell; a tuple is several items, which each kind of file sets apart in its own way."""

REASONS: Final = 4
RANK: Final = "Rank"
INVITATION: Final = "Invitation"
"""Only on a list with a draw."""
SHOWN: Final = (
    NHS_NUMBER,
    IDENTIFIER,
    PSEUDONYM,
    f"{NHS_NUMBER} or {PSEUDONYM.lower()}",
    f"{IDENTIFIER} or {PSEUDONYM.lower()}",
)
"""Headings that the column of names may have."""
PERCENT: Final = "Risk %"
DECISION, DECIDED_ON, OWNER, NEXT_ACTION = "Decision", "Decided on", "Owner", "Next action"
REFERRED_TO, REVIEW_BY, DECIDED_BY = "Referred to", "Review by or defer until", "Decided by"
TO_FILL: Final = (DECISION, DECIDED_ON, OWNER, NEXT_ACTION, REFERRED_TO, REVIEW_BY, DECIDED_BY)
"""Columns that the meeting fills in."""
LENGTHS: Final = {OWNER: 120, NEXT_ACTION: 500, REFERRED_TO: 120, DECIDED_BY: 120}
"""Most characters of each text that is filled in."""
KEY: Final = "Key (do not change)"

_RISKY: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
_KEY_FORMAT: Final = "casefinder list 1"


@dataclass(frozen=True)
class Column:
    """One column that a list tells: heading, width in characters, and its value for a person."""

    heading: str
    width: float
    value: Callable[[Listed], Cell]


def told_columns(made: MeetingList) -> tuple[Column, ...]:
    """Return the columns that the list tells, in order."""
    others = [
        Column(f"Also: {made.models[name]['short']}", 10, lambda one, place=place: sentence(one.others[place].words))  # type: ignore[misc]
        for place, name in enumerate(name for name in made.models if name != made.ranked_by)
    ]
    reasons = [
        Column(f"Reason {place + 1}", 17, lambda one, place=place: _item(one.raising, place))  # type: ignore[misc]
        for place in range(REASONS)
    ]
    return (
        Column(RANK, 5, lambda one: one.rank),
        Column(shown_heading(made.people), 14, shown),
        *([Column(INVITATION, 9, lambda one: sentence(one.invitation))] if made.invitation else []),
        Column("Practice", 13, lambda one: f"{one.practice_name} ({one.practice_code})"),
        Column("Age", 5, lambda one: one.age),
        Column("Sex", 7, sex),
        Column("Risk", 8.5, lambda one: sentence(one.risk_words)),
        Column(PERCENT, 6.5, lambda one: round(one.risk, 3)),
        Column("Band", 8.5, lambda one: sentence(one.band)),
        *others,
        Column("Change since last list", 8, lambda one: sentence(one.change)),
        *reasons,
        Column("What lowers it", 14, lambda one: tuple(map(sentence, one.lowering))),
        Column("May be worth reviewing", 16, lambda one: tuple(map(sentence, one.review))),
        Column("Not known", 13, lambda one: tuple(map(sentence, one.unknown))),
    )


def _item(texts: tuple[str, ...], place: int) -> str:
    return sentence(texts[place]) if place < len(texts) else ""


def guarded(text: str) -> str:
    """Return text that no spreadsheet takes for a formula: an apostrophe before ``= + - @``, a tab or a line's end.

    >>> guarded("=1+1"), guarded("fine"), guarded("  @cmd")
    ("'=1+1", 'fine', "'  @cmd")
    """
    return f"'{text}" if text.startswith(_RISKY) or text.lstrip(" ").startswith(_RISKY) else text


def unguarded(text: str) -> str:
    """Return text without the apostrophe that ``guarded`` put before it.

    >>> unguarded("'=1+1"), unguarded("'tis")
    ('=1+1', "'tis")
    """
    bare = text.removeprefix("'")
    return bare if bare != text and guarded(bare) != bare else text


@dataclass(frozen=True)
class Key:
    """What a row of a list is: which list, which person, and a check over what the row shows."""

    list_id: str
    person_id: str
    check: str

    @classmethod
    def of(cls, list_id: str, person_id: str, rank: str, name: str) -> "Key":
        """Return the key of a row that shows a rank and a name.

        The check guards against accident (rows sorted apart, cells pasted over), not against anyone who means to deceive.
        """
        parts = (_KEY_FORMAT, list_id, person_id, rank, _bare(name))
        return cls(list_id, person_id, hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12])

    @classmethod
    def read(cls, text: str) -> "Key | None":
        """Return the key that a cell holds, or None where it holds none."""
        parts = text.strip().split("|")
        return cls(*parts) if len(parts) == 3 and all(parts) else None

    def __str__(self) -> str:
        return f"{self.list_id}|{self.person_id}|{self.check}"

    def fits(self, rank: str, name: str) -> bool:
        """Say whether the row still shows what it showed when the list was written."""
        return self == Key.of(self.list_id, self.person_id, rank, name)


def _bare(name: str) -> str:
    """Return a name as it reads however a spreadsheet shows it: without spaces and in small letters."""
    return "".join(name.split()).casefold()


def key_of(one: Listed, made: MeetingList) -> Key:
    """Return the key of a person's row."""
    return Key.of(made.list_id, one.person_id, str(one.rank), shown(one))
