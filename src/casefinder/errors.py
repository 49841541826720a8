"""Mistakes a user can mend: each says where, what, and what to type; each kind has its own exit code.

No message may hold a person's identifier or values: give a count, a file, a line, a column.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: where it is, what it is, and what to do about it."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}" if self.where else self.what


class CasefinderError(Exception):
    """A mistake that the user can mend, shown without a traceback.

    Holds every problem found, not only the first, and a remedy: the command or the line to type.
    """

    exit_code = 1
    meaning = "A mistake that the user can mend."
    cure = "Do what the last line of the message says."

    def __init__(self, headline: str, problems: Iterable[Problem] = (), remedy: str = "") -> None:
        self.headline = headline
        self.problems: Sequence[Problem] = tuple(problems)
        self.remedy = remedy
        super().__init__(self.render())

    def render(self) -> str:
        """Return the whole message: the headline, a line a problem, and the remedy."""
        lines = [self.headline, *(f"  {problem}" for problem in self.problems)]
        return "\n".join([*lines, self.remedy] if self.remedy else lines)


class ConfigError(CasefinderError):
    """A settings file or an argument that cannot be used."""

    exit_code = 10
    meaning = "A settings file or an argument cannot be used."
    cure = "Mend the lines that the message names; where a name is unknown it gives the nearest known one."


class RawDataError(CasefinderError):
    """A raw file that cannot be read, or too many rows that had to be quarantined."""

    exit_code = 11
    meaning = "A raw file cannot be read as it stands, or too many of its rows had to be quarantined."
    cure = "Check that the file is there, whole and in the declared encoding, and map a renamed column under `columns`."


class GovernanceError(CasefinderError):
    """A use of records that no one has approved, or whose approval has run out."""

    exit_code = 12
    meaning = "Nothing on file allows this use of these records."
    cure = "Complete or renew the lines of governance.yaml that the message names. Nothing was read."


class WorkspaceError(CasefinderError):
    """A step whose input is not in the workspace yet, or is incomplete."""

    exit_code = 13
    meaning = "The workspace lacks what this step reads; an earlier step has to run first."
    cure = "Run the command that the message gives, or name the right folder with `--workspace`."


class ContractError(CasefinderError):
    """A table that breaks the contract between two steps."""

    exit_code = 14
    meaning = "A table breaks the contract between two steps."
    cure = "Run the step that wrote the table again with this version; if that does not help, report it as a defect."


class ModelError(CasefinderError):
    """A model bundle that cannot be used for these features or this site."""

    exit_code = 15
    meaning = "A model cannot be fitted, or a model bundle cannot be used here."
    cure = "Do what the last line says: most often, fit the model again, or give it more people or more years."


class ReleaseError(CasefinderError):
    """A list that may not be released: stale feeds, unknown practice, expired list."""

    exit_code = 16
    meaning = "A list may not be released, or there is no such list."
    cure = (
        "Link newer extracts and score again (`casefinder weekly --as-of DATE --workspace DIR`), or correct the code or "
        "the date."
    )


class DecisionError(CasefinderError):
    """A filled sheet that cannot be taken in."""

    exit_code = 17
    meaning = "A filled list cannot be taken in."
    cure = "Mend the rows that the message names and read the file again. Nothing of it was taken in."


class MissingPartError(CasefinderError):
    """An optional part of the installation is missing."""

    exit_code = 18
    meaning = "An optional part of the installation is missing."
    cure = "Install the part with the command that the message gives."


class StoreError(CasefinderError):
    """A store of data elsewhere that cannot be reached, or refuses."""

    exit_code = 21
    meaning = "A store of data elsewhere (s3://, abfss://) cannot be reached, or refuses."
    cure = "Check the place in the site file, the network, and what the environment holds of credentials; then run it again."


class FeedAlarm(CasefinderError):
    """Monitoring found a feed that somebody must look at, and no calibration alarm."""

    exit_code = 19
    meaning = "Monitoring found a feed that is old, silent, incomplete or too full; no calibration alarm stands."
    cure = "Ask the supplier of the feed that the message names, then link again. The page of the look shows its months."


class CalibrationAlarm(CasefinderError):
    """Monitoring found that a model's risks are wrong: a chart of observed against expected reached its limit."""

    exit_code = 20
    meaning = "Monitoring found that a model's risks are wrong, over everyone or in a cluster."
    cure = (
        "Look at the feeds that the message names first; where they are sound: casefinder recalibrate MODEL --workspace DIR."
    )


class ServiceError(CasefinderError):
    """An evaluation of a service that cannot go on: no comparable people, no sign-off, a protocol that was changed."""

    exit_code = 22
    meaning = "An evaluation of a service cannot go on: nothing comparable, not signed off, or changed since."
    cure = "Do what the last line says. Nothing that looks like a result was written."


def kinds() -> list[type[CasefinderError]]:
    """Return every kind of mistake with its own exit code, in the order of the codes."""
    return sorted(CasefinderError.__subclasses__(), key=lambda kind: kind.exit_code)


MOST_NAMED = 60
"""More known names than this are not listed in a message."""


def one_of(given: str, known: Iterable[str]) -> str:
    """Return a hint for a misspelt name: the nearest known name, or all of them where they are not too many to read.

    >>> one_of("admisions", ["admissions", "falls"])
    "did you mean 'admissions'?"
    """
    from difflib import get_close_matches

    names = sorted(known)
    near = get_close_matches(given, names, n=1)
    if near:
        return f"did you mean '{near[0]}'?"
    if len(names) > MOST_NAMED:
        return f"none of the {len(names)} known names is like it; they are in docs/reference"
    return f"use one of: {', '.join(names)}" if names else "there are none to choose from"
