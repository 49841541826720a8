"""From rows of people to what is fitted on: time, caps and numbers of practices."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from casefinder.allocation.caps import USUAL
from casefinder.allocation.design import SUPPLY
from casefinder.allocation.people import illnesses
from casefinder.allocation.prepare import prepare
from casefinder.errors import ModelError

PEOPLE = 1_200
CONCEPTS = pd.DataFrame({"kind": ["registration"] * 3 + ["residence"], "code": ["A1", "A2", "A3", "E1"]})
PRACTICES = pd.DataFrame({"practice_code": ["A1", "A2", "A3", "A9"]})
AREAS = pd.DataFrame({"lsoa": ["E1"], **{name: [1.0] for name in SUPPLY}})


def people(many=PEOPLE):
    draw = np.random.default_rng(1)
    found = {
        "practice": np.arange(many) % 3, "area": np.full(many, 3), "age": draw.uniform(0, 90, many),
        "sex": draw.integers(0, 2, many), "imd": draw.integers(1, 11, many), "care_home": np.zeros(many, dtype=bool),
        "draw": draw.random(many), "cost": draw.integers(0, 1_000_000, many), "days": np.full(many, 365),
        "died": np.zeros(many, dtype=bool), **{name: draw.random(many) < 0.1 for name in illnesses()},
    }  # fmt: skip
    return found


def prepared(those, cap="99.5%"):
    histories = SimpleNamespace(concepts=SimpleNamespace(table=CONCEPTS))
    return prepare(those, those, histories, PRACTICES, AREAS, cap, 1)


def test_costs_of_part_of_a_year_are_brought_to_a_whole_one_and_count_for_that_part():
    those = people()
    those["days"][:10], those["died"][:4], those["days"][10] = 73, True, 0
    found = prepared(those)
    given, pounds = found.given, those["cost"] / 100
    whole = given.amounts[[cap.words for cap in found.caps].index("none")]
    assert given.weight[:10] == pytest.approx(0.2)
    assert given.weight[10:] == pytest.approx(1.0)
    assert whole[:10] == pytest.approx(5 * pounds[:10])
    assert given.moments.weight.sum() == pytest.approx(PEOPLE - 11 + 10 * 0.2)
    assert given.weight @ whole == pytest.approx(pounds.sum() - pounds[10])
    assert given.moments.y.sum(axis=0)[[cap.words for cap in found.caps].index("none")] == pytest.approx(
        given.weight @ whole
    )
    told = {name: found.counts[name] for name in ("fitted_on", "part_of_a_year", "died", "no_day_seen")}
    assert told == {"fitted_on": PEOPLE - 1, "part_of_a_year": 10, "died": 4, "no_day_seen": 1}


def test_the_usual_caps_stand_beside_the_one_asked_for_and_practices_without_people_keep_a_number():
    found = prepared(people(), "5000")
    assert [cap.words for cap in found.caps] == ["5000", *USUAL]
    assert found.codes == ("A1", "A2", "A3", "A9")
    assert np.bincount(found.list_practice, minlength=4).tolist() == [400, 400, 400, 0]
    assert found.given.amounts[0].max() == 5000


def test_too_few_people_or_practices_are_named_together():
    those = people(900)
    those["practice"] %= 2
    with pytest.raises(ModelError, match=r"(?s)fewer than 1,000 were seen.*fewer than 3 had people"):
        prepared(those)
