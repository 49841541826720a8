"""Follow-up and what is counted in it, against a loop over days that is too plain to be wrong."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casefinder.dates import is_inside, overlap_days
from casefinder.services.counted import amounts, counts, days_inside, monthly, time_and_cause
from casefinder.services.followed import Followed
from casefinder.services.measures import MEASURES

HORIZON = 40
fact = st.tuples(
    st.integers(0, 3), st.sampled_from(["hospital", "ae_attendance"]), st.sampled_from(["emergency", "elective"]),
    st.integers(-60, 60), st.integers(0, 30), st.integers(0, 500),
)  # fmt: skip
never_or_day = st.one_of(st.just(np.inf), st.integers(0, 60).map(float))


def followed(facts, death=(np.inf,) * 4, left=(np.inf,) * 4, own=(np.inf,) * 4):
    """Return four rows in two sets with facts of (row, kind, method, start, length, cost)."""
    rows = pd.DataFrame(
        {
            "matched_set": [0, 0, 1, 1], "person_id": list("abcd"), "treated": [True, False, True, False],
            "weight": [1.0, 1.0, 1.0, 1.0], "landmark": [0, 0, 10, 10],
        }
    )  # fmt: skip
    table = pd.DataFrame(
        [
            {"row": row, "kind": kind, "method": method, "code": "", "start": start,
             "end": float(start + length if kind == "hospital" else start), "cost": cost}
            for row, kind, method, start, length, cost in facts
        ],
        columns=["row", "kind", "method", "code", "start", "end", "cost"],
    ).sort_values(["row", "start", "kind", "code", "end", "cost"], kind="stable")  # fmt: skip
    table["row"] = table["row"].astype(np.int64)
    return Followed(rows, table.reset_index(drop=True), np.array(death), np.array(left), np.array(own), HORIZON)


@given(st.lists(fact, max_size=25), st.tuples(*[never_or_day] * 4), st.tuples(*[never_or_day] * 4), st.integers(0, 20))
def test_counts_cost_and_days_agree_with_a_plain_loop(facts, death, left, first):
    found = followed(facts, death, left)
    for row in range(4):
        stop = int(min(HORIZON, left[row], death[row] + 1))
        own = [one for one in facts if one[0] == row]
        stays = [one for one in own if one[1] == "hospital"]
        inside = [one for one in stays if stop > first and is_inside(one[3], 0, first, stop)]
        emergencies = sum(one[2] == "emergency" for one in inside)
        days = sum(
            any(overlap_days(one[3], one[3] + one[4], 0, day, day + 1) for one in stays) for day in range(first, stop)
        )
        pence = sum(one[5] for one in own if stop > first and is_inside(one[3], 0, first, stop))
        assert amounts(found, MEASURES["emergency_admissions"], first)[row] == emergencies
        assert amounts(found, MEASURES["bed_days"], first)[row] == days
        assert amounts(found, MEASURES["cost"], first)[row] == pytest.approx(pence / 100)


@given(st.tuples(*[never_or_day] * 4), st.tuples(*[never_or_day] * 4), st.tuples(*[never_or_day] * 4))
def test_death_loss_and_own_start_end_follow_up_in_that_order(death, left, own):
    found = followed([], death, left, own)
    time, cause = time_and_cause(found, None)
    for row in range(4):
        lost = min(left[row], own[row], HORIZON)
        assert time[row] == min(death[row], lost)
        assert cause[row] == (1 if death[row] < lost else 0)


def test_a_set_may_end_with_its_first_control_who_starts():
    found = followed([], own=(np.inf, 5.0, np.inf, np.inf))
    assert found.censored().tolist() == [40, 5, 40, 40]
    assert found.censored(pairwise=True).tolist() == [5, 5, 40, 40]


def test_a_care_home_and_a_death_are_told_apart():
    found = followed([(0, "hospital", "emergency", 1, 2, 0)], death=(7.0, np.inf, 3.0, np.inf))
    days = np.array([2, 9, -4])
    entries = pd.DataFrame({"row": [0, 2, 3], "kind": "care_home_entry", "method": "", "code": "council", "start": days})
    entries = entries.assign(end=days.astype(float), cost=0)
    found = Followed(found.rows, entries, found.death, found.left, found.own_start, HORIZON)
    time, cause = time_and_cause(found, MEASURES["care_home_entry"])
    assert time.tolist() == [2, 40, 3, 40]
    assert cause.tolist() == [1, 0, 2, 0]


def test_days_alive_out_of_hospital_counts_neither_after_death_nor_in_a_bed():
    found = followed([(0, "hospital", "emergency", 5, 10, 0)], death=(20.0, np.inf, np.inf, np.inf))
    assert amounts(found, MEASURES["days_alive_out_of_hospital"]).tolist() == [11, 40, 40, 40]


def test_spans_around_time_zero_add_up_to_the_counts():
    facts = [(0, "hospital", "emergency", day, 1, 0) for day in (-15, -1, 0, 12, 39)]
    found = followed(facts)
    table = monthly(found, MEASURES["emergency_admissions"], 2, 4, 10)
    own = table[table["treated"]].set_index("span")["plain_events"]
    assert own.to_dict() == {-2: 1, -1: 1, 0: 1, 1: 1, 2: 0, 3: 1}
    assert counts(found, MEASURES["emergency_admissions"], -20, 0.0).tolist() == [2, 0, 0, 0]
    assert days_inside(found, MEASURES["bed_days"], -20.0, np.zeros(4)).tolist() == [2, 0, 0, 0]
