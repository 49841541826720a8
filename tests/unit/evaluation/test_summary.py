import dataclasses
import math
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from casefinder import evaluation as ev


@pytest.fixture(scope="module")
def given():
    rng = np.random.default_rng(6)
    risk = np.round(rng.beta(1, 7, 900), 3).clip(0.001, 0.999)
    return {
        "outcome": (rng.random(900) < risk).astype(float),
        "risk": risk,
        "weight": np.where(rng.random(900) < 0.1, 0.0, 1.1),
        "rules": {"admissions": rng.poisson(0.5, 900)},
        "flags": {"no_admission": rng.random(900) < 0.4},
        "within": rng.integers(0, 5, 900),
        "group": rng.integers(0, 6, 900),
        "cluster": rng.integers(0, 400, 900),
    }


SETTINGS = {"k": [50, 100], "thresholds": [0.1, 0.2], "group_k": 5, "replicates": 50}


def test_every_figure_is_that_of_its_own_function(given):
    found = ev.evaluate(**given, **SETTINGS)
    figures = found.figures()
    outcome, risk, weight = given["outcome"], given["risk"], given["weight"]
    assert figures["people"] == 900
    assert figures["events"] == np.sum(outcome * (weight > 0))
    alone = {
        "prevalence": ev.prevalence(outcome, weight),
        "c_statistic": ev.c_statistic(outcome, risk, weight),
        "average_precision": ev.average_precision(outcome, risk, weight),
        "brier": ev.brier(outcome, risk, weight),
        "ipa": ev.ipa(outcome, risk, weight),
        "observed_expected": ev.observed_expected(outcome, risk, weight).ratio,
        "observed_expected_high": ev.observed_expected(outcome, risk, weight).high,
        "calibration_in_the_large": ev.calibration_in_the_large(outcome, risk, weight).value,
        "calibration_slope": ev.calibration_slope(outcome, risk, weight).slope.value,
        "calibration_slope_low": ev.calibration_slope(outcome, risk, weight, given["cluster"]).slope.low,
        "ici": ev.ici(outcome, risk, weight),
        "e50": ev.e50(outcome, risk, weight),
        "e90": ev.e90(outcome, risk, weight),
        "ppv_at_50": ev.ppv_at_k(outcome, risk, 50, weight),
        "sensitivity_at_100": ev.sensitivity_at_k(outcome, risk, 100, weight),
        "ppv_at_100_by_admissions": ev.ppv_at_k(outcome, given["rules"]["admissions"], 100, weight),
        "share_with_no_admission_at_50": ev.share_with(given["flags"]["no_admission"], risk, 50),
        "net_benefit_at_0.1": ev.net_benefit(outcome, risk, 0.1, weight),
        "c_statistic_within": ev.c_statistic_within(outcome, risk, given["within"], weight).overall,
        "group_spread": ev.partial_pooling(outcome, risk, given["group"], weight).spread.value,
        "ppv_on_group_lists": ev.lists_within(outcome, risk, given["group"], 5, weight=weight).together.ppv,
    }
    for name, value in alone.items():
        assert figures[name] == pytest.approx(value, abs=1e-6), name
    assert {"net_benefit_at_0.2_by_treat_all", "net_benefit_at_0.2_by_admissions", "group_range_low"} <= figures.keys()
    assert len(found.by_group) == 6
    assert all(isinstance(value, float) and math.isfinite(value) for value in figures.values())


def test_the_order_of_the_rows_changes_no_bit(given):
    order = np.random.default_rng(1).permutation(900)
    other = {
        name: {key: value[order] for key, value in part.items()} if isinstance(part, dict) else part[order]
        for name, part in given.items()
    }
    assert ev.evaluate(**given, **SETTINGS).figures() == ev.evaluate(**other, **SETTINGS).figures()


def test_the_record_is_frozen(given):
    found = ev.evaluate(given["outcome"], given["risk"])
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.brier = 0.0
    assert found.net_benefit is None
    assert found.group_effects is None
    assert "group_spread" not in found.figures()


@pytest.mark.parametrize("outcome", [np.zeros(30), np.ones(30)])
def test_figures_that_are_not_defined_are_left_out(outcome):
    figures = ev.evaluate(outcome, np.linspace(0.1, 0.9, 30), k=5, group=np.repeat(np.arange(5), 6)).figures()
    assert not {"c_statistic", "calibration_slope", "calibration_in_the_large", "ipa"} & figures.keys()
    assert {"brier", "observed_expected", "ici", "ppv_at_5"} <= figures.keys()


def test_pandas_columns_are_taken_whatever_their_index(given):
    frame = pd.DataFrame({"y": given["outcome"], "p": given["risk"]}, index=np.arange(900)[::-1])
    assert ev.evaluate(frame["y"], frame["p"]).brier == ev.evaluate(given["outcome"], given["risk"]).brier


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"outcome": [0, 1, 2]}, "1 of 3 values are neither"),
        ({"outcome": [0, 1]}, "outcome 2, risk 3, weight 3"),
        ({"risk": [0.1, np.nan, 0.2]}, "risk has 1 missing"),
        ({"risk": [0.1, 1.2, 0.2]}, "risk must be a probability"),
        ({"risk": [0.1, None, 0.2]}, "risk has 1 missing"),
        ({"risk": pd.array([0.1, None, 0.2], dtype="Float64")}, "risk has"),
        ({"risk": [[0.1], [0.2], [0.3]]}, "one dimension"),
        ({"outcome": [], "risk": []}, "empty"),
        ({"weight": [1, 1, -1]}, "1 of 3 are negative"),
        ({"weight": [0, 0, 0]}, "zero for everyone"),
        ({"weight": [1, 1]}, "weight 2"),
        ({"group": ["a", None, "b"]}, "group has 1 missing labels"),
        ({"group": ["a", "b"]}, "group must have one label a person; got 2 for 3"),
        ({"k": 4}, "k must be from 1 to 3"),
        ({"rules": {"score": [1, 2]}}, "score 2"),
    ],
)
def test_bad_arrays_are_refused_with_what_is_wrong(change, told):
    good = {"outcome": [0, 1, 0], "risk": [0.1, 0.3, 0.2]}
    with pytest.raises(ValueError, match=told):
        ev.evaluate(**(good | change))


def test_no_message_holds_a_value():
    with pytest.raises(ValueError, match="risk") as caught:
        ev.brier([0, 1], [0.123456, 7.654321])
    assert "7.65" not in str(caught.value)


def test_a_level_outside_0_to_1_is_refused():
    with pytest.raises(ValueError, match=r"between 0 and 1, such as 0.95; got 95"):
        ev.evaluate([0, 1], [0.1, 0.2], level=95)


def test_k_may_come_from_numpy(given):
    found = ev.evaluate(given["outcome"], given["risk"], k=np.int64(50))
    assert found.lists == ev.evaluate(given["outcome"], given["risk"], k=[50]).lists


def test_the_room_loads_no_heavy_library():
    """Importing it must not slow down commands that never call it."""
    heavy = "{'sklearn', 'scipy.stats', 'scipy.optimize', 'statsmodels'}"
    code = f"import sys, casefinder.evaluation; print(sorted({heavy} & set(sys.modules)))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
