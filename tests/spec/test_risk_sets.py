"""Who stands in a risk set: treated at their own time zero, and whoever could have started then and had not."""

import datetime as dt
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from casefinder.codelists import load_codelists
from casefinder.config.service import load_protocol
from casefinder.dates import NEVER, to_day
from casefinder.modelling.stored_rows import Storage
from casefinder.services.compiled import Compiled
from casefinder.services.gather import Grid, gather, gather_asked
from casefinder.services.starts import Starts
from tests.spec.facts import INDEX, ago, history, person, point, stay

DAY = to_day(INDEX)
PROTOCOL = load_protocol("community_case_management").model_copy(
    update={"covariates": ("age", "condition_count"), "exact": ("sex", "age_band")}
)


def admitted(day, **rest):
    return stay("hospital", day, day, method="emergency", **rest)


PEOPLE = {
    "treated": person(),
    "never treated": person(),
    "treated a month later": person(),
    "treated ten days before": person(),
    "of another sex": person(sex="male"),
    "of another age band": person(born=dt.date(1958, 3, 1)),
    "died before, told after": person(point("death", ago(5), known=ago(-20))),
    "died after": person(point("death", ago(-5))),
    "registered too short": person(registered=ago(100)),
    "left before, told after": person(left=ago(3)),
    "admitted before, told after": person(admitted(ago(10), known=ago(-20))),
    "admitted on the day": person(admitted(INDEX)),
    "admitted a month and a day before": person(admitted(ago(31))),
    "treated, younger than 18": person(born=dt.date(2010, 3, 1)),
}
PLACE = {name: f"person{number}" for number, name in enumerate(PEOPLE)}
STARTS = {"treated": DAY, "treated a month later": DAY + 30, "treated ten days before": DAY - 10,
          "treated, younger than 18": DAY}  # fmt: skip


HERE = Storage(Path())
"""Runs tasks one after the other, and keeps nothing."""


@pytest.fixture(scope="module")
def ready():
    block, concepts = history(*PEOPLE.values())
    manifest = {"supplied": ["hospital", "death", "registration", "gp_record"], "observation": {"hospital_data": "local"}}
    told = SimpleNamespace(
        concepts=concepts, numbers=[0], block=lambda _number: block, version=SimpleNamespace(manifest=manifest)
    )  # fmt: skip
    return Compiled.of(PROTOCOL, told, load_codelists())


@pytest.fixture(scope="module")
def rows(ready):
    people = sorted(STARTS, key=lambda name: PLACE[name])
    starts = Starts(tuple(PLACE[name] for name in people), np.array([STARTS[name] for name in people]))
    chosen = np.array([name != "treated ten days before" for name in people])
    return gather(ready, Grid.of(PROTOCOL, starts, chosen), HERE)


def at(rows, day):
    """Return by name the rows of one landmark."""
    names = {pseudonym: name for name, pseudonym in PLACE.items()}
    return {names[rows.person[place]]: place for place in np.flatnonzero(rows.landmark == day)}


def test_candidates_are_alive_registered_eligible_of_the_same_sex_and_age_and_not_yet_treated(rows):
    here = at(rows, DAY)
    assert {name for name, place in here.items() if rows.treated[place]} == {"treated", "treated, younger than 18"}
    assert {name for name, place in here.items() if not rows.treated[place]} == {
        "never treated",
        "treated a month later",
        "died after",
        "admitted before, told after",
        "admitted on the day",
        "admitted a month and a day before",
    }


def test_whoever_is_treated_later_carries_the_day_of_their_own_start(rows):
    here = at(rows, DAY)
    assert rows.start[here["treated a month later"]] == DAY + 30
    assert rows.start[here["never treated"]] == NEVER
    later = at(rows, DAY + 30)
    assert rows.treated[later["treated a month later"]]
    assert "treated" not in later
    assert "treated ten days before" not in {*here, *later}


def test_the_ineligible_stay_only_where_they_start_with_the_rule_that_leaves_them_out(rows):
    here = at(rows, DAY)
    assert rows.rule[here["treated, younger than 18"]] > 0
    assert (np.delete(rows.rule, here["treated, younger than 18"]) == 0).all()


def test_the_run_up_is_what_happened_before_the_day_whenever_it_was_told(rows):
    here = at(rows, DAY)
    assert rows.run_up[here["admitted before, told after"]].tolist() == [1, 0, 0, 0]
    assert rows.run_up[here["admitted on the day"]].tolist() == [0, 0, 0, 0]
    assert rows.run_up[here["admitted a month and a day before"]].tolist() == [0, 1, 0, 0]


def test_people_asked_for_by_name_stand_at_their_own_day_and_no_other(ready):
    names = ("never treated", "treated", "died before, told after", "of another sex")
    days = np.array([DAY, DAY + 3, DAY, DAY])
    own = np.array([NEVER, DAY + 3, NEVER, NEVER])
    found = gather_asked(ready, tuple(PLACE[name] for name in names), days, own, HERE)
    by_person = {person: (day, treated) for person, day, treated in
                 zip(found.person, found.landmark.tolist(), found.treated.tolist(), strict=True)}  # fmt: skip
    assert by_person == {
        PLACE["never treated"]: (DAY, False),
        PLACE["treated"]: (DAY + 3, True),
        PLACE["of another sex"]: (DAY, False),
    }
    assert gather_asked(ready, ("nobody",), days[:1], own[:1], HERE) is None
