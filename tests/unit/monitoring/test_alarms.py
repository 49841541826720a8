"""The alarm of a model: a planted cluster is found and named, and signals stand for a year."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from casefinder.monitoring.alarms import OVER, UNDER, alarms_of
from casefinder.monitoring.outcomes import ALL

CLUSTERS = ("North", "South", "East", "West")


def looks(count):
    return tuple(dt.date(2023 + place // 12, place % 12 + 1, 1) for place in range(count))


def sums(count, planted=None, seed=4, expected=250.0):
    """Sums of clusters of 40,000 people, whose observed are drawn with O/E as ``planted`` says of (look, cluster)."""
    draw = np.random.default_rng(seed)
    rows = []
    for look in range(count):
        for cluster in CLUSTERS:
            true = expected * (planted(look, cluster) if planted else 1.0)
            rows.append((look, cluster, draw.binomial(2500, true / 2500), expected, 0.87 * expected))
    return pd.DataFrame(rows, columns=["look", "cluster", "observed", "expected", "variance"])


def test_a_cluster_whose_risks_are_a_fifth_too_high_is_found_within_a_year():
    found = alarms_of(sums(12, lambda _look, cluster: 1 / 1.2 if cluster == "East" else 1.0), looks(12))
    named = {one.cluster: one for one in found.standing}
    assert named["East"].way == OVER
    assert named["East"].observed / named["East"].expected == pytest.approx(1 / 1.2, abs=0.04)
    assert set(named) <= {"East", ALL}


def test_risks_too_low_are_told_from_risks_too_high():
    found = alarms_of(sums(12, lambda _look, cluster: 1.25 if cluster == "West" else 1.0), looks(12))
    assert {one.way for one in found.standing if one.cluster == "West"} == {UNDER}


def test_where_every_risk_is_right_nothing_signals():
    assert alarms_of(sums(12, seed=11), looks(12)).standing == ()


def test_a_signal_stands_for_twelve_looks_and_no_longer():
    def wrong(look, _cluster):
        return 0.7 if look < 3 else 1.0

    during, after = (alarms_of(sums(count, wrong), looks(count)) for count in (12, 26))
    assert ALL in {one.cluster for one in during.standing}
    assert after.standing == ()
    assert next(chart for chart in after.charts if chart.cluster == ALL).over.signals


def test_a_single_cluster_has_one_chart():
    table = sums(12)
    found = alarms_of(table[table["cluster"] == "North"], looks(12))
    assert [chart.cluster for chart in found.charts] == [ALL]


def test_before_any_window_has_closed_there_is_no_chart():
    found = alarms_of(sums(0), ())
    assert (found.design, found.charts, found.standing) == (None, (), ())


def test_the_charts_of_clusters_add_up_to_that_of_all():
    charts = {chart.cluster: chart for chart in alarms_of(sums(12), looks(12)).charts}
    np.testing.assert_allclose(charts[ALL].observed, sum(charts[name].observed for name in CLUSTERS))
    np.testing.assert_allclose(charts[ALL].expected, sum(charts[name].expected for name in CLUSTERS))
