"""Whether a model fitted on some rows would learn what services did, and what of it may be told."""

import numpy as np
import pytest

from casefinder.config.model import ModelSettings
from casefinder.errors import ModelError
from casefinder.modelling.disclosed import disclosed
from casefinder.modelling.reach import reach, reach_words
from casefinder.modelling.service_starts import ServedPeople

RISK = np.linspace(0.5, 0.01, 10_000)


def some(top_served, below=0):
    """Rows of which the first hundred stand at the top."""
    served = np.zeros(len(RISK), dtype=bool)
    served[:top_served] = True
    served[100 : 100 + below] = True
    return reach(RISK, served, 0.01)


def test_services_that_reach_a_tenth_of_the_top_are_learnt():
    assert not some(9).is_learnt
    found = some(10)
    assert found.is_learnt
    words = reach_words(found)
    assert "of the 1 in 100 at highest risk, 10 in 100" in words
    assert "served_people: hold_out" in words
    assert "a hold-out cannot undo" in reach_words(found, hold_out=True)
    assert reach_words(some(9)) == ""


def test_services_spread_wide_are_learnt_too():
    found = some(0, below=400)
    assert found.expected_share == pytest.approx(RISK[100:500].sum() / RISK.sum(), abs=1e-6)
    assert found.is_learnt
    assert f"{100 * found.expected_share:.0f} in 100 of all expected outcomes" in reach_words(found)


def test_a_handful_of_rows_is_no_reason_to_warn():
    assert not reach(RISK[:40], np.arange(40) < 7, 0.2).is_learnt
    assert reach(RISK[:40], np.arange(40) < 8, 0.2).is_learnt


def test_counts_leave_the_workspace_rounded_or_withheld():
    told = disclosed({"served_people": vars(some(3)), "hold_out": {"reached_by_a_list": 4, "held_out_in_their_stead": 33}})
    assert told["served_people"] == {
        "rows": 10_000, "served": None, "top": 100, "top_served": None, "expected_share": None, "is_learnt": False,
    }  # fmt: skip
    assert told["hold_out"] == {"reached_by_a_list": None, "held_out_in_their_stead": 35}


def test_a_model_fitted_on_those_held_out_needs_the_record_of_lists():
    settings = ModelSettings(name="small", meaning="x", outcome="x", risk_words="x", served_people="hold_out")
    with pytest.raises(ModelError, match="cannot be weighted"):
        ServedPeople.of(settings, None, None, None)
    assert ServedPeople.of(settings.model_copy(update={"served_people": "keep"}), None, None, None) is None
