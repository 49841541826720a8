"""Who is on a list, what their year cost and how much of it was seen: small people, written out."""

import datetime as dt
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from casefinder.allocation.people import Compiled, WritePeople, illnesses
from casefinder.codelists import load_codelists
from casefinder.dates import NEVER, to_day
from casefinder.histories import Block, Concepts
from casefinder.histories.kernel import FACT, POINT, STAY, Rows

START = dt.date(2025, 4, 1)
DAY0 = to_day(START)
LISTS = load_codelists()
COPD = LISTS["conditions:copd"].codes[0]
CONCEPTS = [
    (FACT, "birth", "", "", 0, ""), (FACT, "sex", "nhs", "female", 0, ""), (STAY, "registration", "nhs", "A1", 0, ""),
    (STAY, "residence", "nhs", "E1", 0, ""), (POINT, "gp_contact", "local", "gp", 0, ""), (POINT, "death", "nhs", "", 0, ""),
    (STAY, "hospital", "local", "", 0, "emergency"), (POINT, "gp_record", COPD.system, COPD.code, 0, ""),
    (STAY, "care_home", "local", "", 0, "residential"), (POINT, "social_care_request", "nhs", "", 0, ""),
]  # fmt: skip
PLACE = {row[1]: number for number, row in enumerate(CONCEPTS)}
COLUMNS = ["row_kind", "kind", "code_system", "code", "position", "method"]


def fact(kind, start, end=NEVER, cost=0, value=np.nan, known=None, end_known=None, superseded=NEVER):
    """Return a fact; days count from the index date."""

    def day(number):
        return number if number == NEVER else DAY0 + number

    told = start if known is None else known
    end_told = end if end_known is None else end_known
    return (PLACE[kind], day(start), day(end), day(told), day(end_told), day(superseded), value, cost)


def person(*facts, joined=-900, left=NEVER, left_known=None, age=40):
    """Return the facts of somebody who was registered at A1 and lives in E1, an area of the second tenth."""
    months = START.year * 12 + START.month - 1 - 12 * age
    born = -365 * age - 10
    always = [
        fact("birth", born, value=float(months)), fact("sex", born), fact("residence", joined, value=2.0),
        fact("registration", joined, left, end_known=left_known),
    ]  # fmt: skip
    return sorted([*always, *facts], key=lambda one: one[1])


def said(*people, dates=(START,)):
    """Return the rows that allocation keeps of some people."""
    offsets = np.cumsum([0, *(len(one) for one in people)]).astype(np.int64)
    raw = zip(*(one for those in people for one in those), strict=True)
    columns = [
        np.array(column, dtype=kind) for column, kind in zip(raw, [*[np.int32] * 6, np.float64, np.int32], strict=True)
    ]
    block = Block(0, pa.array([f"person {n}" for n in range(len(people))]), Rows(offsets, *columns))
    supplied = sorted({row[1] for row in CONCEPTS})
    concepts = Concepts(pd.DataFrame(CONCEPTS, columns=COLUMNS))
    histories = SimpleNamespace(concepts=concepts, version=SimpleNamespace(manifest={"supplied": supplied}))
    ready = Compiled.of(histories, LISTS)
    cohort = ready.cohort.rows(block, dates)
    write = WritePeople(ready, dates, None, 1)
    _, date = np.nonzero(cohort.included)
    rows = {**write._said(block, cohort.included), **write._year(block, cohort.included, date), "date": date}
    units = dict(zip(ready.priced, write._units(block, cohort.included), strict=True))
    return cohort.included, rows, units


def test_the_year_begins_on_the_index_date_and_ends_after_365_days():
    costs = [fact("gp_contact", day, cost=10**place) for place, day in enumerate((-1, 0, 364, 365))]
    included, rows, units = said(person(*costs))
    assert included.tolist() == [[True]]
    assert rows["cost"].tolist() == [10 + 100]
    assert rows["days"].tolist() == [365]
    assert (units["gp_contacts_units"], units["gp_contacts_pence"]) == (2.0, 110.0)


def test_a_stay_counts_where_it_begins_and_a_corrected_fact_does_not():
    stay = fact("hospital", 300, 420, cost=5000, end_known=500)
    before = fact("hospital", -20, 30, cost=7000)
    replaced = fact("gp_contact", 10, cost=99, superseded=40)
    _, rows, units = said(person(before, stay, replaced))
    assert rows["cost"].tolist() == [5000]
    assert units["emergency_stays_units"] == 1.0


@pytest.mark.parametrize(
    ("who", "days", "died"),
    [
        (person(fact("death", 99)), 100, True),
        (person(fact("death", 99), left=99), 99, True),
        (person(fact("death", 0)), 1, True),
        (person(left=200), 200, False),
        (person(joined=-1), 365, False),
        (person(left=-30, left_known=5), 0, False),
        (person(fact("death", 400)), 365, False),
    ],
)
def test_who_dies_or_leaves_is_seen_for_part_of_the_year_and_stays_in(who, days, died):
    included, rows, _units = said(who)
    assert included.tolist() == [[True]]
    assert rows["days"].tolist() == [days]
    assert rows["died"].tolist() == [died]


@pytest.mark.parametrize("who", [person(joined=0), person(joined=30), person(left=-30), person(fact("death", -5))])
def test_who_is_on_no_list_on_the_day_is_left_out(who):
    assert said(who)[0].tolist() == [[False]]


def test_a_baby_is_on_the_list_and_so_is_somebody_who_joined_yesterday():
    included, rows, _units = said(person(age=0, joined=-5))
    assert included.all()
    assert rows["age"].tolist() == [0.0]


def test_illness_is_being_on_record_at_all_and_care_home_a_stay_or_a_sign():
    _, rows, _units = said(
        person(fact("gp_record", -300)), person(fact("gp_record", 5)), person(fact("care_home", -50)), person()
    )
    assert rows["copd_years"].tolist() == [True, False, False, False]
    assert rows["care_home"].tolist() == [False, False, True, False]
    assert not any(rows[name].any() for name in illnesses() if name != "copd_years")
    assert rows["imd"].tolist() == [2] * 4
    assert rows["area"].tolist() == [PLACE["residence"]] * 4


def test_cost_belongs_to_the_first_date_alone():
    later = dt.date(2026, 4, 1)
    _, rows, _units = said(person(fact("gp_contact", 10, cost=7), fact("gp_contact", 400, cost=9)), dates=(START, later))
    assert rows["date"].tolist() == [0, 1]
    assert rows["cost"].tolist() == [7, 0]
    assert rows["days"].tolist() == [365, 0]
