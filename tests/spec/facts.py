"""People written down fact by fact, as the block of histories that the kernel reads.

Days are dates; a fact is known on its own day, and a stay's end on the day of that end, unless a test says otherwise.
"""

import datetime as dt
import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from casefinder.dates import NEVER, to_day
from casefinder.histories import Block, Concepts
from casefinder.histories.kernel import FACT, POINT, STAY, Rows

INDEX = dt.date(2025, 4, 1)
"""The index date of every table of these tests."""
CONCEPT = ("row_kind", "kind", "code_system", "code", "position", "method")


def ago(days):
    """The date some days before the index date; negative for days after it."""
    return INDEX - dt.timedelta(days=days)


def number(date):
    return NEVER if date is None else to_day(date)


@dataclass(frozen=True)
class Fact:
    """One row of a person's history."""

    row_kind: int
    kind: str
    start: dt.date
    code_system: str = ""
    code: str = ""
    position: int = 0
    method: str = ""
    end: dt.date | None = None
    known: dt.date | None = None
    end_known: dt.date | None = None
    superseded: dt.date | None = None
    value: float = math.nan
    cost: int = 0

    @property
    def concept(self):
        return tuple(getattr(self, name) for name in CONCEPT)

    @property
    def days(self):
        known = self.known or self.start
        end_known = None if self.end is None else self.end_known or max(known, self.end)
        return [number(one) for one in (self.start, self.end, known, end_known, self.superseded)]


def point(kind, start, code="", system="nhs", **rest):
    return Fact(POINT, kind, start, system, code, **rest)


def stay(kind, start, end=None, method="", code="", **rest):
    return Fact(STAY, kind, start, "local", code, method=method, end=end, **rest)


def person(*facts, born=dt.date(1945, 3, 1), sex="female", practice="A99001", registered=dt.date(2015, 1, 1), left=None):
    """A person with the facts of everyone: birth, sex, and a registration that runs unless ``left`` is given."""
    always = [
        Fact(FACT, "birth", born, value=born.year * 12 + born.month - 1),
        Fact(FACT, "sex", born, "nhs", sex),
    ]
    if practice:
        always.append(Fact(STAY, "registration", registered, "nhs", practice, end=left))
        always.append(stay("observed", registered, left))
    return [*always, *facts]


def history(*people):
    """The block of some people, and what its concepts stand for."""
    concepts = sorted({fact.concept for facts in people for fact in facts})
    place = {concept: number for number, concept in enumerate(concepts)}
    ordered = [
        sorted(facts, key=lambda fact: (fact.days[0], fact.row_kind, place[fact.concept], fact.days)) for facts in people
    ]
    flat = [fact for facts in ordered for fact in facts]
    days = np.array([fact.days for fact in flat], dtype=np.int32).T
    offsets = np.concatenate([[0], np.cumsum([len(facts) for facts in ordered])]).astype(np.int64)
    rows = Rows(
        offsets,
        np.array([place[fact.concept] for fact in flat], dtype=np.int32),
        *np.ascontiguousarray(days),
        np.array([fact.value for fact in flat], dtype=float),
        np.array([fact.cost for fact in flat], dtype=np.int32),
    )
    names = pa.array([f"person{number}" for number in range(len(people))])
    return Block(0, names, rows), Concepts(pd.DataFrame(concepts, columns=CONCEPT))
