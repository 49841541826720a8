"""Which index dates have matured, and figures of them against scikit-learn and plain sums."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from casefinder.monitoring.maturing import Matured, looks_of, months_of, reached
from casefinder.monitoring.outcomes import ALL, figures_of

MANIFEST = {"extract_date": "2026-03-31", "complete_to": {"hospital": "2026-01-30", "care_home_entry": "2025-11-11"}}


def test_a_window_counts_once_its_last_day_was_seen():
    first = dt.date(2024, 11, 1)
    assert looks_of(first, dt.date(2025, 12, 31), 365) == (first, dt.date(2024, 12, 1), dt.date(2025, 1, 1))
    assert looks_of(first, dt.date(2025, 12, 30), 365) == (first, dt.date(2024, 12, 1))
    assert looks_of(first, dt.date(2025, 10, 30), 365) == ()
    assert looks_of(dt.date(2024, 11, 2), dt.date(2025, 12, 31), 365)[0] == dt.date(2024, 12, 1)


def test_what_was_known_on_an_earlier_day_reaches_less_far():
    assert reached(("hospital",), MANIFEST, dt.date(2026, 4, 1)) == dt.date(2026, 1, 30)
    # The feed is 60 days late, so on 1 March it reached 60 days before.
    assert reached(("hospital",), MANIFEST, dt.date(2026, 3, 1)) == dt.date(2025, 12, 31)
    assert reached(("hospital", "care_home_entry"), MANIFEST, dt.date(2026, 4, 1)) == dt.date(2025, 11, 11)


@pytest.mark.parametrize("days", [30, 31, 59, 90, 180, 365, 366])
def test_months_between_a_persons_looks_are_never_shorter_than_the_horizon(days):
    months = months_of(days)
    starts = [dt.date(year, month, 1) for year in (2021, 2023) for month in range(1, 13)]

    def later(start, count):
        number = start.year * 12 + start.month - 1 + count
        return dt.date(number // 12, number % 12 + 1, 1)

    assert all((later(start, months) - start).days >= days for start in starts)
    assert months == 1 or any((later(start, months - 1) - start).days < days for start in starts)


@pytest.fixture(scope="module")
def made():
    draw = np.random.default_rng(8)
    count = 26_000
    risk = draw.beta(1.2, 9, count)
    rows = pd.DataFrame(
        {
            "look": draw.integers(0, 13, count),
            "cluster": draw.choice(["North", "South"], count),
            "outcome": (draw.random(count) < risk).astype(float),
            "weight": 1.0,
            "risk": risk,
            "served": False,
            "listed": False,
        }
    )
    looks = tuple(dt.date(2024 + (place + 9) // 12, (place + 9) % 12 + 1, 1) for place in range(13))
    return Matured(looks, 12, rows)


def test_the_last_window_leaves_out_what_would_count_someone_twice(made):
    found = figures_of(made)
    assert found.window == made.looks[1:]
    everyone = found.by_cluster.set_index("cluster").loc[ALL]
    assert everyone["people"] == (made.rows["look"] > 0).sum()
    assert list(found.by_month["look"]) == list(made.looks)


def test_figures_are_those_of_plain_sums_and_scikit_learn(made):
    rows = made.rows[(made.rows["look"] > 0) & (made.rows["cluster"] == "North")]
    north = figures_of(made).by_cluster.set_index("cluster").loc["North"]
    assert north["ratio"] == pytest.approx(rows["outcome"].sum() / rows["risk"].sum())
    assert north["c_statistic"] == pytest.approx(roc_auc_score(rows["outcome"], rows["risk"]))
    position = np.log(rows["risk"] / (1 - rows["risk"])).to_numpy()[:, None]
    fit = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(position, rows["outcome"])
    assert north["slope"] == pytest.approx(fit.coef_[0, 0], abs=1e-4)


def test_sums_by_look_and_cluster_add_up(made):
    sums = figures_of(made).sums
    assert sums["observed"].sum() == pytest.approx(made.rows["outcome"].sum())
    assert sums["expected"].sum() == pytest.approx(made.rows["risk"].sum())
    assert sums["variance"].sum() == pytest.approx((made.rows["risk"] * (1 - made.rows["risk"])).sum())


def test_weights_raise_what_was_observed_and_its_variance(made):
    lost = made.rows.assign(weight=np.where(np.arange(len(made.rows)) % 5 == 0, 0.0, 1.25))
    sums = figures_of(Matured(made.looks, 12, lost)).sums
    assert sums["observed"].sum() == pytest.approx((lost["weight"] * lost["outcome"]).sum())
    assert sums["variance"].sum() == pytest.approx(1.25**2 * (lost["risk"] * (1 - lost["risk"])).sum())
