"""The jump at a cut against weighted least squares of statsmodels with a clustered covariance."""

import numpy as np
import pytest
from scipy.stats import t

from casefinder import matching as m

sm = pytest.importorskip("statsmodels.api")
CHANCE = np.random.default_rng(4)
ROWS, BANDWIDTH, LISTS = 600, 0.6, 25
RUNNING = CHANCE.uniform(-1, 1, ROWS)
LIST = CHANCE.integers(0, LISTS, ROWS)
PERSON = CHANCE.integers(0, 300, ROWS)
YEARS = CHANCE.uniform(0.2, 1, ROWS)
COUNT = CHANCE.poisson(YEARS * (1.5 + RUNNING - 0.4 * (RUNNING >= 0) + 0.3 * CHANCE.normal(size=LISTS)[LIST]).clip(0.1))
INSIDE = np.abs(RUNNING) < BANDWIDTH
X, ABOVE = RUNNING[INSIDE], RUNNING[INSIDE] >= 0
COLUMNS = np.column_stack([ABOVE, ~ABOVE, ABOVE * X, ~ABOVE * X]).astype(float)
KERNEL = 1 - np.abs(X) / BANDWIDTH


def fitted(outcome, weight, groups):
    model = sm.WLS(outcome, COLUMNS, weights=weight)
    return model.fit(cov_type="cluster", cov_kwds={"groups": groups, "use_correction": False})


@pytest.mark.parametrize("years", [None, YEARS])
def test_levels_difference_and_errors_equal_weighted_least_squares(years):
    time = np.ones(ROWS) if years is None else years
    found = m.discontinuity(COUNT, RUNNING, BANDWIDTH, LIST, years)
    expected = fitted((COUNT / time)[INSIDE], KERNEL * time[INSIDE], LIST[INSIDE])
    factor = np.sqrt(LISTS / (LISTS - 1))
    for place, side in enumerate((found.above, found.below)):
        assert side.value == pytest.approx(expected.params[place], rel=1e-9)
        assert side.standard_error == pytest.approx(factor * expected.bse[place], rel=1e-9)
    jump = expected.t_test([1, -1, 0, 0])
    assert found.difference.value == pytest.approx(jump.effect.item(), rel=1e-9)
    assert found.difference.standard_error == pytest.approx(factor * jump.sd.item(), rel=1e-9)
    reach = t.ppf(0.975, LISTS - 1)
    assert found.difference.high == pytest.approx(found.difference.value + reach * found.difference.standard_error, rel=1e-9)
    one, other = expected.params[:2]
    assert found.ratio.value == pytest.approx(one / other, rel=1e-9)
    log = expected.t_test([1 / one, -1 / other, 0, 0]).sd.item()
    assert found.ratio.standard_error == pytest.approx(factor * log, rel=1e-9)
    assert np.log(found.ratio.high / found.ratio.value) == pytest.approx(reach * factor * log, rel=1e-9)
    assert (found.rows_above, found.rows_below) == (ABOVE.sum(), (~ABOVE).sum())


def test_two_ways_of_clustering_equal_list_and_person_less_both():
    found = m.discontinuity(COUNT, RUNNING, BANDWIDTH, LIST, None, PERSON)
    both = LIST * 1000 + PERSON
    total = np.zeros((4, 4))
    for groups, sign in ((LIST, 1), (PERSON, 1), (both, -1)):
        own = groups[INSIDE]
        number = len(np.unique(own))
        total += sign * number / (number - 1) * fitted(COUNT[INSIDE], KERNEL, own).cov_params()
    slope = np.array([1, -1, 0, 0])
    assert found.difference.standard_error == pytest.approx(np.sqrt(slope @ total @ slope), rel=1e-9)
