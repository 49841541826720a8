"""NHEFS: weight gained by 1982 after giving up smoking, weighted by the inverse of the propensity.

Published: 3.44 kg (95 % 2.4 to 4.5), Hernan and Robins, Causal Inference: What If, program 12.2. The model of the
propensity is theirs; data from R's causaldata.
"""

import numpy as np
import pandas as pd
import pytest
from tests.third_party import third_party_file

from casefinder import matching as m

pytestmark = pytest.mark.third_party
CONTINUOUS = ["age", "smokeintensity", "smokeyrs", "wt71"]


@pytest.fixture(scope="module")
def nhefs():
    return pd.read_csv(third_party_file("matching", "nhefs_complete.csv"))


def columns(people):
    kinds = pd.get_dummies(people[["education", "exercise", "active"]].astype(str), drop_first=True).astype(float)
    return np.column_stack([people[["sex", "race", *CONTINUOUS]], people[CONTINUOUS] ** 2, kinds])


def test_the_weighted_effect_is_as_published(nhefs):
    pytest.importorskip("statsmodels")
    treated = nhefs["qsmk"].to_numpy()
    given = columns(nhefs)
    chance = m.propensity_score(given, treated).risk(given)
    weight = 1 / np.where(treated == 1, chance, 1 - chance)
    found = m.mean_effect(nhefs["wt82_71"], treated, nhefs["seqn"], weight).difference
    assert found.value == pytest.approx(3.44, abs=0.005)
    assert (found.low, found.high) == (pytest.approx(2.4, abs=0.05), pytest.approx(4.5, abs=0.05))


def test_people_are_matched_within_calipers_and_balanced(nhefs):
    treated = nhefs["qsmk"].to_numpy()
    given = columns(nhefs)
    logit = m.propensity_score(given, treated).log_odds(given)
    rows = m.risk_sets(nhefs["seqn"], np.zeros(len(nhefs)), treated, logit, exact=[nhefs["sex"]])
    pairs = m.match(rows, m.MatchSettings(ratio=2, spread="pooled_within_groups"))
    among = pairs.members()
    assert pairs.share_unmatched < 0.1
    names = ["sex", "race", *CONTINUOUS]
    found = m.balance(nhefs[names].to_numpy(float), names, treated, among.row, among.treated, among.weight, "age")
    assert max(abs(one.before.smd) for one in found) > 0.25
    assert max(abs(one.after.smd) for one in found) < 0.1
