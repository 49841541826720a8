"""Mistakes of a site's first weeks, each told before anybody is misled."""

import shutil

import pytest

from tests.functional.conftest import KEY, casefinder
from tests.functional.small_site import PRACTICES


def test_another_key_does_not_bring_back_who_declined(linked):
    ran = linked.link(CASEFINDER_KEY=KEY[::-1])
    assert ran.code == 10
    assert "pseudonym_key: is not the key with which this workspace was made" in ran.words
    assert "take a new --workspace" in ran.words


def test_a_practice_that_no_list_names_is_warned_of(small):
    small.rows["practices"] = small.rows["practices"][:1]
    ran = small.link()
    assert ran.code == 0
    assert f"Warning: 6 people are registered at {PRACTICES[1]}, which is not in the list of practices" in ran.words


def test_a_source_that_is_mostly_quarantined_is_warned_of(small):
    for row in small.rows["gp_observations"]:
        row["CLINICAL_EFFECTIVE_DATE"] = "2020-13-45"
    ran = small.link()
    assert ran.code == 0
    assert "Warning: gp_observations: 12 of 12 rows quarantined" in ran.words


@pytest.mark.parametrize(
    ("lists", "words"),
    [
        (
            {"ranked_by": "emergency_admision"},
            "lists.ranked_by: there is no model called 'emergency_admision'; did you mean",
        ),
        ({"beside": ["care_home"]}, "lists.beside: there is no model called 'care_home'; did you mean 'care_home_entry'"),
    ],
)
def test_lists_name_models_that_exist(linked, lists, words):
    linked.settings["lists"] = lists
    ran = linked.link()
    assert ran.code == 10
    assert words in ran.words


def test_a_date_written_otherwise_is_told_how_to_write(linked):
    linked.settings["extract_date"] = "31/03/2026"
    ran = linked.link()
    assert ran.code == 10
    assert "extract_date: '31/03/2026' is not a date; write it as YYYY-MM-DD" in ran.words


def test_the_starters_placeholders_approve_nothing(linked):
    linked.governance["controller"] = "<name of the data controller>"
    linked.governance["approval"]["reference"] = "<reference of the approval>"
    ran = linked.link()
    assert ran.code == 12
    for line in ("controller", "approval.reference"):
        assert f"{line}: still says what 'casefinder init' wrote; write your own" in ran.words


def test_the_starter_itself_is_refused_until_it_is_filled_in(tmp_path):
    assert casefinder("init", tmp_path / "mine").code == 0
    ran = casefinder("link", "--site", tmp_path / "mine" / "site.yaml", "--workspace", tmp_path / "ws")
    assert ran.code == 12
    assert "controller: still says" in ran.words


def test_the_map_of_another_workspace_names_nobody_and_says_so(district, tmp_path):
    wrong = tmp_path / "other.csv"
    shutil.copyfile(district / "identities.csv", wrong)
    lines = wrong.read_text(encoding="utf-8").splitlines()
    wrong.write_text("\n".join([lines[0], *(f"zzzz{line[4:]}" for line in lines[1:])]) + "\n", encoding="utf-8")
    lists = district / "workspace" / "lists-for-meetings"
    practice = next(lists.glob("*/*practice-*.csv")).stem.split("practice-")[1]
    words = ("--practice", practice, "--as-of", "2026-04-01", "--out", tmp_path / "out", "--identities", wrong)
    ran = casefinder("worklist", *words, "--workspace", district / "workspace")
    assert ran.code == 10
    assert "names none of the" in ran.words
    assert not (tmp_path / "out").exists()
