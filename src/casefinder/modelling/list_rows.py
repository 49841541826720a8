"""What lists find among the people tested: one list over everyone, and one for each practice, at several lengths."""

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from casefinder.config.model import ModelSettings
from casefinder.evaluation import (
    bootstrap_group_lists,
    bootstrap_lists,
    list_length,
    lists_within,
    places,
    share_with,
)

MODEL, OTHER, RULE = "model", "other_model", "simple_rule"
WORDS: Final = {
    MODEL: "the model",
    OTHER: "the other kind of model",
    RULE: "most emergency admissions in the last year, then oldest",
}
_ADMISSIONS, _TWO_YEARS = "emergency_admissions_365d", "emergency_admissions_730d"

Row = dict[str, Any]


@dataclass(frozen=True)
class KnownPeople:
    """People whom a team knew before the test date: on a list issued in the year before, or decided on before."""

    since: dt.date
    until: dt.date
    lists: int
    people: frozenset[str]

    def about(self) -> Row:
        """Return what is told of them: dates, and how many lists were issued."""
        return {"since": str(self.since), "until": str(self.until), "lists": self.lists}


def scores_of(people: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return the scores whose lists are measured, more meaning likelier; the simple rule only where it is recorded."""
    found = {MODEL: people["raw_score"].to_numpy(), OTHER: people["other_raw_score"].to_numpy()}
    needed = [_ADMISSIONS, "age"]
    if all(name in people and people[name].notna().all() for name in needed):
        # No age reaches 1,000, so age settles only who comes first among people with as many admissions.
        found[RULE] = people[_ADMISSIONS].to_numpy() * 1000.0 + people["age"].to_numpy()
    return found


def list_rows(people: pd.DataFrame, settings: ModelSettings, known: KnownPeople | None) -> list[Row]:
    """Return one row a score and length of one list over everyone, as ``measured`` describes it."""
    shares = sorted({*settings.evaluation.list_shares, settings.list_share})
    lengths = [list_length(len(people), share=share) for share in shares]
    scores = scores_of(people)
    table = bootstrap_lists(
        people["outcome"], scores, sorted(set(lengths)), people["weight"], settings.evaluation.replicates, settings.seed
    )
    by_length = {(row["score"], row["k"]): row for row in table.to_dict("records")}
    return [
        {"score": name, "share": share}
        | {str(key): value for key, value in by_length[name, k].items()}
        | _on_the_list(people, name, places(score, k))
        | _shares(people, score, k, known)
        for name, score in scores.items()
        for share, k in zip(shares, lengths, strict=True)
    ]


def _on_the_list(people: pd.DataFrame, name: str, place: np.ndarray) -> Row:
    """Return counts of people on a list, and the lowest risk on the model's own."""
    seen = place * (people["weight"].to_numpy() > 0)
    lowest = float(people["risk"].to_numpy()[place > 0].min()) if name == MODEL else None
    return {"seen": float(seen.sum()), "found": float(seen @ people["outcome"].to_numpy()), "cut_off": lowest}


def _shares(people: pd.DataFrame, score: np.ndarray, k: int, known: KnownPeople | None) -> Row:
    """Return shares of a list with something that matters to a team; None where it is not recorded."""
    quiet = None
    if _TWO_YEARS in people and people[_TWO_YEARS].notna().all():
        quiet = share_with(people[_TWO_YEARS] == 0, score, k)
    unknown = None if known is None else share_with(~people["person_id"].isin(known.people), score, k)
    return {"no_recent_admission": quiet, "new_to_team": unknown}


def practice_rows(people: pd.DataFrame, settings: ModelSettings) -> list[Row]:
    """Return one row a score and length of the lists of single practices together, as ``measured`` describes it.

    People tested are a sample of each practice, so a list as long as a practice's own would go too deep among them: it is
    measured at the length that goes as deep, and beside it at its full length.
    """
    tested, whole = settings.split.test_share, settings.evaluation.practice_list
    practice = people["practice_code"].fillna("").astype(str).to_numpy()
    return [
        {"score": name, "k": k, "stands_for": round(k / tested)} | _practices(people, score, practice, k, settings)
        for name, score in scores_of(people).items()
        for k in sorted({max(1, round(whole * tested)), whole})
    ]


def _practices(people: pd.DataFrame, score: np.ndarray, practice: np.ndarray, k: int, settings: ModelSettings) -> Row:
    outcome, weight = people["outcome"].to_numpy(), people["weight"].to_numpy()
    found = lists_within(outcome, score, practice, k, weight=weight)
    together, each = found.together, found.by_group["ppv"].dropna()
    place = np.zeros(len(people))
    for name in np.unique(practice):
        here = np.flatnonzero(practice == name)
        place[here] = places(score[here], min(k, len(here)))
    quarters = np.quantile(each, [0, 0.25, 0.5, 0.75, 1]) if len(each) else np.full(5, np.nan)
    names = ("ppv_least", "ppv_quarter", "ppv_median", "ppv_three_quarters", "ppv_most")
    return {
        "practices": len(found.by_group),
        "listed": together.k,
        "seen": float(place @ (weight > 0)),
        "found": float(place @ (outcome * (weight > 0))),
        **{name: getattr(together, name) for name in ("ppv", "sensitivity", "lift", "number_needed_to_review")},
        **bootstrap_group_lists(outcome, score, practice, k, weight, settings.evaluation.replicates, settings.seed),
        **dict(zip(names, quarters.tolist(), strict=True)),
        "ppv_spread": float(each.std(ddof=1)) if len(each) > 1 else None,
    }
