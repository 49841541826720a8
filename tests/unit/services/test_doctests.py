"""Examples in docstrings hold."""

import doctest

import numpy as np
import pytest

import casefinder.services.columns as columns
import casefinder.services.finding as finding
import casefinder.services.landmarks as landmarks
import casefinder.services.rollout as rollout
import casefinder.services.shares as shares
import casefinder.services.starts as starts


@pytest.mark.parametrize(
    "module", [columns, finding, landmarks, rollout, shares, starts], ids=lambda module: module.__name__.rpartition(".")[2]
)
def test_examples(module):
    import datetime as dt

    from casefinder.dates import to_date, to_day

    known = {**vars(module), "np": np, "dt": dt, "to_date": to_date, "to_day": to_day}
    found = doctest.testmod(module, extraglobs=known)
    assert found.attempted
    assert not found.failed
