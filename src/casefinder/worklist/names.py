"""Names put to a list for the team that may know them: only people of the map that the practice holds."""

from dataclasses import replace
from pathlib import Path

from casefinder.record.identity import read_identities
from casefinder.worklist.meeting import MeetingList


def named(made: MeetingList, identities: Path) -> MeetingList:
    """Return the list with identifiers from the practice-held map; people who are not in the map keep their pseudonym.

    Those removed by rule and those who left are named too only while they are registered where the list is for, so whoever
    died, moved or objected keeps a pseudonym.

    Raises:
        ConfigError: the map cannot be read.
    """
    known = read_identities(identities)
    gone = ("died", "moved to another practice", "no longer available")
    return replace(
        made,
        people=tuple(replace(one, identifier=known.get(one.person_id, "")) for one in made.people),
        removed=tuple(
            replace(one, identifier="" if one.because in gone else known.get(one.person_id, "")) for one in made.removed
        ),
        left=tuple(
            replace(one, identifier="" if one.because in gone else known.get(one.person_id, "")) for one in made.left
        ),
        named=True,
    )
