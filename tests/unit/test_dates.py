"""Time is defined once."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casefinder import dates
from casefinder.errors import ConfigError


@pytest.mark.parametrize(
    ("day", "past", "future"), [(-366, 0, 0), (-365, 1, 0), (-1, 1, 0), (0, 0, 1), (364, 0, 1), (365, 0, 0)]
)
def test_every_day_is_in_the_past_or_the_future_and_never_both(day, past, future):
    back, forward = dates.lookback(365), dates.horizon(365)
    assert dates.is_inside(1000 + day, 1000, back.start, back.end) == past
    assert dates.is_inside(1000 + day, 1000, forward.start, forward.end) == future


@pytest.mark.parametrize(
    ("event", "known", "superseded", "seen"),
    [
        (99, 99, dates.NEVER, True),
        (100, 100, dates.NEVER, False),
        (99, 100, dates.NEVER, False),
        (50, 60, 100, True),
        (50, 60, 99, False),
    ],
)
def test_a_fact_is_visible_once_it_has_happened_is_known_and_still_stands(event, known, superseded, seen):
    assert dates.is_visible(event, known, superseded, 100) == seen


@pytest.mark.parametrize(("end", "end_known", "reads"), [(90, 99, 90), (90, 100, dates.NEVER), (120, 99, 120)])
def test_a_stay_whose_end_was_not_known_reads_as_open(end, end_known, reads):
    assert dates.seen_end(end, end_known, 100) == reads


@given(start=st.integers(-50, 50), length=st.integers(0, 60), window=st.tuples(st.integers(-60, -1), st.integers(1, 60)))
def test_overlap_counts_the_days_of_a_stay_inside_a_window(start, length, window):
    first, last = window[0], window[0] + window[1]
    plain = len(set(range(start, start + length)) & set(range(first, last)))
    assert dates.overlap_days(start, start + length, 0, first, last) == plain


def test_a_window_lies_on_one_side_of_the_index_date():
    with pytest.raises(ValueError, match="never across it"):
        dates.Window(-1, 1)
    with pytest.raises(ValueError, match="at least one day"):
        dates.Window(0, 0)


def test_an_outcome_window_is_closed_on_its_last_day():
    index, window = dt.date(2024, 1, 1), dates.horizon(366)
    assert not dates.window_closed(index, window, dt.date(2024, 12, 30))
    assert dates.window_closed(index, window, dt.date(2024, 12, 31))


def test_a_lag_moves_the_last_day_that_could_be_observed():
    assert dates.observed_to(dt.date(2024, 3, 31), 60) == dt.date(2024, 1, 31)


def test_months_are_counted_from_the_first_of_the_month():
    assert dates.add_months(dt.date(2024, 1, 31), -1) == dt.date(2023, 12, 1)
    assert dates.add_months(dt.date(2024, 1, 31), 25) == dt.date(2026, 2, 1)


def test_a_bad_date_says_how_to_write_one():
    with pytest.raises(ConfigError, match="'1/4/26' is not a date; write it as YYYY-MM-DD"):
        dates.parse_date("1/4/26", "--as-of")


@given(st.dates(dt.date(1900, 1, 1), dt.date(2100, 1, 1)))
def test_days_and_dates_are_two_names_of_one_thing(date):
    assert dates.to_date(dates.to_day(date)) == date
