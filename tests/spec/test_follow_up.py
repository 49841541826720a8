"""How long matched people are followed, and what of theirs is counted: as their facts say, whenever they became known."""

from types import SimpleNamespace

import numpy as np
import pandas as pd

from casefinder.dates import NEVER, to_day
from casefinder.histories.kernel import STAY
from casefinder.services.counted import amounts
from casefinder.services.followed import follow
from casefinder.services.measures import MEASURES
from tests.spec.facts import INDEX, Fact, ago, history, person, point, stay

ADMISSIONS = MEASURES["emergency_admissions"]


def moved(day, to="A99002"):
    """A person who registered elsewhere on the day on which they left, or some days later."""
    return Fact(STAY, "registration", day, "nhs", to)


PEOPLE = {
    "stays": person(),
    "leaves": person(left=ago(-40)),
    "moves at once": person(moved(ago(-40)), left=ago(-40)),
    "moves after a gap": person(moved(ago(-60)), left=ago(-40)),
    "dies and is taken off the list": person(point("death", ago(-50), known=ago(-90)), left=ago(-50)),
    "starts later": person(),
    "admitted before, on the day and after": person(
        *(stay("hospital", ago(day), ago(day - 2), method="emergency", known=ago(-200)) for day in (5, 0, -100, -180))
    ),
}


class Lent:
    """Histories of the people above."""

    def __init__(self, hospital_data):
        self.block, self.concepts = history(*PEOPLE.values())
        self.version = SimpleNamespace(manifest={"observation": {"hospital_data": hospital_data}})

    def __iter__(self):
        yield self.block


def followed(hospital_data="local", treated="stays", randomised=False):
    names = list(PEOPLE)
    start = [to_day(ago(-20)) if name == "starts later" else NEVER for name in names]
    members = pd.DataFrame(
        {
            "design": "as declared", "matched_set": 0, "person_id": [f"person{place}" for place in range(len(names))],
            "treated": [name == treated for name in names], "weight": 1.0, "landmark": to_day(INDEX), "own_start": start,
        }
    )  # fmt: skip
    signed = SimpleNamespace(members=lambda: members, is_randomised=randomised)
    found = follow(signed, "as declared", Lent(hospital_data), [ADMISSIONS], 180)
    return found, dict(zip(names, found.stop().tolist(), strict=True))


def test_people_are_followed_until_they_die_leave_or_start_themselves():
    _, stop = followed()
    assert stop == {
        "stays": 180, "leaves": 40, "moves at once": 180, "moves after a gap": 40, "dies and is taken off the list": 51,
        "starts later": 20, "admitted before, on the day and after": 180,
    }  # fmt: skip


def test_where_hospital_data_follow_leavers_nobody_is_lost():
    found, stop = followed("national")
    assert np.isinf(found.left).all()
    assert stop["leaves"] == stop["moves after a gap"] == 180
    assert stop["dies and is taken off the list"] == 51


def test_chance_keeps_everyone_in_their_arm():
    assert followed(randomised=True)[1]["starts later"] == 180


def test_the_treated_are_not_ended_by_their_own_start():
    assert followed(treated="starts later")[1]["starts later"] == 180


def test_outcomes_begin_on_day_0_and_end_before_the_horizon():
    found, _ = followed()
    count = dict(zip(PEOPLE, amounts(found, ADMISSIONS).tolist(), strict=True))
    assert count.pop("admitted before, on the day and after") == 2
    assert set(count.values()) == {0}
