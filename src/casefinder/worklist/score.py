"""The weekly pass: everyone of every block scored by every model, and the few who may stand on a list kept.

Memory is one block and the candidates: for each practice only as many people as its lists could need.

Rank is by raw score. Where a model carries terms for GP clusters, they move the risk shown and not the rank: everyone of a
practice or a cluster moves alike, so within a list risk and rank agree. Were a list made over several clusters, it would
still stand in the order of raw scores, and a person could stand below another of a lower risk shown.
"""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa

from casefinder.cohorts import Cohort, attrition
from casefinder.config import ListSettings
from casefinder.engines import Each
from casefinder.engines.files import write_frame, write_table
from casefinder.features import FeatureTable
from casefinder.histories import Block, Histories
from casefinder.histories.practices import Practices
from casefinder.modelling.bundle import Bundle
from casefinder.tables import RISKS
from casefinder.worklist.candidates import Candidates, file_of, gather, of_each_practice
from casefinder.worklist.rules import ListRules

CANDIDATES: Final = "candidates"
"""Folder beside the risks that takes each block's candidates until they are brought together."""


@dataclass(frozen=True)
class Scorer:
    """One model ready to score: its bundle, its cohort, and where its columns stand in the feature table."""

    bundle: Bundle
    cohort: Cohort
    columns: np.ndarray


@dataclass(frozen=True)
class Scored:
    """What the pass leaves: candidates by practice, list sizes, and what became of each cohort."""

    candidates: pd.DataFrame
    registered: dict[str, int]
    attrition: dict[str, list[dict[str, int | str]]]
    eligible: dict[str, int]


@dataclass(frozen=True)
class BlockScored:
    """What one block leaves beside its files: people of each practice, and by the rule of a cohort that leaves them out."""

    registered: dict[str, int]
    excluded: dict[str, np.ndarray]


@dataclass(frozen=True)
class Pass:
    """What every block is scored with: called with a block's number, wherever the workspace can be read and written.

    ``scorers`` is in the order of the site: the first one ranks. ``folder`` takes the risks of each model.
    """

    histories: Histories
    scorers: Mapping[str, Scorer]
    features: FeatureTable
    rules: ListRules
    practices: Practices
    as_of: dt.date
    lists: ListSettings
    folder: Path

    def __call__(self, number: int) -> BlockScored:
        """Score everyone of one block and write their risks."""
        block = self.histories.block(number)
        found = _score_block(block, self.scorers, self.features, self.practices, self.as_of)
        for name in self.scorers:
            write_table(found.risks(name, self.as_of), self.folder / "risks" / name / f"{number:05d}.parquet")
        people = found.table(self.scorers, self.lists.seed)
        because = self.rules.reasons(block, self.as_of, found.in_cohort[next(iter(self.scorers))])
        candidates = Candidates(self.lists)
        candidates.take(people.assign(because=pd.Series(because, index=people.index, dtype=object)))
        write_frame(candidates.best(), file_of(self.folder / CANDIDATES, 0, number), compression="lz4")
        rules = {name: len(one.cohort.rules) + 1 for name, one in self.scorers.items()}
        return BlockScored(
            of_each_practice(people), {name: np.bincount(found.rule[name], minlength=rules[name]) for name in rules}
        )


def score(scoring: Pass, tell: Callable[[int, int], None], each: Each = map) -> Scored:
    """Score everyone, block by block, and return the candidates; ``each`` runs a task for every number, in their order."""
    cohorts = {name: one.cohort.rules for name, one in scoring.scorers.items()}
    excluded = {name: np.zeros(len(rules) + 1, dtype=np.int64) for name, rules in cohorts.items()}
    registered: Counter[str] = Counter()
    numbers = scoring.histories.numbers
    tell(0, len(numbers))
    for done, block in enumerate(each(scoring, numbers), start=1):
        registered.update(block.registered)
        for name, counts in block.excluded.items():
            excluded[name] += counts
        tell(done, len(numbers))
    return Scored(
        gather(scoring.folder / CANDIDATES, numbers, scoring.lists, each),
        dict(registered),
        {name: attrition(cohorts[name], counts) for name, counts in excluded.items()},
        {name: int(counts[0]) for name, counts in excluded.items()},
    )


@dataclass(frozen=True)
class _BlockScores:
    """Scores of one block: whole-block arrays, NaN for people outside a model's cohort."""

    number: int
    people: np.ndarray
    practice: np.ndarray
    cluster: np.ndarray
    age: np.ndarray
    sex: np.ndarray
    rule: dict[str, np.ndarray]
    raw: dict[str, np.ndarray]
    risk: dict[str, np.ndarray]

    @property
    def in_cohort(self) -> dict[str, np.ndarray]:
        return {name: rule == 0 for name, rule in self.rule.items()}

    def risks(self, name: str, as_of: dt.date) -> pa.Table:
        """Return the rows of the risk table of one model."""
        keep = self.in_cohort[name]
        columns = [
            pa.array(self.people[keep], pa.string()),
            pa.array([as_of] * int(keep.sum()), pa.date32()),
            pa.array(self.practice[keep], pa.string()),
            pa.array(self.cluster[keep], pa.string()),
            pa.array(self.risk[name][keep], pa.float64()),
            pa.array(self.raw[name][keep], pa.float64()),
        ]
        return pa.table(columns, schema=RISKS.schema)

    def table(self, scorers: Mapping[str, Scorer], seed: int) -> pd.DataFrame:
        """Return the people of the ranking model's cohort with every model's score."""
        first = next(iter(scorers))
        keep = self.in_cohort[first]
        people = self.people[keep]
        found = {
            "person_id": people,
            "block": np.full(len(people), self.number),
            "practice_code": self.practice[keep],
            "gp_cluster": self.cluster[keep],
            "age": self.age[keep],
            "sex": self.sex[keep],
            "raw": self.raw[first][keep],
            **{f"risk_{name}": self.risk[name][keep] for name in scorers},
        }
        return pd.DataFrame(found)


def _score_block(
    block: Block, scorers: Mapping[str, Scorer], features: FeatureTable, practices: Practices, as_of: dt.date
) -> _BlockScores:
    """Score one block: one pass for the features of everyone in any cohort."""
    cohorts = {name: one.cohort.rows(block, [as_of]) for name, one in scorers.items()}
    rule = {name: rows.rule[:, 0] for name, rows in cohorts.items()}
    wanted = np.logical_or.reduce([one == 0 for one in rule.values()])
    values = features.rows(block, [as_of], wanted[:, None])
    place = np.cumsum(wanted) - 1
    empty = np.full(len(block), np.nan)
    raw, risk = {}, {}
    code = practices.codes(next(iter(cohorts.values())).practice[:, 0])
    cluster = practices.clusters(code)
    for name, one in scorers.items():
        inside = rule[name] == 0
        raw[name], risk[name] = empty.copy(), empty.copy()
        if inside.any():
            raw[name][inside] = one.bundle.raw_scores(values[place[inside]][:, one.columns])
            risk[name][inside] = one.bundle.risks(raw[name][inside], cluster[inside])
    age, sex = empty.copy(), np.full(len(block), -1)
    age[wanted] = values[:, features.names.index("age")]
    sex[wanted] = np.nan_to_num(values[:, features.names.index("sex")], nan=-1).astype(int)
    people = np.asarray(block.people.to_numpy(zero_copy_only=False))
    return _BlockScores(block.number, people, code, cluster, age, sex, rule, raw, risk)


def columns_of(bundle: Bundle, names: Sequence[str]) -> np.ndarray:
    """Return where the columns of a bundle's contract stand among ``names``."""
    place = {name: number for number, name in enumerate(names)}
    return np.array([place[name] for name in bundle.contract.names])
