"""Counts leave by one door."""

import ast
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casefinder.disclosure import DEFAULT, Policy, shown


@given(st.integers(0, 10_000))
def test_a_count_is_withheld_or_a_multiple_of_five_within_two_of_the_truth(count):
    found = DEFAULT.count(count)
    if 1 <= count <= 7:
        assert found is None
    else:
        assert found % 5 == 0
        assert abs(found - count) <= 2


def test_a_stricter_site_withholds_more():
    assert Policy(threshold=10, base=10).count(10) is None
    assert Policy(threshold=10, base=10).count(11) == 10


@pytest.mark.parametrize(("observed", "expected", "found"), [(0, 3.0, 0.0), (7, 3.0, None), (8, 4.0, 2.0), (30, 0.0, None)])
def test_a_ratio_is_withheld_where_the_observed_are_few(observed, expected, found):
    assert DEFAULT.ratio(observed, expected) == found


def test_a_share_is_worked_out_from_rounded_counts():
    assert DEFAULT.share(13, 28) == 50.0
    assert DEFAULT.share(3, 28) is None
    assert DEFAULT.share(13, 6) is None


def test_a_mean_over_few_people_is_withheld():
    assert DEFAULT.mean(70.0, 7) is None
    assert DEFAULT.mean(80.0, 8) == 10.0


def test_a_negative_count_is_a_defect():
    with pytest.raises(ValueError, match="cannot be negative"):
        DEFAULT.count(-1)


def test_what_is_withheld_is_shown_as_a_star():
    assert (shown(None), shown(1250)) == ("*", "1,250")


SOURCE = Path(__file__).parents[2] / "src" / "casefinder"


def test_disclosed_tables_are_made_in_one_place():
    """What may leave is made by `disclosed` alone, so no report can be handed figures that did not go through it."""
    makers = [
        path.relative_to(SOURCE).as_posix()
        for path in sorted(SOURCE.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "DisclosedTable"
    ]
    assert makers == ["disclosure/tables.py"]


def test_an_expected_count_beside_a_ratio_comes_from_what_is_shown():
    assert DEFAULT.expected(8, 25.0) == 5 * round(10 / 0.32 / 5)
    assert DEFAULT.expected(0, 0.3) == DEFAULT.expected(3, 6.0) == 5


def test_money_is_withheld_where_few_spent_it():
    assert DEFAULT.money(1499.0, 8) == 1000
    assert DEFAULT.money(1499.0, 1) is None
    assert DEFAULT.money(0.0, 0) == 0


def test_a_rate_is_worked_out_from_rounded_counts():
    assert DEFAULT.rate(13, 1012, per=100) == 1.5
    assert DEFAULT.rate(5, 1012) is None
