"""Who was reached inside a window, and the weights that undo what lists took away."""

import datetime as dt

import numpy as np
import pytest
from tests.spec.facts import INDEX, ago, history, person, stay

from casefinder.codelists import load_codelists
from casefinder.config.site import ServiceSettings
from casefinder.dates import to_day
from casefinder.errors import ModelError
from casefinder.modelling.served_people import Dated, ListRecord, held_out, row_weights, weights
from casefinder.modelling.service_starts import ServiceStarts
from casefinder.worklist.rules import DECISIONS

LISTS = load_codelists()
DAY = to_day(INDEX)


def test_the_first_fact_in_a_window_agrees_with_a_plain_loop():
    draw = np.random.default_rng(5)
    people, days = draw.choice(list("abcdefg"), 60), draw.integers(0, 400, 60)
    facts = Dated(people.tolist(), days.tolist())
    asked, start = draw.choice(list("abcdefgxy"), 300), draw.integers(0, 420, 300)
    found = facts.first(asked, start, 40)
    for name, begin, until in zip(asked, start, found, strict=True):
        inside = [day - begin for who, day in zip(people, days, strict=True) if who == name and begin <= day < begin + 40]
        assert (np.isnan(until) and not inside) or until == min(inside)


def test_no_fact_at_all_is_found_nowhere():
    assert np.isnan(Dated().first(["a"], [0], 10)).all()


def test_a_share_of_people_is_held_out_and_a_larger_share_holds_out_the_same_and_more():
    people = [f"p{number}" for number in range(20_000)]
    tenth, fifth = held_out(people, 0.1, seed=1), held_out(people, 0.2, seed=1)
    assert tenth.mean() == pytest.approx(0.1, abs=0.01)
    assert fifth.mean() == pytest.approx(0.2, abs=0.01)
    assert not (tenth & ~fifth).any()
    assert held_out(people[::-1], 0.1, seed=1)[::-1].tolist() == tenth.tolist()
    assert (tenth & held_out(people, 0.1, seed=2)).mean() == pytest.approx(0.01, abs=0.004)


def test_a_share_must_be_one():
    with pytest.raises(ValueError, match="above 0"):
        row_weights([False], [0.0])


def record(**changes):
    given = {
        "listed": Dated(["listed", "both", "before", "after"], [DAY, DAY + 9, DAY - 1, DAY + 365]),
        "held_out": {
            0.1: Dated(["held", "both", "twice"], [DAY + 364, DAY + 3, DAY + 5]),
            0.05: Dated(["twice"], [DAY + 80]),
        },
    }
    return ListRecord(**{**given, **changes})


def test_rows_reached_weigh_nothing_and_those_held_out_stand_for_them():
    people = ["listed", "both", "before", "after", "held", "twice", "nobody"]
    found = weights(record(), people, [DAY] * len(people), 365)
    assert found == pytest.approx([0, 0, 1, 1, 10, 20, 1])


def test_weighted_rows_are_those_of_a_world_without_lists():
    """Lists reach the riskiest fifth and halve their risk; the weighted means are those of nobody reached."""
    people, found = [f"p{number}" for number in range(50_000)], []
    for seed in range(20):
        draw = np.random.default_rng(seed)
        risk = draw.beta(1, 6, len(people))
        would, aside = risk > np.quantile(risk, 0.8), held_out(people, 0.2, seed)
        outcome = draw.random(len(people)) < np.where(would & ~aside, risk / 2, risk)
        weight = row_weights(would & ~aside, np.where(would & aside, 0.2, np.nan))
        reached = np.average(outcome[would], weights=weight[would]) / risk[would].mean()
        found.append(
            (np.average(outcome, weights=weight) / risk.mean(), reached, outcome[would].mean() / risk[would].mean())
        )
    everyone, those_reached, naive = np.mean(found, axis=0)
    assert everyone == pytest.approx(1, abs=0.01)
    assert those_reached == pytest.approx(1, abs=0.02)
    assert naive < 0.65


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (ListRecord(listed=Dated(["a"], [DAY])), "no list was issued under a hold-out"),
        (record(without=(DAY + 364,)), "without a hold-out"),
        (record(lost=(DAY, DAY + 7)), "whose people are no longer on record"),
    ],
)
def test_a_hold_out_that_does_not_cover_the_windows_is_refused(given, words):
    with pytest.raises(ModelError) as told:
        weights(given, ["a"], [DAY], 365)
    assert words in told.value.render()
    assert "served_people: keep" in told.value.render()


def test_lists_outside_the_windows_do_no_harm():
    assert weights(record(without=(DAY - 1, DAY + 365)), ["a"], [DAY], 365).tolist() == [1.0]


# --- services -----------------------------------------------------------------------------------------------------------


def starts(settings, *people, decided=None, days=365):
    block, concepts = history(*people)
    services = ServiceStarts(ServiceSettings(**settings), decided or Dated(), days, concepts, LISTS)
    keep = np.ones((len(people), 1), dtype=bool)
    return services.rows(block, [INDEX], keep).tolist(), block


def later(days):
    return INDEX + dt.timedelta(days=days)


def test_a_stay_that_began_inside_the_window_is_a_service():
    people = [
        person(stay("caseload", later(40), None, code="virtual_ward_2")),
        person(stay("caseload", ago(40), None, code="virtual_ward_2")),
        person(stay("caseload", later(40), None, code="district_nursing")),
        person(stay("caseload", later(365), None, code="virtual_ward_2")),
        person(stay("reablement", later(7), later(20))),
        person(),
    ]
    found, _ = starts({"caseloads": ["virtual_ward"]}, *people)
    assert found == pytest.approx([40, np.nan, np.nan, np.nan, np.nan, np.nan], nan_ok=True)
    found, _ = starts({"caseloads": ["virtual_ward"], "stays": ["reablement"]}, *people)
    assert found == pytest.approx([40, np.nan, np.nan, np.nan, 7, np.nan], nan_ok=True)
    assert all(np.isnan(starts({}, *people)[0])), "no caseload counts unless the site names it"


def test_a_decision_is_a_service_from_its_day_on_and_the_first_of_all_counts():
    _, block = starts({}, person())
    (name,) = block.people.to_pylist()
    decided = Dated([name, name], [DAY + 100, DAY - 1])
    assert starts({}, person(), decided=decided)[0] == [100.0]
    ward = stay("caseload", later(40), None, code="virtual_ward")
    assert starts({"caseloads": ["virtual"]}, person(ward), decided=decided)[0] == [40.0]
    assert np.isnan(starts({}, person(), decided=decided, days=100)[0]).all()


def test_every_decision_that_a_meeting_can_take_may_be_counted():
    assert ServiceSettings(decisions=DECISIONS).decisions == DECISIONS
