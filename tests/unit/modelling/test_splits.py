"""Splits: a person is in one part only, training outcomes were closed by the test date, and what is refused."""

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest
from pydantic import ValidationError

from casefinder.config.model import SplitSettings
from casefinder.errors import ModelError
from casefinder.modelling.splits import CALIBRATE, FIT, STOP, TEST, draws, parts_of, plan

PEOPLE = pa.array([f"person{number:05d}" for number in range(20_000)])
LATEST = dt.date(2025, 3, 1)


def test_the_parts_have_the_shares_asked_for():
    settings = SplitSettings(fit_share=0.6, stop_share=0.1, calibrate_share=0.1)
    shares = np.bincount(parts_of(PEOPLE, settings), minlength=4) / len(PEOPLE)
    assert shares == pytest.approx([0.6, 0.1, 0.1, 0.2], abs=0.015)


def test_the_part_of_a_person_hangs_on_seed_and_person_alone():
    settings = SplitSettings()
    parts = dict(zip(PEOPLE.to_pylist(), parts_of(PEOPLE, settings), strict=True))
    few = pa.array(["person00400", "person00007", "someone else"])
    assert parts_of(few, settings).tolist()[:2] == [parts["person00400"], parts["person00007"]]
    assert (parts_of(PEOPLE, SplitSettings(seed=2)) != parts_of(PEOPLE, settings)).mean() > 0.3


def test_draws_are_known_and_spread_evenly():
    found = draws(PEOPLE.to_pylist(), 1)
    assert draws(["person00000"], 1)[0] == found[0]
    assert np.quantile(found, [0.1, 0.5, 0.9]) == pytest.approx([0.1, 0.5, 0.9], abs=0.015)


def test_each_person_is_used_at_the_dates_of_one_part_only():
    settings = SplitSettings(fit_months_before=(27, 21), stop_months_before=(16,), calibrate_months_before=(15,))
    made = plan(settings, LATEST, 365, 60)
    assert made.test_date == LATEST
    assert [str(date) for date in made.index_dates] == ["2022-12-01", "2023-06-01", "2023-11-01", "2023-12-01", "2025-03-01"]
    wanted = made.wanted(np.array([FIT, STOP, CALIBRATE, TEST]))
    assert wanted.tolist() == [
        [True, True, False, False, False],
        [False, False, True, False, False],
        [False, False, False, True, False],
        [False, False, False, False, True],
    ]


def test_a_date_before_the_latest_may_be_asked_for_by_day_or_by_months():
    assert plan(SplitSettings(test_months_before=3), LATEST, 365, 0).test_date == dt.date(2024, 12, 1)
    assert plan(SplitSettings(index_date=dt.date(2025, 1, 15)), LATEST, 365, 0).test_date == dt.date(2025, 1, 15)


def test_training_windows_must_have_closed_with_their_lag():
    """The outcome of an index date 13 months before is known 365 + lag days later."""
    settings = SplitSettings(fit_months_before=(13,), stop_months_before=(13,), calibrate_months_before=(13,))
    plan(settings, LATEST, 365, 29)  # 1 Feb 2024 + 365 + 29 is 1 Mar 2025, the day itself
    with pytest.raises(ModelError) as caught:
        plan(settings, LATEST, 365, 30)
    said = caught.value.render()
    assert "Training outcomes would not be known at the test date" in said
    for part in ("split.fit", "split.stop", "split.calibrate"):
        assert f"{part}: 2024-02-01 + 365 + 30 days of lag passes the test date 2025-03-01" in said
    assert "temporal: false" in said


def test_a_split_that_is_not_temporal_says_so_and_is_let_through():
    settings = SplitSettings(temporal=False, fit_months_before=(0,), stop_months_before=(0,), calibrate_months_before=(0,))
    made = plan(settings, LATEST, 365, 60)
    assert made.index_dates == [LATEST]
    parts = parts_of(PEOPLE, settings)
    assert made.wanted(parts).all(), "everyone is used once, each in their own part"


def test_a_test_date_whose_outcome_is_not_known_yet_is_refused():
    with pytest.raises(ModelError, match="has not been observed for long enough") as caught:
        plan(SplitSettings(index_date=dt.date(2025, 4, 1)), LATEST, 365, 0)
    assert "2025-04-01 is after 2025-03-01" in caught.value.render()


def test_shares_that_leave_nobody_to_test_on_are_refused():
    with pytest.raises(ValidationError, match="for the test"):
        SplitSettings(fit_share=0.8, stop_share=0.1, calibrate_share=0.08)
