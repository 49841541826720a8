"""A year of practices counted from histories: small people, written out."""

import datetime as dt
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from tests.unit.allocation.test_people import COLUMNS, CONCEPTS, LISTS, PLACE, fact, person

from casefinder.histories import Block, Concepts
from casefinder.histories.kernel import Rows
from casefinder.practices.counting import count_year
from casefinder.practices.measures import measure_named
from casefinder.practices.year import year_of

YEAR = year_of("2025/26")  # its first day is day 0 of the facts
MEASURES = ("emergency_admissions", "readmissions", "costs")


class Written:
    """Histories of one block."""

    def __init__(self, people):
        offsets = np.cumsum([0, *(len(one) for one in people)]).astype(np.int64)
        raw = zip(*(one for those in people for one in those), strict=True)
        kinds = [*[np.int32] * 6, np.float64, np.int32]
        columns = [np.array(column, dtype=kind) for column, kind in zip(raw, kinds, strict=True)]
        self.block = Block(0, pa.array([f"person {n}" for n in range(len(people))]), Rows(offsets, *columns))
        self.concepts, self.numbers = Concepts(pd.DataFrame(CONCEPTS, columns=COLUMNS)), [0]
        supplied = sorted({row[1] for row in CONCEPTS})
        self.version = SimpleNamespace(manifest={"supplied": supplied, "extract_date": "2026-07-01"})

    def __iter__(self):
        return iter([self.block])


def counted(*people):
    asked = [measure_named(name) for name in MEASURES]
    return count_year(Written(people), LISTS, asked, YEAR, {PLACE["registration"]: "A1"})


def stay(start, end, cost=0):
    return fact("hospital", start, end, cost=cost)


@pytest.mark.parametrize(
    ("who", "days"),
    [
        (person(), [30, 31, 30, 31, 31, 30, 31, 30, 31, 31, 28, 31]),
        (person(fact("death", 99)), [30, 31, 30, 8]),
        (person(left=45), [30, 15]),
        (person(fact("death", 45), left=60), [30, 15]),
        (person(joined=10), [0, 31, 30, 31, 31, 30, 31, 30, 31, 31, 28, 31]),
        (person(left=-10), []),
    ],
)
def test_time_lasts_from_the_first_of_a_month_until_somebody_leaves_or_dies(who, days):
    found = counted(who, person())
    assert found.days[0].tolist() == days + [0] * (12 - len(days)) if days else len(found.days) == 1
    if days:
        assert (found.practice[0] >= 0).tolist() == [one > 0 for one in found.days[0]]
        assert dt.timedelta(days=int(found.days[0].sum())) <= YEAR.end - YEAR.start


def test_what_happens_counts_in_its_month_and_for_those_registered_on_its_first():
    found = counted(
        person(stay(-20, -10), stay(-1, 3), stay(5, 8, cost=700), stay(100, 101, cost=50)),
        person(stay(15, 20, cost=9), joined=10),
    )
    admissions, readmissions, costs = found.monthly[0].T
    assert admissions.tolist() == [1, 0, 0, 1] + [0] * 8
    assert readmissions.tolist() == [1, 0, 0, 0] + [0] * 8
    assert costs.tolist() == [700, 0, 0, 50] + [0] * 8
    assert found.elsewhere.tolist() == [1, 0, 9]
    assert found.by_age[0].sum(axis=0).tolist() == [2, 1, 750]


def test_people_who_had_any_are_counted_once_and_by_the_month_of_their_first():
    found = counted(person(stay(5, 8), stay(100, 101)), person(stay(40, 41)), person())
    assert found.had[0, :, 0].tolist() == [1, 2] + [2] * 10
    assert found.in_month[:, 0].tolist() == [1, 1, 0, 1] + [0] * 8
    assert found.had[0, -1, 1] == 0


def test_every_admission_is_a_trial_of_which_a_return_is_the_outcome():
    found = counted(person(stay(-20, -10), stay(5, 8), stay(20, 21), stay(200, 201)), person(), person(stay(40, 42)))
    trials = found.trials["readmissions"]
    assert list(found.trials) == ["readmissions"]
    rows = list(zip(trials.person, trials.practice, trials.month, trials.count, trials.outcomes, strict=True))
    assert [tuple(map(int, row)) for row in rows] == [(0, 0, 0, 2, 2), (0, 0, 6, 1, 0), (2, 0, 1, 1, 0)]
