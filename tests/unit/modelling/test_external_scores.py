"""Scores that a site supplies: read by pseudonym or identifier, refused without showing anybody, found in the record."""

import datetime as dt

import pytest
from tests.functional.conftest import KEY, ROOT
from tests.spec.facts import INDEX, ago, history, person, point

from casefinder.config import load_site
from casefinder.errors import ConfigError
from casefinder.modelling.external_scores import read_scores, scores_of_record
from casefinder.record.identity import pseudonym

TESTED = dt.date(2025, 1, 1)
NUMBERS = ("9990000018", "9990000026", "9990000034")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    (folder / "demonstration.key").write_text(f"{KEY}\n", encoding="utf-8")
    (folder / "site.yaml").write_text(
        (ROOT / "configs/sites/demonstration.yaml").read_text(encoding="utf-8"), encoding="utf-8"
    )
    return load_site(folder / "site.yaml")


@pytest.fixture
def read(site, tmp_path):
    def reading(text, encoding="utf-8"):
        path = tmp_path / "scores.csv"
        path.write_text(text, encoding=encoding)
        return read_scores(path, site, TESTED)

    return reading


def test_identifiers_become_pseudonyms_and_blank_values_nothing(read):
    found = read(f"identifier,efi2\n{NUMBERS[0]},0.2\n999 000 0026, \n", "utf-8-sig")
    assert found.names == ("efi2",)
    assert found.people["person_id"].tolist() == [pseudonym(number, KEY.encode()) for number in NUMBERS[:2]]
    assert found.people["efi2"].iloc[0] == 0.2
    assert found.people["efi2"].isna().tolist() == [False, True]
    assert "has no index_date" in found.remarks[0]


def test_pseudonyms_are_taken_as_they_are_and_only_the_test_date_counts(read):
    found = read("efi2,person_id,index_date\n0.2,a,2025-01-01\n0.9,a,2024-12-01\n0.4,b,2025-01-01\n")
    assert found.people.set_index("person_id")["efi2"].to_dict() == {"a": 0.2, "b": 0.4}
    assert found.remarks == ()


def test_lines_without_a_valid_identifier_are_left_out_and_counted_as_may_be_shown(read):
    found = read("identifier,efi2,index_date\n" + "".join(f"123456789{last},0.1,2025-01-01\n" for last in range(10)))
    assert found.people.empty
    assert any("scores.csv left out: 10, not" in words for words in found.remarks)
    assert not any("123456789" in words for words in found.remarks)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "one of person_id and identifier must be there"),
        ("9990000018,0.2\n9990000026,0.4\n", "column 1: its name is not that of a score"),
        ("person_id,identifier,efi2\n", "and not both"),
        ("person_id,efi2,efi2\n", "two have the same name"),
        ("person_id,charlson\n", "charlson: is the name of another column"),
        ("person_id,EFI 2\n", "column 2: its name is not that of a score"),
        ("person_id\na\n", "there is no column of a score"),
        ("person_id,efi2\na,0.1\nb,high\nc,inf\n", "line 3, efi2: is not a number (2 such lines)"),
        ("person_id,risk_a\na,0.1\nb,1.5\n", "line 3, risk_a: is not a risk from 0 to 1 (1 such lines)"),
        ("person_id,efi2\na,0.1\nb,0.2\na,0.3\n", "line 4, person_id: this person stands there already"),
    ],
)
def test_a_file_that_cannot_be_read_says_where_and_shows_nobody(read, text, words):
    with pytest.raises(ConfigError) as refused:
        read(text)
    assert words in str(refused.value)
    assert "999000" not in str(refused.value)
    assert "high" not in str(refused.value)


def test_a_file_that_is_not_there_and_one_of_another_encoding(site, read, tmp_path):
    with pytest.raises(ConfigError, match="There is no file of scores"):
        read_scores(tmp_path / "none.csv", site, TESTED)
    with pytest.raises(ConfigError, match="is not UTF-8 text"):
        read("person_id,efi2\né,1\n", "latin-1")


class Record:
    """Histories of one block."""

    def __init__(self, *people):
        self.block, self.concepts = history(*people)

    def __iter__(self):
        return iter([self.block])


def score(days_ago, value, name="efi2", **rest):
    return point("external_score", ago(days_ago), name, "local", value=value, **rest)


def test_the_record_gives_the_latest_score_known_on_the_day_and_at_most_a_year_old():
    record = Record(
        person(score(300, 0.1), score(30, 0.2), score(-5, 0.9), score(10, 0.4, "efi")),
        person(score(20, 0.7, known=ago(-3)), score(60, 0.3)),
        person(score(400, 0.5)),
        person(),
    )
    found = scores_of_record(record, INDEX)
    assert found.names == ("efi", "efi2")
    assert found.people.set_index("person_id")["efi2"].to_dict() == {"person0": 0.2, "person1": 0.3}
    assert found.people.set_index("person_id").loc["person0", "efi"] == 0.4


def test_a_record_without_scores_has_none():
    assert scores_of_record(Record(person()), INDEX).names == ()
