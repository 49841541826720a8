"""How many people a model needs, from what is expected of it."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from casefinder.config import load_model
from casefinder.evaluation import cox_snell_r2, development_size, size_for_slope
from casefinder.modelling.sample_size import disclosed_sample_size, expected_log_odds, sample_size

SETTINGS = load_model("emergency_admission")
EXPECTED = SETTINGS.evaluation.anticipated_c_statistic


@pytest.mark.parametrize(("c_statistic", "prevalence"), [(0.77, 0.1), (0.72, 0.02), (0.9, 0.5)])
def test_expected_log_odds_are_calibrated_and_rank_as_expected(c_statistic, prevalence):
    odds = expected_log_odds(c_statistic, prevalence)
    risk = 1 / (1 + np.exp(-odds))
    assert risk.mean() == pytest.approx(prevalence, rel=0.02)
    having = np.arange(len(odds)) >= len(odds) - round(len(odds) * prevalence)
    assert roc_auc_score(having, odds) == pytest.approx(c_statistic, abs=0.002)


def test_needs_are_those_of_the_criteria():
    found = sample_size(0.1, 200, 5000, 900, SETTINGS)
    needed = development_size(0.1, 200, c_statistic=EXPECTED)
    assert found["development"]["people"] == needed.people
    assert found["r2"] == pytest.approx(cox_snell_r2(EXPECTED, 0.1), abs=1e-6)
    assert found["validation"]["for_slope"] == size_for_slope(expected_log_odds(EXPECTED, 0.1))
    assert found["anticipated_from"] == SETTINGS.evaluation.anticipated_from


def test_enough_is_as_many_as_are_needed():
    needed = sample_size(0.1, 200, 0, 0, SETTINGS)
    people = [needed[part]["people"] for part in ("development", "validation")]
    for less, enough in ((0, True), (1, False)):
        found = sample_size(0.1, 200, people[0] - less, people[1] - less, SETTINGS)
        assert [found[part]["enough"] for part in ("development", "validation")] == [enough, enough]


def test_what_is_needed_tells_no_exact_count_of_people_with_the_outcome():
    one, other = (sample_size(events / 12_345, 200, 3000, 700, SETTINGS) for events in (1234, 1236))
    assert one == other
    shown = disclosed_sample_size(sample_size(0.1, 200, 3003, 6, SETTINGS))
    assert (shown["development"]["available"], shown["validation"]["available"]) == (3005, None)


def test_the_thresholds_risk_is_used_for_net_benefit():
    found = sample_size(0.1, 200, 5000, 900, SETTINGS)["validation"]
    assert found["for_net_benefit"] > 0
    assert found["people"] == max(found[name] for name in found if name.startswith("for_"))
