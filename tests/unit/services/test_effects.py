"""Effects of programmes whose truth is known, and the comparisons that are shown failing on the same people."""

import dataclasses

import numpy as np
import pytest
from tests.unit.services.made_up import HORIZON, programme

from casefinder.config.service import load_protocol
from casefinder.dates import to_date
from casefinder.services.counted import monthly, people_behind
from casefinder.services.doubts import doubts
from casefinder.services.effects import closed, effects, rates
from casefinder.services.followed import Followed
from casefinder.services.measures import MEASURES
from casefinder.services.trap import trap

COMPLETE = dict.fromkeys(
    ("hospital", "ae_attendance", "outpatient", "death", "care_home_entry"), str(to_date(1000 + HORIZON))
)
PRIMARY = MEASURES["emergency_admissions"]


@pytest.fixture(scope="module")
def null():
    return programme(400, 1.0, 1)


def test_a_service_that_does_nothing_looks_like_a_success_in_two_of_three_comparisons(null):
    table = trap(null, programme(400, 1.0, 2, like=False), PRIMARY).set_index("comparison")
    before_after, unmatched, matched = (table.iloc[place] for place in range(3))
    assert before_after["high"] < 0.8
    assert unmatched["high"] < 0.8
    assert matched["low"] < 1 < matched["high"]
    assert all("ffect" in words for words in table["says"].iloc[:2])


@pytest.mark.parametrize("ratio", [0.6, 1.5])
def test_a_planted_ratio_is_found(ratio):
    found = rates(programme(400, ratio, 3), PRIMARY).ratio
    assert found.low < ratio < found.high
    assert (found.high < 1) == (ratio < 1)


def test_mortality_stands_first_and_every_outcome_with_a_closed_window_has_a_row(null):
    protocol = load_protocol("community_case_management")
    dying = Followed(
        null.rows,
        null.facts,
        np.where(np.arange(len(null.rows)) % 7 == 0, 100.0, np.inf),
        null.left,
        null.own_start,
        HORIZON,
    )
    table = effects(protocol, dying, COMPLETE)
    assert table["outcome"].iloc[0] == "death"
    assert table["is_primary"].sum() == 1
    assert {"emergency_admissions", "cost", "days_alive_out_of_hospital"} <= set(table["outcome"])
    assert "care_home_entry" in set(table["outcome"])
    shorter = {**COMPLETE, "care_home_entry": str(to_date(1000 + HORIZON - 2))}
    assert not closed(dying, MEASURES["care_home_entry"], shorter).any()
    assert "care_home_entry" not in set(effects(protocol, dying, shorter)["outcome"])
    deaths = table[table["outcome"] == "death"].iloc[-1]
    died = np.arange(len(null.rows)) % 7 == 0
    treated = null.rows["treated"].to_numpy()
    assert deaths["treated"] == pytest.approx(100 * died[treated].mean())


def test_costs_and_days_of_those_lost_are_stood_for_by_those_followed(null):
    left = np.where(np.arange(len(null.rows)) % 5 == 0, 50.0, np.inf)
    lost = Followed(null.rows, null.facts, null.death, left, null.own_start, HORIZON)
    table = effects(load_protocol("community_case_management"), lost, COMPLETE).set_index(["outcome", "way"])
    days = table.loc[("days_alive_out_of_hospital", "exploratory, linear"), "treated"]
    assert 350 < days < 365


def test_doubts_hold_every_design_negative_controls_and_what_would_have_to_be_unrecorded(null):
    protocol = load_protocol("community_case_management")
    found = doubts(protocol, ["caliper 0.1"], lambda _design: null, COMPLETE)
    assert {"as declared", "adjusted", "caliper 0.1", "without the first 30 days"} <= set(found.others["what"])
    controls = found.controls.set_index("what")
    assert {"outpatient attendances for eyes", "emergency admissions in the year before the run-up"} <= set(controls.index)
    assert (controls["low"] < 1).all()
    assert (controls["high"] > 1).all()
    assert found.figures["negative_controls"] == 2
    assert found.figures["e_value_limit"] == 1
    assert found.unrecorded["ratio"].notna().all()
    assert set(found.subgroups["what"]) == {"under 65", "65 and over", "female", "male"}


def test_a_figure_rests_on_people_and_not_on_the_sets_that_they_stand_in(null):
    """Controls used again: 800 rows of four people, who are too few for a figure to be shown."""
    treated = null.rows["treated"].to_numpy()
    people = np.where(treated, null.rows["person_id"], [f"q{place % 4}" for place in range(len(treated))])
    again = dataclasses.replace(null, rows=null.rows.assign(person_id=people))
    table = effects(load_protocol("community_case_management"), again, COMPLETE)
    primary = table[table["is_primary"]].iloc[0]
    assert (primary["people_control"], primary["behind_control"]) == (4, 4)
    assert people_behind(again, np.ones(len(treated))) == 4
    assert monthly(again, PRIMARY, 1, 1)["people"].tolist() == [400, 4, 400, 4]
    assert doubts(load_protocol("community_case_management"), [], lambda _design: again, COMPLETE).controls.empty


def test_controls_of_one_area_alone_weigh_one_a_set_again(null):
    rows = null.rows.assign(in_area=np.arange(len(null.rows)) % 3 != 2)
    split = Followed(rows, null.facts, null.death, null.left, null.own_start, HORIZON)
    protocol = load_protocol("community_case_management")
    table = doubts(protocol, [], lambda _design: split, COMPLETE).others.set_index("what")
    inside, outside = table.loc["controls from the same area only"], table.loc["controls from another area only"]
    assert inside["treated"] == outside["treated"] == 400
    low, high = sorted([inside["ratio"], outside["ratio"]])
    assert low <= table.loc["as declared", "ratio"] <= high
