"""Least squares from sums against statsmodels on all rows."""

import numpy as np
import pytest
import statsmodels.api as sm

from casefinder.allocation.moments import Moments, forward_selection, r2, solve, squared_error

CHANCE = np.random.default_rng(7)
PEOPLE, COLUMNS, GROUPS = 900, 9, 6
X = np.column_stack([np.ones(PEOPLE), CHANCE.integers(0, 2, (PEOPLE, COLUMNS - 2)), CHANCE.normal(size=PEOPLE)])
Y = X @ np.array([500, 90, 0, 300, 0, -40, 0, 700, 60.0]) + CHANCE.gamma(0.3, 1000, PEOPLE)
W = CHANCE.uniform(0.1, 1, PEOPLE)
GROUP = CHANCE.integers(0, GROUPS, PEOPLE)


def gathered(batch=PEOPLE, amounts=None):
    found = Moments.empty(GROUPS, COLUMNS, 1 if amounts is None else amounts.shape[1])
    ys = Y[:, None] if amounts is None else amounts
    for start in range(0, PEOPLE, batch):
        rows = slice(start, start + batch)
        found.add(X[rows], ys[rows], W[rows], GROUP[rows])
    return found


def fitted(rows):
    return sm.WLS(Y[rows], X[rows], weights=W[rows]).fit()


def test_coefficients_are_those_of_statsmodels():
    whole = gathered(128).over(np.ones(GROUPS))
    expected = fitted(slice(None))
    found = solve(whole.xx[0], whole.xy[0, 0], range(COLUMNS))
    assert found == pytest.approx(expected.params, rel=1e-8)
    assert squared_error(gathered(), found) == pytest.approx(expected.ssr, rel=1e-8)
    assert r2(gathered(), found) == pytest.approx(expected.rsquared, rel=1e-8)


@pytest.mark.parametrize("left_out", range(GROUPS))
def test_a_group_left_out_is_a_fit_on_the_others(left_out):
    sums = gathered(100).over((np.arange(GROUPS) != left_out).astype(float))
    expected = fitted(left_out != GROUP).params
    assert solve(sums.xx[0], sums.xy[0, 0], range(COLUMNS)) == pytest.approx(expected, rel=1e-7)


def test_groups_drawn_twice_count_twice():
    counts = np.array([2.0, 0, 1, 1, 3, 0])
    rows = np.concatenate([np.flatnonzero(one == GROUP) for one, n in enumerate(counts) for _ in range(int(n))])
    sums = gathered().over(counts)
    assert solve(sums.xx[0], sums.xy[0, 0], range(COLUMNS)) == pytest.approx(fitted(rows).params, rel=1e-7)


def test_the_size_of_the_batches_does_not_matter():
    for one, other in zip(vars(gathered(50)).values(), vars(gathered()).values(), strict=True):
        assert one == pytest.approx(other, rel=1e-10)


def test_some_columns_only():
    sums = gathered().over(np.ones(GROUPS))
    chosen = [0, 3, 7]
    found = solve(sums.xx[0], sums.xy[0, 0], chosen)
    assert found[chosen] == pytest.approx(sm.WLS(Y, X[:, chosen], weights=W).fit().params, rel=1e-8)
    assert found[[1, 2, 4, 5, 6, 8]].tolist() == [0.0] * 6


def test_columns_that_say_the_same_or_nothing_leave_the_predictions_as_they_are():
    doubled = np.column_stack([X, X[:, 1], np.zeros(PEOPLE)])
    sums = Moments.empty(1, COLUMNS + 2)
    sums.add(doubled, Y[:, None], W, np.zeros(PEOPLE, np.int64))
    found = solve(sums.xx[0], sums.xy[0, 0], range(COLUMNS + 2))
    assert found[-1] == 0.0
    assert found[1] == pytest.approx(found[COLUMNS])
    assert doubled @ found == pytest.approx(X @ fitted(slice(None)).params, rel=1e-6)


def test_several_amounts_are_fitted_from_one_pass():
    capped = np.minimum(Y, 1500)
    sums = gathered(64, np.column_stack([Y, capped])).over(np.ones(GROUPS))
    expected = sm.WLS(capped, X, weights=W).fit().params
    assert solve(sums.xx[0], sums.xy[0, 1], range(COLUMNS)) == pytest.approx(expected, rel=1e-8)


def test_forward_selection_takes_what_a_plain_loop_takes():
    chosen, left = [0], list(range(1, COLUMNS))
    error = sm.WLS(Y, X[:, chosen], weights=W).fit().ssr
    while left:
        trials = {one: sm.WLS(Y, X[:, [*chosen, one]], weights=W).fit().ssr for one in left}
        best = min(trials, key=trials.get)
        if PEOPLE * np.log(trials[best] / error) > -np.log(PEOPLE):
            break
        chosen.append(best)
        left.remove(best)
        error = trials[best]
    assert forward_selection(gathered(), [0], range(1, COLUMNS)) == chosen[1:]
    assert set(chosen[1:]) >= {3, 7}
