"""Who stands near the cut of a list, on which side, and what being listed does to them."""

import datetime as dt
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from tests.unit.services.made_up import programme

from casefinder.dates import NEVER, to_day
from casefinder.services.at_the_cut import AT_THE_CUT, _density, effect_at_the_cut, near_the_cut
from casefinder.services.evaluated import _at_the_cut
from casefinder.services.measures import MEASURES
from casefinder.worklist.history import IssuedRow

FIRST, SECOND = dt.date(2024, 1, 1), dt.date(2024, 1, 8)


def candidates(raw, practice="A1", because=None):
    """Return an archived list: people p0, p1 and so on with their scores."""
    people = [f"p{place}" for place in range(len(raw))]
    reasons = [(because or {}).get(person) for person in people]
    return pd.DataFrame({"person_id": people, "practice_code": practice, "raw": raw, "because": reasons})


def issued(people, day=FIRST, scope="practice:A1"):
    return [IssuedRow(f"{day}_{scope}", rank, person, day, scope, "m@1", 0.5) for rank, person in enumerate(people, start=1)]


def sides(found):
    return dict(zip(found.people["person_id"], found.people["running"].round(9), strict=True))


def test_the_cut_lies_half_way_and_people_stand_by_their_score():
    archive = {FIRST: candidates([2.0, 1.5, 1.1, 0.9, 0.4, -3.0])}
    found = near_the_cut([issued(["p0", "p1", "p2"])], archive.get, 0.7)
    assert sides(found) == {"p1": 0.5, "p2": 0.1, "p3": -0.1, "p4": -0.6}
    assert found.own.tolist() == [to_day(FIRST), to_day(FIRST), NEVER, NEVER]
    assert found.people["reach"].iloc[0] == pytest.approx(4)
    assert (found.lists, found.passed_over) == (1, 0)


def test_whom_a_rule_left_out_is_on_no_side_and_whom_only_the_release_left_out_stays_above():
    archive = {FIRST: candidates([2.0, 1.5, 1.1, 0.9, 0.4], because={"p3": "declined"})}
    found = near_the_cut([issued(["p0", "p2"])], archive.get, 5)
    assert sides(found) == {"p0": 1.25, "p1": 0.75, "p2": 0.35, "p4": -0.35}
    assert found.own.tolist() == [to_day(FIRST), NEVER, to_day(FIRST), NEVER]


def test_a_person_counts_once_at_the_first_cut_and_never_after_having_been_listed():
    archive = {FIRST: candidates([2.0, 1.5, 1.0, 0.5]), SECOND: candidates([2.0, 1.4, 1.6, 0.5])}
    lists = [issued(["p0", "p1"]), issued(["p0", "p2"], SECOND)]
    found = near_the_cut(lists, archive.get, 5)
    assert found.people["day"].tolist() == [to_day(FIRST)] * 4
    assert found.own.tolist() == [to_day(FIRST), to_day(FIRST), to_day(SECOND), NEVER]
    elsewhere = [*lists, issued(["p3"], dt.date(2023, 12, 1), "practice:B1")]
    assert "p3" not in sides(near_the_cut(elsewhere, archive.get, 5, ["practice:A1"]))
    later = near_the_cut([issued(["p0", "p1"]), issued(["p0", "p2"], SECOND)], {SECOND: archive[SECOND]}.get, 5)
    assert sides(later) == {"p2": 0.1, "p3": -1.0}
    assert (later.lists, later.passed_over) == (1, 1)


def test_lists_of_clusters_lists_without_anybody_below_and_changed_archives_have_no_cut():
    archive = {FIRST: candidates([2.0, 1.5])}
    for lists in ([issued(["p0"], scope="cluster:North")], [issued(["p0", "p1"])], [issued(["p0", "p7"])]):
        assert near_the_cut(lists, archive.get, 5).people.empty
    assert near_the_cut([], archive.get, 5).people.empty


def test_the_density_is_looked_at_as_far_as_most_archives_reach():
    chance = np.random.default_rng(1)
    running = chance.uniform(-0.8, 0.8, 3000)
    members = pd.DataFrame({"running": running, "reach": np.where(np.arange(3000) % 3 == 0, 1.0, 0.55)})
    members = members[members["running"] > -members["reach"]]
    bandwidth, found = _density(members, 0.8)
    assert bandwidth == pytest.approx(0.4)
    assert found.low < 1 < found.high
    assert np.isnan(_density(members.assign(reach=0.01), 0.8)[1].value)


@pytest.mark.parametrize("ratio", [0.5, 1.0])
def test_a_planted_effect_of_being_listed_is_found_at_the_cut(ratio):
    people = programme(500, ratio, 5)
    chance = np.random.default_rng(6)
    treated = people.rows["treated"].to_numpy()
    rows = people.rows.assign(
        running=np.where(treated, 1, -1) * chance.uniform(0, 0.4, len(treated)), weight=1.0,
        matched_set=chance.integers(0, 50, len(treated)),
    )  # fmt: skip
    later = np.where(~treated & (np.arange(len(treated)) % 10 == 1), 100.0, np.inf)
    near = replace(people, rows=rows, own_start=later, as_drawn=True)
    found = effect_at_the_cut(near, MEASURES["emergency_admissions"], 0.4)
    whole, half = found.iloc[0], found.iloc[1]
    assert whole["low"] < ratio < whole["high"]
    assert (whole["high"] < 1) == (ratio < 1)
    assert whole["difference"] == pytest.approx(whole["above"] - whole["below"])
    assert half["people_above"] < whole["people_above"] == 500
    assert whole["later"] == (later < 365).sum()
    assert effect_at_the_cut(near, MEASURES["emergency_admissions"], 1e-9).empty


def test_whoever_is_listed_later_is_followed_below_the_cut_to_the_end():
    people = programme(200, 1.0, 7)
    treated = people.rows["treated"].to_numpy()
    running = np.where(treated, 1, -1) * np.random.default_rng(8).uniform(0, 0.4, len(treated))
    always = pd.DataFrame({"row": range(len(treated)), "kind": "registration", "method": "", "code": "", "start": -9000,
                           "end": np.inf, "cost": 0})  # fmt: skip
    near = replace(
        people, rows=people.rows.assign(running=running, matched_set=np.arange(len(treated)) % 40),
        facts=pd.concat([people.facts, always], ignore_index=True), own_start=np.where(treated, np.inf, 3.0),
    )  # fmt: skip
    signed = SimpleNamespace(manifest={"cut": {"bandwidth": 0.4}})
    of = MEASURES["emergency_admissions"]
    found = _at_the_cut(signed, {AT_THE_CUT: near}.get, of)
    assert found["low"].notna().all()
    pd.testing.assert_frame_equal(found, effect_at_the_cut(replace(near, as_drawn=True), of, 0.4))
    assert found["below"].iloc[0] != pytest.approx(effect_at_the_cut(near, of, 0.4)["below"].iloc[0])
    assert _at_the_cut(SimpleNamespace(manifest={}), {}.get, of) is None
