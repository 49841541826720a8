"""Intervals of several lists at once: against the comparison of scores, and against a plain loop over drawn practices."""

import numpy as np
import pytest

from casefinder.evaluation import (
    bootstrap_group_lists,
    bootstrap_lists,
    list_yield,
    lists_within,
    paired_ranking,
    places,
)


@pytest.fixture(scope="module")
def people():
    draw = np.random.default_rng(3)
    risk = draw.beta(1, 8, 400).round(2)
    outcome = (draw.random(400) < risk).astype(float)
    weight = np.where(draw.random(400) < 0.1, 0.0, 1.1)
    return outcome * (weight > 0), risk, weight, draw.integers(0, 9, 400)


def test_each_list_is_that_of_list_yield_with_ties_shared(people):
    outcome, risk, weight, _ = people
    table = bootstrap_lists(outcome, {"one": risk, "other": -risk}, [10, 40], weight, replicates=20)
    for row in table.to_dict("records"):
        expected = list_yield(outcome, risk if row["score"] == "one" else -risk, row["k"], weight)
        assert {name: row[name] for name in vars(expected)} == vars(expected)


def test_limits_are_those_of_the_comparison_of_scores(people):
    outcome, risk, weight, group = people
    scores = {"one": risk, "other": group.astype(float)}
    table = bootstrap_lists(outcome, scores, [25], weight, replicates=60, seed=5).set_index("score")
    paired = paired_ranking(outcome, scores, 25, "one", weight, replicates=60, seed=5).set_index(["score", "measure"])
    for score in scores:
        for measure in ("ppv", "sensitivity"):
            limits = [table.at[score, f"{measure}_{end}"] for end in ("low", "high")]
            assert limits == pytest.approx(paired.loc[(score, measure), ["low", "high"]].tolist())


def test_practices_are_drawn_whole_with_the_lists_they_have(people):
    outcome, risk, weight, group = people
    found = bootstrap_group_lists(outcome, risk, group, 5, weight, replicates=300, seed=7)
    generator = np.random.default_rng(7)
    sums = []
    for number in range(9):
        here = group == number
        place = places(risk[here], 5)
        having = weight[here] * outcome[here]
        sums.append((place @ having, place @ weight[here], having.sum()))
    drawn = [np.array([sums[one] for one in generator.integers(9, size=9)]).sum(axis=0) for _ in range(300)]
    ppv, sensitivity = ([one[0] / one[of] for one in drawn] for of in (1, 2))
    for name, values in (("ppv", ppv), ("sensitivity", sensitivity)):
        expected = np.quantile(values, [0.025, 0.975])
        assert [found[f"{name}_low"], found[f"{name}_high"]] == pytest.approx(expected)
    together = lists_within(outcome, risk, group, 5, weight=weight).together
    assert found["ppv_low"] < together.ppv < found["ppv_high"]


def test_the_order_of_people_moves_no_limit(people):
    outcome, risk, weight, _ = people
    turned = slice(None, None, -1)
    first = bootstrap_lists(outcome, {"one": risk}, [25], weight, replicates=40)
    second = bootstrap_lists(outcome[turned], {"one": risk[turned]}, [25], weight[turned], replicates=40)
    assert first.round(9).equals(second.round(9))


def test_a_length_out_of_range_is_refused(people):
    outcome, risk, weight, _ = people
    with pytest.raises(ValueError, match="k must be from 1 to 400"):
        bootstrap_lists(outcome, {"one": risk}, [401], weight, replicates=5)
