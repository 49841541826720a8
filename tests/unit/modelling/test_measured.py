"""The record of measures: against scikit-learn, plain loops and sums done by hand."""

import math
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

from casefinder.config import load_model
from casefinder.evaluation import bootstrap_measures
from casefinder.modelling.list_rows import MODEL, OTHER, RULE, KnownPeople
from casefinder.modelling.measured import FEWEST_AT_A_POINT, GRID, measured, record_text
from casefinder.modelling.refits import Refits
from casefinder.modelling.subgroups import age_band

SETTINGS = load_model("emergency_admission")
EVALUATION = SETTINGS.evaluation.model_copy(update={"replicates": 100, "list_shares": (0.02, 0.1), "practice_list": 6})
SETTINGS = SETTINGS.model_copy(update={"evaluation": EVALUATION, "list_share": 0.05})
PEOPLE = 1500


def made_up(people=PEOPLE, seed=1, lost=0.0):
    """People tested whose risks are right."""
    draw = np.random.default_rng(seed)
    age, before = draw.uniform(18, 95, people), draw.poisson(0.3, people).astype(float)
    raw = -4.5 + age / 40 + 0.9 * before + draw.normal(0, 0.7, people)
    risk = 1 / (1 + np.exp(-raw))
    gone = draw.random(people) < lost
    return pd.DataFrame(
        {
            "person_id": [f"p{number:05d}" for number in range(people)],
            "index_date": "2025-01-01",
            "practice_code": draw.choice(["Z1", "Z2", "Z3", "Z4", "Z5", "Z6"], people),
            "gp_cluster": "Ash",
            "outcome": (draw.random(people) < risk) * ~gone * 1.0,
            "weight": np.where(gone, 0.0, 1 / (1 - lost)),
            "raw_score": raw,
            "risk": risk,
            "other_raw_score": raw + draw.normal(0, 0.5, people),
            "other_risk": risk,
            "age": age,
            "sex": draw.choice(["female", "male"], people),
            "learning_disability_years": np.where(draw.random(people) < 0.02, 20.0, np.nan),
            "years_with_practice": draw.uniform(0, 20, people),
            "emergency_admissions_365d": before,
            "emergency_admissions_730d": before + draw.poisson(0.2, people),
        }
    )


@pytest.fixture(scope="module")
def people():
    return made_up()


@pytest.fixture(scope="module")
def lost():
    """People of whom some were lost before the horizon."""
    return made_up(seed=2, lost=0.15)


@pytest.fixture(scope="module")
def record(people):
    return measured(people, SETTINGS)


@pytest.fixture(scope="module")
def of_lost(lost):
    return measured(lost, SETTINGS)


def best(people, by, k):
    """The k people with the highest score, by a plain sort."""
    return people.sort_values(by, ascending=False).head(k)


def rows_of(record, table, **chosen):
    return [row for row in record[table]["rows"] if all(row[name] == value for name, value in chosen.items())]


@pytest.mark.parametrize(
    ("score", "by"),
    [(MODEL, "raw_score"), (OTHER, "other_raw_score"), (RULE, ["emergency_admissions_365d", "age"])],
)
def test_lists_against_a_plain_sort(people, record, score, by):
    for row in rows_of(record, "lists", score=score):
        listed = best(people, by, row["k"])
        found = listed["outcome"].sum()
        assert row["k"] == round(row["share"] * PEOPLE)
        assert (row["seen"], row["found"]) == (row["k"], found)
        assert row["ppv"] == pytest.approx(found / row["k"], abs=1e-6)
        assert row["sensitivity"] == pytest.approx(found / people["outcome"].sum(), abs=1e-6)
        assert row["lift"] == pytest.approx(row["ppv"] / people["outcome"].mean(), abs=1e-5)
        assert row["number_needed_to_review"] == pytest.approx(row["k"] / found, abs=1e-6)
        assert row["no_recent_admission"] == pytest.approx((listed["emergency_admissions_730d"] == 0).mean(), abs=1e-6)
        assert row["ppv_low"] < row["ppv"] < row["ppv_high"]
        assert row["new_to_team"] is None


def test_lists_stand_at_every_share_and_at_the_models_own(record):
    assert [row["share"] for row in rows_of(record, "lists", score=MODEL)] == [0.02, 0.05, 0.1]


def test_the_lowest_risk_on_the_list_is_the_models_only(people, record):
    for row in record["lists"]["rows"]:
        lowest = best(people, "raw_score", row["k"])["risk"].min()
        assert row["cut_off"] == (pytest.approx(lowest, abs=1e-6) if row["score"] == MODEL else None)


def test_people_who_were_lost_take_places_and_are_not_seen(lost, of_lost):
    for row in rows_of(of_lost, "lists", score=MODEL):
        listed = best(lost, "raw_score", row["k"])
        seen = listed[listed["weight"] > 0]
        assert (row["seen"], row["found"]) == (len(seen), seen["outcome"].sum())
        assert row["seen"] < row["k"]
        assert row["ppv"] == pytest.approx(seen["outcome"].mean(), abs=1e-6)


def test_lists_within_practices_against_a_plain_loop(people, record):
    rows = rows_of(record, "practice_lists", score=MODEL)
    assert [row["k"] for row in rows] == [1, 6]
    assert [row["stands_for"] for row in rows] == [round(k / SETTINGS.split.test_share) for k in (1, 6)]
    for row in rows:
        shares, found = [], 0.0
        for _, own in people.groupby("practice_code"):
            listed = best(own, "raw_score", row["k"])
            found += listed["outcome"].sum()
            shares.append(listed["outcome"].mean())
        assert (row["practices"], row["listed"], row["found"]) == (6, 6 * row["k"], found)
        assert row["ppv"] == pytest.approx(found / row["listed"], abs=1e-6)
        assert row["sensitivity"] == pytest.approx(found / people["outcome"].sum(), abs=1e-6)
        names = ("ppv_least", "ppv_quarter", "ppv_median", "ppv_three_quarters", "ppv_most")
        assert [row[name] for name in names] == pytest.approx(np.quantile(shares, [0, 0.25, 0.5, 0.75, 1]), abs=1e-6)
        assert row["ppv_spread"] == pytest.approx(np.std(shares, ddof=1), abs=1e-6)


def test_the_c_statistic_within_age_against_scikit_learn(lost, of_lost):
    seen = lost[lost["weight"] > 0]
    pairs, total = 0, 0.0
    for _, band in seen.groupby(age_band(seen["age"])):
        if 0 < band["outcome"].sum() < len(band):
            size = band["outcome"].sum() * (1 - band["outcome"]).sum()
            pairs, total = pairs + size, total + size * roc_auc_score(band["outcome"], band["raw_score"])
    assert of_lost["within_age"]["c_statistic"] == pytest.approx(total / pairs, abs=1e-6)


def test_measures_of_everyone_against_scikit_learn(lost, of_lost):
    seen = lost[lost["weight"] > 0]
    values = {row["measure"]: row["value"] for row in of_lost["intervals"]["rows"]}
    assert values["c_statistic"] == pytest.approx(roc_auc_score(seen["outcome"], seen["risk"]), abs=1e-6)
    assert values["average_precision"] == pytest.approx(average_precision_score(seen["outcome"], seen["risk"]), abs=1e-6)
    assert values["brier"] == pytest.approx(brier_score_loss(seen["outcome"], seen["risk"]), abs=1e-6)
    weighted = (lost["weight"] * lost["outcome"]).sum()
    assert values["observed_expected"] == pytest.approx(weighted / lost["risk"].sum(), abs=1e-6)


def test_intervals_by_people_and_by_practice_are_the_bootstraps_own(people, record):
    assert record["intervals"]["practices"] == 6
    drawn = bootstrap_measures(
        people["outcome"], people["risk"], weight=people["weight"], cluster=people["practice_code"],
        replicates=100, seed=SETTINGS.seed, gaps=False,
    ).set_index("measure")  # fmt: skip
    for row in record["intervals"]["rows"]:
        assert row["practice_low"] == pytest.approx(drawn.at[row["measure"], "low"], abs=1e-6)
        assert row["low"] <= row["value"] <= row["high"]


def test_four_practices_say_nothing_of_others(people):
    few = people[people["practice_code"].isin(["Z1", "Z2", "Z3", "Z4"])]
    rows = measured(few, SETTINGS)["intervals"]["rows"]
    assert {(row["practice_low"], row["practice_high"]) for row in rows} == {(None, None)}


def test_the_curve_is_read_only_where_there_are_enough_people(people, record):
    middles = [-math.inf, *((one + other) / 2 for one, other in pairwise(GRID)), math.inf]
    near = {point: ((people["risk"] > low) & (people["risk"] <= high)).sum()
            for point, low, high in zip(GRID, middles[:-1], middles[1:], strict=True)}  # fmt: skip
    expected = {point: count for point, count in near.items() if count >= FEWEST_AT_A_POINT}
    assert {row["risk"]: row["people"] for row in record["curve"]["rows"]} == expected
    assert 3 < len(expected) < len(GRID)
    assert all(row["low"] <= row["observed"] <= row["high"] for row in record["curve"]["rows"])


def test_net_benefit_against_its_formula(people, record):
    for row in record["net_benefit"]["rows"]:
        odds = row["threshold"] / (1 - row["threshold"])
        treated = people[people["risk"] >= row["threshold"]]
        by_rule = best(people, ["emergency_admissions_365d", "age"], len(treated))
        assert (row["treated"], row["found"]) == (len(treated), treated["outcome"].sum())
        assert row["rule_found"] == by_rule["outcome"].sum()
        for name, who in (("model", treated), ("simple_rule", by_rule), ("treat_all", people)):
            gain = who["outcome"].sum() - odds * (1 - who["outcome"]).sum()
            assert row[name] == pytest.approx(gain / PEOPLE, abs=1e-6)


def test_equity_against_sums_and_scikit_learn(people, record):
    k = record["equity"]["k"]
    assert k == round(0.05 * PEOPLE)
    listed = people["person_id"].isin(best(people, "raw_score", k)["person_id"])
    for row in rows_of(record, "equity", characteristic="sex"):
        member = people["sex"] == row["group"]
        own, on_list = people[member], people[member & listed]
        assert (row["people"], row["events"]) == (len(own), own["outcome"].sum())
        assert (row["listed"], row["found"]) == (len(on_list), on_list["outcome"].sum())
        assert row["share_of_list"] == pytest.approx(len(on_list) / k, abs=1e-6)
        assert row["share_of_events"] == pytest.approx(own["outcome"].sum() / people["outcome"].sum(), abs=1e-6)
        assert row["ppv"] == pytest.approx(on_list["outcome"].mean(), abs=1e-6)
        assert row["sensitivity"] == pytest.approx(on_list["outcome"].sum() / own["outcome"].sum(), abs=1e-6)
        assert row["c_statistic"] == pytest.approx(roc_auc_score(own["outcome"], own["risk"]), abs=1e-6)
        assert row["c_statistic_low"] < row["c_statistic"] < row["c_statistic_high"]


def test_data_availability_is_a_characteristic(record):
    rows = rows_of(record, "equity", characteristic="years with the practice")
    assert {row["group"] for row in rows} == {"under 2 years", "2 to 5 years", "5 years or more"}


def test_a_group_below_the_floor_has_no_measure_of_rank(record):
    row = rows_of(record, "equity", characteristic="learning disability", group="yes")[0]
    assert row["events"] < record["equity"]["floor"]
    assert (row["c_statistic"], row["calibration_slope"], row["ppv"]) == (None, None, None)
    assert row["share_of_list"] is not None


def test_who_is_new_to_the_team(people):
    top = best(people, "raw_score", round(0.02 * PEOPLE))["person_id"].tolist()
    known = KnownPeople(pd.Timestamp("2024-01-02").date(), pd.Timestamp("2025-01-01").date(), 3, frozenset(top[:12]))
    found = measured(people, SETTINGS, known=known)
    assert found["new_to_team"] == {"since": "2024-01-02", "until": "2025-01-01", "lists": 3}
    assert rows_of(found, "lists", score=MODEL, share=0.02)[0]["new_to_team"] == pytest.approx(18 / 30, abs=1e-6)


def test_stability_of_refits_that_are_known(people):
    raw, risk = people["raw_score"].to_numpy(), people["risk"].to_numpy()
    low = np.where(np.argsort(np.argsort(-raw)) < 15, raw - 100, raw)
    found = measured(people, SETTINGS, Refits(np.stack([raw, low]), np.stack([risk, risk * 0.9])))["stability"]
    assert (found["refits"], found["k"]) == (2, 75)
    assert found["mean_error"] == pytest.approx((risk * 0.1).mean() / 2, abs=1e-6)
    assert found["centile_95_error"] == pytest.approx(np.quantile(risk * 0.05, 0.95), abs=1e-6)
    assert found["overlap_least"] == pytest.approx(60 / 90, abs=1e-6)
    assert found["overlap_mean"] == pytest.approx((1 + 60 / 90) / 2, abs=1e-6)


def test_without_records_of_admissions_there_is_no_rule(people):
    found = measured(people.drop(columns=["emergency_admissions_365d", "emergency_admissions_730d"]), SETTINGS)
    assert {row["score"] for row in found["lists"]["rows"]} == {MODEL, OTHER}
    assert {row["no_recent_admission"] for row in found["lists"]["rows"]} == {None}
    assert all("simple_rule" not in row and "rule_found" not in row for row in found["net_benefit"]["rows"])


@pytest.mark.parametrize("turned", [False, True])
def test_too_few_with_or_without_the_outcome_give_empty_tables(people, turned):
    few = people.assign(outcome=((np.arange(PEOPLE) < 19) != turned) * 1.0)
    found = measured(few, SETTINGS)
    assert "fewer than 20 people tested" in found["note"]
    tables = ("intervals", "curve", "lists", "practice_lists", "net_benefit", "equity")
    assert [found[name]["rows"] for name in tables] == [[]] * len(tables)


def test_the_order_of_people_changes_no_byte(people, record):
    again = measured(people.sample(frac=1, random_state=5), SETTINGS)
    assert record_text(again) == record_text(record)
