"""Files that a commissioner gives: every mistake at once, in words, and nothing guessed."""

import pandas as pd
import pytest

from casefinder.allocation.given import (
    budgets_of_record,
    groups_of_record,
    read_budgets,
    read_grouping,
    read_list_sizes,
)
from casefinder.errors import ConfigError

CODES = ["A1", "B2", "C3"]
KNOWN = [*CODES, "D4"]


def _file(tmp_path, text):
    path = tmp_path / "given.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_budgets_stand_in_the_order_of_practices(tmp_path):
    path = _file(tmp_path, 'practice_code,budget,note\nC3,30,x\nA1,"1,000.50",\nB2,£20,\nD4,7,nobody there\n')
    assert read_budgets(path, CODES, KNOWN).tolist() == [1000.5, 20.0, 30.0]


def test_every_mistake_in_budgets_is_told_at_once(tmp_path):
    path = _file(tmp_path, "practice_code,budget\nA1,10\nA1,20\nB2,-5\nZ9,7\n")
    with pytest.raises(ConfigError) as caught:
        read_budgets(path, CODES, KNOWN)
    told = str(caught.value)
    for words in ("A1: named more than once", "C3: has people and no budget", "Z9: is no practice", "B2: budget is missing"):
        assert words in told


def test_a_grouping_misses_nobody_and_names_nobody_twice(tmp_path):
    assert read_grouping(_file(tmp_path, "practice_code,group\nB2,west\nA1,east\nC3,west\n"), CODES, KNOWN) == [
        "east", "west", "west",
    ]  # fmt: skip
    with pytest.raises(ConfigError) as caught:
        read_grouping(_file(tmp_path, "practice_code,group\nB2,west\nB2,east\nA1,\n"), CODES, KNOWN)
    for words in ("B2: named more than once", "C3: has people and no group", "A1: its group has no name"):
        assert words in str(caught.value)


@pytest.mark.parametrize("text", ["", "practice,group\nA1,x\n"])
def test_a_file_without_its_columns_is_refused(tmp_path, text):
    with pytest.raises(ConfigError):
        read_grouping(_file(tmp_path, text), CODES, KNOWN)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        read_budgets(tmp_path / "none.csv", CODES, KNOWN)


RECORD = pd.DataFrame(
    {
        "practice_code": [*CODES, *CODES],
        "financial_year": ["2024/25"] * 3 + ["2025/26"] * 3,
        "budget": [100, 200, 300, 1000, 2000, 3000],
    }
)


@pytest.mark.parametrize(("year", "found", "first"), [("2025/26", "2025/26", 10.0), ("2026/27", "2025/26", 10.0),
                                                      ("2024/25", "2024/25", 1.0)])  # fmt: skip
def test_budgets_of_the_record_are_the_years_own_or_the_latest_before(year, found, first):
    amounts, told = budgets_of_record(RECORD, CODES, year)
    assert told == found
    assert amounts[0] == first


def test_a_record_without_budgets_has_none_and_one_with_gaps_is_refused():
    assert budgets_of_record(RECORD.iloc[:0], CODES, "2025/26") is None
    with pytest.raises(ConfigError, match="C3: has people and no budget"):
        budgets_of_record(RECORD.drop(index=5), CODES, "2025/26")
    with pytest.raises(ConfigError, match="B2: named more than once"):
        budgets_of_record(pd.concat([RECORD, RECORD.iloc[[4]]]), CODES, "2025/26")


def test_clusters_come_from_the_table_of_practices():
    table = pd.DataFrame({"practice_code": CODES, "gp_cluster": ["x", "y", "x"], "place": ["p", None, "p"]})
    assert groups_of_record(table, CODES, "cluster") == ["x", "y", "x"]
    with pytest.raises(ConfigError, match="B2: the table of practices names no place"):
        groups_of_record(table, CODES, "place")


PUBLISHED = """EXTRACT_DATE,CODE,SEX,AGE_GROUP_5,NUMBER_OF_PATIENTS
x,A1,ALL,ALL,100
x,A1,FEMALE,0_4,10
x,A1,FEMALE,90_94,3
x,A1,FEMALE,95+,2
x,A1,MALE,5_9,7
x,B2,FEMALE,0_4,1
x,C3,MALE,0_4,1
x,X9,MALE,0_4,99
"""


def test_published_lists_fall_into_sex_and_age_bands(tmp_path):
    table = read_list_sizes(_file(tmp_path, PUBLISHED), CODES)
    assert table.shape == (3, 38)
    assert table[0, 0] == 10
    assert table[0, 18] == 5, "the last band is open"
    assert table[0, 19 + 1] == 7
    assert table.sum() == 10 + 5 + 7 + 1 + 1


@pytest.mark.parametrize(("line", "says"), [("x,A1,MALE,5_9,8", "a band twice"), ("x,A1,MALE,7_9,8", "AGE_GROUP_5"),
                                            ("x,A1,MALE,10_14,-2", "NUMBER_OF_PATIENTS"),
                                            ("x,A1,X,10_14,2", "SEX")])  # fmt: skip
def test_published_lists_that_cannot_be_read_are_refused(tmp_path, line, says):
    with pytest.raises(ConfigError, match=says):
        read_list_sizes(_file(tmp_path, PUBLISHED + line + "\n"), CODES)


def test_a_published_list_without_a_practice_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="E5: has people and no line"):
        read_list_sizes(_file(tmp_path, PUBLISHED), [*CODES, "E5"])
