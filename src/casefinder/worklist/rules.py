"""Who a list leaves out, and why. Rules of a list, never of a cohort; each is a setting, and each is shown."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from casefinder.codelists import CodeLists
from casefinder.cohorts import EVIDENCE_DAYS
from casefinder.config import ListSettings
from casefinder.dates import EVER, plain
from casefinder.definitions import Count, DaysSince, Inside, Measure
from casefinder.definitions.measures import select
from casefinder.histories import Block, Concepts, compile_measures, measure
from casefinder.modelling.served_people import held_out
from casefinder.worklist.history import PastDecision

DIED, MOVED, OPTED_OUT = "died", "moved to another practice", "no longer available"
NOT_SCORED = "no longer in the group that is scored"
IN_CARE_HOME = "lives in a care home"
ON_CASELOAD = "on the caseload of a service"
END_OF_LIFE = "on the end-of-life register"
HELD_OUT = "held out by agreement"
"""Never shown on a list, and the last of all reasons: who is left out by another rule is not held out."""


class ListRules:
    """The rules of a site that look at the record, compiled for it."""

    def __init__(self, settings: ListSettings, concepts: Concepts, codelists: CodeLists) -> None:
        self.settings = settings.rules
        self._hold_out = settings.hold_out
        caseload = select("caseload", prefixes=self.settings.caseloads)
        measures: dict[str, Measure] = {
            "care_home": Inside(select("care_home")),
            "care_home_evidence": DaysSince(select("care_home_evidence")),
            "caseload": Inside(caseload),
            "end_of_life": Count(select("gp_record", "diagnosis", codes="palliative"), EVER),
        }
        self._program = compile_measures(measures, concepts, codelists)

    def reasons(self, block: Block, index_date: dt.date, keep: np.ndarray) -> np.ndarray:
        """Return for each kept person the first rule that leaves them out, or None."""
        home, evidence, caseload, end = measure(block, self._program, [index_date], keep[:, None]).T
        rules = self.settings
        resident = (home > 0) | (evidence <= EVIDENCE_DAYS)
        fails = [
            (IN_CARE_HOME, rules.care_home_residents & resident),
            (ON_CASELOAD, rules.on_caseload & (caseload > 0)),
            (END_OF_LIFE, rules.end_of_life_register & (end > 0)),
            (HELD_OUT, self._held_out(block, index_date, keep)),
        ]
        found = np.full(len(home), None, dtype=object)
        for words, hit in reversed(fails):
            found[hit] = words
        return found

    def _held_out(self, block: Block, index_date: dt.date, keep: np.ndarray) -> np.ndarray:
        """Say which kept people are held out on a date."""
        settings = self._hold_out
        if settings is None or index_date < settings.starts:
            return np.zeros(int(keep.sum()), dtype=np.bool_)
        people = np.asarray(block.people.to_numpy(zero_copy_only=False))[keep]
        return held_out(people.tolist(), settings.share, settings.seed)


def asked_to_see_again(past: Sequence[PastDecision], as_of: dt.date) -> bool:
    """Say whether the latest decision on a person before a date was to look again later: nobody so promised is held out."""
    latest = max((one for one in past if one.decided_on < as_of), key=lambda one: one.decided_on, default=None)
    return latest is not None and latest.decision == "defer until"


def decided(
    people: Sequence[str], decisions: Mapping[str, Sequence[PastDecision]], as_of: dt.date, settings: ListSettings
) -> list[str | None]:
    """Return for each person why earlier decisions leave them out, or None. Only decisions dated before ``as_of`` count."""
    return [
        _decided([one for one in decisions.get(person, ()) if one.decided_on < as_of], as_of, settings) for person in people
    ]


def _decided(past: Sequence[PastDecision], as_of: dt.date, settings: ListSettings) -> str | None:
    rules = settings.rules
    for one in sorted(past, key=lambda one: one.decided_on, reverse=True):
        weeks = (as_of - one.decided_on).days / 7
        if one.decision == "declined" and weeks <= rules.declined_within_weeks:
            return f"declined on {plain(one.decided_on)}"
        if one.decision == "defer until" and one.review_by and as_of < one.review_by:
            return f"deferred until {plain(one.review_by)}"
        if one.decision != "defer until" and weeks <= rules.discussed_within_weeks:
            return f"{_SAID[one.decision]} on {plain(one.decided_on)}"
    return None


_SAID: Final = {
    "discuss": "discussed",
    "accept": "accepted",
    "already known": "already known to the team",
    "not suitable": "judged not suitable",
    "declined": "declined",
}
DECISIONS: Final = ("discuss", "accept", "already known", "not suitable", "declined", "defer until")
"""What a meeting may decide about a person."""
