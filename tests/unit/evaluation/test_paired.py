"""Several scores on the same people: values as the single measures give them, and paired intervals of differences."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from casefinder import evaluation as ev

K = 40


@pytest.fixture(scope="module")
def people():
    rng = np.random.default_rng(5)
    risk = rng.beta(1, 6, 600)
    return {
        "outcome": (rng.random(600) < risk).astype(float),
        "scores": {
            "model": risk,
            "count": np.floor(risk * 6 + rng.normal(0, 0.6, 600)).clip(0),
            "noise": rng.normal(size=600),
        },
        "weight": np.where(rng.random(600) < 0.1, 0.0, rng.uniform(1, 2, 600)),
    }


def asked(people, weighted=True, **rest):
    weight = people["weight"] if weighted else None
    table = ev.paired_ranking(
        people["outcome"], people["scores"], K, "model", weight, **{"replicates": 400, "seed": 3, **rest}
    )
    return table.set_index(["score", "measure"])


@pytest.mark.parametrize("weighted", [False, True])
def test_each_value_is_that_of_scikit_learn_and_of_the_single_measures(people, weighted):
    table, outcome = asked(people, weighted, replicates=5), people["outcome"]
    weight = people["weight"] if weighted else None
    for name, score in people["scores"].items():
        value = table.loc[name]["value"]
        assert value["c_statistic"] == pytest.approx(roc_auc_score(outcome, score, sample_weight=weight), abs=1e-12)
        precision = average_precision_score(outcome, score, sample_weight=weight)
        assert value["average_precision"] == pytest.approx(precision, abs=1e-12)
        assert value["ppv"] == pytest.approx(ev.ppv_at_k(outcome, score, K, weight))
        assert value["sensitivity"] == pytest.approx(ev.sensitivity_at_k(outcome, score, K, weight))


def test_the_differences_are_from_the_reference_and_its_own_is_nothing(people):
    table = asked(people)
    for measure in ("c_statistic", "ppv"):
        expected = table.loc["count", measure]["value"] - table.loc["model", measure]["value"]
        assert table.loc["count", measure]["difference"] == pytest.approx(expected)
        assert (table.loc["model", measure][["difference", "difference_low", "difference_high"]] == 0).all()
    noise = table.loc["noise", "c_statistic"]
    assert noise["difference_low"] < noise["difference"] < noise["difference_high"] < 0


def test_a_difference_of_two_alike_scores_is_surer_than_their_intervals(people):
    """The same people are drawn for both, so what they share does not widen the difference."""
    scores = people["scores"]
    alike = {"model": scores["model"], "alike": scores["model"] + np.random.default_rng(1).normal(0, 0.01, 600)}
    table = asked(people | {"scores": alike}).loc[("alike", "c_statistic")]
    assert table["difference_high"] - table["difference_low"] < (table["high"] - table["low"]) / 2


def test_intervals_agree_with_delong_without_weights(people):
    own = asked(people, weighted=False, replicates=2000).loc[("model", "c_statistic")]
    delong = ev.c_statistic_interval(people["outcome"], people["scores"]["model"])
    assert own["low"] == pytest.approx(delong.low, abs=0.01)
    assert own["high"] == pytest.approx(delong.high, abs=0.01)


def test_the_order_of_the_rows_changes_nothing(people):
    order = np.random.default_rng(8).permutation(600)
    turned = {
        "outcome": people["outcome"][order],
        "scores": {name: score[order] for name, score in people["scores"].items()},
        "weight": people["weight"][order],
    }
    np.testing.assert_allclose(asked(turned), asked(people), rtol=1e-12)


def test_nobody_with_the_outcome_is_nan_and_an_unknown_reference_is_refused(people):
    nobody = asked(people | {"outcome": np.zeros(600)}, replicates=20)
    assert nobody.loc[("model", "c_statistic")][["value", "low", "high"]].isna().all()
    with pytest.raises(ValueError, match="none of the scores"):
        ev.paired_ranking(people["outcome"], people["scores"], K, "modle")
