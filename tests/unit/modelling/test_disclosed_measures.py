"""What of the record of measures leaves the workspace: nothing from which 1 to 7 people can be worked back."""

import copy
import json

import pytest
from tests.unit.modelling.test_measured import SETTINGS, made_up

from casefinder.modelling.disclosed_groups import BELOW_FLOOR, WITHHELD
from casefinder.modelling.disclosed_measures import OF_LIST_WITHHELD, disclosed_measures
from casefinder.modelling.measure_metrics import measure_metrics
from casefinder.modelling.measured import measured
from casefinder.modelling.registry import _metric_name

COUNTS = {"people", "events", "k", "listed", "treated"}
EXACT_ONLY = {"seen", "found", "rule_found", "ppv_least", "ppv_quarter", "ppv_median", "ppv_three_quarters", "ppv_most"}
FROM_A_LIST = {"ppv", "sensitivity", "lift", "number_needed_to_review", "cut_off"}


@pytest.fixture(scope="module")
def exact():
    return measured(made_up(3000, seed=4), SETTINGS)


@pytest.fixture
def record(exact):
    return copy.deepcopy(exact)


def numbers(row):
    return {name: value for name, value in row.items() if isinstance(value, int | float)}


def tables(record):
    return {name: record[name]["rows"] for name in ("lists", "practice_lists", "net_benefit", "equity")}


def test_no_exact_count_leaves(exact):
    for name, rows in tables(disclosed_measures(exact)).items():
        for row in rows:
            assert not EXACT_ONLY & set(row), name
            counts = {one: row[one] for one in COUNTS & set(row) if (name, one) != ("practice_lists", "k")}
            assert all(count is None or count % 5 == 0 for count in counts.values()), (name, row)


def test_figures_have_few_decimals(exact):
    for name, rows in tables(disclosed_measures(exact)).items():
        for row in rows:
            assert all(value == round(value, 4) for value in numbers(row).values()), (name, row)
    for row in disclosed_measures(exact)["equity"]["rows"]:
        assert all(row[name] is None or row[name] == round(row[name], 2) for name in ("ppv", "sensitivity"))


@pytest.mark.parametrize("found", [1, 3, 7])
@pytest.mark.parametrize("of", ["found", "not found", "missed"])
def test_a_list_that_found_or_missed_few_shows_nothing_of_it(record, found, of):
    row = record["lists"]["rows"][0] | {"seen": record["events"] + 50.0}
    record["lists"]["rows"][0] = row
    row["found"] = {"found": found, "not found": row["seen"] - found, "missed": record["events"] - found}[of]
    shown = disclosed_measures(record)["lists"]["rows"][0]
    assert shown["note"] == WITHHELD
    assert {shown[name] for name in FROM_A_LIST} == {None}
    assert {shown[f"{name}_{end}"] for name in ("ppv", "sensitivity") for end in ("low", "high")} == {None}


def test_a_list_that_found_many_keeps_its_figures(record):
    record["lists"]["rows"][-1] |= {"seen": 300.0, "found": 90.0, "ppv": 0.3, "sensitivity": 0.21}
    shown = disclosed_measures(record)["lists"]["rows"][-1]
    assert (shown["note"], shown["ppv"], shown["sensitivity"]) == ("", 0.3, 0.21)


def test_a_share_of_one_person_who_ties_counts_as_a_person(record):
    record["lists"]["rows"][0] |= {"found": 0.4, "ppv": 0.01}
    assert disclosed_measures(record)["lists"]["rows"][0]["ppv"] is None


@pytest.mark.parametrize(("share", "shown"), [(3 / 60, None), (57 / 60, None), (0.0, 0.0), (0.5, 0.5), (1.0, 1.0)])
def test_shares_of_a_list_of_sixty_that_are_few_people_are_withheld(record, share, shown):
    record["lists"]["rows"][0] |= {"k": 60, "no_recent_admission": share, "new_to_team": share}
    row = disclosed_measures(record)["lists"]["rows"][0]
    assert (row["no_recent_admission"], row["new_to_team"]) == (shown, shown)


@pytest.mark.parametrize("events", [1, 3, 7])
def test_a_group_with_few_events_shows_nothing_from_which_they_can_be_worked_back(record, events):
    row = record["equity"]["rows"][0]
    row |= {"people": 100, "events": events, "listed": 20.0, "seen": 20.0, "found": 2.0, "share_of_events": events / 400}
    row |= {"ppv": 0.1, "sensitivity": 2 / events, "list_to_events": 1.5, "c_statistic": 0.7, "calibration_slope": 1.0}
    shown = disclosed_measures(record)["equity"]["rows"][0]
    left = numbers({name: value for name, value in shown.items() if name not in ("characteristic", "group")})
    assert set(left) == {"people", "listed", "share_of_people", "share_of_list"}
    assert shown["note"] == WITHHELD


@pytest.mark.parametrize("without", [1, 3, 7])
def test_a_group_in_which_few_are_without_the_outcome_is_withheld_too(record, without):
    record["equity"]["rows"][0] |= {"people": 60, "events": 60 - without}
    shown = disclosed_measures(record)["equity"]["rows"][0]
    assert (shown["c_statistic"], shown["ppv"], shown["note"]) == (None, None, WITHHELD)


def test_a_group_with_three_on_the_list_keeps_what_does_not_tell_of_them(record):
    row = record["equity"]["rows"][0]
    row |= {"people": 500, "events": 60, "listed": 3.0, "seen": 3.0, "found": 2.0, "c_statistic": 0.71}
    shown = disclosed_measures(record)["equity"]["rows"][0]
    assert (shown["listed"], shown["share_of_list"], shown["list_to_events"], shown["ppv"]) == (None,) * 4
    assert (shown["c_statistic"], shown["note"]) == (0.71, OF_LIST_WITHHELD)


def test_a_group_below_the_floor_says_so(record):
    row = record["equity"]["rows"][0]
    row |= {"people": 200, "events": 15, "listed": 0.0, "seen": 0.0, "found": 0.0}
    assert disclosed_measures(record)["equity"]["rows"][0]["note"] == BELOW_FLOOR


def test_shares_of_a_group_are_those_of_rounded_counts(record):
    record |= {"people": 3003, "events": 402}
    record["equity"]["rows"][0] |= {"people": 1001, "events": 98}
    shown = disclosed_measures(record)["equity"]["rows"][0]
    assert (shown["share_of_people"], shown["share_of_events"]) == (round(1000 / 3005, 3), round(100 / 400, 3))


@pytest.mark.parametrize(("treated", "found"), [(6, 6), (40, 3), (40, 37), (2997, 300)])
def test_net_benefit_of_few_is_withheld(record, treated, found):
    row = record["net_benefit"]["rows"][0]
    row |= {"treated": treated, "found": float(found), "rule_found": float(found)}
    shown = disclosed_measures(record)["net_benefit"]["rows"][0]
    assert (shown["model"], shown["simple_rule"], shown["note"]) == (None, None, WITHHELD)


def test_the_spread_of_seven_practices_is_withheld(record):
    row = record["practice_lists"]["rows"][1]
    row |= {"practices": 7, "seen": 300.0, "found": 100.0, "listed": 300}
    assert disclosed_measures(record)["practice_lists"]["rows"][1]["ppv_spread"] is None
    row |= {"practices": 8}
    assert disclosed_measures(record)["practice_lists"]["rows"][1]["ppv_spread"] == round(row["ppv_spread"], 2)


def test_a_curve_that_is_the_share_of_each_risk_is_withheld(record):
    assert disclosed_measures(record)["curve"]["rows"]
    record["curve"]["smoother"] = "means"
    assert disclosed_measures(record)["curve"]["rows"] == []


def test_empty_tables_stay_empty():
    few = made_up(300).assign(outcome=0.0)
    shown = disclosed_measures(measured(few, SETTINGS))
    assert (shown["events"], shown["note"] != "") == (0, True)
    assert not any(tables(shown).values())


def test_every_disclosed_number_is_a_metric_with_a_name_of_its_own(exact):
    shown = disclosed_measures(exact)
    found = measure_metrics({"evaluation": shown})
    names = [_metric_name(name) for name in found]
    assert len(set(names)) == len(names)
    assert found["practice_lists.model.38.k"] == 6
    keys = {"intervals": 0, "curve": 1, "lists": 1, "practice_lists": 1, "net_benefit": 1, "equity": 0}
    whole = sum(1 for _ in _every_number(shown))
    named = sum(len(shown[table]["rows"]) * count for table, count in keys.items())
    assert len(found) == whole - named


def _every_number(part):
    for value in part.values() if isinstance(part, dict) else part:
        if isinstance(value, dict | list):
            yield from _every_number(value)
        elif isinstance(value, int | float):
            yield value


def test_the_record_is_plain_json(exact):
    text = json.dumps(disclosed_measures(exact), allow_nan=False)
    assert "NaN" not in text
