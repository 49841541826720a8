"""Every score on the same people: the figures against scikit-learn, what has no meaning, and what may be shown."""

import math

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

from casefinder.config import load_model
from casefinder.errors import ConfigError
from casefinder.modelling.age_and_sex import age_and_sex_columns, fit_age_and_sex
from casefinder.modelling.comparators import RULE, comparators, compare, with_rule
from casefinder.modelling.disclosed_comparison import disclosed_comparison
from casefinder.modelling.questions import FIRST, HORIZONS, OUTCOMES, Question, questions
from casefinder.outcomes import outcomes

OWN = Question("emergency_admission", 365)
K = 40


def probability(log_odds):
    return 1 / (1 + np.exp(-log_odds))


@pytest.fixture(scope="module")
def people():
    draw = np.random.default_rng(4)
    age = draw.uniform(18, 95, 2000)
    true = -4.5 + age / 30 + draw.normal(0, 0.8, 2000)
    found = pd.DataFrame(
        {
            "outcome": (draw.random(2000) < probability(true)).astype(float),
            "weight": np.where(draw.random(2000) < 0.05, 0.0, draw.uniform(1, 1.2, 2000)),
            "raw_score": true,
            "risk": probability(true),
            "other_raw_score": true + draw.normal(0, 0.5, 2000),
            "age_and_sex": probability(-4.5 + age / 30),
            "emergency_admissions_365d": draw.poisson(np.exp(true) * 2).astype(np.float32),
            "charlson": np.floor(age / 25 + draw.normal(0, 0.5, 2000)).clip(0),
            "deficits": np.zeros(2000),
            "efi2": draw.random(2000),
            "risk_elsewhere": probability(true + 0.5),
        }
    )
    return with_rule(found.assign(other_risk=probability(found["other_raw_score"])))


@pytest.fixture(scope="module")
def table(people):
    scores = comparators(people, "trees", ["efi2", "risk_elsewhere"])
    return compare(OWN, True, people, scores, 0.02, seed=1).set_index("score")


def test_scores_that_the_record_lacks_or_that_tell_nobody_apart_are_left_out(people):
    names = [one.name for one in comparators(people, "trees")]
    assert names == ["model", "other_model", "age_and_sex", RULE, "charlson"]
    assert "age_and_sex" not in [one.name for one in comparators(people.assign(age_and_sex=np.nan), "trees")]


def test_the_rule_is_two_or_more_admissions(people):
    assert set(people[RULE]) == {0.0, 1.0}
    assert ((people["emergency_admissions_365d"] >= 2) == (people[RULE] == 1)).all()
    unfed = people.drop(columns=RULE).assign(emergency_admissions_365d=np.nan)
    assert RULE not in with_rule(unfed)


@pytest.mark.parametrize("column", ["raw_score", "other_raw_score", "age_and_sex", RULE, "charlson", "efi2"])
def test_ranking_equals_scikit_learn(people, table, column):
    name = {"raw_score": "model", "other_raw_score": "other_model"}.get(column, column)
    given = {"sample_weight": people["weight"]}
    row, outcome, score = table.loc[name], people["outcome"], people[column]
    assert row["c_statistic"] == pytest.approx(roc_auc_score(outcome, score, **given), abs=1e-12)
    assert row["average_precision"] == pytest.approx(average_precision_score(outcome, score, **given), abs=1e-12)
    assert row["c_statistic_low"] < row["c_statistic"] < row["c_statistic_high"]


def test_a_list_is_the_top_two_in_a_hundred(people, table):
    listed = people.sort_values("raw_score", ascending=False).head(K)
    found = (listed["outcome"] * listed["weight"]).sum()
    assert (table["k"] == K).all()
    assert table.loc["model", "ppv_at_k"] == pytest.approx(found / listed["weight"].sum())
    assert table.loc["model", "sensitivity_at_k"] == pytest.approx(found / (people["outcome"] * people["weight"]).sum())


def test_net_benefit_is_of_lists_of_equal_size_at_one_threshold(people, table):
    threshold = people["risk"].nlargest(K).min()
    for name, column in (("model", "raw_score"), ("efi2", "efi2")):
        listed = people.sort_values(column, ascending=False).head(K)
        true, false = ((listed["weight"] * side).sum() for side in (listed["outcome"], 1 - listed["outcome"]))
        expected = (true - false * threshold / (1 - threshold)) / people["weight"].sum()
        assert table.loc[name, "net_benefit"] == pytest.approx(expected)


def test_calibration_is_asked_of_risks_of_this_very_question_only(people, table):
    outcome, weight = people["outcome"], people["weight"]
    ratio = (outcome * weight).sum() / people["risk_elsewhere"].sum()
    assert table.loc["risk_elsewhere", "observed_expected"] == pytest.approx(ratio)
    prevalence = (outcome * weight).sum() / weight.sum()
    loss = brier_score_loss(outcome, people["risk"], sample_weight=weight)
    assert table.loc["model", "ipa"] == pytest.approx(1 - loss / (prevalence * (1 - prevalence)))
    for name in (RULE, "charlson", "efi2"):
        assert table.loc[name, ["observed_expected", "calibration_slope", "ici"]].isna().all()
    other = compare(Question("death", 90), False, people, comparators(people, "trees"), 0.02).set_index("score")
    assert math.isnan(other.loc["model", "observed_expected"])
    assert math.isnan(other.loc["model", "net_benefit"])
    assert other.loc["age_and_sex", "observed_expected"] > 0


def test_differences_are_from_the_model(table):
    expected = table["c_statistic"] - table.loc["model", "c_statistic"]
    assert table["difference"].drop("model").to_numpy() == pytest.approx(expected.drop("model").to_numpy())
    assert math.isnan(table.loc["model", "difference"])
    assert table.loc["efi2", "difference_high"] < 0


def test_age_and_sex_equal_scikit_learn():
    draw = np.random.default_rng(9)
    age, sex = draw.uniform(18, 95, 3000), draw.choice(["male", "female", "other"], 3000, p=[0.48, 0.5, 0.02])
    outcome = (draw.random(3000) < probability(-5 + age / 25 + 0.4 * (sex == "male"))).astype(float)
    weight = draw.uniform(1, 2, 3000)
    fitted = fit_age_and_sex(age, sex, outcome, weight)
    columns = age_and_sex_columns(age, sex, np.array(fitted.knots))
    plain = LogisticRegression(C=np.inf, fit_intercept=False, tol=1e-10, max_iter=5000, solver="newton-cholesky")
    expected = plain.fit(columns, outcome, sample_weight=weight).predict_proba(columns)[:, 1]
    np.testing.assert_allclose(fitted.risks(age, sex), expected, atol=1e-6)


def test_age_and_sex_of_people_alike_or_without_the_outcome():
    age, women = np.repeat([70.0, 71.0], 50), np.full(100, "female")
    outcome = np.tile([1.0, 0.0], 50)
    same = fit_age_and_sex(age, women, outcome, np.ones(100))
    assert same.knots == ()
    assert same.risks(age, women) == pytest.approx(0.5)
    assert fit_age_and_sex(age, women, np.zeros(100), np.ones(100)) is None
    assert fit_age_and_sex(np.empty(0), np.empty(0, dtype=object), np.empty(0), np.empty(0)) is None


def test_the_usual_questions_begin_with_the_models_own():
    asked = questions(load_model("emergency_admission"))
    assert asked[0] == OWN
    assert [one.days for one in asked if one.name == OWN.name] == [365, *(days for days in HORIZONS if days != 365)]
    assert {one.name for one in asked} == set(OUTCOMES)
    assert {name for name in OUTCOMES if name != FIRST} <= set(outcomes())
    assert len(asked) == len(set(asked))


def test_named_outcomes_and_horizons_are_crossed():
    settings = load_model("care_home_entry")
    assert questions(settings, days=[30]) == [Question("care_home_entry", 30)]
    assert questions(settings, ["death"]) == [Question("death", 365)]
    crossed = questions(settings, ["death", FIRST], [30, 90])
    assert crossed == [Question("death", 30), Question("death", 90), Question(FIRST, 30), Question(FIRST, 90)]
    assert crossed[2].outcome == "emergency_admission"
    assert "none in the two years before" in crossed[2].words


@pytest.mark.parametrize(
    ("name", "words"), [("emergency_admision", "did you mean 'emergency_admission'?"), ("cost", "use one of")]
)
def test_an_outcome_that_cannot_be_compared_on(name, words):
    with pytest.raises(ConfigError, match="there is no outcome called") as refused:
        questions(load_model("emergency_admission"), ["death", name])
    assert words in str(refused.value)


def test_what_may_be_shown_is_rounded_and_small_finds_are_withheld(table):
    exact = table.assign(events=203, k=43)
    exact.loc["efi2", "ppv_at_k"] = 7 / 43
    rows = disclosed_comparison(exact.reset_index())
    model = next(row for row in rows if row["score"] == "model")
    assert (model["people"], model["events"], model["k"]) == (2000, 205, 45)
    assert model["ppv_at_k"] == round(table.loc["model", "ppv_at_k"], 2)
    assert model["difference"] is None
    efi = next(row for row in rows if row["score"] == "efi2")
    hidden = ("ppv_at_k", "ppv_at_k_low", "ppv_at_k_high", "sensitivity_at_k", "sensitivity_at_k_low", "net_benefit")
    assert {efi[name] for name in hidden} == {"*"}
    assert isinstance(efi["c_statistic"], float)


def test_nothing_is_shown_of_an_outcome_of_a_few(table):
    for row in disclosed_comparison(table.reset_index().assign(events=6)):
        assert row["events"] == "*"
        shown = {value for name, value in row.items() if isinstance(value, float) and name != "horizon_days"}
        assert shown == set()
