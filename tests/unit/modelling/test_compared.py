"""Two versions on the same people: which people those are, and differences with intervals."""

import numpy as np
import pandas as pd
import pytest

from casefinder.engines import Workspace
from casefinder.evaluation import c_statistic, net_benefit
from casefinder.modelling.compared import benefit_at, net_benefit_pair, pairs, same_people
from casefinder.modelling.tested import write_tested


def people(size=600, seed=1, noise=0.5, first=0):
    """People tested, whose true risk a version sees with some noise of its own."""
    draw = np.random.default_rng(1)
    truth = draw.normal(-1.5, 1.2, 2000)
    outcome = (draw.random(2000) < 1 / (1 + np.exp(-truth))).astype(float)
    raw = truth + np.random.default_rng(seed).normal(0, noise, 2000)
    rows = slice(first, first + size)
    return pd.DataFrame(
        {
            "person_id": [f"p{number:05d}" for number in range(2000)][rows],
            "index_date": "2025-01-01",
            "outcome": outcome[rows],
            "weight": 1.0,
            "raw_score": raw[rows],
            "risk": 1 / (1 + np.exp(-raw[rows])),
        }
    )


@pytest.fixture
def workspace(tmp_path):
    return Workspace(tmp_path)


def write(workspace, *tables):
    for number, table in enumerate(tables, 1):
        write_tested(workspace, table, "small", number, "2026-01-01")


def test_only_people_tested_twice_are_compared(workspace):
    write(workspace, people(), people(seed=2, first=200))
    both = same_people(workspace, "small", 1, 2)
    assert len(both) == 400
    expected = people(seed=2, first=200)["risk"].iloc[:400]
    assert both["risk_second"].to_numpy() == pytest.approx(expected.to_numpy())
    assert both["risk_first"].to_numpy() == pytest.approx(people()["risk"].iloc[200:].to_numpy())


def test_another_date_is_another_test(workspace):
    write(workspace, people(), people(seed=2).assign(index_date="2025-07-01"))
    assert same_people(workspace, "small", 1, 2) is None


def test_a_champion_that_scored_the_same_people_is_compared_on_all_of_them(workspace):
    later = people(seed=2).assign(index_date="2025-07-01", champion_version=1, champion_raw_score=0.5, champion_risk=0.25)
    write(workspace, people(), later)
    both = same_people(workspace, "small", 1, 2)
    assert len(both) == 600
    assert set(both["risk_first"]) == {0.25}
    assert set(both["score_first"]) == {0.5}


def test_too_few_people_with_the_outcome_are_no_comparison(workspace):
    write(workspace, people(), people(seed=2, first=560))
    assert same_people(workspace, "small", 1, 2) is None


def test_people_that_were_purged_are_no_comparison(workspace):
    write(workspace, people())
    assert same_people(workspace, "small", 1, 2) is None


def test_differences_are_those_of_the_measures(workspace):
    write(workspace, people(), people(seed=2, noise=2.5))
    both = same_people(workspace, "small", 1, 2)
    found = {one.measure: one for one in pairs(both, 0.2, 0.05, replicates=100)}
    ranked = found["c-statistic (AUROC)"]
    assert ranked.first == pytest.approx(c_statistic(both["outcome"], both["risk_first"]))
    assert ranked.second == pytest.approx(c_statistic(both["outcome"], both["risk_second"]))
    assert ranked.difference.high < 0
    benefit, same = found["net benefit at 0.2"], benefit_at(both, 0.2)
    assert (benefit.first, benefit.second) == (same.champion, same.candidate)
    assert same.candidate == pytest.approx(net_benefit(both["outcome"], both["risk_second"], 0.2))
    assert all(one.difference.low <= one.difference.value <= one.difference.high for one in found.values())
    assert all(0 <= count <= 30 for count in found["PPV of the top 5 in 100"].people)
    assert len(found["PPV of the top 5 in 100"].people) == 4


def test_a_version_does_not_differ_from_itself(workspace):
    write(workspace, people(), people())
    both = same_people(workspace, "small", 1, 2)
    assert {one.difference.value for one in pairs(both, 0.2, 0.05, replicates=20)} == {0.0}


def test_a_recalibration_is_compared_with_its_former_version_where_another_is_in_use(workspace):
    later = people(seed=2).assign(index_date="2025-07-01", champion_version=1, champion_raw_score=0.5, champion_risk=0.25)
    later = later.assign(former_version=2, former_raw_score=later["raw_score"], former_risk=0.125)
    write(workspace, people(), people(seed=3), later)
    assert set(same_people(workspace, "small", 1, 3)["risk_first"]) == {0.25}
    assert set(same_people(workspace, "small", 2, 3)["risk_first"]) == {0.125}
    both = same_people(workspace, "small", 2, 3)
    assert both["score_first"].tolist() == both["score_second"].tolist()
    change = net_benefit_pair(both, 0.2, replicates=100)
    [same] = [one for one in pairs(both, 0.2, 0.1, replicates=100) if one.measure == change.measure]
    assert (change.first, change.second, change.difference) == (same.first, same.second, same.difference)
