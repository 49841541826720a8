"""The second look: reasons and the past year of everyone who may stand on a list, from the blocks that hold them."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from casefinder.dates import lookback
from casefinder.engines import Each
from casefinder.explain import Explained, Explainer
from casefinder.features import FeatureTable
from casefinder.histories import Histories, visible_facts

LANES: Final[dict[str, tuple[str, ...]]] = {
    "Emergency stay": ("hospital",),
    "Planned stay": ("hospital",),
    "A&E, 111, ambulance": ("ae_attendance", "call_111", "ambulance"),
    "Outpatients": ("outpatient",),
    "GP practice": ("gp_contact",),
    "Community, mental health": ("community_contact", "mental_health_contact"),
    "Social care": ("home_care", "reablement", "care_home", "social_care_request"),
}
"""Rows of the picture of a person's year, and the kinds of fact in each."""
YEAR = lookback(365)


@dataclass(frozen=True)
class Explain:
    """What the listed people of a block are explained with: called with the block's number, wherever blocks can be read.

    ``columns`` says where the columns of the model that ranks stand in ``features``; ``listed`` holds ``person_id`` and
    ``block`` of the people, ``as_of`` is the date of the list.
    """

    histories: Histories
    explainer: Explainer
    features: FeatureTable
    columns: np.ndarray
    listed: pd.DataFrame
    as_of: dt.date

    def __call__(self, number: int) -> tuple[list[dict[str, object]], pd.DataFrame]:
        """Return the reasons and the year of the listed people of one block."""
        block = self.histories.block(number)
        here = set(self.listed.loc[self.listed["block"] == number, "person_id"])
        few = block.only(np.array([person in here for person in block.people.to_pylist()]))
        values = self.features.rows(few, [self.as_of])[:, self.columns]
        explained = self.explainer.explain(few, self.as_of, values)
        reasons = [row for one, why in zip(few.people.to_pylist(), explained, strict=True) for row in rows_of(one, why)]
        return reasons, year_of(self.histories, few, self.as_of)


def explain_listed(
    looking: Explain, tell: Callable[[int, int], None], each: Each = map
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return reasons and the facts of the last year for listed people; ``each`` runs a task for every block with some.

    Returns:
        reasons, one row each (``person_id``, ``kind``, ``place``, ``theme``, ``words``, ``contribution``, ``latest_date``);
        the year, one row a fact (``person_id``, ``lane``, ``start``, ``end`` in days before the list).
    """
    reasons: list[dict[str, object]] = []
    years: list[pd.DataFrame] = []
    numbers = [int(number) for number in sorted(looking.listed["block"].unique())]
    for done, (found, year) in enumerate(each(looking, numbers), start=1):
        reasons += found
        years.append(year)
        tell(done, len(numbers))
    return pd.DataFrame(reasons, columns=list(REASON_COLUMNS)), pd.concat(years, ignore_index=True) if years else _EMPTY_YEAR


REASON_COLUMNS: Final = ("person_id", "kind", "place", "theme", "words", "contribution", "latest_date")
_EMPTY_YEAR: Final = pd.DataFrame(columns=["person_id", "lane", "start", "end"])


def rows_of(person: str, explained: Explained) -> list[dict[str, object]]:
    """Return one person's reasons as rows; themes without a reason stand as ``sum`` rows, so that everything adds up."""
    found: list[dict[str, object]] = []
    for kind, reasons in (("raising", explained.raising), ("lowering", explained.lowering)):
        for place, reason in enumerate(reasons):
            found.append(_row(person, kind, place, reason.theme.value, reason.words, reason.contribution, reason.latest))
    for kind, texts in (("review", explained.review), ("unknown", explained.unknown)):
        found += [_row(person, kind, place, "", words, 0.0, None) for place, words in enumerate(texts)]
    totals = sorted(explained.by_theme.items(), key=lambda pair: pair[0].value)
    found += [_row(person, "sum", place, theme.value, "", total, None) for place, (theme, total) in enumerate(totals)]
    return [*found, _row(person, "base", 0, "", "", explained.base, None)]


def _row(
    person: str, kind: str, place: int, theme: str, words: str, share: float, latest: dt.date | None
) -> dict[str, object]:
    return dict(zip(REASON_COLUMNS, (person, kind, place, theme, words, round(share, 9), latest), strict=True))


def year_of(histories: Histories, block: object, as_of: dt.date) -> pd.DataFrame:
    """Return the visible facts of the last year of a block's people, by lane."""
    kinds = sorted({kind for lane in LANES.values() for kind in lane})
    facts = visible_facts(block, histories.concepts, as_of, YEAR, kinds)  # type: ignore[arg-type]
    lane_of = {kind: lane for lane, listed in LANES.items() for kind in listed}
    lane = facts["kind"].map(lane_of)
    lane = lane.where(~((facts["kind"] == "hospital") & (facts["method"] == "emergency")), "Emergency stay")
    people = np.asarray(block.people.to_numpy(zero_copy_only=False))  # type: ignore[attr-defined]
    found = pd.DataFrame(
        {
            "person_id": people[facts["person"]],
            "lane": lane,
            "start": np.maximum(facts["start"], YEAR.start),
            "end": facts["end"],
        }
    )
    return found.drop_duplicates().reset_index(drop=True)


def lanes(order: Sequence[str] = tuple(LANES)) -> tuple[str, ...]:
    """Return the rows of the picture in order."""
    return tuple(order)
