"""All nine outcomes from small histories: the window, deaths, people who leave, what counts, and when it may be used."""

import datetime as dt
import math

import numpy as np
import pytest

from casefinder.codelists import load_codelists
from casefinder.errors import ConfigError, ModelError
from casefinder.evaluation.censoring import ipcw
from casefinder.outcomes import OutcomeTable, latest_index_date, outcome, outcomes
from tests.spec.facts import INDEX, ago, history, person, point, stay

LISTS = load_codelists()
YEAR = 365
NINE = {
    "emergency_admission", "emergency_admission_overnight", "emergency_admission_or_death", "sensitive_admission",
    "care_home_entry", "care_home_entry_or_death", "any_admission", "death", "cost",
}  # fmt: skip


def later(days):
    """The date some days after the index date."""
    return ago(-days)


def seen(name, *people, days=YEAR, follows_leavers=False):
    """What was seen of each person from the index date on."""
    block, concepts = history(*people)
    table = OutcomeTable(outcome(name), days, concepts, LISTS, follows_leavers=follows_leavers)
    return table.rows(block, [INDEX], np.ones((len(people), 1), dtype=bool))


def happened(name, *facts, days=YEAR, **about):
    return int(seen(name, person(*facts, **about), days=days).observed[0])


def admission(start, end=None, method="emergency", **rest):
    return stay("hospital", start, end, method, **rest)


def reason(date, code, position=1, **rest):
    return point("admission_reason", date, code, "icd10", position=position, **rest)


def test_there_are_nine_outcomes_each_with_its_words():
    assert set(outcomes()) == NINE
    for one in outcomes().values():
        assert one.meaning.endswith(".")
        assert one.short
        assert one.source_kinds


EVENTS = {
    "emergency_admission": lambda date, **rest: admission(date, **rest),
    "emergency_admission_overnight": lambda date, **rest: admission(date, date + dt.timedelta(days=3), **rest),
    "emergency_admission_or_death": lambda date, **rest: admission(date, **rest),
    "sensitive_admission": lambda date, **rest: reason(date, "L031", **rest),
    "care_home_entry": lambda date, **rest: point("care_home_entry", date, **rest),
    "care_home_entry_or_death": lambda date, **rest: point("care_home_entry", date, **rest),
    "any_admission": lambda date, **rest: admission(date, method="elective", **rest),
    "death": lambda date, **rest: point("death", date, **rest),
}


@pytest.mark.parametrize("name", sorted(EVENTS))
@pytest.mark.parametrize(("day", "expected"), [(-1, 0), (0, 1), (1, 1), (364, 1), (365, 0)])
def test_an_event_counts_from_the_index_date_to_the_day_before_the_horizon_ends(name, day, expected):
    assert happened(name, EVENTS[name](later(day))) == expected


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_an_event_counts_whenever_it_became_known_unless_it_was_corrected_away(name):
    assert happened(name, EVENTS[name](later(20), known=later(900))) == 1
    assert happened(name, EVENTS[name](later(20), superseded=later(60))) == 0


def test_the_horizon_is_a_setting():
    assert happened("emergency_admission", admission(later(30)), days=30) == 0
    assert happened("emergency_admission", admission(later(29)), days=30) == 1


def test_the_first_event_is_the_one_that_is_dated():
    found = seen("emergency_admission", person(admission(later(200)), admission(later(12)), admission(ago(3), later(2))))
    assert found.event_day.tolist() == [12]


@pytest.mark.parametrize(
    ("method", "emergency", "any_kind"),
    [("emergency", 1, 1), ("elective", 0, 1), ("day_case", 0, 1), ("maternity", 0, 1), ("transfer", 0, 1), ("other", 0, 1)],
)
def test_how_a_stay_began_decides_whether_it_is_an_emergency(method, emergency, any_kind):
    facts = admission(later(9), later(12), method)
    assert happened("emergency_admission", facts) == emergency
    assert happened("any_admission", facts) == any_kind


@pytest.mark.parametrize(("nights", "expected"), [(0, 0), (1, 1), (40, 1)])
def test_at_least_one_night(nights, expected):
    assert happened("emergency_admission_overnight", admission(later(9), later(9 + nights))) == expected
    assert happened("emergency_admission", admission(later(9), later(9 + nights))) == 1


def test_a_stay_that_has_not_ended_has_lasted_the_night():
    assert happened("emergency_admission_overnight", admission(later(9))) == 1


def test_a_short_stay_does_not_hide_a_longer_one_after_it():
    found = seen("emergency_admission_overnight", person(admission(later(9), later(9)), admission(later(30), later(33))))
    assert found.event_day.tolist() == [30]


@pytest.mark.parametrize(
    ("code", "position", "expected"),
    [("L031", 1, 1), ("L031", 2, 0), ("S720", 1, 0), ("I10X", 1, 1), ("J440", 1, 1)],
)
def test_only_a_main_diagnosis_of_the_list_makes_a_sensitive_admission(code, position, expected):
    listed = LISTS["ambulatory_care_sensitive"].covers("icd10", code) and position == 1
    assert happened("sensitive_admission", reason(later(9), code, position)) == int(listed)
    if code in ("L031", "S720"):
        assert int(listed) == expected


def test_care_home_entry_is_the_entry_and_not_living_there():
    assert happened("care_home_entry", stay("care_home", later(9), None, "nursing")) == 0
    assert happened("care_home_entry", point("care_home_evidence", later(9), "usual_place")) == 0
    assert happened("care_home_entry", point("care_home_entry", later(9))) == 1
    assert "pay for themselves are missing" in outcome("care_home_entry").caveat


# --- deaths and people who leave -------------------------------------------------------------------


def test_a_death_before_the_event_is_no_event_and_not_censored():
    found = seen("emergency_admission", person(point("death", later(50)), left=later(50)))
    assert (found.observed[0], found.death_day[0], bool(found.censored[0])) == (0, 50, False)
    assert math.isnan(found.event_day[0])
    assert math.isnan(found.left_day[0])


@pytest.mark.parametrize("name", ["emergency_admission_or_death", "care_home_entry_or_death"])
def test_with_death_the_first_of_the_two_counts(name):
    event = EVENTS[name]
    people = [
        person(point("death", later(50))),
        person(event(later(20)), point("death", later(50))),
        person(event(later(20))),
        person(),
    ]
    found = seen(name, *people)
    assert found.observed.tolist() == [1, 1, 1, 0]
    assert found.event_day[:3].tolist() == [50, 20, 20]


def test_a_death_on_the_day_of_an_event_leaves_the_event():
    found = seen("emergency_admission", person(admission(later(50)), point("death", later(50))))
    time, cause = found.time_and_cause(YEAR)
    assert (found.observed[0], time[0], cause[0]) == (1, 50, 1)


def test_a_person_who_leaves_before_anything_happens_is_censored_on_that_day():
    found = seen("emergency_admission", person(left=later(100)), person(), person(left=later(365)), person(left=later(364)))
    assert found.left_day.tolist()[0] == 100
    assert found.censored.tolist() == [True, False, False, True]
    time, cause = found.time_and_cause(YEAR)
    assert time.tolist() == [100, 365, 365, 364]
    assert cause.tolist() == [0, 0, 0, 0]


def test_what_happens_after_someone_left_was_not_seen():
    found = seen("emergency_admission", person(admission(later(150)), left=later(100)))
    assert (found.observed[0], bool(found.censored[0])) == (0, True)
    assert math.isnan(found.event_day[0])


def test_what_happened_before_someone_left_was_seen():
    found = seen("emergency_admission", person(admission(later(50)), left=later(100)))
    assert (found.observed[0], bool(found.censored[0])) == (1, False)
    assert [one[0] for one in found.time_and_cause(YEAR)] == [50, 1]


def test_where_hospital_data_follow_people_nobody_is_lost():
    found = seen("emergency_admission", person(admission(later(150)), left=later(100)), follows_leavers=True)
    assert (found.observed[0], bool(found.censored[0])) == (1, False)


def test_moving_between_practices_is_not_leaving():
    moved = person(stay("registration", later(100), code="A99002"), left=later(100))
    assert not seen("emergency_admission", moved).censored[0]


def test_weights_stand_for_those_who_left():
    """Of four people still there on day 100 one leaves: each later follow-up counts for 4/3."""
    people = [person(left=later(100)), person(), person(admission(later(200))), person(admission(later(50)))]
    people.append(person())
    found = seen("emergency_admission", *people)
    time, cause = found.time_and_cause(YEAR)
    weights = ipcw(time, cause, YEAR)
    assert weights.lost == 1
    assert weights.weight.tolist() == pytest.approx([0, 4 / 3, 4 / 3, 1, 4 / 3])
    assert weights.weight.sum() == pytest.approx(5)


# --- cost ------------------------------------------------------------------------------------------


def test_cost_is_whole_pence_of_what_began_in_the_horizon():
    found = seen(
        "cost",
        person(
            admission(later(5), later(9), cost=312_345),
            admission(later(360), None, cost=99_999),
            admission(ago(5), later(9), cost=777_777),
            point("ae_attendance", later(5), "01", cost=20_001),
            point("prescription", later(30), "0212000B0AAAAAA", "bnf", cost=199),
            point("annual_cost", later(30), "inpatient", "cms", cost=5_000_000),
            point("outpatient", later(365), "320", cost=15_000),
        ),
        person(),
    )
    assert found.amount.tolist() == [312_345 + 99_999 + 20_001 + 199, 0]
    assert outcome("cost").is_amount


# --- when an outcome may be used -------------------------------------------------------------------


def test_the_latest_index_date_is_the_last_first_of_a_month_whose_window_had_closed():
    complete = {
        "hospital": "2026-01-30",
        "death": "2026-02-28",
        "admission_reason": "2026-01-30",
        "care_home_entry": "2025-11-11",
    }
    emergency = outcome("emergency_admission")
    assert latest_index_date(emergency, 365, complete) == dt.date(2025, 1, 1)
    assert latest_index_date(emergency, 365, {"hospital": "2026-01-31"}) == dt.date(2025, 2, 1)
    assert latest_index_date(emergency, 30, complete) == dt.date(2026, 1, 1)
    assert latest_index_date(outcome("care_home_entry"), 365, complete) == dt.date(2024, 11, 1)


def test_the_slowest_feed_of_an_outcome_decides():
    complete = {"hospital": "2026-01-31", "death": "2025-06-30"}
    assert latest_index_date(outcome("emergency_admission_or_death"), 365, complete) == dt.date(2024, 7, 1)


def test_an_outcome_that_no_source_feeds_is_refused():
    with pytest.raises(ModelError, match="cannot be observed here") as caught:
        latest_index_date(outcome("care_home_entry"), 365, {"hospital": "2026-01-31"})
    assert "needs care_home_entry, which no source of this site supplies" in caught.value.render()


def test_an_outcome_that_does_not_exist_is_refused_with_its_nearest():
    with pytest.raises(ConfigError, match="emergency_admission"):
        outcome("emergency_admision")
