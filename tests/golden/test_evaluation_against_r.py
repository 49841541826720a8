"""The measures against R's packages, to rounding; make_evaluation.R in the folder evaluation/ made the numbers."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from casefinder import evaluation as ev
from casefinder.evaluation.smoothing import Loess

FOLDER = Path(__file__).parent / "evaluation"
PEOPLE = pd.read_csv(FOLDER / "people.csv")
EXPECTED = pd.read_csv(FOLDER / "expected.csv").set_index("measure")["value"]
OUTCOME, RISK, WEIGHT = (PEOPLE[name].to_numpy() for name in ("outcome", "risk", "weight"))

SPEED = """4 4 7 7 8 9 10 10 10 11 11 12 12 12 12 13 13 13 13 14 14 14 14 15 15 15 16 16 17 17 17 18 18 18 18 19 19 19
20 20 20 20 20 22 23 24 24 24 24 25"""
STOPPING = """2 10 4 22 16 10 18 26 34 17 28 14 20 24 28 26 34 34 46 26 36 60 80 20 26 54 32 40 32 40 50 42 56 76 84 36 46
68 32 48 52 56 64 66 54 70 92 93 120 85"""


def near(measure, digits=1e-9):
    return pytest.approx(EXPECTED[measure], rel=digits, abs=1e-12)


def test_c_statistic_and_delong_equal_proc():
    found = ev.c_statistic_interval(OUTCOME, RISK)
    assert found.value == near("c_statistic")
    assert found.low == near("c_statistic_low")
    assert found.high == near("c_statistic_high")
    assert ev.delong_variance(OUTCOME, RISK) == near("delong_variance")


def test_calibration_in_the_large_and_slope_equal_glm():
    large, line = ev.calibration_in_the_large(OUTCOME, RISK), ev.calibration_slope(OUTCOME, RISK)
    assert large.value == near("citl")
    assert large.standard_error == near("citl_error", 1e-6)
    assert line.slope.value == near("slope")
    assert line.slope.standard_error == near("slope_error", 1e-6)
    assert line.intercept.value == near("slope_intercept")
    assert line.intercept.standard_error == near("slope_intercept_error", 1e-6)


def test_weighted_calibration_equals_glm_with_weights():
    line = ev.calibration_slope(OUTCOME, RISK, WEIGHT)
    assert line.slope.value == near("weighted_slope")
    assert line.intercept.value == near("weighted_slope_intercept")
    assert ev.calibration_in_the_large(OUTCOME, RISK, WEIGHT).value == near("weighted_citl")


@pytest.mark.parametrize(
    ("smoother", "weight", "name"),
    [("loess", None, "loess"), ("loess", WEIGHT, "weighted_loess"), ("spline", None, "spline")],
)
def test_ici_equals_r_for_each_smoother(smoother, weight, name):
    found = ev.calibration_error(OUTCOME, RISK, weight, by=smoother)
    assert found.smoother == smoother
    for measure in ("ici", "e50", "e90", "emax"):
        assert getattr(found, measure) == near(f"{name}_{measure}", 1e-8)


def test_the_spline_curve_has_the_limits_of_glm():
    at = [0.02, 0.1, 0.3, 0.6]
    curve = ev.calibration_curve(OUTCOME, RISK, at=at, by="spline")
    for place, low, high in zip(at, curve["low"], curve["high"], strict=True):
        assert low == near(f"spline_low_at_{place}", 1e-6)
        assert high == near(f"spline_high_at_{place}", 1e-6)


def test_loess_equals_r_on_cars():
    speed, distance = (np.array(text.split(), dtype=float) for text in (SPEED, STOPPING))
    found = Loess(speed, distance, np.ones(50)).at(np.array([5.0, 10.0, 15.0, 21.0]))
    assert found.tolist() == pytest.approx([EXPECTED[f"cars_at_{place}"] for place in (5, 10, 15, 21)], rel=1e-12)


@pytest.mark.parametrize("count", [0, 1, 7, 43])
def test_poisson_interval_equals_poisson_test(count):
    low, high = ev.poisson_interval(count)
    assert low == near(f"poisson_{count}_low")
    assert high == near(f"poisson_{count}_high")


def test_pooled_observed_expected_equals_metafor():
    table = ev.calibration_by_group(OUTCOME, RISK, PEOPLE["group"])
    found = ev.pool_observed_expected(table["observed"], table["expected"])
    assert np.log(found.estimate) == near("pool_estimate")
    assert found.standard_error == near("pool_error")
    assert found.tau2 == near("pool_tau2")
    assert np.log(found.interval) == pytest.approx(EXPECTED[["pool_low", "pool_high"]].to_numpy(), rel=1e-9)
    predicted = EXPECTED[["pool_prediction_low", "pool_prediction_high"]].to_numpy()
    assert np.log(found.prediction_interval) == pytest.approx(predicted, rel=1e-9)


def test_pooling_equals_metafor_on_the_bcg_trials():
    trials = pd.read_csv(FOLDER / "bcg.csv")
    found = ev.pool(trials["estimate"], trials["variance"])
    assert found.tau2 == near("bcg_tau2")
    assert found.estimate == near("bcg_estimate")
    assert found.standard_error == near("bcg_error")
    assert found.low == near("bcg_low")
    assert found.high == near("bcg_high")


def test_partial_pooling_equals_lme4():
    """lme4 stops its search at about five digits, so the parameters agree to that and the likelihood to more."""
    found = ev.partial_pooling(OUTCOME, RISK, PEOPLE["group"])
    effects = pd.read_csv(FOLDER / "effects.csv")
    assert found.log_likelihood == near("mixed_log_likelihood", 1e-8)
    assert found.intercept.value == near("mixed_a", 2e-4)
    assert found.intercept.standard_error == near("mixed_a_error", 2e-4)
    assert found.spread.value == near("mixed_s", 2e-4)
    assert found.spread.low == near("mixed_s_low", 1e-3)
    assert found.spread.high == near("mixed_s_high", 1e-3)
    assert found.effects["group"].tolist() == effects["group"].tolist()
    assert found.effects["u"].to_numpy() == pytest.approx(effects["u"].to_numpy(), abs=1e-4)
    sd = np.log(found.effects["high"] / found.effects["low"]) / (2 * 1.959963984540054)
    assert sd.to_numpy() == pytest.approx(effects["sd"].to_numpy(), rel=1e-3)


def test_censoring_weights_and_incidence_equal_survfit():
    time, cause = PEOPLE["time"], PEOPLE["cause"]
    found = ev.ipcw(time, cause, 365, truncate_at=None)
    assert found.weight.sum() == near("ipcw_sum")
    assert found.maximum == near("ipcw_max")
    assert found.weight @ ((cause == 1) & (time < 365)) == near("ipcw_event_sum")
    assert ev.ipcw(time, cause, 365).limit == near("ipcw_centile")
    assert ev.aalen_johansen(time, cause, 365) == near("aalen_johansen_event")
    assert ev.aalen_johansen(time, cause, 365, of=ev.DEATH) == near("aalen_johansen_death")


def test_net_benefit_equals_dcurves():
    """make_net_benefit.py in the folder made the numbers."""
    expected = pd.read_csv(FOLDER / "net_benefit.csv")
    rule = PEOPLE["group"] < "d"
    found = ev.decision_curve(OUTCOME, RISK, expected["threshold"], rules={"rule": rule})
    for ours, theirs in {"model": "risk", "treat_all": "all", "treat_none": "none", "rule": "rule"}.items():
        assert found[ours].to_numpy() == pytest.approx(expected[theirs].to_numpy(), abs=1e-9)
