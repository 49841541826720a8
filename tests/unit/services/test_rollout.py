"""Practices before and after: whole periods, practices that were there throughout, and a planted ratio."""

import numpy as np
import pandas as pd
import pytest

from casefinder.histories.practices import Practices
from casefinder.services.rollout import BEFORE, PERIOD, compared, periods, practice_cells

CODES = {number: f"P{number:02d}" for number in range(40)}
PRACTICES = Practices(CODES, dict.fromkeys(CODES.values(), "one"))
SERVED = [CODES[number] for number in range(15)]


def parts(ratio, periods_after, drop=()):
    """Return two blocks of practices whose level differs, with a ratio from period 0 on in those served."""
    chance, rows = np.random.default_rng(5), []
    for practice in CODES:
        for place in range(BEFORE + periods_after):
            served = practice < 15
            rate = (1.3 if served else 0.8) * (ratio if served and place >= BEFORE else 1.0)
            if (practice, place) not in drop:
                rows.append(
                    {"practice": practice, "period": place, "count": float(chance.poisson(250 * rate)), "years": 250.0}
                )
    table = pd.DataFrame(rows)
    half = table.copy()
    half["count"], half["years"] = 0.0, 0.0
    return [table, half]


def test_only_whole_periods_count():
    dates, numbers = periods(1000, 1000 + 2 * PERIOD - 2)
    assert numbers == [*range(-BEFORE, 1)]
    assert len(dates) == len(numbers)
    assert periods(1000, 1000 + PERIOD - 2)[1][-1] < 0


@pytest.mark.parametrize("ratio", [1.0, 0.8])
def test_a_stable_difference_of_level_is_no_effect_and_a_planted_one_is_found(ratio):
    numbers = list(range(-BEFORE, 4))
    table = compared(practice_cells(parts(ratio, 4), numbers, PRACTICES, SERVED)).set_index("what")
    effect, trend, never, apart = (table.iloc[place] for place in range(4))
    assert effect["low"] < ratio < effect["high"]
    assert (effect["high"] < 1) == (ratio < 1)
    assert trend["low"] < 1 < trend["high"]
    assert never["low"] < 1 < never["high"]
    assert apart["low"] < 100 * 1.3 * (ratio - 1) < apart["high"]
    assert (effect["practices"], effect["served"]) == (40, 15)


def test_a_practice_that_was_not_there_throughout_is_left_out():
    numbers = list(range(-BEFORE, 4))
    given = practice_cells(parts(1.0, 4, drop={(3, 0)}), numbers, PRACTICES, SERVED)
    assert len(np.unique(given.cluster)) == 39
    assert len(np.unique(given.cluster[given.treated])) == 14
