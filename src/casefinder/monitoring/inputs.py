"""Have the people changed? The population stability index of each feature, and of the score, between two dates.

The index is the sum over bins of (q - p) ln(q / p), with p and q the shares of people in a bin before and now (Siddiqi 2006,
Credit Risk Scorecards). Bins are tenths of the people before, or single values where there are few; people of whom a value
is not known are a bin of their own. Below 0.1 is called steady, from 0.25 shifted, as is customary; these are not tests.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from casefinder.histories import Histories
from casefinder.monitoring.models import Watched

WATCH: Final = 0.1
SHIFTED: Final = 0.25
BINS: Final = 10
LEAST_SHARE: Final = 1e-4
"""An empty bin counts as this share, so that the index stays finite."""
SAMPLE: Final = 50_000
"""People looked at: whole blocks, each a random part of the people, until there are so many."""
SCORE: Final = "raw_score"


def stability_index(before: npt.ArrayLike, now: npt.ArrayLike, bins: int = BINS) -> float:
    """Return the population stability index of one column; NaN where either date has nobody.

    >>> round(stability_index([0, 0, 1, 1], [0, 1, 1, 1]), 6)
    0.274653
    """
    first, second = np.asarray(before, dtype=np.float64), np.asarray(now, dtype=np.float64)
    if not len(first) or not len(second):
        return float("nan")
    edges = _edges(first[~np.isnan(first)], bins)
    p, q = (np.maximum(_shares(column, edges), LEAST_SHARE) for column in (first, second))
    return float(((q - p) * np.log(q / p)).sum())


def _edges(known: npt.NDArray[np.float64], bins: int) -> npt.NDArray[np.float64]:
    """Return the inner limits of bins; a value equal to a limit falls below it."""
    values = np.unique(known)
    if len(values) <= bins:
        return (values[:-1] + values[1:]) / 2
    return np.unique(np.quantile(known, np.linspace(0, 1, bins + 1)[1:-1]))


def _shares(column: npt.NDArray[np.float64], edges: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the share of people in each bin, those of unknown value last."""
    known = ~np.isnan(column)
    inside = np.bincount(np.searchsorted(edges, column[known], side="left"), minlength=len(edges) + 1)
    return np.append(inside, np.sum(~known)) / len(column)


@dataclass(frozen=True)
class Inputs:
    """How features and score have moved: ``table`` has ``name``, ``index``, ``unknown_before`` and ``unknown_now``."""

    before: dt.date
    now: dt.date
    people_before: int
    people_now: int
    table: pd.DataFrame

    @property
    def score(self) -> float:
        """The index of the raw score."""
        return float(self.table.loc[self.table["name"] == SCORE, "index"].iloc[0])

    def at_least(self, index: float) -> pd.DataFrame:
        """Return the features whose index is at least so large, the largest first."""
        found = self.table[(self.table["index"] >= index) & (self.table["name"] != SCORE)]
        return found.sort_values(["index", "name"], ascending=[False, True])


def inputs(watched: Watched, histories: Histories, as_of: dt.date, sample: int = SAMPLE) -> Inputs:
    """Compare the features and the score of a model's cohort at its test date with those on ``as_of``.

    Each date has the cohort and the features as they were known on it.
    """
    dates = (watched.test_date, as_of)
    found: tuple[list[np.ndarray], list[np.ndarray]] = ([], [])
    for block in histories:
        for place, date in enumerate(dates):
            found[place].append(watched.rows(block, [date])[0])
        if min(sum(map(len, part)) for part in found) >= sample:
            break
    before, now = (np.concatenate(part) for part in found)
    names = [*watched.bundle.contract.names, SCORE]
    pairs = _columns(before, now, watched)
    rows = [(name, stability_index(*pair), *(float(np.isnan(one).mean()) for one in pair))
            for name, pair in zip(names, pairs, strict=True)]  # fmt: skip
    table = pd.DataFrame(rows, columns=["name", "index", "unknown_before", "unknown_now"])
    return Inputs(*dates, len(before), len(now), table)


def _columns(before: np.ndarray, now: np.ndarray, watched: Watched) -> Sequence[tuple[np.ndarray, np.ndarray]]:
    """Return each feature, then the raw score, at both dates."""
    own = [(before[:, place], now[:, place]) for place in range(before.shape[1])]
    return [*own, (watched.bundle.raw_scores(before), watched.bundle.raw_scores(now))]
