"""Clusters that start at different times: a plain loop, and an effect that one regression would get wrong."""

import numpy as np
import pytest
from scipy.stats import binom

from casefinder import matching as m


def practices(seed=0, count=60, growing=0.0, effect=-0.02):
    """Practice-quarters of groups that start at 3 and 6 and of some that never do; the effect may grow with time served."""
    draw = np.random.default_rng(seed)
    cluster, period = (one.ravel() for one in np.meshgrid(np.arange(count), np.arange(9), indexing="ij"))
    start = np.array([3, 6, np.inf])[cluster % 3]
    served = period >= start
    rate = (
        0.15
        + 0.02 * (cluster % 3)
        + 0.003 * period
        + np.where(served, effect + growing * np.where(served, period - start, 0), 0)
    )
    years = draw.uniform(800, 1500, len(cluster))
    return draw.poisson(rate * years), years, start, period, cluster


def plain(count, years, start, period, cluster):
    """Each group, each period served, against those who have not started by then."""

    def rate(chosen, when):
        here = chosen & (period == when)
        return count[here].sum() / years[here].sum()

    total, weight = 0.0, 0.0
    for group in (3, 6):
        for when in range(group, 9):
            own, others = start == group, start > when
            change = rate(own, when) - rate(own, group - 1) - (rate(others, when) - rate(others, group - 1))
            served = years[own & (period == when)].sum()
            total, weight = total + 100 * change * served, weight + served
    return total / weight


@pytest.mark.parametrize("seed", range(3))
def test_the_average_agrees_with_a_plain_loop(seed):
    given = practices(seed)
    found = m.staggered(*given, replicates=50)
    assert found.difference.value == pytest.approx(plain(*given))
    assert (found.clusters, found.never) == (60, 20)
    assert list(found.by_time) == [-6, -5, -4, -3, -2, 0, 1, 2, 3, 4, 5]


def one_term(count, years, start, period, cluster):
    """One regression: clusters, periods, and whether they are served."""
    dummies = [period == one for one in range(1, 9)] + [cluster == one for one in range(1, cluster.max() + 1)]
    columns = np.column_stack([np.ones(len(count)), *dummies, period >= start]).astype(float)
    root = np.sqrt(years)
    return 100 * np.linalg.lstsq(root[:, None] * columns, root * count / years, rcond=None)[0][-1]


def test_a_growing_effect_is_found_where_one_regression_falls_short():
    """Served 6 and 3 quarters: the mean of -2 - 0.8 t per 100 over the quarters served."""
    truth = np.mean([-2 - 0.8 * t for t in (*range(6), *range(3))])
    drawn = [practices(seed, growing=-0.008) for seed in range(100)]
    found = [m.staggered(*given, replicates=200) for given in drawn]
    values = np.array([one.difference.value for one in found])
    assert abs(values.mean() - truth) < 3 * values.std() / 10
    held = sum(one.difference.low <= truth <= one.difference.high for one in found)
    assert binom.ppf(0.0005, 100, 0.95) <= held
    assert np.mean([one.by_time[5].value for one in found]) == pytest.approx(-6, abs=0.2)
    assert np.mean([one_term(*given) for given in drawn[:10]]) > truth + 0.4


def test_before_the_start_there_is_nothing():
    found = [m.staggered(*practices(seed), replicates=2) for seed in range(60)]
    for time in (-6, -5, -4, -3, -2):
        values = np.array([one.by_time[time].value for one in found])
        assert abs(values.mean()) < 3.5 * values.std() / np.sqrt(60)


def test_with_one_start_it_is_the_plain_difference():
    count, years, start, period, cluster = practices(6)
    keep = (start != 6) & np.isin(period, (2, 3))
    found = m.staggered(count[keep], years[keep], start[keep], period[keep], cluster[keep], replicates=20)
    rates = [
        count[k].sum() / years[k].sum() for k in ((keep & (start == s) & (period == p)) for s in (3, np.inf) for p in (3, 2))
    ]
    assert found.difference.value == pytest.approx(100 * (rates[0] - rates[1] - rates[2] + rates[3]))
    assert found.ratio.value == pytest.approx(rates[0] / rates[1] / rates[2] * rates[3])


def test_mistakes_are_named():
    count, years, start, period, cluster = practices(7, count=6)
    with pytest.raises(ValueError, match="not served yet"):
        m.staggered(count, years, np.zeros(len(count)), period, cluster)
    with pytest.raises(ValueError, match="6 clusters have more than one start"):
        m.staggered(count, years, np.where(period > 4, 1, start), period, cluster)
    with pytest.raises(ValueError, match="in every period"):
        m.staggered(count[1:], years[1:], start[1:], period[1:], cluster[1:])
