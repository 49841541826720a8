"""Balance against a plain loop, and against what the words of the docstrings say."""

import numpy as np
import pytest

from casefinder import matching as m


def plain(values, treated, weight, deviation):
    """Means, SMD, variance ratio and KS, one person at a time."""
    total, mean, square, spread = {}, {}, {}, {}
    for arm in (True, False):
        chosen = [(x, w) for x, t, w in zip(values, treated, weight, strict=True) if bool(t) is arm]
        total[arm] = sum(w for _, w in chosen)
        mean[arm] = sum(x * w for x, w in chosen) / total[arm]
        square[arm] = sum(w * w for _, w in chosen)
        spread[arm] = sum(w * (x - mean[arm]) ** 2 for x, w in chosen) / (total[arm] - square[arm] / total[arm])
    largest = 0.0
    for cut in values:
        below = {}
        for arm in (True, False):
            under = [w for x, t, w in zip(values, treated, weight, strict=True) if bool(t) is arm and x <= cut]
            below[arm] = sum(under) / total[arm]
        largest = max(largest, abs(below[True] - below[False]))
    return mean[True], mean[False], (mean[True] - mean[False]) / deviation, spread[True] / spread[False], largest


@pytest.mark.parametrize("seed", range(5))
def test_a_comparison_agrees_with_a_plain_loop(seed):
    draw = np.random.default_rng(seed)
    values = np.round(draw.gamma(2, 2, 60), 1)
    treated = draw.random(60) < 0.4
    weight = draw.choice([1, 0.5, 1 / 3, 2], 60)
    deviation = float(np.std(values[treated], ddof=1))
    found = m.compare(values, treated, weight)
    expected = plain(values, treated, weight, deviation)
    assert (found.treated, found.control, found.smd, found.variance_ratio, found.ks) == pytest.approx(expected)


def test_after_matching_the_scale_is_still_that_of_all_treated():
    """Half of the treated are matched; their own spread is a third of that of all treated."""
    column = np.array([0.0, 3, 4, 7, 2, 5, 6, 6])
    treated = np.array([1, 1, 1, 1, 0, 0, 0, 0])
    found = m.balance(column[:, None], ["x"], treated, [1, 2, 4, 5], [1, 1, 0, 0], np.ones(4))[0]
    assert found.after.smd == pytest.approx((3.5 - 3.5) / np.std([0, 3, 4, 7], ddof=1))
    again = m.balance(column[:, None], ["x"], treated, [1, 2, 4, 6], [1, 1, 0, 0], np.ones(4))[0]
    assert again.after.smd == pytest.approx((3.5 - 4) / np.std([0, 3, 4, 7], ddof=1))


def test_a_yes_or_no_column_has_the_deviation_of_a_share_and_no_variance_ratio():
    found = m.compare([1, 1, 0, 0, 1, 0], [1, 1, 1, 1, 0, 0])
    assert (found.smd, np.isnan(found.variance_ratio)) == (0.0, True)
    assert m.compare([1, 0, 0, 0, 1, 0], [1, 1, 1, 1, 0, 0]).smd == pytest.approx(-0.25 / np.sqrt(0.25 * 0.75))


def test_squares_and_products_with_age_are_looked_at_too():
    draw = np.random.default_rng(1)
    columns = np.column_stack([draw.normal(70, 9, 40), draw.integers(0, 2, 40), draw.normal(size=40)])
    treated = np.arange(40) < 20
    members = np.arange(40)
    found = m.balance(columns, ["age", "female", "prognosis"], treated, members, treated, np.ones(40), "age", ["prognosis"])
    names = [one.name for one in found]
    assert names == ["age", "female", "prognosis", "age squared", "prognosis squared", "female x age", "prognosis x age"]
    squared = m.compare(columns[:, 0] ** 2, treated)
    assert found[3].before == squared == found[3].after
    assert found[6].after == m.compare(columns[:, 0] * columns[:, 2], treated)
    assert [one.largest_smd for one in found] == [0.1, 0.1, 0.05, 0.1, 0.1, 0.1, 0.1]


@pytest.mark.parametrize(("smd", "ratio", "limit", "said"), [
    (0.09, 1.0, 0.1, True), (-0.1, 1.0, 0.1, False), (0.06, 1.0, 0.05, False), (0.0, 0.79, 0.1, False),
    (0.0, 1.26, 0.1, False), (0.0, np.nan, 0.1, True), (np.nan, np.nan, 0.1, False),
])  # fmt: skip
def test_targets(smd, ratio, limit, said):
    one = m.Comparison(0, 0, smd, ratio, 0)
    assert m.Balance("x", one, one, limit).is_balanced is said


def test_unmatched_treated_are_compared_with_the_matched():
    columns = np.array([[1.0], [2], [3], [10], [5]])
    found = m.unmatched_compared(columns, ["x"], [1, 1, 1, 1, 0], [3])
    assert (found["x"].treated, found["x"].control) == (10, 2)
    assert found["x"].smd == pytest.approx(8 / np.std([1, 2, 3, 10], ddof=1))
    assert m.unmatched_compared(columns, ["x"], [1, 1, 1, 1, 0], []) == {}


def test_mistakes_are_named():
    with pytest.raises(ValueError, match="both arms"):
        m.compare([1, 2], [1, 1])
    with pytest.raises(ValueError, match="not a column: aeg"):
        m.balance(np.ones((2, 1)), ["age"], [1, 0], [0, 1], [1, 0], [1, 1], "aeg")
