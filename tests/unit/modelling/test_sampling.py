"""Rows without the outcome left out by chance: whose, what the others weigh, and that risks stay those of everyone."""

import numpy as np
import pytest
from tests.unit.modelling.small_model import CATEGORIES, NAMES, SETTINGS, made_up

from casefinder.modelling.calibrate import fit_calibrator
from casefinder.modelling.disclosed import disclosed
from casefinder.modelling.logistic import fit_logistic_model
from casefinder.modelling.reach import reach
from casefinder.modelling.sampling import at_most, left_out, stands_for
from casefinder.modelling.splits import CALIBRATE, FIT, STOP, TEST
from casefinder.modelling.trees import fit_trees
from casefinder.reports.card.words import resampling, rows_of_regression

PEOPLE = np.array([f"p{number}" for number in range(8000)], dtype=object)


def kept(share, seed=1, **changed):
    given = {"people": PEOPLE, "outcome": (np.arange(8000) % 10 == 0).astype(float), "part": np.full(8000, FIT),
             "at_test": np.zeros(8000, dtype=bool)} | changed  # fmt: skip
    return stands_for(**given, share=share, seed=seed)


def test_everyone_stands_for_one_where_all_are_kept():
    assert (kept(1.0) == 1).all()


def test_rows_with_the_outcome_are_all_kept_and_the_others_weigh_for_those_left_out():
    found, event = kept(0.25), np.arange(8000) % 10 == 0
    assert (found[event] == 1).all()
    assert set(found[~event]) == {0.0, 4.0}
    assert np.mean(found[~event] > 0) == pytest.approx(0.25, abs=0.02)
    assert found.sum() == pytest.approx(8000, rel=0.05)


def test_only_rows_fitted_or_stopped_on_are_left_out_and_none_at_the_test_date():
    for part, lost in ((FIT, True), (STOP, True), (CALIBRATE, False), (TEST, False)):
        assert (kept(0.25, part=np.full(8000, part)) == 0).any() == lost
    assert (kept(0.25, at_test=np.ones(8000, dtype=bool)) == 1).all()


def test_who_is_kept_hangs_on_the_person_and_the_seed_alone():
    found = kept(0.3)
    backwards = np.arange(8000)[::-1]
    again = kept(0.3, people=PEOPLE[backwards], outcome=(np.arange(8000) % 10 == 0)[backwards].astype(float))
    assert (again[backwards] == found).all()
    assert (kept(0.3, seed=2) != found).any()
    assert (found[kept(0.1) > 0] > 0).all()  # a smaller share lies within a larger


def test_what_was_left_out_is_counted_and_told_in_rounded_counts():
    part = np.array([FIT] * 6000 + [STOP] * 2000)
    note = left_out(kept(0.25, part=part), part, 0.25)
    assert note["share_kept"] == 0.25
    assert sum(note["left_out"].values()) == (kept(0.25) == 0).sum()
    told = disclosed({"sampling": note, "logistic_rows": {"fitted_on": 500_000, "of": 612_343}})
    assert told["sampling"]["left_out"]["fit"] % 5 == 0
    assert "25 in 100 were fitted and stopped on" in resampling(told)
    assert "left out to even out" in resampling({})
    assert "fitted on 500,000 of 612,345 rows" in rows_of_regression(told)
    assert rows_of_regression({}) == ""


@pytest.mark.parametrize(
    ("events", "most", "kept_events"), [(100, 500, 100), (100, 160, 80), (950, 500, 450), (950, 2000, 950)]
)
def test_at_most_so_many_rows_that_weigh_as_much_as_all(events, most, kept_events):
    outcome = (np.arange(1000) < events).astype(float)
    rows = (np.arange(1000.0)[:, None], outcome, np.ones(1000))
    features, seen, weight = at_most(rows, PEOPLE[:1000], most, seed=1)
    assert len(features) == min(most, 1000)
    assert seen.sum() == kept_events
    assert (outcome[features[:, 0].astype(int)] == seen).all()
    assert weight[seen == 1].sum() == pytest.approx(events)
    assert weight[seen == 0].sum() == pytest.approx(1000 - events)
    again = at_most(rows, PEOPLE[:1000], most, seed=1)
    assert all((one == other).all() for one, other in zip(again, (features, seen, weight), strict=True))


def test_reach_counts_the_rows_that_others_stand_for():
    risk, served = np.array([0.9, 0.8, 0.2, 0.1]), np.array([True, False, True, False])
    whole = reach(np.repeat(risk, [1, 3, 3, 3]), np.repeat(served, [1, 3, 3, 3]), 0.4)
    found = reach(risk, served, 0.4, [1, 3, 3, 3])
    assert (found.rows, found.served, found.top, found.top_served) == (10, 4, 4, 1)
    assert (whole.rows, whole.served, whole.top, whole.top_served) == (10, 4, 4, 1)
    assert found.expected_share == whole.expected_share


@pytest.fixture(scope="module")
def parts():
    """Enough people that a bias of two in a hundred would show: fitted on, stopped on, calibrated on, tested on."""
    return [made_up(people, seed) for seed, people in enumerate((30_000, 8_000, 20_000, 60_000), start=1)]


@pytest.mark.parametrize("kind", ["trees", "logistic"])
def test_risks_of_a_sampled_fit_are_those_of_everyone(parts, kind):
    """Observed over expected of the people tested lies within 2 in 100 of that of the fit on every row."""
    fit, stop, calibrate, tested = parts
    sampled = [part_of(rows, part) for rows, part in ((fit, FIT), (stop, STOP))]
    assert len(sampled[0][0]) < 0.6 * len(fit[0])
    ratio = {}
    for name, given in (("whole", (fit, stop)), ("sampled", sampled)):
        model = (
            fit_trees(*given, NAMES, tuple(CATEGORIES), SETTINGS, seed=1)[0]
            if kind == "trees"
            else fit_logistic_model(*given, NAMES, CATEGORIES, (0.01,))
        )
        calibrator = fit_calibrator(model.raw_scores(calibrate[0]), calibrate[1], calibrate[2], "logistic")
        ratio[name] = tested[1].sum() / calibrator.risks(model.raw_scores(tested[0])).sum()
        ratio[name, "bare"] = tested[1].sum() / (1 / (1 + np.exp(-model.raw_scores(tested[0])))).sum()
    assert ratio["sampled"] == pytest.approx(ratio["whole"], rel=0.02)
    # Weights alone bring the fit near: without them it would count the outcome several times too often.
    assert ratio["sampled", "bare"] == pytest.approx(ratio["whole", "bare"], rel=0.05)


def part_of(rows, part):
    features, outcome, weight = rows
    names = np.array([f"{part}-{number}" for number in range(len(outcome))], dtype=object)
    stands = stands_for(names, outcome, np.full(len(outcome), part), np.zeros(len(outcome), dtype=bool), 0.3, 1)
    return features[stands > 0], outcome[stands > 0], (weight * stands)[stands > 0]
