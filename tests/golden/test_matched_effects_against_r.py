"""Effects in matched sets against R's packages; make_effects.R in the folder matching/ made the numbers."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from casefinder import evaluation as ev
from casefinder import matching as m

pytest.importorskip("statsmodels")
FOLDER = Path(__file__).parent / "matching"
PEOPLE = pd.read_csv(FOLDER / "sets.csv")
EXPECTED = pd.read_csv(FOLDER / "effects.csv").set_index("measure")["value"]
SET, PERSON, TREATED, WEIGHT, YEARS, COUNT, COST, TIME, CAUSE = (
    PEOPLE[name].to_numpy()
    for name in ("matched_set", "person", "treated", "weight", "years", "count", "cost", "time", "cause")
)
X = PEOPLE[["x"]].to_numpy()
SETS = len(np.unique(SET))


def same(found, name, per=1.0, digits=1e-6):
    for part, estimate in (("treated", found.treated), ("control", found.control), ("difference", found.difference)):
        assert estimate.value == pytest.approx(per * EXPECTED[f"{name} {part}"], rel=digits), part
        assert estimate.standard_error == pytest.approx(per * EXPECTED[f"{name} {part} error"], rel=digits), part
    assert np.log(found.ratio.value) == pytest.approx(EXPECTED[f"{name} log_ratio"], rel=digits)
    assert found.ratio.standard_error == pytest.approx(EXPECTED[f"{name} log_ratio error"], rel=digits)
    assert found.ratio.high == pytest.approx(found.ratio.value * np.exp(1.959964 * found.ratio.standard_error), rel=1e-6)
    assert found.difference.low == pytest.approx(
        found.difference.value - 1.959964 * found.difference.standard_error, rel=1e-6
    )


def test_poisson_rates_clustered_on_the_set_equal_glm_and_sandwich():
    same(m.rate_effect(COUNT, YEARS, TREATED, SET, WEIGHT), "poisson", 100)


def test_adjusted_rates_equal_those_predicted_for_the_treated():
    same(m.rate_effect(COUNT, YEARS, TREATED, SET, WEIGHT, X), "poisson adjusted", 100)


def test_people_in_several_sets_are_a_second_cluster():
    same(m.rate_effect(COUNT, YEARS, TREATED, SET, WEIGHT, person=PERSON), "poisson two-way", 100)


def test_negative_binomial_equals_glm_nb():
    same(m.rate_effect(COUNT, YEARS, TREATED, SET, WEIGHT, X, family="negative_binomial"), "negative binomial", 100, 1e-4)


def test_least_squares_equals_lm_and_sandwich():
    same(m.mean_effect(COST, TREATED, SET, WEIGHT, X), "linear")


def test_gamma_costs_equal_glm():
    same(m.mean_effect(COST, TREATED, SET, WEIGHT, X, family="gamma"), "gamma")


@pytest.mark.parametrize(("name", "columns", "of", "by"), [
    ("cox", None, (1,), 1), ("cox adjusted", X, (1,), 1), ("cox event or death", None, (1, 2), 1),
    ("cox many ties", X, (1,), 60),
])  # fmt: skip
def test_hazard_ratios_equal_coxph_with_a_cluster(name, columns, of, by):
    found = m.hazard_ratio(np.ceil(TIME / by), CAUSE, TREATED, SET, WEIGHT, columns, of=of)
    assert np.log(found.value) == pytest.approx(EXPECTED[f"{name} log ratio"], rel=1e-7)
    assert found.standard_error == pytest.approx(EXPECTED[f"{name} error"] * np.sqrt(SETS / (SETS - 1)), rel=1e-7)


def test_hazard_ratios_before_and_after_a_day_equal_those_of_split_records():
    found = m.proportionality(TIME, CAUSE, TREATED, SET, 183, WEIGHT)
    late = EXPECTED["late sets"]
    errors = (
        EXPECTED["cox early error"] * np.sqrt(SETS / (SETS - 1)),
        EXPECTED["cox late error"] * np.sqrt(late / (late - 1)),
    )
    assert np.log(found.early.value) == pytest.approx(EXPECTED["cox early log ratio"], rel=1e-7)
    assert np.log(found.late.value) == pytest.approx(EXPECTED["cox late log ratio"], rel=1e-7)
    assert (found.early.standard_error, found.late.standard_error) == pytest.approx(errors, rel=1e-6)
    z = (EXPECTED["cox late log ratio"] - EXPECTED["cox early log ratio"]) / np.hypot(*errors)
    assert found.p == pytest.approx(2 * norm.sf(abs(z)), rel=1e-5)


def test_incidence_equals_survfit_and_that_of_evaluation():
    found = m.incidence_difference(TIME, CAUSE, TREATED, SET, WEIGHT, replicates=50)
    for one, day in zip(found, (182, 364), strict=True):
        assert one.treated.value == pytest.approx(EXPECTED[f"incidence 1 {day}"], rel=1e-9)
        assert one.control.value == pytest.approx(EXPECTED[f"incidence 0 {day}"], rel=1e-9)
        own = TREATED == 1
        assert one.treated.value == pytest.approx(ev.aalen_johansen(TIME[own], CAUSE[own], one.horizon), rel=1e-12)
