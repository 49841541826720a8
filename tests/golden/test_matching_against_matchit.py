"""Pairs equal those of R's MatchIt, control for control; make_matching.R in matching/ made them on invented people.

The lalonde figures are those that MatchIt's own documentation prints (vignette "MatchIt: Getting Started"); MatchIt's
licence is GPL, and nothing of it is here but these figures.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.third_party import third_party_file

from casefinder import matching as m

FOLDER = Path(__file__).parent / "matching"
NEAR = ["prognostic", "admissions", "age", "frailty"]


@pytest.fixture(scope="module")
def people():
    return pd.read_csv(FOLDER / "rows.csv")


HOW = {
    "propensity": ({"caliper": None, "propensity_only": True, "ratio": 1}, False),
    "propensity, 2 controls": ({"caliper": None, "propensity_only": True, "ratio": 2}, False),
    "propensity, caliper": ({"propensity_only": True, "ratio": 1}, False),
    "propensity, caliper, exact": ({"propensity_only": True, "ratio": 1}, True),
    "mahalanobis, two calipers, exact": ({"ratio": 1}, True),
    "mahalanobis, two calipers, exact, 3 controls": ({"ratio": 3}, True),
    "mahalanobis, two calipers, exact, replacement": ({"ratio": 1, "replacement": True}, True),
}


@pytest.mark.parametrize("how", HOW)
def test_pairs_equal_those_of_matchit(people, how):
    settings, exact = HOW[how]
    columns = [people[name] for name in ("treated", "propensity", "prognostic")]
    rows = m.risk_sets(people.index, np.zeros(len(people)), *columns, people[NEAR].to_numpy(float), [people["sex"]] * exact)
    pairs = m.match(rows, m.MatchSettings(**settings))
    wanted = pd.read_csv(FOLDER / "pairs.csv").query("how == @how")
    assert len(wanted) > 75
    assert set(zip(pairs.treated, pairs.control, strict=True)) == set(zip(wanted.treated, wanted.control, strict=True))


COVARIATES = ["age", "educ", "black", "hispan", "white", "married", "nodegree", "re74", "re75"]
BEFORE = {  # means of treated and controls, SMD, variance ratio, KS, as printed before matching
    "distance": (0.5774, 0.1822, 1.7941, 0.9211, 0.6444),
    "age": (25.8162, 28.0303, -0.3094, 0.4400, 0.1577),
    "educ": (10.3459, 10.2354, 0.0550, 0.4959, 0.1114),
    "black": (0.8432, 0.2028, 1.7615, None, 0.6404),
    "hispan": (0.0595, 0.1422, -0.3498, None, 0.0827),
    "white": (0.0973, 0.6550, -1.8819, None, 0.5577),
    "nodegree": (0.7081, 0.5967, 0.2450, None, 0.1114),
    "married": (0.1892, 0.5128, -0.8263, None, 0.3236),
    "re74": (2095.5737, 5619.2365, -0.7211, 0.5181, 0.4470),
    "re75": (1532.0553, 2466.4844, -0.2903, 0.9563, 0.2876),
}


@pytest.fixture(scope="module")
def lalonde():
    found = pd.read_csv(third_party_file("matching", "lalonde.csv"))
    for race in ("black", "hispan", "white"):
        found[race] = (found["race"] == race).astype(float)
    used = [name for name in COVARIATES if name != "black"]
    score = m.propensity_score(found[used], found["treat"])
    found["distance"], found["logit"] = score.risk(found[used]), score.log_odds(found[used])
    return found


@pytest.mark.third_party
@pytest.mark.parametrize("name", BEFORE)
def test_lalonde_before_matching_is_as_published(lalonde, name):
    found = m.compare(lalonde[name], lalonde["treat"])
    treated, control, smd, ratio, ks = BEFORE[name]
    assert (found.treated, found.control) == (pytest.approx(treated, abs=6e-5), pytest.approx(control, abs=6e-5))
    assert (found.smd, found.ks) == (pytest.approx(smd, abs=6e-5), pytest.approx(ks, abs=6e-5))
    assert np.isnan(found.variance_ratio) if ratio is None else found.variance_ratio == pytest.approx(ratio, abs=6e-5)


@pytest.mark.third_party
def test_the_unmatched_difference_of_lalonde_is_as_published(lalonde):
    arms = lalonde.groupby("treat")["re78"].mean()
    assert arms[1] - arms[0] == pytest.approx(-635.03, abs=0.005)


def matched(lalonde, score, settings, seed=0):
    rows = m.risk_sets(lalonde["rownames"], np.zeros(len(lalonde)), lalonde["treat"], lalonde[score], seed=seed)
    return m.match(rows, settings)


@pytest.mark.third_party
def test_lalonde_matched_one_to_one_is_as_published(lalonde):
    """Some people of the data are equal in every covariate, so the pairs depend on ties; the scores matched do hardly."""
    pairs = matched(lalonde, "distance", m.MatchSettings(ratio=1, caliper=None))
    among = pairs.members()
    score = lalonde["distance"].to_numpy()
    deviation = float(lalonde.query("treat == 1")["distance"].std())
    found = m.compare(score[among.row], among.treated, among.weight, deviation)
    assert (len(pairs.control), len(pairs.unmatched)) == (185, 0)
    assert (found.treated, found.control) == (pytest.approx(0.5774, abs=6e-5), pytest.approx(0.3629, abs=6e-5))
    assert (found.smd, found.variance_ratio) == (pytest.approx(0.9739, abs=2e-4), pytest.approx(0.7566, abs=4e-4))


@pytest.mark.third_party
@pytest.mark.parametrize("seed", range(3))
def test_lalonde_within_calipers_of_the_logit_matches_as_many_as_matchit(lalonde, seed):
    """MatchIt 4.5.1, caliper = 0.2 on the logit and Mahalanobis distance on it alone: 117 pairs within 0.361."""
    pairs = matched(lalonde, "logit", m.MatchSettings(ratio=1), seed)
    assert pairs.calipers.propensity == pytest.approx(0.361, abs=5e-4)
    assert len(pairs.control) == 117
