"""The report of an allocation: what its chart marks, and that every figure on it went through disclosure control."""

import pandas as pd

from casefinder.allocation.allocated import ABOVE, BELOW, NO_CLEAR
from casefinder.disclosure import Column, Label, ModelOutput, disclosed
from casefinder.disclosure import ExactTable as Exact
from casefinder.reports.allocation_chart import NAMES, distance_chart


def _table(people=500):
    rows = pd.DataFrame(
        {
            "group": ["Abbey (A1)", "Bridge <B2>", "Church (C3)"], "distance": [12.0, 1.0, -9.0], "low": [10.0, -1.0, -12.0],
            "high": [14.0, 3.0, -7.0], "chance_low": [2.0, -6.0, -15.0], "chance_high": [22.0, 8.0, -1.0],
            "verdict": [ABOVE, NO_CLEAR, BELOW], "people": [people, 600, 700],
        }
    )  # fmt: skip
    figures = ("distance", "low", "high", "chance_low", "chance_high")
    columns = [Column(name, ModelOutput(one, "people", 1)) for name, one in zip(NAMES[:5], figures, strict=True)]
    shown = (Column("Practice", Label("group")), *columns, Column(NAMES[5], Label("verdict")))
    return disclosed(Exact("distance", "Distance", rows, shown))


def test_only_clear_distances_are_marked():
    drawn = str(distance_chart(_table(), (ABOVE, BELOW)).svg)
    marked = [line for line in drawn.splitlines() if "point outside" in line]
    assert len(marked) == 2
    assert ["Abbey" in marked[0], "Church" in marked[1]] == [True, True]
    assert drawn.count('class="limit wider"') == drawn.count('class="limit chance"') == 3
    assert "Bridge &lt;B2&gt;" in drawn


def test_a_practice_that_is_too_small_is_named_and_not_drawn():
    drawn = str(distance_chart(_table(people=6), (ABOVE, BELOW)).svg)
    assert drawn.count("<circle") == 2
    assert ">*</text>" in drawn
    assert "10.0 to 14.0" not in drawn
