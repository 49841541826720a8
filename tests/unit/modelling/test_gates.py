"""Each gate is passed, or says by how much it is not."""

import pytest

from casefinder.config.model import GateSettings
from casefinder.modelling.compared import Benefit
from casefinder.modelling.gates import failed, judged

FIGURES = {"people": 5000, "events": 400, "observed_expected": 1.0, "calibration_slope": 1.0}
RIGHT = {"group": "Ash", "low": 0.85, "high": 1.2}
OFF = {"group": "Elm", "low": 1.31, "high": 1.6}
FINE = {"characteristic": "sex", "group": "male", "ratio": 1.0, "low": 0.9, "high": 1.1}
MISSED = FINE | {"group": "female", "ratio": 1.5, "low": 1.3}
SMALL = {"characteristic": "sex", "group": "other", "ratio": None, "low": None, "high": None}


def gates(settings=None, clusters=(RIGHT,) * 10, groups=(FINE, SMALL), benefit=None, missing=(), **figures):
    tables = {"cluster": {"rows": list(clusters)}, "subgroups": {"rows": list(groups)}}
    found = judged(settings or GateSettings(), FIGURES | figures, tables, benefit, missing)
    return {one.name: one for one in found}


def test_a_good_version_passes_all_that_can_be_judged():
    found = gates()
    assert failed(list(found.values())) == []
    assert found["net benefit at 0.2"].passed is None
    assert {one.passed for name, one in found.items() if name != "net benefit at 0.2"} == {True}


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("observed over expected", {"observed_expected": 1.42}, "1.42, above 1.25 by 0.17"),
        ("observed over expected", {"observed_expected": 0.7}, "0.70, below 0.8 by 0.10"),
        ("calibration slope", {"calibration_slope": 0.6}, "0.60, below 0.8 by 0.20"),
        ("calibration slope", {"calibration_slope": None}, "is not defined on the people tested"),
        ("calibration by cluster", {"clusters": (RIGHT,) * 8 + (OFF,) * 2}, "20 in 100, 10 more than may be (Elm, Elm)"),
        ("net benefit at 0.2", {"benefit": Benefit(0.02, 0.025)}, "below by 0.0050, 0.0040 more than the margin of 0.001"),
        ("no group with missed need", {"groups": (FINE, MISSED)}, "sex female: 1.50, from 1.30, above 1.25 by 0.05"),
        ("card complete", {"missing": ("Limits",)}, "lacks Limits"),
    ],
)  # fmt: skip
def test_a_gate_that_fails_says_by_how_much(name, given, words):
    found = gates(**given)
    assert [one.name for one in failed(list(found.values()))] == [name]
    assert words in found[name].words


@pytest.mark.parametrize("given", [{"observed_expected": 1.25}, {"observed_expected": 0.8}, {"calibration_slope": 1.2}])
def test_bands_include_their_ends(given):
    assert failed(list(gates(**given).values())) == []


def test_net_benefit_may_fall_by_the_margin_and_no_further():
    assert gates(benefit=Benefit(0.0200, 0.0209))["net benefit at 0.2"].passed is True
    assert gates(benefit=Benefit(0.0200, 0.0211))["net benefit at 0.2"].passed is False


def test_one_cluster_in_ten_may_be_off():
    assert gates(clusters=(RIGHT,) * 9 + (OFF,))["calibration by cluster"].passed is True


def test_too_few_events_fail_by_themselves_and_tell_no_count():
    found = gates(events=43)
    assert [one.name for one in failed(list(found.values()))] == ["enough events"]
    assert "43" not in found["enough events"].words


def test_enough_events_are_told_rounded():
    words = "405 people tested had the outcome; at least 100 with and without it are asked for"
    assert gates(events=403)["enough events"].words == words


def test_too_few_people_without_the_outcome_fail_too():
    assert gates(events=4950)["enough events"].passed is False


def test_without_any_group_to_measure_equity_is_not_called_passed():
    assert gates(groups=(SMALL,))["no group with missed need"].passed is None


def test_a_site_that_does_not_ask_for_a_whole_card():
    assert gates(GateSettings(card_complete=False), missing=("Limits",))["card complete"].passed is None
