import math

import numpy as np
import pandas as pd
import pytest

from casefinder import evaluation as ev
from casefinder.evaluation import smoothing
from casefinder.evaluation.inputs import log_odds
from casefinder.evaluation.smoothing import Loess, Spline, StepMeans, harrell_knots, kd_vertices, smoother, spline_columns


def plain_local_fit(risk, outcome, weight, at):
    """A local quadratic fit at one place, by least squares, with tricube weights over the nearest three quarters."""
    nearest = np.argsort(np.abs(risk - at), kind="stable")[: int(len(risk) * 0.75 + 1e-5)]
    distance = risk[nearest] - at
    tricube = (1 - (np.abs(distance) / np.abs(distance).max()) ** 3) ** 3
    root = np.sqrt(weight[nearest] * tricube)
    columns = np.stack([np.ones(len(nearest)), distance, distance**2], axis=1)
    return np.linalg.lstsq(columns * root[:, None], outcome[nearest] * root, rcond=None)[0][:2]


@pytest.fixture(scope="module")
def people():
    rng = np.random.default_rng(7)
    risk = rng.beta(1, 6, 800)
    return (rng.random(800) < risk**0.8).astype(float), risk, rng.uniform(0.5, 2, 800)


def test_observed_expected_by_hand():
    found = ev.observed_expected([1, 1, 0, 0], [0.5, 0.25, 0.25, 0.0])
    assert (found.observed, found.expected, found.ratio) == (2.0, 1.0, 2.0)
    assert found.low == pytest.approx(0.2422093)
    assert found.high == pytest.approx(7.2246882)


def test_with_censoring_weights_expected_counts_everyone_once():
    """The third person was lost: no weight, but a risk."""
    found = ev.observed_expected([1, 0, 0], [0.4, 0.3, 0.3], weight=[1.5, 1.5, 0.0])
    assert found.ratio == pytest.approx(1.5 / 1.0)


def test_observed_expected_at_the_edges():
    none = ev.observed_expected([0, 0], [0.5, 0.5])
    assert (none.ratio, none.low) == (0.0, 0.0)
    assert none.high == pytest.approx(3.688879454)
    assert math.isnan(ev.observed_expected([0, 1], [0.0, 0.0]).ratio)


def test_right_risks_are_calibrated_and_shifted_ones_are_found():
    rng = np.random.default_rng(1)
    position = rng.normal(-2, 1, 200_000)
    outcome = rng.random(200_000) < 1 / (1 + np.exp(-(0.3 + 0.7 * position)))
    risk = 1 / (1 + np.exp(-position))
    line = ev.calibration_slope(outcome, risk)
    assert line.slope.low < 0.7 < line.slope.high
    assert line.intercept.low < 0.3 < line.intercept.high
    truth = 1 / (1 + np.exp(-(0.3 + 0.7 * position)))
    assert abs(ev.calibration_in_the_large(outcome, truth).value) < 0.03


def test_calibration_in_the_large_is_not_the_intercept_of_the_slope_model(people):
    outcome, risk, _ = people
    large, line = ev.calibration_in_the_large(outcome, risk), ev.calibration_slope(outcome, risk)
    assert abs(large.value - line.intercept.value) > 0.01
    fitted = 1 / (1 + np.exp(-(large.value + log_odds(risk))))
    assert fitted.sum() == pytest.approx(outcome.sum())


@pytest.mark.parametrize("outcome", [[0] * 6, [1] * 6])
def test_one_kind_of_outcome_gives_no_intercept_and_no_slope(outcome):
    risk = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]
    assert math.isnan(ev.calibration_in_the_large(outcome, risk).value)
    assert math.isnan(ev.calibration_slope(outcome, risk).slope.value)


def test_a_constant_risk_has_an_intercept_and_no_slope():
    outcome = [0, 0, 0, 1]
    assert ev.calibration_in_the_large(outcome, [0.5] * 4).value == pytest.approx(math.log(1 / 3))
    assert math.isnan(ev.calibration_slope(outcome, [0.5] * 4).slope.value)


def test_separated_outcomes_give_no_slope():
    assert math.isnan(ev.calibration_slope([0, 0, 0, 1, 1], [0.1, 0.2, 0.3, 0.4, 0.5]).slope.value)


def test_certain_risks_are_taken():
    assert math.isfinite(ev.calibration_in_the_large([0, 1, 0, 1], [0.0, 1.0, 0.3, 0.4]).value)


def test_an_intercept_far_away_is_reached():
    """A full Newton step from 0 overshoots here."""
    rng = np.random.default_rng(0)
    outcome = np.ones(500)
    outcome[:3] = 0
    risk = rng.uniform(1e-6, 1e-5, 500)
    found = ev.calibration_in_the_large(outcome, risk).value
    assert np.sum(1 / (1 + np.exp(-(found + log_odds(risk))))) == pytest.approx(497)


def test_loess_vertices_carry_plain_local_fits(people):
    outcome, risk, weight = people
    curve = Loess(risk, outcome, weight)
    for place, value, slope in zip(curve.vertices, curve.values, curve.slopes, strict=True):
        assert [value, slope] == pytest.approx(plain_local_fit(risk, outcome, weight, place), rel=1e-7, abs=1e-9)
    assert curve.at(curve.vertices) == pytest.approx(curve.values)


def test_loess_between_vertices_stays_near_the_direct_fit(people):
    outcome, risk, weight = people
    curve = Loess(risk, outcome, weight)
    places = np.quantile(risk, np.linspace(0.05, 0.95, 30))
    direct = [plain_local_fit(risk, outcome, weight, place)[0] for place in places]
    assert curve.at(places) == pytest.approx(direct, abs=0.03)


def test_loess_of_a_parabola_is_the_parabola():
    risk = np.linspace(0.05, 0.95, 80)
    curve = Loess(risk, 0.1 + risk**2 / 2, np.ones(80))
    assert curve.at(risk) == pytest.approx(0.1 + risk**2 / 2, abs=1e-12)


def test_cells_are_cut_between_values_that_differ():
    ties = np.sort(np.array([0.1] * 40 + [0.2] * 5 + [0.3] * 3 + [0.9] * 2))
    vertices = kd_vertices(ties, 7)
    assert set(vertices[1:-1]) <= set(ties)
    assert (np.diff(vertices) > 0).all()


def test_spline_basis_is_straight_outside_the_knots():
    knots = harrell_knots(np.linspace(-4, 0, 1001))
    assert len(knots) == 5
    for places in (np.array([-6.0, -5.0, -4.0]), np.array([1.0, 2.0, 3.0])):
        assert np.diff(spline_columns(places, knots), n=2, axis=0) == pytest.approx(0, abs=1e-9)


def test_ties_leave_fewer_knots():
    assert len(harrell_knots(np.repeat([0.0, 1.0, 2.0], [60, 20, 20]))) == 0
    assert len(harrell_knots(np.array([0.0] * 30 + [1.0] * 40 + [2.0] * 30))) == 3


@pytest.mark.parametrize(
    ("people_", "values", "name"), [(20_000, 900, "loess"), (20_001, 900, "spline"), (20_001, 3, "means")]
)
def test_the_smoother_follows_the_number_of_people(people_, values, name):
    rng = np.random.default_rng(2)
    risk = rng.integers(1, values + 1, people_) / (values + 2)
    outcome = (rng.random(people_) < risk).astype(float)
    found = ev.calibration_error(outcome, risk)
    assert found.smoother == name
    assert found.ici < 0.02
    assert found.e50 <= found.e90 <= found.emax


def test_a_constant_risk_is_as_wrong_as_its_mean():
    found = ev.calibration_error([0, 0, 0, 1], [0.5] * 4)
    assert (found.ici, found.e50, found.e90, found.smoother) == (0.25, 0.25, 0.25, "means")


def test_a_spline_without_a_fit_gives_way():
    risk = np.linspace(0.1, 0.6, 50)
    assert smoother(np.zeros(50), risk, np.ones(50), "spline").name == "loess"
    assert ev.calibration_error(np.zeros(50), risk).ici == pytest.approx(risk.mean())


def test_an_unknown_smoother_is_refused():
    with pytest.raises(ValueError, match="loess, spline or means; got lowess"):
        ev.calibration_error([0, 1], [0.1, 0.2], by="lowess")


@pytest.mark.parametrize("by", ["loess", "spline", "means"])
def test_the_curve_lies_within_its_interval_and_covers_the_truth(by):
    rng = np.random.default_rng(4)
    risk = np.round(rng.beta(2, 5, 4000), 2)
    outcome = rng.random(4000) < risk
    places = np.array([0.1, 0.2, 0.3, 0.4, 0.5])
    curve = ev.calibration_curve(outcome, risk, at=places, by=by)
    assert (curve["low"] <= curve["observed"]).all()
    assert (curve["observed"] <= curve["high"]).all()
    assert ((curve["low"] - 0.01 < places) & (places < curve["high"] + 0.01)).all()
    narrow = ev.calibration_curve(outcome, risk, at=places, by=by, level=0.5)
    assert (narrow["high"] - narrow["low"] < curve["high"] - curve["low"]).all()


def test_the_loess_interval_has_the_width_of_many_fresh_outcomes():
    rng = np.random.default_rng(5)
    risk = np.sort(rng.beta(2, 6, 300))
    curves = np.array(
        [Loess(risk, (rng.random(300) < risk).astype(float), np.ones(300)).at(np.array([0.2, 0.4])) for _ in range(400)]
    )
    low, high = Loess(risk, (rng.random(300) < risk).astype(float), np.ones(300)).limits(np.array([0.2, 0.4]), 0.95)
    assert (high - low) / (2 * 1.96) == pytest.approx(curves.std(axis=0), rel=0.2)


def test_the_curve_is_read_over_the_whole_range_by_default(people):
    outcome, risk, weight = people
    curve = ev.calibration_curve(outcome, risk, weight)
    assert curve["risk"].min() == risk.min()
    assert curve["risk"].max() == risk.max()
    assert curve["risk"].is_monotonic_increasing
    assert curve.isna().sum().sum() == 0
    assert isinstance(curve, pd.DataFrame)


@pytest.mark.parametrize("kind", [Loess, StepMeans, Spline.fitted])
def test_a_curve_redrawn_with_everyone_once_is_the_curve(people, kind):
    outcome, risk, weight = people
    risk = np.round(risk, 2).clip(0.01, 0.99)
    curve = kind(risk, outcome, weight)
    assert curve.redrawn(np.ones((2, 800)))[1] == pytest.approx(curve.at(risk), abs=1e-6)


def test_a_redrawn_spline_is_the_fit_to_the_rows_drawn():
    rng = np.random.default_rng(8)
    risk = rng.beta(1, 6, 8000).clip(0.001, 0.999)
    outcome = (rng.random(8000) < risk).astype(float)
    counts = np.bincount(rng.integers(8000, size=8000), minlength=8000).astype(float)
    curve = Spline.fitted(risk, outcome, np.ones(8000))
    assert curve is not None
    refit = smoothing.fit_logistic(spline_columns(log_odds(risk), curve.knots), outcome, counts, np.zeros(8000))
    direct = 1 / (1 + np.exp(-spline_columns(log_odds(risk), curve.knots) @ refit.coefficients))
    assert curve.redrawn(counts[None])[0] == pytest.approx(direct, abs=1e-7)
