"""How the survey is read: reserve codes are missing, people are followed by panel, and who is left out is counted."""

import numpy as np
import pandas as pd
import pytest
from benchmarks import meps

pytestmark = pytest.mark.skipif(not meps.FOLDER.is_dir(), reason="the survey (shared/data/meps) is not here")


@pytest.fixture(scope="module")
def people():
    return meps.pair(*meps.PAIRS[0])


def test_reserve_codes_are_missing_and_no_amount_is_negative():
    found = meps.year(2012)
    numbers = found.drop(columns="faminc").select_dtypes("number")
    assert not (numbers < 0).any().any()
    raw = pd.read_csv(meps.FOLDER / "meps_2012.csv.gz")
    assert found["diabdx"].isna().sum() == (raw["diabdx"] < 0).sum() > 0
    assert found["faminc"].min() < 0, "a loss is an income, no code"


def test_people_are_followed_within_their_panel_and_counted(people):
    found, counts = people
    assert not found["dupersid"].duplicated().any()
    assert set(found["panel"]) == {17}
    assert (found["weight"] > 0).all()
    left_out = sum(counts[name] for name in counts if name not in ("first_year", "used"))
    assert counts["first_year"] - left_out == counts["used"] == len(found)


def test_what_need_may_see_does_not_move_with_spending(people):
    found, _ = people
    richer = found.copy()
    richer[[*meps._MONEY, *meps._VISITS]] *= 3
    for one, other in zip(meps.need_columns(found).values(), meps.need_columns(richer).values(), strict=True):
        assert np.array_equal(one, other)
    assert meps.need_columns(found)["age_sex"].sum(axis=1).tolist() == [1.0] * len(found)


def test_nobody_is_predicted_by_a_model_that_saw_the_household(people):
    found, _ = people
    some = found.iloc[:400].reset_index(drop=True)
    seen = []

    def remembering(columns, amount, weight):
        held = set(columns[:, 0])
        seen.append(held)
        return lambda rows: np.array([float(one in held) for one in rows[:, 0]])

    predicted = meps.out_of_sample(some[["duid"]].to_numpy(), some["spent"].to_numpy(), some, remembering)
    assert len(seen) == meps.PARTS
    assert predicted.sum() == 0.0
