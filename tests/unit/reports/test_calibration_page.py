"""The page, the table and the CSV file of calibration by group: what they show, what they withhold, and nothing fetched."""

import csv
import html
import io
import re
from dataclasses import replace

import pytest

from casefinder.modelling.calibration_history import ShownVersion
from casefinder.reports.calibration_chart import EDGE_HIGH, forest
from casefinder.reports.calibration_page import csv_bytes, page_bytes, screen_rows
from casefinder.reports.calibration_words import called, chance_words, change, glance, spoken_of, summary

BAND = (0.8, 1.25)
ABOUT = {
    "name": "small", "site": "Here & there", "meaning": "The chance of it.", "demonstration": True, "temporal": True,
    "figures": {"people": 900, "events": 90, "observed_expected": 1.0, "observed_expected_low": 0.9,
                "observed_expected_high": 1.1},
}  # fmt: skip


def group(name, ratio=1.0, low=0.9, high=1.1, shrunken=1.0, note="", **more):
    figures = {"ratio": ratio, "low": low, "high": high, "shrunken": shrunken, "shrunken_low": 0.9, "shrunken_high": 1.1}
    return {"group": name, "people": 300, "events": 30, "expected": 30, **figures, "note": note, **more}


def withheld(name):
    nothing = dict.fromkeys(("events", "expected", "ratio", "low", "high", "shrunken", "shrunken_low", "shrunken_high"))
    return group(name) | nothing | {"note": "withheld"}


def version(number, *rows, serves=False, **table):
    return ShownVersion(number, f"202{number}-01-01", serves, ABOUT, {"rows": list(rows), **table})


@pytest.fixture
def versions():
    first = version(1, group("Ash", 1.6, 1.3, 2.0), group("Elm <b>"), withheld("Oak"), serves=True)
    second = version(
        2, group("Ash", 1.3, 1.1, 1.6), group("Elm <b>", 0.7, 0.5, 0.78), withheld("Oak"), spread=0.2, range=[0.7, 1.4]
    )
    return [first, second]  # fmt: skip


def test_the_page_fetches_nothing_and_runs_nothing(versions):
    text = page_bytes(versions, "cluster", BAND).decode()
    assert "<script" not in text
    assert "default-src 'none'" in html.unescape(text)
    assert not re.search(r"(src|href)=\"(?!#|data:)", text)
    assert "http://" not in text
    assert "https://" not in text


def test_names_cannot_become_marks(versions):
    text = page_bytes(versions, "cluster", BAND).decode()
    assert "Elm &lt;b&gt;" in text
    assert "Elm <b>" not in text
    assert "Here &amp; there" in text


def test_the_same_versions_give_the_same_bytes(versions):
    assert page_bytes(versions, "cluster", BAND) == page_bytes(versions, "cluster", BAND)


def test_the_words_speak_of_the_version_that_scores_the_list(versions):
    text = page_bytes(versions, "cluster", BAND).decode()
    assert "Of 3 clusters, version 1, which scores the list, is right in 1; it predicts too little in Ash; in 1" in text
    assert "Version 1, which scores the weekly list, tested at 1 Jan 2021" in text
    assert "<caption>Version 1, which scores the weekly list." in text
    assert "Against the version before" not in text


def test_where_no_version_shown_scores_the_list_the_words_speak_of_the_newest_and_say_so(versions):
    idle = [replace(one, serves=False) for one in versions]
    assert spoken_of(idle).version == 2
    assert called(idle[1]) == "version 2, while none shown here scores the list,"
    assert "No version shown here scores the weekly list" in page_bytes(idle, "cluster", BAND).decode()


def test_it_says_where_chance_explains_all_differences():
    found = [version(number, group("Ash"), spread=spread) for number, spread in ((1, 0.0), (2, 0.1), (3, 0.0))]
    words = "In versions 1 and 3 chance explains all differences between clusters, so every shrunken figure there is 1.00."
    assert chance_words(found, "cluster") == words
    assert words in page_bytes(found, "cluster", BAND).decode()
    assert chance_words(found[1:2], "cluster") == ""


def test_the_page_says_where_the_model_is_wrong_and_which_way_it_goes(versions):
    versions = [replace(versions[0], serves=False), replace(versions[1], serves=True)]
    text = page_bytes(versions, "cluster", BAND).decode()
    assert "Of 3 clusters, version 2, which scores the list, is right in 0; it predicts too little in Ash; it" in text
    assert "; it predicts too much in Elm" in text
    assert "nearer to 1 (1.60, then 1.30)" in text
    assert "further from 1 (1.00, then 0.70)" in text
    assert "95 in 100 clusters are expected between 0.70 and 1.40" in text
    assert "A demonstration on invented people" in text


def test_how_each_group_stands(versions):
    found = {line["name"]: line["state"] for line in glance(versions, BAND)}
    assert found == {"Everyone": "right", "Ash": "low", "Elm <b>": "right", "Oak": "unknown"}
    assert [line["state"] for line in glance(versions[1:], BAND)] == ["right", "rather low", "high", "unknown"]


@pytest.mark.parametrize(
    ("ratios", "words"),
    [
        ((1.0,), ""),
        ((1.3, 1.1), "nearer to 1 (1.30, then 1.10)"),
        ((0.8, 0.7), "further from 1 (0.80, then 0.70)"),
        ((0.8, 1.25), "the same (0.80, then 1.25)"),
        ((1.5, None, 1.2), "nearer to 1 (1.50, then 1.20)"),
        ((1.5, None), ""),
        ((None, 1.5), ""),
    ],
)
def test_whether_it_gets_better(ratios, words):
    assert change([{"ratio": one} for one in ratios]) == words


def test_groups_that_cannot_be_told_are_counted():
    lines = glance([version(1, withheld("Oak"), group("Ash", 1.0, 0.5, 1.9))], BAND)
    assert summary(lines, "cluster").endswith("in 1 it cannot be told, because people are few.")
    assert "not shown to be wrong in 1" in summary(lines, "cluster")


def test_a_withheld_group_has_no_mark_on_the_chart(versions):
    oak = next(panel for panel in forest(versions, BAND)["panels"] if panel["name"] == "Oak")
    assert [(line["dot"], line["low"], line["diamond"], line["figure"]) for line in oak["lines"]] == [
        (None, None, None, "*")
    ] * 2


def test_the_axis_is_one_of_ratios():
    chart = forest([version(1, group("Ash", 0.8, 0.5, 2.0), group("Elm", 1.25))], BAND)
    ash, elm = chart["panels"][1]["lines"][0], chart["panels"][2]["lines"][0]
    assert chart["one"] - ash["dot"] == pytest.approx(elm["dot"] - chart["one"], abs=0.11)
    assert (ash["low"], ash["high"]) == (chart["left"], chart["right"])
    assert not ash["beyond_low"]
    assert not ash["beyond_high"]


def test_an_interval_beyond_the_edge_ends_in_an_arrow():
    chart = forest([version(1, group("Ash", 1.5, 0.0, EDGE_HIGH + 3))], BAND)
    line = chart["panels"][1]["lines"][0]
    assert line["beyond_low"]
    assert line["beyond_high"]
    assert (line["low"], line["high"]) == (chart["left"], chart["right"])


def test_groups_stand_by_name_and_are_never_ranked():
    rows = screen_rows([version(1, group("Yew", 0.5), group("Ash", 2.0), group("Elm", 1.0))])
    assert [row[0] for row in rows] == ["Ash", "Elm", "Yew"]


def test_practices_stand_within_their_cluster():
    rows = screen_rows([version(1, group("Z1", cluster="Oak"), group("Z2", cluster="Ash"), group("Z3", cluster="Oak"))])
    assert [row[0] for row in rows] == ["Z2 (Ash)", "Z1 (Oak)", "Z3 (Oak)"]


def test_the_csv_file_tells_withheld_from_missing_and_guards_formulas(versions):
    rare = group("=Elm", ratio=None, note="fewer than 5 expected") | {"expected": None}
    text = csv_bytes([version(1, withheld("Oak"), rare)], "small", "cluster").decode("utf-8-sig")
    rows = {row["cluster"]: row for row in csv.DictReader(io.StringIO(text))}
    assert rows["Oak"]["observed_expected"] == rows["Oak"]["events"] == "*"
    assert rows["'=Elm"]["observed_expected"] == ""
    assert rows["'=Elm"]["low"] == "0.9"
    assert "counts are rounded" in rows["Oak"]["audience"]
