"""No table that leaves holds an identifier, an unrounded count, or a small number that could be worked back."""

import math

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casefinder.disclosure import (
    DEFAULT,
    WITHHELD,
    Column,
    Count,
    ExactTable,
    Expected,
    FromShown,
    Judgement,
    Label,
    Mean,
    ModelOutput,
    Money,
    Policy,
    Rate,
    Ratio,
    RatioLimit,
    Shortfall,
    disclosed,
    enforce,
)
from casefinder.evaluation.intervals import poisson_interval

COLUMNS = (
    Column("Practice", Label("name")),
    Column("People", Count("people")),
    Column("Observed", Count("observed")),
    Column("Expected", Expected("observed", "expected")),
    Column("Ratio", Ratio("observed", "expected")),
    Column("Low", RatioLimit("observed", "expected", poisson_interval)),
    Column("High", RatioLimit("observed", "expected", poisson_interval, upper=True)),
    Column("Rate", Rate("observed", "people")),
    Column("Percentage", Rate("observed", "people", per=100)),
    Column("Spread", FromShown(("Expected",), lambda expected: 1 / math.sqrt(expected))),
)
POLICIES = st.sampled_from([DEFAULT, Policy(threshold=10, base=10), Policy(threshold=5, base=10)])
ROWS = st.lists(
    st.tuples(st.integers(0, 400), st.floats(0.2, 500), st.integers(0, 30_000)).map(
        lambda row: (row[0], row[1], row[0] + row[2])
    ),
    min_size=1,
    max_size=8,
)


def shown(rows, policy=DEFAULT):
    found = pd.DataFrame(rows, columns=["observed", "expected", "people"])
    return disclosed(ExactTable("drawn", "Drawn", found.assign(name="A practice"), COLUMNS), policy)


@settings(deadline=None)
@given(ROWS, POLICIES)
def test_every_count_is_a_multiple_of_the_base_or_withheld(rows, policy):
    table = shown(rows, policy)
    for heading, place in (("Observed", 0), ("People", 2)):
        for row, cell in zip(rows, table.column(heading), strict=True):
            if 0 < row[place] <= policy.threshold:
                assert cell == WITHHELD
            else:
                assert cell % policy.base == 0
                assert abs(cell - row[place]) <= policy.base / 2


@settings(deadline=None)
@given(st.floats(0.2, 500), st.integers(8, 30_000))
def test_rows_of_one_to_seven_events_cannot_be_told_apart(expected, people):
    rows = {shown([(observed, expected, people)]).rows[0] for observed in range(1, 8)}
    assert len(rows) == 1
    assert rows.pop()[2:3] == (WITHHELD,)


@settings(deadline=None)
@given(st.integers(8, 400), st.integers(1, 900), st.integers(500, 30_000), POLICIES)
def test_any_count_that_rounds_alike_could_stand_behind_a_row(observed, hundredths, people, policy):
    """Whatever the count, there is an expected count for which everything shown is the same."""
    rounded = policy.count(observed)
    if rounded is None:
        return
    alike = [count for count in range(1, 420) if policy.count(count) == rounded]
    assert len(alike) >= 3
    assert len({shown([(count, 100 * count / hundredths, people)], policy).rows[0] for count in alike}) == 1


def test_a_plain_rounding_of_what_is_expected_would_give_a_count_away():
    (row,) = shown([(8, 25.0, 2000)]).records()
    assert (row["Observed"], row["Expected"], row["Ratio"]) == (10, 30, 0.32)


@settings(deadline=None)
@given(st.integers(0, 7), st.floats(0, 1e6))
def test_means_and_money_over_few_people_are_withheld(people, total):
    rows = pd.DataFrame([{"total": total, "people": people}])
    columns = (Column("Mean", Mean("total", "people")), Column("Money", Money("total", "people")))
    mean, money = disclosed(ExactTable("drawn", "Drawn", rows, columns)).rows[0]
    assert mean is None if not people else mean == WITHHELD
    assert money % 1000 == 0 if not people else money == WITHHELD


def _one(value, kind, **more):
    return disclosed(ExactTable("one", "One", pd.DataFrame([{"value": value, **more}]), (Column("It", kind),))).rows[0][0]


PARTS = st.floats(0.01, 1.0)


@settings(deadline=None)
@given(st.integers(8, 400), st.integers(1, 900), st.lists(st.tuples(st.floats(0, 1), PARTS), min_size=1, max_size=12))
def test_the_lines_over_a_year_tell_rounded_counts_and_nothing_more(observed, hundredths, months):
    """Two practices whose counts round alike in every month and in the year have the same line, whatever the counts were."""
    rows = []
    for moved in (-1, 0, 1):
        count = next(one for one in (observed + moved, observed) if DEFAULT.count(one) == DEFAULT.count(observed))
        row = {"observed": count, "expected": 100 * count / hundredths}
        for place, (share, part) in enumerate(months):
            seen = round(share * observed)
            near = [one for one in (seen + moved, seen) if one >= 0 and DEFAULT.count(one) == DEFAULT.count(seen)]
            row |= {f"seen {place}": near[0], f"part {place}": part}
        rows.append(row)
    columns = tuple(
        Column(f"{place}", Shortfall(f"seen {place}", f"part {place}", "observed", "expected"))
        for place in range(len(months))
    )
    assert len(set(disclosed(ExactTable("drawn", "Drawn", pd.DataFrame(rows), columns)).rows)) == 1


def test_the_lines_over_a_year_end_at_expected_less_observed_and_are_withheld_with_either_count():
    kind = Shortfall("seen", "part", "observed", "expected")
    shown = {(20, 1.0): 5, (12, 0.5): 0, (3, 0.2): WITHHELD, (0, 0.2): 5}
    for (seen, part), expected in shown.items():
        assert (
            _one(seen, Shortfall("value", "part", "observed", "expected"), part=part, observed=20, expected=25.0) == expected
        )
    few = {"seen": 0, "part": 0.1, "observed": 5, "expected": 25.0}
    assert disclosed(ExactTable("one", "One", pd.DataFrame([few]), (Column("It", kind),))).rows == ((WITHHELD,),)


def test_words_that_follow_from_a_count_are_withheld_with_it():
    """Beside an expected count, 'below the limits' bounds the count that is withheld."""
    kind = Judgement("value", ("seen",), ("not compared",))
    assert _one("below the limits", kind, seen=7) == WITHHELD
    assert _one("below the limits", kind, seen=8) == "below the limits"
    assert _one("below the limits", kind, seen=0) == "below the limits"
    assert _one("not compared", kind, seen=7) == "not compared"


@settings(deadline=None)
@given(st.integers(8, 200), st.floats(0.1, 8))
def test_a_mean_of_whole_steps_at_a_known_price_tells_no_number(units, nights):
    """Nights at a known price over stays are a fraction that gives the stays away, if it is told to the pound."""
    kind, admission, night = Mean("value", "units", step=100), 500.0, 400.0

    def shown(count, steps):
        return kind.cell((count * admission + steps * night, count), DEFAULT)

    told = shown(units, round(units * nights))
    alike = [count for count in range(8, 210) if DEFAULT.count(count) == DEFAULT.count(units)]
    could = [count for count in alike if any(shown(count, round(count * nights) + more) == told for more in (-1, 0, 1))]
    assert could == alike


def test_means_are_rounded_to_steps_and_small_ones_to_two_figures():
    kind = Mean("value", "units", step=100)
    assert [kind.cell((mean * 10, 10), DEFAULT) for mean in (8.74, 217.0, 549.0, 3449.0)] == [9, 220, 500, 3400]


@pytest.fixture
def _own_rule_again():
    yield
    enforce(Policy())


@pytest.mark.usefixtures("_own_rule_again")
def test_a_stricter_rule_of_the_site_holds_wherever_none_is_named():
    enforce(Policy(threshold=10, base=10, pounds=10_000))
    assert [_one(count, Count("value")) for count in (10, 11, 24)] == [WITHHELD, 10, 20]
    assert _one(123_456.0, Money("value", "people"), people=12) == 120_000
    for laxer in (Policy(threshold=5), Policy(base=3), Policy(pounds=100), Policy(threshold=7, base=50)):
        with pytest.raises(ValueError, match=r"laxer|shown as 0"):
            enforce(laxer)
    assert DEFAULT.count(10) is None


@pytest.mark.parametrize("words", ["hjkmnpqrstvw", "of bcdkzmnpqrst", "LS1 4AP", "near SW1A 1AA"])
def test_pseudonyms_without_a_digit_and_postcodes_are_refused_too(words):
    with pytest.raises(ValueError, match="identifier"):
        _one(words, Label("value"))


def test_long_words_of_the_same_letters_are_none():
    for words in ("arrangements", "strengthened", "enhancements", "transference", "Westhampnett", "the part 12 to 24"):
        assert _one(words, Label("value")) == words


@pytest.mark.parametrize("words", ["person 9990000018", "999 000 0018", "7q0zb4n2xkta", "of 0123456789AB", "999-000-0018"])
def test_words_that_hold_an_identifier_are_refused(words):
    with pytest.raises(ValueError, match="identifier"):
        _one(words, Label("value"))


def test_words_of_practices_and_months_are_not_taken_for_identifiers():
    for words in ("Market Place Surgery (V00001)", "2024-04", "readmissions", "1 April 2024 to 31 March 2025", "* or 8"):
        assert _one(words, Label("value")) == words


@pytest.mark.parametrize("value", [3, 3.5, True])
def test_a_number_is_no_word(value):
    with pytest.raises(ValueError, match="declared as words"):
        _one(value, Label("value"))


@pytest.mark.parametrize("value", [3.5, -1])
def test_a_count_is_whole(value):
    with pytest.raises(ValueError, match="declared as a count"):
        _one(value, Count("value"))


def test_what_a_model_gives_rests_on_a_count():
    assert _one(1.2345, ModelOutput("value", "people", 2), people=8) == 1.23
    assert _one(1.2345, ModelOutput("value", "people", 0), people=8) == 1
    assert _one(1.2345, ModelOutput("value", "people", 2), people=7) == WITHHELD


def test_what_is_missing_is_not_defined_rather_than_withheld():
    assert _one(math.nan, Count("value")) is None
    assert _one(12, Ratio("value", "expected"), expected=0.0) is None
    assert _one(0, Rate("value", "people"), people=0) is None


def test_a_column_is_worked_out_only_from_columns_before_it_and_that_are_there():
    rows = pd.DataFrame([{"value": 10}])
    with pytest.raises(ValueError, match="do not stand before"):
        ExactTable("one", "One", rows, (Column("It", FromShown(("Other",), abs)), Column("Other", Count("value"))))
    with pytest.raises(ValueError, match="lacks the exact columns"):
        ExactTable("one", "One", rows, (Column("It", Count("people")),))
    with pytest.raises(ValueError, match="twice"):
        ExactTable("one", "One", rows, (Column("It", Count("value")), Column("It", Count("value"))))


def test_columns_without_a_kind_stay_inside():
    rows = pd.DataFrame([{"value": 10, "person_id": "7q0zb4n2xkta"}])
    found = disclosed(ExactTable("one", "One", rows, (Column("It", Count("value")),)))
    assert found.rows == ((10,),)
    assert "7q0zb4n2xkta" not in repr(found)


def test_what_rounds_to_nothing_has_no_sign():
    rows = pd.DataFrame([{"total": -0.4, "people": 100}])
    (cell,) = disclosed(ExactTable("drawn", "Drawn", rows, (Column("Mean", Mean("total", "people", decimals=1)),))).rows[0]
    assert str(cell) == "0.0"
