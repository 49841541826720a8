"""Both kinds of model: scores are those of the libraries, contributions add up, unseen values are safe, bytes repeat."""

import json

import lightgbm
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from tests.unit.modelling.small_model import CATEGORIES, NAMES, SETTINGS, fitted, made_up
from threadpoolctl import threadpool_info, threadpool_limits

from casefinder.modelling.logistic import Logistic, raw_term
from casefinder.modelling.trees import Trees, parameters


def column(name):
    return NAMES.index(name)


def test_raw_scores_and_contributions_of_trees_are_those_of_lightgbm(models, rows):
    booster = lightgbm.Booster(model_str=models[0].text)
    assert np.array_equal(models[0].raw_scores(rows), booster.predict(rows, raw_score=True))
    contributions = models[0].contributions(rows)
    assert contributions.shape == (len(rows), len(NAMES) + 1)
    assert np.array_equal(contributions, booster.predict(rows, pred_contrib=True))
    assert np.abs(contributions.sum(axis=1) - models[0].raw_scores(rows)).max() < 1e-6


def test_trees_are_those_that_lightgbm_fits_and_stops_itself():
    fit, stop = made_up(2500, 1), made_up(800, 2)
    train = lightgbm.Dataset(fit[0], fit[1], weight=fit[2], feature_name=list(NAMES), categorical_feature=list(CATEGORIES))
    check = lightgbm.Dataset(stop[0], stop[1], weight=stop[2], reference=train)
    expected = lightgbm.train(
        parameters(SETTINGS, 1), train, SETTINGS.max_rounds, valid_sets=[check],
        callbacks=[lightgbm.early_stopping(SETTINGS.stop_after, verbose=False)],
    )  # fmt: skip
    trees, _, rounds = fitted()
    assert rounds == expected.best_iteration
    assert trees.text == expected.model_to_string(num_iteration=rounds)


def test_the_same_rows_give_the_same_bytes(models):
    trees, logistic, rounds = fitted()
    assert (trees.text, logistic.text(), rounds) == (models[0].text, models[1].text(), models[2])


def test_logistic_scores_are_those_of_scikit_learn(models, rows):
    """The same columns, standardised by hand, in scikit-learn's own model."""
    logistic = models[1]
    fit = made_up(2500, 1)
    knots = np.array(logistic.knots)

    def columns(features):
        made = []
        for term in logistic.terms:
            raw = raw_term(features[:, column(term.feature)].astype(float), term.kind, term.detail, knots)
            made.append(np.nan_to_num((raw - term.centre) / term.spread, nan=0.0))
        return np.stack(made, axis=1)

    for term in logistic.terms:
        raw = raw_term(fit[0][:, column(term.feature)].astype(float), term.kind, term.detail, knots)
        assert [term.centre, term.spread] == pytest.approx([np.nanmean(raw), np.nanstd(raw)]), term
    expected = LogisticRegression(C=logistic.strength, max_iter=300, tol=1e-5).fit(columns(fit[0]), fit[1])
    assert logistic.raw_scores(rows) == pytest.approx(expected.decision_function(columns(rows)), abs=1e-4)


def test_the_penalty_is_the_one_that_does_best_on_the_stop_rows(models):
    from sklearn.metrics import log_loss

    from casefinder.modelling.logistic import fit_logistic_model

    fit, stop = made_up(2500, 1), made_up(800, 2)
    losses = {}
    for strength in (0.01, 0.1):
        one = fit_logistic_model(fit, stop, NAMES, CATEGORIES, (strength,))
        losses[strength] = log_loss(stop[1], 1 / (1 + np.exp(-one.raw_scores(stop[0]))))
    assert models[1].strength == min(losses, key=losses.get)


def test_logistic_contributions_add_up_and_the_last_is_the_base(models, rows):
    contributions = models[1].contributions(rows)
    assert np.abs(contributions.sum(axis=1) - models[1].raw_scores(rows)).max() < 1e-9
    assert np.unique(contributions[:, -1]).tolist() == [models[1].intercept]


def test_logistic_regression_is_read_back_as_it_was_written(models, rows):
    again = Logistic.read(models[1].text())
    assert again == models[1]
    assert np.array_equal(again.raw_scores(rows), models[1].raw_scores(rows))
    assert set(json.loads(models[1].text())) == {"names", "terms", "intercept", "knots", "strength"}


@pytest.mark.parametrize("kind", [0, 1], ids=["trees", "logistic"])
def test_an_unknown_or_unseen_category_scores_like_none_of_the_known_ones(models, rows, kind):
    """An ethnic group or smoking status that was never seen must neither fail nor be taken for another."""
    unknown, unseen = rows[:50].copy(), rows[:50].copy()
    unknown[:, column("smoking")] = np.nan
    unseen[:, column("smoking")] = 7
    scores = models[kind].raw_scores(unseen)
    assert np.isfinite(models[kind].raw_scores(unknown)).all()
    assert np.isfinite(scores).all()
    contributions = models[kind].contributions(unseen)
    assert np.abs(contributions.sum(axis=1) - scores).max() < 1e-6
    if kind == 1:
        terms = {term.detail for term in models[1].terms if term.feature == "smoking" and term.kind == "category"}
        assert 7 not in terms


@pytest.mark.parametrize("kind", [0, 1], ids=["trees", "logistic"])
def test_a_person_of_whom_nothing_is_known_has_a_score(models, kind):
    nothing = np.full((1, len(NAMES)), np.nan, dtype=np.float32)
    assert np.isfinite(models[kind].raw_scores(nothing)).all()


def test_an_unknown_value_adds_what_its_flag_says_and_nothing_else(models):
    logistic = models[1]
    row = np.full((1, len(NAMES)), np.nan, dtype=np.float32)
    flags = {term.feature: term for term in logistic.terms if term.kind == "unknown"}
    term = flags["imd_decile"]
    found = logistic.contributions(row)[0, column("imd_decile")]
    assert found == pytest.approx(term.coefficient * (1 - term.centre) / term.spread)


def test_scores_do_not_hang_on_who_else_is_scored(models, rows):
    for model in models[:2]:
        alone = np.concatenate([model.raw_scores(rows[place : place + 1]) for place in range(20)])
        assert np.array_equal(alone, model.raw_scores(rows)[:20]) or alone == pytest.approx(
            model.raw_scores(rows)[:20], abs=1e-12
        )


def test_trees_take_their_text_alone(models, rows):
    assert np.array_equal(Trees(models[0].text).raw_scores(rows), models[0].raw_scores(rows))


@pytest.mark.parametrize("threads", [1, 2])
def test_the_regression_is_fitted_on_one_thread_whatever_the_machine_offers(threads, monkeypatch):
    """Two threads may add 32-bit numbers up in another order, and give other coefficients."""
    seen = []
    plain = LogisticRegression.fit

    def watched(self, *given, **named):
        seen.extend(one["num_threads"] for one in threadpool_info())
        return plain(self, *given, **named)

    monkeypatch.setattr(LogisticRegression, "fit", watched)
    with threadpool_limits(threads):
        fitted()
    assert set(seen) == {1}
