"""Refits on bootstrap samples of people: seeded, and people are drawn with all their rows."""

import numpy as np
import pytest
from tests.unit.modelling.small_model import CATEGORIES, NAMES, SETTINGS, made_up

from casefinder.config import load_model
from casefinder.modelling import refits as module
from casefinder.modelling.refits import Parts, refitted

MODEL = load_model("emergency_admission").model_copy(update={"trees": SETTINGS.model_copy(update={"max_rounds": 15})})


@pytest.fixture(scope="module")
def parts():
    fit, stop, calibrate, tested = made_up(1200, 1), made_up(300, 2), made_up(600, 4), made_up(200, 3)[0]
    people = np.repeat([f"p{number}" for number in range(400)], 3)
    return Parts(fit, people, stop, calibrate, tested, NAMES, CATEGORIES)


def again(parts, count=2, **changed):
    return refitted(parts, MODEL.model_copy(update=changed), count, lambda _done: None)


def test_same_seed_same_numbers(parts):
    first, second = again(parts), again(parts)
    assert (first.raw_scores == second.raw_scores).all()
    assert (first.risks == second.risks).all()
    assert first.risks.shape == (2, 200)
    assert ((first.risks > 0) & (first.risks < 1)).all()


def test_another_seed_and_another_refit_give_other_numbers(parts):
    found, other = again(parts), again(parts, seed=9)
    assert (found.risks[0] != found.risks[1]).any()
    assert (found.risks[0] != other.risks[0]).any()


def test_more_refits_begin_with_the_same_ones(parts):
    assert (again(parts, 3).risks[:2] == again(parts, 2).risks).all()


def test_people_are_drawn_with_all_their_rows(parts, monkeypatch):
    drawn = []
    fit_trees = module.fit_trees
    monkeypatch.setattr(module, "fit_trees", lambda fit, *rest: drawn.append(fit[0]) or fit_trees(fit, *rest))
    again(parts, 1)
    rows = {row.tobytes(): place for place, row in enumerate(parts.fit[0])}
    times = np.bincount([rows[row.tobytes()] for row in drawn[0]], minlength=1200).reshape(400, 3)
    assert (times == times[:, :1]).all()
    assert times[:, 0].sum() == 400
    assert (times[:, 0] == 0).any()
    assert (times[:, 0] > 1).any()


def test_the_kind_that_is_served_is_refitted(parts):
    found = again(parts, 1, served="logistic", logistic=MODEL.logistic.model_copy(update={"strengths": (0.01,)}))
    assert found.raw_scores.shape == (1, 200)
    assert (found.raw_scores != again(parts, 1).raw_scores).all()


def test_what_is_done_is_told(parts):
    told = []
    refitted(parts, MODEL, 2, told.append)
    assert told == [0, 1]
