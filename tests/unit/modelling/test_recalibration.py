"""Recalibration on arrays: index dates, predictors, the update, terms of clusters, and what is said of them."""

import datetime as dt
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from casefinder.errors import ModelError
from casefinder.evaluation import closed_test
from casefinder.modelling.calibrate import Calibrator
from casefinder.modelling.cluster_terms import ClusterTerms, cluster_terms, with_terms
from casefinder.modelling.disclosed import disclosed
from casefinder.modelling.later_rows import _check_enough, _not_newer, candidate_dates, chosen_dates
from casefinder.modelling.predictors import predictors
from casefinder.modelling.recalibrated import origin
from casefinder.modelling.recalibration import Shown, change_made, judged_updates, updated
from casefinder.modelling.splits import CALIBRATE
from casefinder.reports.card.content import Section
from casefinder.reports.card.markdown import section_text
from casefinder.reports.card.recalibration import recalibration_blocks
from casefinder.reports.recalibration import cluster_words, rows_of_test, update_words, words_of_test

JANUARY = dt.date(2024, 1, 1)


def months(*numbers):
    return tuple(dt.date(2023 + (number - 1) // 12, (number - 1) % 12 + 1, 1) for number in numbers)


def test_every_month_whose_outcome_was_known_at_the_test_date_may_be_taken():
    found = candidate_dates(dt.date(2023, 1, 1), dt.date(2025, 1, 1), 365, 60)
    assert found == months(*range(2, 12))
    assert found[-1] + dt.timedelta(days=365 + 60) <= dt.date(2025, 1, 1)
    assert found[-1] + dt.timedelta(days=31 + 365 + 60) > dt.date(2025, 1, 1)
    assert candidate_dates(dt.date(2024, 1, 1), dt.date(2025, 1, 1), 365, 0) == ()


def test_one_date_is_taken_where_it_has_people_enough():
    found = {date: frozenset(f"p{place}" for place in range(50)) for date in months(2, 5, 8)}
    assert chosen_dates(found, months(8), months(1), 50) == months(8)


def test_further_dates_are_the_farthest_from_all_taken_and_a_person_counts_once():
    everyone = [f"p{place}" for place in range(60)]
    found = {date: frozenset(everyone[:30]) for date in months(*range(2, 14))}
    found[months(7)[0]] = frozenset(everyone[30:])
    # Calibrated in month 1 and beginning with month 13, month 7 lies farthest from both.
    assert chosen_dates(found, months(13), months(1), 60) == months(7, 13)
    assert chosen_dates(found, months(13), months(1), 31) == months(7, 13)
    assert len(chosen_dates(found, months(13), months(1), 61)) == 12


def test_too_few_people_are_told_in_rounded_counts():
    bundle = SimpleNamespace(label="m@1", name="m", about={"settings": {"split": {"calibrate_share": 0.15}}})
    found = {months(2)[0]: frozenset(f"p{place}" for place in range(123)), months(3)[0]: frozenset(["p1", "q"])}
    with pytest.raises(ModelError, match="too few people with the outcome") as caught:
        _check_enough(found, months(2, 3), bundle, 200)
    said = caught.value.render()
    assert "200 are needed, there are 125 (rounded) at index dates 2023-02-01 to 2023-03-01; 15 in 100" in said
    assert "casefinder train m" in said
    with pytest.raises(ModelError) as caught:
        _check_enough({months(2)[0]: frozenset(["p1", "p2", "p3"])}, months(2), bundle, 200)
    assert "there are * (rounded)" in caught.value.render()
    _check_enough(found, months(2, 3), bundle, 124)


@pytest.mark.parametrize(("pinned", "said"), [(None, "casefinder link"), (JANUARY, "take split.index_date out")])
def test_a_record_that_is_not_newer_says_what_to_do(pinned, said):
    about = {"index_dates": {"calibrate": ["2022-10-01"], "test": ["2024-01-01"]}}
    settings = SimpleNamespace(split=SimpleNamespace(index_date=pinned))
    words = _not_newer(SimpleNamespace(label="m@1", about=about), JANUARY, settings).render()
    assert "2024-01-01 now; the version was calibrated at 2022-10-01 and tested at 2024-01-01" in words
    assert said in words


def people(size=6000, intercept=0.0, spread=0.0, seed=1):
    """Later rows of a version whose log odds are the raw score, in eight clusters."""
    draw = np.random.default_rng(seed)
    names = np.array([f"Cluster {place}" for place in range(8)], dtype=object)
    clusters = names[draw.integers(0, 8, size)]
    terms = dict(zip(names, spread * np.linspace(-1.5, 1.5, 8), strict=True))
    raw = draw.normal(-2, 1, size)
    truth = intercept + raw + np.array([terms[one] for one in clusters])
    outcome = (draw.random(size) < 1 / (1 + np.exp(-truth))).astype(float)
    risk = 1 / (1 + np.exp(-raw))
    ids = np.array([f"p{place}" for place in range(size)], dtype=object)
    rows = Shown(outcome, np.ones(size), ids, clusters, raw[:, None], raw, risk)
    return rows, terms


def test_a_category_has_a_column_each_but_the_commonest_and_an_unknown_number_says_so():
    draw = np.random.default_rng(1)
    outcome = draw.integers(0, 2, 1000).astype(float)
    values = draw.integers(1, 11, 1000).astype(np.float32)
    values[:100] = np.nan
    named = {
        "age": draw.uniform(18, 95, 1000).astype(np.float32),
        "sex": np.array(["male"] * 600 + ["female"] * 390 + ["other"] * 10, dtype=object),
        "imd_decile": values,
        "learning_disability_years": np.full(1000, np.nan, dtype=np.float32),
        "charlson": np.where(np.arange(1000) < 20, 3.0, np.nan),
    }
    names, columns = predictors(named, outcome)
    # Ten people of another sex, and twenty whose Charlson index is known, are too few to say anything.
    assert names == ("age", "sex female", "imd_decile", "imd_decile known")
    assert columns[:, 0] == pytest.approx(named["age"])
    assert columns[:, 1].sum() == 390
    assert columns[100:, 2] == pytest.approx(np.log1p(values[100:]), rel=1e-6)
    assert columns[:100, 2] == pytest.approx(np.log1p(values[100:]).mean(), rel=1e-6)
    assert columns[:, 3].sum() == 900
    assert np.isfinite(columns).all()


def test_nothing_known_of_people_leaves_the_scores_alone():
    names, columns = predictors({"age": np.full(50, np.nan)}, np.tile([0.0, 1.0], 25))
    assert names == ()
    assert columns.shape == (50, 0)


def prepared(rows):
    """As much of the later rows as the test asks for: one characteristic that has nothing to say."""
    age = np.resize(np.random.default_rng(9).uniform(18, 95, 6000), len(rows.raw))
    return SimpleNamespace(
        prepared=SimpleNamespace(characteristics=lambda _part: {"age": age}),
        plan=SimpleNamespace(dates={CALIBRATE: (JANUARY,)}),
        overlap_days=0,
    )


def test_the_test_of_a_shifted_version_chooses_the_intercept_and_the_update_undoes_it():
    rows, _ = people(intercept=0.7)
    test, names = judged_updates(prepared(rows), rows)
    assert names == ("raw_score", "age")
    assert test.predictors == 1
    assert test.chosen == "intercept"
    assert [one.correction for one in test.tests] == [1.0, 1.0, 1.0]
    twice = Shown(*(np.concatenate([values] * 2) for values in vars(rows).values()))
    again, _ = judged_updates(prepared(twice), twice)
    assert (again.people, again.events) == (test.people, test.events)
    assert again.tests[0].correction == pytest.approx(2.0, abs=0.15)
    former = Calibrator("logistic", 0.0, 1.0)
    now = updated(former, test, "intercept")
    assert now.intercept == pytest.approx(0.7, abs=0.12)
    assert now.slope == 1.0
    assert now.risks(rows.raw).sum() == pytest.approx(rows.outcome.sum(), rel=1e-6)
    assert change_made(former, now) == {"a": round(now.intercept, 6), "b": 1.0}
    assert updated(former, test, "keep") is former


def test_what_cannot_be_tested_is_a_model_error():
    rows, _ = people(size=300)
    with pytest.raises(ModelError, match="cannot be tested") as caught:
        judged_updates(prepared(rows), rows)
    assert "too few events" in caught.value.render()


def test_a_slope_that_would_turn_risks_round_is_refused():
    rows, _ = people()
    backward = closed_test(rows.outcome, 1 - rows.risk, rows.raw[:, None])
    with pytest.raises(ModelError, match="No calibration mends this version"):
        updated(Calibrator("logistic"), backward, "intercept and slope")


def test_the_change_made_holds_for_a_calibrator_that_had_been_moved():
    former = Calibrator("logistic", -0.2, 0.8, clusters={"Ash": 0.5})
    assert change_made(former, former.moved(0.1, 0.9)) == {"a": 0.1, "b": 0.9}
    assert change_made(former, former) == {"a": 0.0, "b": 1.0}


def test_terms_of_clusters_follow_the_truth_and_are_drawn_towards_the_average():
    rows, truth = people(size=20000, spread=0.3)
    found = cluster_terms(rows, rows.risk)
    assert set(found.terms) <= set(truth)
    for name, term in found.terms.items():
        assert term == pytest.approx(truth[name], abs=0.2)
        assert round(term, 2) == term
    spread, low, high = found.spread
    assert low < 0.3 < high
    assert low < spread < high
    now = with_terms(Calibrator("logistic", 0.0, 1.0), found, "keep")
    for name in truth:
        own = rows.clusters == name
        off, mended = rows.risk[own].sum(), now.risks(rows.raw, rows.clusters)[own].sum()
        observed = rows.outcome[own].sum()
        assert abs(np.log(observed / mended)) <= abs(np.log(observed / off)) + 0.02


def test_without_spread_there_are_no_terms():
    one, _ = people(size=500)
    rows = Shown(*(np.concatenate([values] * 8) for values in vars(one).values()))
    names = np.repeat(np.array([f"Cluster {place}" for place in range(8)], dtype=object), 500)
    rows = replace(rows, clusters=names, people=np.array([f"p{place}" for place in range(4000)], dtype=object))
    found = cluster_terms(rows, rows.risk)
    assert found.spread[0] == pytest.approx(0.0, abs=1e-6)
    assert found.terms == {}


def test_a_person_at_several_dates_counts_once_in_terms():
    rows, _ = people(size=5000, spread=0.3)
    thrice = Shown(*(np.concatenate([values] * 3) for values in vars(rows).values()))
    once, again = cluster_terms(rows, rows.risk), cluster_terms(thrice, thrice.risk)
    assert again.terms == once.terms
    assert again.spread == pytest.approx(once.spread, abs=1e-3)


def test_a_cluster_whose_counts_may_not_be_told_has_no_term_and_people_without_a_cluster_stay_out():
    rows, _ = people(size=8000, spread=0.6)
    clusters = rows.clusters.copy()
    clusters[:6] = "Tiny"
    clusters[6:200] = None
    found = cluster_terms(replace(rows, clusters=clusters), rows.risk)
    assert "Tiny" not in found.terms
    assert found.withheld == 1
    assert None not in found.terms
    with pytest.raises(ModelError, match="too few clusters"):
        cluster_terms(replace(rows, clusters=np.where(clusters == "Cluster 1", "Cluster 1", None)), rows.risk)


def test_terms_take_the_place_of_former_ones_and_bring_their_intercept_only_with_an_update():
    former = Calibrator("logistic", -0.2, 0.8, clusters={"Ash": 0.5, "Elm": 0.1})
    found = ClusterTerms({"Oak": -0.2, "Ash": 0.3}, 0.05, (0.2, 0.1, 0.4), 0)
    kept = with_terms(former, found, "keep")
    assert (kept.intercept, kept.slope, kept.clusters) == (-0.2, 0.8, {"Ash": 0.3, "Oak": -0.2})
    assert with_terms(former, found, "intercept").intercept == pytest.approx(-0.15)


RECORD = {
    "of": 1, "method": "intercept", "chosen": "keep", "forced": True, "level": 0.05, "overlap_days": 30, "people": 1233,
    "events": 204, "index_dates": ["2023-04-01", "2023-10-01"], "predictors": ["raw_score", "age"], "fullest_has": 1,
    "made": {"a": -0.25, "b": 1.0}, "before": {"people": 500, "events": 3, "observed_expected": 1.234},
    "tests": [
        {"update": "keep", "statistic": 12.5, "degrees": 3, "p": 0.0059, "rejected": True},
        {"update": "intercept", "statistic": 0.5, "degrees": 2, "p": 0.78, "rejected": False},
        {"update": "intercept and slope", "statistic": 0.1, "degrees": 1, "p": 0.75, "rejected": False},
    ],
    "clusters": {"terms": {"Ash": 0.1, "Elm": -0.22}, "spread": 0.2, "spread_low": 0.1, "spread_high": 0.4, "withheld": 1},
}  # fmt: skip


def test_what_leaves_the_workspace_has_rounded_counts_and_withheld_figures():
    found = disclosed({"recalibration": RECORD})["recalibration"]
    assert (found["people"], found["events"]) == (1235, 205)
    assert found["before"] == {"people": 500, "events": None, "observed_expected": None}
    assert found["tests"] == RECORD["tests"]


def test_a_version_says_what_it_is_a_recalibration_of():
    assert origin({"recalibration": RECORD}) == "recalibration of 1: intercept, cluster terms"
    assert origin({}) == ""


def test_the_card_tells_the_test_the_change_and_each_term():
    text = section_text(Section("Recalibration", tuple(recalibration_blocks(RECORD))))
    assert text.startswith("## Recalibration\n")
    for words in (
        "Version 1 recalibrated: the same trees and logistic regression, log odds -0.250",
        "| keep | nothing | 12.50 | 3 | 0.006 | fits worse |",
        "| refit | the model itself |  |  |  | the fullest |",
        "2 index dates from 2023-04-01 to 2023-10-01",
        "asked for all the same: intercept",
        "30 days of the first outcome window",
        "| Ash | +0.10 |",
        "| Elm | -0.22 |",
        "never the sharing of money or the comparison of practices",
        "1 have none because their counts may not be told",
    ):
        assert words in text


def test_the_words_of_a_plain_recalibration_leave_out_what_does_not_apply():
    record = RECORD | {"forced": False, "overlap_days": 0, "index_dates": ["2023-10-01"], "clusters": None}
    assert words_of_test(record) == [
        "1,233 people never fitted on, 204 with the outcome, at index date 2023-10-01",
        "the simplest that fits no worse at level 0.05: keep",
    ]
    assert [row[0] for row in rows_of_test(record)] == ["keep", "intercept", "intercept and slope", "refit"]
    assert update_words(record | {"made": {"a": 0.0, "b": 1.0}}) == "log odds as they were"
    assert update_words(record | {"made": {"a": 0.1, "b": 0.9}}) == "log odds times 0.900, +0.100"
    assert "Terms of clusters" not in section_text(Section("Recalibration", tuple(recalibration_blocks(record))))
    assert cluster_words(RECORD["clusters"]).startswith("spread between clusters 0.200 on the log odds (0.100 to 0.400)")
