"""Who of a list is invited, where a meeting has places for fewer people than stand on it: drawn by chance, once, on record.

The draw is a SHA-256 hash of seed, list and person, so the same list gives the same draw wherever it is made. Those listed
and not drawn are what those invited are compared with one day (``services.invited``), so a draw stands: for a practice or
cluster and a date there is one, and none for a list that a meeting may have acted on already.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from casefinder.dates import plain
from casefinder.errors import Problem, ReleaseError
from casefinder.modelling.splits import draws
from casefinder.worklist.history import Invitation, ListHistory
from casefinder.worklist.meeting import MeetingList

INVITE: Final = "invite"
NOT_DRAWN: Final = "not drawn"
NOT_IN_THE_DRAW: Final = "not in the draw"
"""Said of whoever took a place on a list after it was drawn from."""


def drawn(list_id: str, people: Sequence[str], places: int, seed: int) -> tuple[str, ...]:
    """Return who is invited, in the order of their pseudonyms; whatever the order in which people are given.

    >>> drawn("a list", ["b", "a", "c"], 2, 1) == drawn("a list", ["c", "b", "a"], 2, 1)
    True
    """
    chance = draws([f"invitation/{list_id}/{person}" for person in people], seed)
    first = sorted(zip(chance.tolist(), people, strict=True))[:places]
    return tuple(sorted(person for _, person in first))


def invite(made: MeetingList, history: ListHistory, seed: int, places: int | None) -> Invitation | None:
    """Return the draw that stands for a list, drawing and recording one where places are given; None where there is none.

    It is recorded before the list is issued: no list with a draw is ever on record without it.

    Raises:
        ReleaseError: another number of places was drawn before, the list was issued before without a draw, or there are
            places for everyone.
    """
    standing = history.invitation(made.scope, made.as_of)
    if standing is not None:
        if places not in (None, standing.places):
            problem = Problem(
                "--invite-at-random", f"{standing.places} of {standing.listed} were drawn; {places} is asked now"
            )
            raise ReleaseError(
                f"Who is invited from {made.scope} of {plain(made.as_of)} was drawn before, and a draw stands:",
                [problem],
                f"Leave the number out, or give {standing.places}: the list then shows who was drawn.",
            )
        return standing
    if places is None:
        return None
    if history.was_issued(made.scope, made.as_of):
        problem = Problem("--invite-at-random", "a list that a meeting has seen cannot be drawn from")
        raise ReleaseError(
            f"The list of {made.scope} of {plain(made.as_of)} was issued before without a draw:",
            [problem],
            "Draw from the next one, the first time that it is made.",
        )
    if places >= len(made.people):
        problem = Problem("--invite-at-random", f"there are places for {places} and {len(made.people)} people on the list")
        raise ReleaseError(
            "Everyone would be invited, and nobody left to compare them with:",
            [problem],
            "Give fewer places, or make a longer list (lists.practice_k, lists.cluster_k).",
        )
    people = [one.person_id for one in made.people]
    invited = drawn(made.list_id, people, places, seed)
    fresh = Invitation(made.list_id, made.scope, made.as_of, places, len(people), seed, invited)
    history.invite(fresh)
    return fresh


def marked(made: MeetingList, draw: Invitation | None, history: ListHistory) -> MeetingList:
    """Return an issued list with everyone's mark; the same list has the same marks and words however often it is made."""
    if draw is None:
        return made
    invited, listed = set(draw.people), {row.person_id for row in history.issued(draw.list_id)}

    def mark(person: str) -> str:
        return INVITE if person in invited else NOT_DRAWN if person in listed else NOT_IN_THE_DRAW

    people = tuple(replace(one, invitation=mark(one.person_id)) for one in made.people)
    return replace(made, people=people, invitation=draw, notes=(*made.notes, *_notes(made, draw)))


def _notes(made: MeetingList, draw: Invitation) -> list[str]:
    """Return what is said of a draw from a list that has changed since."""
    if made.list_id == draw.list_id:
        return []
    gone = len(set(draw.people) - {one.person_id for one in made.people})
    words = f"Who is invited was drawn from list {draw.list_id}, before it changed; nothing was drawn again."
    return [f"{words} {gone} of those invited no longer stand on it, and nobody takes their place." if gone else words]
