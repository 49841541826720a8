"""Calibration against statsmodels and scikit-learn, and what is refused."""

import json
from dataclasses import replace

import numpy as np
import pytest

from casefinder.errors import ModelError
from casefinder.modelling.calibrate import Calibrator, fit_calibrator


def rows(people=4000, seed=5):
    """Raw scores that are too sure of themselves, outcomes and weights."""
    draw = np.random.default_rng(seed)
    raw = draw.normal(-1.5, 1.8, people)
    outcome = (draw.random(people) < 1 / (1 + np.exp(-(0.4 + 0.6 * raw)))).astype(float)
    return raw, outcome, draw.uniform(0.5, 2.0, people)


def test_logistic_calibration_is_that_of_statsmodels():
    import statsmodels.api as sm

    raw, outcome, weight = rows()
    found = fit_calibrator(raw, outcome, weight, "logistic")
    expected = sm.GLM(outcome, sm.add_constant(raw), family=sm.families.Binomial(), freq_weights=weight).fit()
    assert [found.intercept, found.slope] == pytest.approx(expected.params, abs=1e-7)
    assert found.risks(raw) == pytest.approx(expected.predict(), abs=1e-8)
    assert found.slope == pytest.approx(0.6, abs=0.1)


def test_isotonic_calibration_is_that_of_scikit_learn():
    from sklearn.isotonic import IsotonicRegression

    raw, outcome, weight = rows(6000)
    found = fit_calibrator(raw, outcome, weight, "isotonic")
    expected = IsotonicRegression(out_of_bounds="clip").fit(raw, outcome, sample_weight=weight)
    new = np.linspace(-9, 7, 500)
    assert found.risks(new) == pytest.approx(np.clip(expected.predict(new), 1e-6, 1 - 1e-6), abs=1e-12)
    assert (np.diff(found.risks(new)) >= 0).all()
    assert 0 < found.risks(new).min() < found.risks(new).max() < 1


@pytest.mark.parametrize("kind", ["logistic", "isotonic"])
def test_a_calibrator_is_read_back_as_it_was_written(kind):
    raw, outcome, weight = rows(6000)
    found = fit_calibrator(raw, outcome, weight, kind)
    again = Calibrator.read(found.text())
    assert again == found
    assert np.array_equal(again.risks(raw), found.risks(raw))


def test_isotonic_needs_more_than_a_thousand_events():
    raw, outcome, weight = rows()
    events = np.flatnonzero(outcome == 1)
    few = np.concatenate([np.flatnonzero(outcome == 0), events[:1000]])
    with pytest.raises(ModelError, match="calibrated so") as caught:
        fit_calibrator(raw[few], outcome[few], weight[few], "isotonic")
    said = caught.value.render()
    assert "isotonic needs more than 1,000 events; there are 1,000" in said
    assert "calibration: logistic" in said
    enough = np.concatenate([few, events[1000:1001]])
    assert fit_calibrator(raw[enough], outcome[enough], weight[enough], "isotonic").kind == "isotonic"


def test_too_few_events_are_refused():
    raw, outcome, weight = rows()
    few = np.concatenate([np.flatnonzero(outcome == 0), np.flatnonzero(outcome == 1)[:19]])
    with pytest.raises(ModelError, match="cannot be calibrated") as caught:
        fit_calibrator(raw[few], outcome[few], weight[few], "logistic")
    assert "fewer than 20 events among the people kept for it" in caught.value.render()


def test_scores_that_separate_the_outcome_completely_are_refused():
    raw = np.concatenate([np.linspace(-5, -1, 200), np.linspace(1, 5, 50)])
    with pytest.raises(ModelError, match="separate events from non-events completely"):
        fit_calibrator(raw, (raw > 0).astype(float), np.ones(250), "logistic")


def test_moved_log_odds_are_a_line_of_the_former_ones_for_both_kinds():
    raw, outcome, weight = rows(6000)
    for kind in ("logistic", "isotonic"):
        found = fit_calibrator(raw, outcome, weight, kind)
        former = logit(found.risks(raw))
        moved = found.moved(0.3, 0.8)
        assert logit(moved.risks(raw)) == pytest.approx(0.3 + 0.8 * former, abs=1e-9)
        assert logit(moved.moved(-0.1, 1.2).risks(raw)) == pytest.approx(-0.1 + 1.2 * (0.3 + 0.8 * former), abs=1e-9)
        assert Calibrator.read(moved.text()) == moved


def test_a_term_is_added_to_the_log_odds_of_its_cluster_and_of_no_other():
    raw, outcome, weight = rows(6000)
    clusters = np.array(["Ash", "Elm", "Oak", None] * 1500, dtype=object)
    for kind in ("logistic", "isotonic"):
        plain = fit_calibrator(raw, outcome, weight, kind)
        found = replace(plain, clusters={"Ash": 0.25, "Elm": -0.1})
        added = logit(found.risks(raw, clusters)) - logit(plain.risks(raw))
        assert added == pytest.approx(np.tile([0.25, -0.1, 0.0, 0.0], 1500), abs=1e-8)
        assert found.risks(raw) == pytest.approx(plain.risks(raw), abs=1e-12)
        assert Calibrator.read(found.text()) == found
        assert found.moved(1.0, 0.5).clusters == {"Ash": 0.125, "Elm": -0.05}


@pytest.mark.parametrize("kind", ["logistic", "isotonic"])
def test_without_terms_text_and_risks_are_those_of_earlier_bundles(kind):
    raw, outcome, weight = rows(6000)
    found = fit_calibrator(raw, outcome, weight, kind)
    assert set(json.loads(found.text())) == {"kind", "intercept", "slope", "knots"}
    if kind == "logistic":
        former = 1 / (1 + np.exp(-(found.intercept + found.slope * raw)))
    else:
        scores, risks = zip(*found.knots, strict=True)
        former = np.clip(np.interp(raw, scores, risks), 1e-6, 1 - 1e-6)
    assert np.array_equal(found.risks(raw), former)
    assert np.array_equal(found.risks(raw, ["Ash"] * len(raw)), former)


def logit(risk):
    return np.log(risk / (1 - risk))
