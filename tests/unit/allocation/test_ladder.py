"""The ladder, what is kept of it, and shares from it, on arrays whose truth is known."""

import itertools
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from tests.unit.allocation.made_up import CAPS, CODES, ILL, PEOPLE, PRACTICES, TRUE_SUPPLY, local

from casefinder.allocation.allocated import ABOVE, BELOW, NO_CLEAR, Choice, Local, _with_budgets, allocate
from casefinder.allocation.design import AGES, LADDER, Supply, age_band, illness_words, imd_fifth
from casefinder.allocation.fitted import read_fitted, write_fitted
from casefinder.allocation.heldout import PARTS, TEST_SHARE, held_out, parts_of_practices
from casefinder.allocation.lists import lists
from casefinder.allocation.models import CHALLENGERS, LINEAR, MODELS
from casefinder.allocation.moments import Moments, solve
from casefinder.errors import ConfigError

# --- the columns ------------------------------------------------------------------------------------------------------


def test_columns_are_a_plain_loop(made):
    given, _ = made
    some = {name: values[:300] for name, values in given.people.items()}
    names, rows = given.design.names, given.design.rows(some)
    assert rows.shape == (300, len(names))
    for person in range(300):
        own = dict(zip(names, rows[person], strict=True))
        sex, band = some["sex"][person], age_band(some["age"][person : person + 1])[0]
        assert own[names[band]] == {0: 1, 1: 0}.get(sex, 0.5)
        assert own[names[len(AGES) + band]] == {0: 0, 1: 1}.get(sex, 0.5)
        count = sum(bool(some[name][person]) for name in ILL)
        assert own[illness_words("copd_years")] == some["copd_years"][person]
        assert own["2 or more illnesses"] == (count >= 2)
        assert own["deprivation fifth unknown"] == (some["imd"][person] == 0)
        assert own["deprivation fifth 1"] == (some["imd"][person] in (1, 2))
        assert own["care home"] == some["care_home"][person]
    assert rows[:, : 2 * len(AGES)].sum(axis=1) == pytest.approx(np.ones(300))


def test_fifths_of_deprivation():
    assert imd_fifth(np.arange(11)).tolist() == [0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]


def test_each_step_of_the_ladder_has_the_columns_of_those_before(made):
    given, _ = made
    sets = [set(given.design.places(step).tolist()) for step in LADDER]
    assert all(before < after for before, after in itertools.pairwise(sets))
    assert sets[-1] == set(range(len(given.design.names)))


def test_supply_that_is_not_known_stands_at_the_mean():
    areas = pd.DataFrame({"lsoa": ["a", "b"], "hospital_minutes": [10.0, 30.0], "care_home_beds": [5.0, None],
                          "gp_appointments": [1.0, 1.0]})  # fmt: skip
    found = Supply.of(areas, {0: "a", 1: "b", 2: "nowhere"}, np.array([0, 1, 1, 2, -1]), np.ones(5))
    rows = found.rows(np.array([0, 1, 2, -1, 99]))
    assert rows[2:].tolist() == [[0.0] * 3] * 3
    assert rows[1, 1] == 0.0, "no beds told"
    assert rows[:, 2].tolist() == [0.0] * 5, "the same everywhere"
    assert rows[[0, 1, 1], 0].mean() == pytest.approx(0, abs=1e-12)


# --- models -----------------------------------------------------------------------------------------------------------


def test_planted_supply_is_found_among_chance(made, fitted):
    given, _ = made
    b = fitted.coefficients[fitted.cap("none"), LINEAR.index("supply")]
    found = b[given.design.supply_places] / given.design.supply.spread
    assert found == pytest.approx(TRUE_SUPPLY, abs=70)
    assert found[0] < -50
    assert found[1] > 30


def test_supply_left_out_of_the_fit_is_taken_for_need_and_estimated_beside_it_is_not(made):
    given, _ = made
    x = given.design.rows(given.people)
    truth = np.zeros(x.shape[1])
    truth[: 2 * len(AGES)] = 500.0
    truth[given.design.names.index(illness_words("copd_years"))] = 900.0
    truth[given.design.supply_places] = [-120.0, 90.0, 0.0]
    sums = Moments.empty(1, x.shape[1])
    sums.add(x, (x @ truth)[:, None], given.weight, np.zeros(PEOPLE, np.int64))
    without, beside = (solve(sums.xx[0], sums.xy[0, 0], given.design.places(step)) for step in ("area", "supply"))
    assert x @ beside == pytest.approx(x @ truth, abs=1e-3)
    ill = x[:, given.design.names.index("any illness")] == 1
    need = x[ill].copy()
    need[:, given.design.supply_places] = 0.0
    assert np.mean(need @ beside - need @ truth) == pytest.approx(0, abs=1e-3)
    assert np.mean(need @ without - need @ truth) < -5.0, "the ill live where supply lowers cost"


@pytest.mark.filterwarnings("ignore:The design matrix")
def test_the_whole_ladder_is_least_squares_of_statsmodels(made, fitted):
    given, _ = made
    x = given.design.rows(given.people)
    for step in LADDER:
        places = given.design.places(step)
        expected = sm.WLS(given.amounts[0], x[:, places], weights=given.weight).fit()
        b = fitted.coefficients[0, LINEAR.index(step)]
        assert x @ b == pytest.approx(x[:, places] @ expected.params, rel=1e-6, abs=1e-4)


def test_least_squares_adds_up_in_every_group_of_age_and_sex(made, fitted):
    given, _ = made
    x = given.design.rows(given.people)
    for place in range(len(CAPS)):
        for b in fitted.coefficients[place]:
            residual = given.weight * (given.amounts[place] - x @ b)
            assert residual.sum() == pytest.approx(0, abs=1e-4)
            assert x[:, : 2 * len(AGES)].T @ residual == pytest.approx(np.zeros(2 * len(AGES)), abs=1e-3)


def test_supply_at_its_mean_does_not_change_the_total(made, fitted):
    given, _ = made
    x = given.design.rows(given.people)
    b = fitted.coefficients[0, LINEAR.index("supply")]
    held = x.copy()
    held[:, given.design.supply_places] = 0.0
    assert given.weight @ (held @ b) == pytest.approx(given.weight @ (x @ b), rel=1e-9)
    # On the lists everyone counts once: their own mean is taken, so their total stays too.
    assert fitted.lists.columns.sum(axis=0) @ b == pytest.approx((x @ b).sum(), rel=1e-9)


@pytest.mark.filterwarnings("ignore:The design matrix")
def test_held_out_people_and_practices_were_not_fitted_on(made):
    given, _ = made
    found = held_out(given, lambda *_: None)
    x = given.design.rows(given.people)
    tested = given.people["draw"] < TEST_SHARE
    fit = sm.WLS(given.amounts[0][~tested], x[~tested], weights=given.weight[~tested]).fit()
    place = LINEAR.index("supply")
    assert found.by_people[0, place, tested] == pytest.approx(x[tested] @ fit.params, rel=1e-3, abs=0.5)
    assert np.isnan(found.by_people[0, place, ~tested]).all()
    for part in range(PARTS):
        own = given.part[given.practice] == part
        fit = sm.WLS(given.amounts[0][~own], x[~own], weights=given.weight[~own]).fit()
        assert found.by_practices[0, place, own] == pytest.approx(x[own] @ fit.params, rel=1e-3, abs=0.5)


def test_practices_are_held_out_in_parts_of_equal_number_whatever_their_order():
    parts = parts_of_practices(CODES, 1)
    assert np.bincount(parts).tolist() == [3] * 5
    turned = parts_of_practices(CODES[::-1], 1)
    assert turned[::-1].tolist() == parts.tolist()


def test_the_ladder_rises_on_people_never_seen(fitted):
    table = fitted.measures[fitted.measures["cap"] == "99.5%"].set_index(["model", "held_out"])
    for held in ("people", "practices"):
        r2 = [table.loc[(step, held), "person_r2"] for step in ("age_sex", "diagnoses")]
        assert r2[0] + 0.02 < r2[1]
    assert table.loc[("supply", "practices"), "practice_r2"] > table.loc[("age_sex", "practices"), "practice_r2"]
    assert set(table.index.get_level_values(0)) == set(MODELS)


def test_people_who_are_ill_are_predicted_too_little_by_age_and_sex_alone(fitted):
    ratios = fitted.ratios[(fitted.ratios["cap"] == "none") & (fitted.ratios["by"] == "illness")]
    table = ratios.pivot_table(index="group", columns="model", values="ratio")
    assert table.loc["cancer", "age_sex"] < 0.75
    assert table.loc["cancer", "supply"] == pytest.approx(1, abs=0.15)


# --- shares -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", MODELS)
def test_shares_add_up_to_one_and_targets_to_the_pot(fitted, model):
    found = allocate(fitted, Choice("99.5%", model, 5e6), local(), draws=20).table
    assert found["share"].sum() == pytest.approx(1, abs=1e-12)
    assert found["target"].sum() == pytest.approx(5e6, rel=1e-12)
    assert found["people"].sum() == pytest.approx(PEOPLE)


@pytest.mark.parametrize("model", CHALLENGERS)
def test_challengers_are_brought_to_the_total_of_the_lists(fitted, model):
    own, linear = (allocate(fitted, Choice("99.5%", one, 1.0), local(), 5).table["need"].sum() for one in (model, "supply"))
    assert own == pytest.approx(linear, rel=1e-12)


def test_need_of_a_practice_is_the_sum_of_its_people(made, fitted):
    given, _ = made
    x = given.design.rows(given.people)
    x[:, given.design.supply_places] = x[:, given.design.supply_places].mean(axis=0)
    expected = np.bincount(given.practice, x @ fitted.coefficients[0, LINEAR.index("supply")])
    found = allocate(fitted, Choice("99.5%", "supply", 1.0), local(), draws=5).table
    assert found["need"].to_numpy() == pytest.approx(expected)


def test_challengers_predict_everyone_at_the_supply_of_those_fitted_on(made, fitted):
    """In the units of the design their mean is 0, whatever supply the people of the lists have."""
    given, _ = made
    supply = given.design.supply_places
    asked = SimpleNamespace(predict=lambda x: np.abs(x[:, supply]).sum(axis=1) + 1.0)
    near = given.people["area"] < 5  # people of a few areas, whose supply is not the mean of all
    people = {name: values[near] for name, values in given.people.items()}
    found = lists(given.design, people, given.practice[near], CODES, fitted.coefficients, dict.fromkeys(CHALLENGERS, asked))
    assert np.abs(given.design.supply.rows(people["area"]).mean(axis=0)).max() > 0.1
    assert found.challenger[0].sum() == pytest.approx(near.sum())
    assert found.challenger_cells[0].sum() == pytest.approx(near.sum())


def test_groups_are_sums_of_their_practices(fitted):
    group = ["east" if number % 2 else "west" for number in range(PRACTICES)]
    choice = Choice("99.5%", "supply", 1e6)
    single = allocate(fitted, choice, local(), 5).table
    grouped = allocate(fitted, choice, Local(np.arange(PRACTICES), group), 5).table.set_index("group")
    for name in ("east", "west"):
        own = np.array(group) == name
        assert grouped.loc[name, "target"] == pytest.approx(single["target"][own].sum())
        assert grouped.loc[name, "practices"] == own.sum()
    alone = (single["target"] - single["chance_low"]) / single["target"]
    assert (grouped["target"] - grouped["chance_low"]).max() / grouped["target"].max() < alone.mean()


def test_a_distance_is_clear_only_where_neither_interval_reaches_zero():
    """One practice each: clear by both, by the model alone, by chance alone, by neither; above target and below."""
    now = np.array([120.0, 110.0, 110.0, 101.0, 80.0, 90.0, 90.0, 99.0])
    ends = {"target_low": [98, 98, 85, 90] * 2, "target_high": [102, 102, 115, 110] * 2,
            "chance_low": [95, 85, 98, 90] * 2, "chance_high": [105, 115, 102, 110] * 2}  # fmt: skip
    table = pd.DataFrame({"target": np.full(8, 100.0), **ends})
    found = _with_budgets(table, now, Choice("99.5%", "supply", now.sum()), 0).table
    assert list(found["verdict"]) == [ABOVE, NO_CLEAR, NO_CLEAR, NO_CLEAR, BELOW, NO_CLEAR, NO_CLEAR, NO_CLEAR]


def test_a_fair_budget_is_never_called_clear_and_a_planted_one_is(fitted):
    choice = Choice("99.5%", "supply", 1e6)
    target = allocate(fitted, choice, local(), 100).table["target"].to_numpy()
    fair = allocate(fitted, choice, local(current=target * 7), 100).table
    assert set(fair["verdict"]) == {NO_CLEAR}
    assert fair["distance"].to_numpy() == pytest.approx(np.zeros(PRACTICES), abs=1e-12)
    planted = target.copy()
    planted[[2, 5]] *= [2.0, 0.4]
    found = allocate(fitted, choice, local(current=planted), 100).table
    assert (found["verdict"][2], found["verdict"][5]) == (ABOVE, BELOW)
    assert (found["distance_low"] <= found["distance"] + 1e-9).all()
    assert (found["distance_chance_low"] < found["distance"]).all()


def test_people_not_scored_enter_at_their_age_and_sex(fitted):
    choice = Choice("99.5%", "supply", 1e6)
    published = fitted.lists.cells.copy()
    published[3] *= 1.1
    before, after = (allocate(fitted, choice, one, 5).table for one in (local(), local(published=published)))
    cells = fitted.lists.cells
    b = fitted.coefficients[0, LINEAR.index("supply")]
    mean = (fitted.lists.cell_columns @ b) / cells.sum(axis=0)
    assert after["need_not_scored"][3] == pytest.approx(0.1 * cells[3] @ mean)
    assert after["not_scored"].to_numpy().nonzero()[0].tolist() == [3]
    assert after["share"][3] > before["share"][3]
    assert after["target"].sum() == pytest.approx(1e6)


def test_opt_outs_take_little_from_a_practice_whose_list_is_published(made, fitted):
    """Leaving out a fifth of a practice's people at random costs it a fifth of its share; reconciled, next to nothing."""
    choice, own = Choice("99.5%", "age_sex", 1e6), 4
    left = fitted.lists.cells.copy()
    before = allocate(fitted, choice, local(published=left), 5).table["share"][own]
    kept = {**vars(fitted.lists), "cells": left * np.where(np.arange(PRACTICES) == own, 0.8, 1.0)[:, None]}
    kept["columns"] = fitted.lists.columns * np.where(np.arange(PRACTICES) == own, 0.8, 1.0)[:, None]
    kept["deciles"] = fitted.lists.deciles * np.where(np.arange(PRACTICES) == own, 0.8, 1.0)[:, None]
    fewer = type(fitted)(**{**vars(fitted), "lists": type(fitted.lists)(**kept)})
    poorer = allocate(fewer, choice, local(), 5).table["share"][own]
    restored = allocate(fewer, choice, local(published=left), 5).table["share"][own]
    assert poorer < 0.83 * before
    assert restored == pytest.approx(before, rel=0.02)


def test_what_is_written_is_read_again_and_tried_without_fitting(fitted, tmp_path, monkeypatch):
    write_fitted(fitted, tmp_path)
    read = read_fitted(tmp_path)
    monkeypatch.setattr("casefinder.allocation.models.fit_tweedie", None)
    for cap, model in (("99.5%", "supply"), ("99%", "parsimonious"), ("none", "area"), ("99.5%", "trees")):
        choice = Choice(cap, model, 125.0, unmet_need=0.1, floor=-0.02)
        current = np.arange(1.0, PRACTICES + 1)
        one, other = (allocate(source, choice, local(current=current), 20) for source in (fitted, read))
        pd.testing.assert_frame_equal(one.table, other.table)


def test_a_challenger_at_another_cap_and_an_unknown_cap_are_refused(fitted):
    with pytest.raises(ConfigError, match=r"at the cap 99\.5% only"):
        allocate(fitted, Choice("none", "trees", 1.0), local(), 5)
    with pytest.raises(ConfigError, match="Nothing was fitted at the cap"):
        allocate(fitted, Choice("98%", "supply", 1.0), local(), 5)


def test_more_coded_illness_raises_a_target_as_told(fitted):
    found = allocate(fitted, Choice("99.5%", "supply", 1e6), local(), 5).table
    assert (found["coding"] > 0).all()
    assert (allocate(fitted, Choice("99.5%", "age_sex", 1e6), local(), 5).table["coding"] == 0).all()


def test_a_pace_of_change_needs_the_money_of_next_year(fitted):
    current = np.full(PRACTICES, 100.0)
    with pytest.raises(ConfigError, match="--pot: is £1,000,000, and today's budgets add up to £1,500"):
        allocate(fitted, Choice("99.5%", "supply", 1e6, floor=-0.01), local(current=current), 5)
    found = allocate(fitted, Choice("99.5%", "supply", 1530.0, floor=0.005), local(current=current), 5).table
    assert found["next_budget"].sum() == pytest.approx(1530.0)
    assert found["growth"].min() == pytest.approx(0.005)
