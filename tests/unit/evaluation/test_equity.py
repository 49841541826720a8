import math
import time

import numpy as np
import pandas as pd
import pytest

from casefinder import evaluation as ev
from casefinder.evaluation.draws import Rows, performance, places_of_draws


@pytest.fixture(scope="module")
def people():
    rng = np.random.default_rng(1)
    risk = np.round(rng.beta(1, 8, 1500), 3).clip(0.001, 0.999)
    return {
        "outcome": (rng.random(1500) < risk).astype(float),
        "risk": risk,
        "sex": rng.choice(["female", "male"], 1500),
        "ethnicity": rng.choice(["A", "B", "rare"], 1500, p=[0.6, 0.39, 0.01]),
        "weight": np.where(rng.random(1500) < 0.1, 0, 1.11),
        "practice": rng.integers(0, 30, 1500),
    }


def values(table, characteristic, group, column="value"):
    rows = table[(table["characteristic"] == characteristic) & (table["group"] == group)]
    return rows.set_index("measure")[column]


@pytest.mark.parametrize("weighted", [False, True])
def test_each_group_has_the_measures_of_its_own_people(people, weighted):
    weight = people["weight"] if weighted else None
    table = ev.by_subgroup(
        people["outcome"], people["risk"], {"sex": people["sex"]}, k=100, weight=weight, thresholds=[0.2], replicates=0
    )
    member = people["sex"] == "female"
    outcome, risk = people["outcome"][member], people["risk"][member]
    own = None if weight is None else weight[member]
    found = values(table, "sex", "female")
    alone = ev.evaluate(outcome, risk, own, thresholds=[0.2], replicates=10).figures()
    for measure in (
        "prevalence",
        "observed_expected",
        "calibration_in_the_large",
        "calibration_slope",
        "c_statistic",
        "average_precision",
        "brier",
        "ipa",
        "ici",
        "e50",
        "e90",
        "net_benefit_at_0.2",
    ):
        assert found[measure] == pytest.approx(alone[measure], abs=1e-8), measure
    place = ev.places(people["risk"], 100)
    given = np.ones(1500) if weight is None else weight
    event = given * people["outcome"]
    assert found["share_of_people"] == pytest.approx(member.mean())
    assert found["share_of_list"] == pytest.approx(place[member].sum() / 100)
    assert found["share_of_outcomes"] == pytest.approx(event[member].sum() / event.sum())
    assert found["list_to_outcomes"] == pytest.approx(found["share_of_list"] / found["share_of_outcomes"])
    assert found["listed"] == pytest.approx(place[member].mean())
    assert found["ppv"] == pytest.approx((place * event)[member].sum() / (place * given)[member].sum())
    assert found["sensitivity"] == pytest.approx((place * event)[member].sum() / event[member].sum())


def test_shares_add_up_to_one(people):
    table = ev.by_subgroup(people["outcome"], people["risk"], {"ethnicity": people["ethnicity"]}, k=77, replicates=0)
    for measure in ("share_of_people", "share_of_list", "share_of_outcomes"):
        assert table.loc[table["measure"] == measure, "value"].sum() == pytest.approx(1)


def test_a_group_with_too_few_outcomes_is_not_measured(people):
    table = ev.by_subgroup(people["outcome"], people["risk"], {"ethnicity": people["ethnicity"]}, k=50, replicates=20)
    rare = values(table, "ethnicity", "rare")
    assert rare.index.tolist() == ["share_of_people", "share_of_outcomes", "share_of_list", "listed", "list_to_outcomes"]
    assert "c_statistic" in values(table, "ethnicity", "A")
    lowered = ev.by_subgroup(
        people["outcome"], people["risk"], {"ethnicity": people["ethnicity"]}, k=50, floor=1, replicates=0
    )
    assert "c_statistic" in values(lowered, "ethnicity", "rare")


def test_intervals_hold_their_estimates_and_do_not_depend_on_the_order_of_rows(people):
    first = ev.by_subgroup(people["outcome"], people["risk"], {"sex": people["sex"]}, k=100, replicates=200, seed=3)
    order = np.random.default_rng(0).permutation(1500)
    other = ev.by_subgroup(
        people["outcome"][order], people["risk"][order], {"sex": people["sex"][order]}, k=100, replicates=200, seed=3
    )
    pd.testing.assert_frame_equal(first, other)
    within = first[~first["measure"].isin(["ici", "e50", "e90"])]
    assert ((within["low"] <= within["value"]) & (within["value"] <= within["high"])).all()
    seeded = ev.by_subgroup(people["outcome"], people["risk"], {"sex": people["sex"]}, k=100, replicates=200, seed=4)
    assert not first["low"].equals(seeded["low"])


def test_the_interval_of_a_share_has_the_width_of_the_binomial(people):
    table = ev.by_subgroup(people["outcome"], people["risk"], {"sex": people["sex"]}, replicates=1000)
    member = people["sex"] == "male"
    share = people["outcome"][member].mean()
    width = values(table, "sex", "male", "high")["prevalence"] - values(table, "sex", "male", "low")["prevalence"]
    assert width == pytest.approx(2 * 1.96 * math.sqrt(share * (1 - share) / member.sum()), rel=0.1)


def test_practices_are_drawn_whole(people):
    """All of one practice has the outcome or none: over practices there is far less to go on than over people."""
    outcome = (people["practice"] % 3 == 0).astype(float)
    given = (outcome, people["risk"], {"sex": people["sex"]})
    by_person = values(ev.by_subgroup(*given, replicates=200), "sex", "male", "high")
    by_practice = values(ev.by_subgroup(*given, replicates=200, cluster=people["practice"]), "sex", "male", "high")
    assert by_practice["prevalence"] - outcome.mean() > 2 * (by_person["prevalence"] - outcome.mean())


def test_a_list_drawn_up_by_practice_is_taken_as_it_is(people):
    listed = ev.places(people["risk"], 60) * (people["practice"] < 15)
    table = ev.by_subgroup(people["outcome"], people["risk"], {"sex": people["sex"]}, listed=listed, replicates=50)
    member = people["sex"] == "male"
    assert values(table, "sex", "male")["share_of_list"] == pytest.approx(listed[member].sum() / listed.sum())
    with pytest.raises(ValueError, match="not both"):
        ev.by_subgroup(people["outcome"], people["risk"], {"sex": people["sex"]}, k=5, listed=listed)


def test_measures_of_a_resample_are_those_of_its_rows(people):
    rng = np.random.default_rng(9)
    outcome, risk = people["outcome"], people["risk"]
    counts = np.bincount(rng.integers(1500, size=1500), minlength=1500)
    rows = Rows.of(outcome, risk, np.ones(1500), np.zeros(1500), (0.15,))
    drawn = {name: found[0] for name, found in performance(rows, counts[None].astype(float)).items()}
    taken = np.repeat(np.arange(1500), counts)
    direct = ev.evaluate(outcome[taken], risk[taken], thresholds=[0.15]).figures()
    for measure in drawn.keys() - {"ici", "e50", "e90"}:
        assert drawn[measure] == pytest.approx(direct[measure], abs=1e-6), measure
    # The smoother keeps the sample's neighbourhoods.
    assert drawn["ici"] == pytest.approx(direct["ici"], abs=0.002)
    place = places_of_draws(rows, counts[None].astype(float), 40)[0]
    assert place @ outcome / 40 == pytest.approx(ev.ppv_at_k(outcome[taken], risk[taken], 40))


def test_a_planted_under_prediction_is_seen(people):
    risk = np.where(people["sex"] == "male", people["risk"] / 3, people["risk"])
    table = ev.by_subgroup(people["outcome"], risk, {"sex": people["sex"]}, k=100, replicates=200)
    assert values(table, "sex", "male", "low")["observed_expected"] > 2
    assert values(table, "sex", "male", "high")["list_to_outcomes"] < 1
    assert values(table, "sex", "female", "low")["observed_expected"] < 1.05


def test_thirty_thousand_people_take_seconds():
    rng = np.random.default_rng(2)
    risk = rng.beta(1, 12, 30_000)
    outcome, band = rng.random(30_000) < risk, rng.integers(0, 8, 30_000)
    began = time.process_time()
    ev.by_subgroup(outcome, risk, {"age band": band}, k=600, replicates=100)
    assert time.process_time() - began < 10


def test_everyone_together_has_intervals_too(people):
    found = ev.bootstrap_measures(people["outcome"], people["risk"], k=100, thresholds=[0.2], replicates=200).set_index(
        "measure"
    )
    assert found.loc["ppv", "value"] == pytest.approx(ev.ppv_at_k(people["outcome"], people["risk"], 100))
    delong = ev.c_statistic_interval(people["outcome"], people["risk"])
    assert found.loc["c_statistic", ["low", "high"]].tolist() == pytest.approx(list(delong.interval), abs=0.01)
    assert "share_of_list" not in found.index
    assert "ppv" not in ev.bootstrap_measures(people["outcome"], people["risk"], replicates=0)["measure"].tolist()
