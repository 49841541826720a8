"""Calibration by cluster, practice and characteristic: against numbers worked out by hand and by SciPy."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2

from casefinder.modelling.by_group import calibration_tables, groups_off
from casefinder.modelling.disclosed_groups import BELOW_FLOOR, TOO_FEW, WITHHELD, disclosed_calibration, disclosed_row


def people_of(groups, weight=1.0, **columns):
    """People of (cluster, practice, how many, how many with the outcome, risk of each)."""
    rows = [
        {"gp_cluster": cluster, "practice_code": practice, "risk": risk, "outcome": float(place < events)}
        for cluster, practice, size, events, risk in groups
        for place in range(size)
    ]
    return pd.DataFrame(rows).assign(index_date="2025-01-01", weight=weight, **columns)


THREE = [("Ash", "Z1", 200, 30, 0.1), ("Ash", "Z2", 100, 5, 0.1), ("Elm", "Z3", 400, 20, 0.1), ("Oak", "Z4", 20, 0, 0.1)]


def row(tables, by, group):
    return next(one for one in tables[by]["rows"] if one["group"] == group)


@pytest.fixture(scope="module")
def tables():
    return calibration_tables(people_of(THREE))


def test_observed_expected_and_exact_interval(tables):
    ash = row(tables, "cluster", "Ash")
    assert (ash["people"], ash["events"]) == (300, 35)
    assert ash["expected"] == pytest.approx(30)
    assert ash["ratio"] == pytest.approx(35 / 30, abs=1e-6)
    assert ash["low"] == pytest.approx(chi2.ppf(0.025, 70) / 2 / 30, abs=1e-6)
    assert ash["high"] == pytest.approx(chi2.ppf(0.975, 72) / 2 / 30, abs=1e-6)


def test_a_practice_knows_its_cluster(tables):
    assert {one["group"]: one["cluster"] for one in tables["practice"]["rows"]} == {
        "Z1": "Ash", "Z2": "Ash", "Z3": "Elm", "Z4": "Oak",
    }  # fmt: skip


def test_no_point_below_five_expected_but_an_interval(tables):
    oak = row(tables, "cluster", "Oak")
    assert oak["expected"] == pytest.approx(2)
    assert oak["ratio"] is None
    assert (oak["low"], oak["high"]) == (0, pytest.approx(chi2.ppf(0.975, 2) / 2 / 2, abs=1e-6))


def test_shrunken_lies_between_the_group_and_the_average(tables):
    ash, elm = (row(tables, "cluster", name) for name in ("Ash", "Elm"))
    average = np.exp(tables["cluster"]["intercept"])
    assert average < average * ash["shrunken"] < (35 / 265) / (0.1 / 0.9)
    assert average > average * elm["shrunken"] > (20 / 380) / (0.1 / 0.9)
    assert ash["shrunken_low"] < ash["shrunken"] < ash["shrunken_high"]
    assert tables["cluster"]["spread"] > 0


def test_two_groups_are_not_pooled():
    tables = calibration_tables(people_of(THREE[:3]))
    assert "spread" not in tables["cluster"]
    assert {one["shrunken"] for one in tables["cluster"]["rows"]} == {None}
    assert row(tables, "practice", "Z1")["shrunken"] is not None


def test_people_without_a_cluster_are_a_group_of_their_own():
    people = people_of(THREE)
    people.loc[people["practice_code"] == "Z3", "gp_cluster"] = None
    assert row(calibration_tables(people), "cluster", "not stated")["people"] == 400


def test_the_order_of_people_changes_nothing(tables):
    assert calibration_tables(people_of(THREE).sample(frac=1, random_state=1)) == tables


def test_weights_count_people_who_were_lost():
    people = people_of([("Ash", "Z1", 100, 20, 0.2), ("Elm", "Z2", 100, 20, 0.2), ("Oak", "Z3", 100, 20, 0.2)])
    people.loc[people["practice_code"] == "Z1", "weight"] = np.where(np.arange(100) == 0, 0.0, 1.25)
    ash = row(calibration_tables(people), "cluster", "Ash")
    assert ash["events"] == 19
    assert ash["observed"] == pytest.approx(19 * 1.25)
    assert ash["effective"] == pytest.approx(19)
    assert ash["expected"] == pytest.approx(20)


def test_groups_by_characteristic_below_the_floor_have_no_ratio():
    people = people_of(THREE, sex=["male"] * 300 + ["female"] * 420, age=[50.0] * 360 + [90.0] * 360)
    rows = {(one["characteristic"], one["group"]): one for one in calibration_tables(people)["subgroups"]["rows"]}
    assert rows["sex", "male"]["ratio"] == pytest.approx(35 / 30, abs=1e-6)
    assert rows["sex", "female"]["ratio"] == pytest.approx(20 / 42, abs=1e-6)
    assert rows["age", "85 and over"]["events"] == 0
    assert rows["age", "85 and over"]["ratio"] is None
    assert ("ethnicity", "white") not in rows


def test_only_a_whole_interval_outside_the_band_is_off(tables):
    rows = tables["cluster"]["rows"]
    assert groups_off(rows, (0.8, 1.25)) == ["Elm"]
    assert groups_off(rows, (0.3, 1.25)) == []


def exact(**given):
    figures = {"group": "Ash", "people": 300, "events": 36, "effective": 36.0, "observed": 36.0, "expected": 32.0}
    figures |= {
        "ratio": 1.125,
        "low": 0.7879,
        "high": 1.5575,
        "shrunken": 1.0872,
        "shrunken_low": 0.84,
        "shrunken_high": 1.4,
    }
    return figures | given


def test_counts_are_rounded_and_ratios_have_two_decimals():
    shown = disclosed_row(exact())
    assert (shown["people"], shown["events"], shown["expected"]) == (300, 35, 30)
    assert (shown["ratio"], shown["shrunken"], shown["note"]) == (1.12, 1.09, "")


@pytest.mark.parametrize("given", [{"events": 7}, {"events": 1}, {"people": 5, "events": 0}, {"people": 40, "events": 36}])
def test_a_small_count_withholds_everything_made_from_it(given):
    shown = disclosed_row(exact(**given))
    assert shown["note"] == WITHHELD
    names = ("expected", "ratio", "low", "high", "shrunken", "shrunken_low", "shrunken_high")
    assert [shown[name] for name in names] == [None] * 7


def test_limits_tell_no_more_than_the_rounded_count():
    """Whatever the count behind 35, the limits stand to the ratio as those of 35 do."""
    for events in range(33, 38):
        shown = disclosed_row(exact(events=events, effective=float(events), observed=float(events), ratio=events / 32))
        assert shown["low"] / (events / 32) == pytest.approx(chi2.ppf(0.025, 70) / 2 / 35, abs=0.006)
        assert shown["high"] / (events / 32) == pytest.approx(chi2.ppf(0.975, 72) / 2 / 35, abs=0.006)


def test_none_at_all_stays_zero():
    shown = disclosed_row(exact(events=0, effective=0.0, observed=0.0, ratio=0.0, low=0.0, high=0.1153))
    assert (shown["events"], shown["ratio"], shown["low"], shown["high"]) == (0, 0.0, 0.0, 0.12)


def test_why_a_figure_is_missing_is_said():
    assert disclosed_row(exact(expected=4.2, ratio=None, events=9, observed=9.0, effective=9.0))["note"] == TOO_FEW
    assert disclosed_row(exact(events=12, ratio=None, low=None, high=None))["note"] == BELOW_FLOOR


def test_no_exact_figure_is_left_in_the_disclosed_tables(tables):
    for table in ("cluster", "practice", "subgroups"):
        for one in disclosed_calibration(tables)[table]["rows"]:
            assert {"observed", "effective"}.isdisjoint(one)
            assert all(one[name] is None or one[name] % 5 == 0 for name in ("people", "events", "expected"))
