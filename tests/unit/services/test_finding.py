"""When a fall may be spoken of, and that a rise always is."""

import pytest

from casefinder.evaluation.intervals import Estimate
from casefinder.services.finding import finding

FALL, NONE, RISE = Estimate(0.8, 0.7, 0.9), Estimate(1.0, 0.9, 1.1), Estimate(1.2, 1.1, 1.3)
UNKNOWN = Estimate(0.8)
ALIKE = {"fractures": NONE, "the year before": Estimate(1.1)}


def test_a_fall_is_spoken_of_where_everything_agrees():
    assert finding(FALL, FALL, ALIKE, True).side == "fewer"


@pytest.mark.parametrize(
    ("declared", "adjusted", "controls", "is_fit", "lacking"),
    [
        (FALL, NONE, ALIKE, True, "the adjusted ratio does not leave out 1"),
        (NONE, FALL, ALIKE, True, "the ratio as declared does not leave out 1"),
        (FALL, RISE, ALIKE, True, "the adjusted ratio does not leave out 1"),
        (FALL, UNKNOWN, ALIKE, True, "the adjusted ratio could not be worked out"),
        (FALL, FALL, {"fractures": FALL, "eyes": RISE, "skin": NONE}, True,
         "the arms differ in what the service cannot have changed: fractures, eyes"),
        (FALL, FALL, ALIKE, False, "the design was judged not fit to proceed"),
        (FALL, Estimate(0.8, 0.6, 1.0), ALIKE, True, "the adjusted ratio does not leave out 1"),
    ],
)  # fmt: skip
def test_one_thing_that_speaks_against_a_fall_is_enough_and_is_named(declared, adjusted, controls, is_fit, lacking):
    said = finding(declared, adjusted, controls, is_fit)
    assert said.side == "open"
    assert said.lacking == (lacking,)


def test_a_rise_as_declared_is_spoken_of_whatever_else_there_is():
    for adjusted in (FALL, NONE, UNKNOWN):
        for controls in (ALIKE, {"fractures": RISE}):
            assert finding(RISE, adjusted, controls, False).side == "more"


def test_where_neither_ratio_shows_a_fall_nothing_is_lacking():
    for declared, adjusted in ((NONE, NONE), (NONE, RISE), (UNKNOWN, UNKNOWN)):
        assert finding(declared, adjusted, {"fractures": FALL}, False) == finding(NONE, NONE, {}, True)
