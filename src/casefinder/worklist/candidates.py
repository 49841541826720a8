"""The people of each practice who could stand on a list, gathered from block after block without ever holding everyone.

Each block leaves its own best people of every practice in a file. Where a practice has only a few people in each block these
are nearly everyone, so the files are brought together some at a time, by tasks, and each time only the best are kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pandas as pd

from casefinder.config import ListSettings
from casefinder.engines import Each
from casefinder.engines.files import read_frame, remove, write_frame
from casefinder.modelling.splits import draws

AT_ONCE: Final = 16
"""How many files are brought together at a time."""


def gather(folder: Path, numbers: Sequence[int], lists: ListSettings, each: Each) -> pd.DataFrame:
    """Return the candidates of all blocks, best first, from the files that blocks left in ``folder``, which is removed."""
    turn = 0
    files = [file_of(folder, turn, number) for number in numbers]
    while len(files) > AT_ONCE:
        turn += 1
        groups = [tuple(files[start : start + AT_ONCE]) for start in range(0, len(files), AT_ONCE)]
        list(each(Together(tuple(groups), folder, turn, lists), range(len(groups))))
        files = [file_of(folder, turn, group) for group in range(len(groups))]
    found = Candidates(lists)
    for file in files:
        found.take(read_frame(file))
    remove(folder)
    return found.table()


def file_of(folder: Path, turn: int, number: int) -> Path:
    """Return where the candidates of a block (turn 0), or of a group of files of the turn before, are kept."""
    return folder / f"{turn}-{number:05d}.parquet"


@dataclass(frozen=True)
class Together:
    """Brings some files of candidates together; called with the number of their group."""

    groups: Sequence[Sequence[Path]]
    folder: Path
    turn: int
    lists: ListSettings

    def __call__(self, group: int) -> None:
        """Write one file in the place of several."""
        found = Candidates(self.lists)
        for file in self.groups[group]:
            found.take(read_frame(file))
        write_frame(found.best(), file_of(self.folder, self.turn, group), compression="lz4")


class Candidates:
    """The people of each practice who could stand on a list: its top places, and those above them whom a rule removes."""

    def __init__(self, lists: ListSettings) -> None:
        self._most = reserve(max(lists.practice_k, lists.cluster_k), lists)
        self._seed = lists.seed
        self._parts: list[pd.DataFrame] = []

    def take(self, people: pd.DataFrame) -> None:
        """Take in people, with ``because`` saying why a rule removes each (or None)."""
        self._parts.append(people)
        if len(self._parts) > 1 or len(people) > self._most:
            self._parts = [self.best()]

    def best(self) -> pd.DataFrame:
        """Return who is left of those taken in."""
        return self._pruned(pd.concat(self._parts, ignore_index=True)) if self._parts else pd.DataFrame()

    def _pruned(self, people: pd.DataFrame) -> pd.DataFrame:
        """Return each practice's people down to the last place that a list could reach, ties with it included."""
        ordered = people.sort_values("raw", ascending=False, kind="stable")
        counted = ordered["because"].isna().groupby(ordered["practice_code"], dropna=False).cumsum()
        cut = ordered["raw"].where(counted == self._most).groupby(ordered["practice_code"], dropna=False).transform("max")
        return ordered[cut.isna() | (ordered["raw"] >= cut)].reset_index(drop=True)

    def table(self) -> pd.DataFrame:
        """Return the candidates, best first: by raw score, ties by a hash of seed and person."""
        people = self.best()
        people["tie"] = draws(people["person_id"].tolist(), self._seed)
        return people.sort_values(["raw", "tie"], ascending=[False, True], kind="stable").reset_index(drop=True)


def of_each_practice(people: pd.DataFrame) -> dict[str, int]:
    """Return how many people each practice has."""
    return {str(code): int(count) for code, count in people["practice_code"].value_counts(sort=False).items()}


def reserve(k: int, lists: ListSettings) -> int:
    """Return how many people are kept ready for k places, should some prove unavailable when the list is made."""
    return k + max(5, -(-k * lists.reserve_percent // 100))
