"""The card: every section and every item answered from what was computed, and "not known" where it was not."""

import json
import re
from html import unescape

import pytest
from tests.unit.reports.card_about import RECALIBRATION, SHIPPED, contract, exact_measures, full_about

from casefinder.modelling.bundle import read_bundle
from casefinder.reports.card import SECTIONS, card_of, card_page, card_text, missing_sections
from casefinder.reports.card.content import Bullets, Card, Chart, Heading, Prose, Section, Table
from casefinder.reports.card.described import Described
from casefinder.reports.card.ethics import ethics
from casefinder.reports.card.glance import glance
from casefinder.reports.card.groups import CHANCE, groups, weak
from casefinder.reports.card.markdown import section_text
from casefinder.reports.card.probast import DOMAINS, LEVELS, questions
from casefinder.reports.card.tripod import tripod

ITEMS = (
    "1", "2", "3a", "3b", "3c", "4", "5a", "5b", "6a", "6b", "6c", "7", "8a", "8b", "8c", "9a", "9b", "9c", "10", "11",
    "12a", "12b", "12c", "12d", "12e", "12f", "12g", "13", "14", "15", "16", "17", "18a", "18b", "18c", "18d", "18e", "18f",
    "19", "20a", "20b", "20c", "21", "22", "23a", "23b", "24", "25", "26", "27a", "27b", "27c",
)  # fmt: skip
LATER = ("evaluation", "calibration", "lineage", "importance", "sample_size", "served_people", "tuning", "censoring")
"""What versions of earlier days may lack."""


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    return full_about(tmp_path_factory.mktemp("record"))


@pytest.fixture
def about(kept):
    return json.loads(json.dumps(kept))


@pytest.fixture(scope="module")
def full(kept):
    return card_of(kept, contract())


def shipped():
    bundle = read_bundle(SHIPPED)
    return Described(bundle.about, bundle.contract)


def answers(one):
    return {item.number: item.answer(one) for _, items in tripod() for item in items}


def judged(one):
    return {(part, asked.asks): asked.answer(one) for part, every in questions() for asked in every}


def words(blocks):
    return section_text(Section("x", tuple(blocks)))


def test_every_section_is_there_in_order_and_holds_something(full):
    assert tuple(section.title for section in full.sections) == SECTIONS
    assert missing_sections(card_text(full)) == []
    assert all(section.blocks for section in full.sections)


def test_a_card_of_earlier_days_lacks_sections_and_is_read_all_the_same():
    old = "# m, version 1\n\n## Specification\n\nSome.\n\n## Data\n\n\n## Limits\n\nSome.\n"
    missing = missing_sections(old)
    assert "Specification" not in missing
    assert {"Data", "Caveats and limitations", "Features"} <= set(missing)
    assert missing_sections("") == list(SECTIONS)


@pytest.mark.parametrize("absent", [LATER, *((name,) for name in LATER)], ids="-".join)
def test_what_was_not_computed_is_said_not_to_be_known(about, absent):
    kept = {name: value for name, value in about.items() if name not in absent}
    card = card_of(kept, contract())
    text = card_text(card)
    assert missing_sections(text) == []
    assert "not known" in text
    assert not re.search(r"\b(None(?! was| measured)|nan|NaN)\b", text)
    assert card_page(card).startswith("<!DOCTYPE html>")


def test_what_can_be_known_says_what_to_type(about):
    one = Described({name: value for name, value in about.items() if name not in LATER}, contract())
    assert "`casefinder train emergency_admission --workspace DIR`" in answers(one)["10"]
    assert "`casefinder validate emergency_admission --by cluster --workspace DIR`" in answers(one)["12d"]
    assert "casefinder monitor --as-of DATE" in card_text(card_of(one.about, one.contract))


@pytest.mark.parametrize("left_out", [(), LATER])
def test_every_command_of_a_card_can_be_typed_and_names_no_folder(about, left_out):
    told = {name: value for name, value in about.items() if name not in left_out}
    typed = re.findall(r"`(casefinder [a-z-]+ [^`]*)`", card_text(card_of(told, contract())))
    assert len(typed) > 4
    assert [one for one in typed if not one.endswith(" --workspace DIR")] == []


def test_every_item_of_tripod_is_there_once_and_answered(about):
    assert [item.number for _, items in tripod() for item in items] == list(ITEMS)
    for one in (Described(about, contract()), shipped()):
        assert all(len(answer) > 10 and answer == answer.strip() for answer in answers(one).values())
    assert all(len(item.asks) < 90 for _, items in tripod() for item in items)


def test_every_topic_of_probast_is_answered_with_a_reason_and_no_verdict_is_given(about):
    for one in (Described(about, contract()), shipped()):
        assert all(level in LEVELS and len(why) > 5 for level, why in judged(one).values())
    for (_, asked), count in zip(questions(), (16, 18), strict=True):
        assert len(asked) == count
        assert list(dict.fromkeys(one.domain for one in asked)) == list(DOMAINS)
    text = card_text(card_of(about, contract()))
    assert "is for a person to judge" in text
    assert "low risk of bias" not in text


def test_answers_follow_what_was_computed(about):
    made, tested = "How it was made", "How it was tested"
    real = about | {"demonstration": False, "temporal": True}
    found = judged(Described(real, contract()))
    assert found[made, "Were there enough people with the outcome?"][0] == "yes"
    assert found[made, "Were overfitting and optimism kept in check?"][0] == "probably yes"
    assert found[tested, "Were the measures that matter worked out?"][0] == "yes"
    assert found[tested, "Was it untouched by the use of scores?"][0] == "probably yes"
    worse = real | {"temporal": False, "figures": real["figures"] | {"calibration_slope": 0.6}}
    worse |= {
        "sample_size": {part: {**about["sample_size"][part], "enough": False} for part in ("development", "validation")}
    }
    worse |= {"served_people": {"rows": 100, "served": 50, "is_learnt": True}, "evaluation": None}
    worse |= {"outcome": about["outcome"] | {"caveat": "People who pay for themselves are missing."}}
    found = judged(Described(worse, contract()))
    assert found[made, "Were there enough people with the outcome?"][0] == "no"
    assert found[made, "Were overfitting and optimism kept in check?"][0] == "probably no"
    assert found[made, "Is the outcome suitable, and its definition a stated one?"] == (
        "probably no", "People who pay for themselves are missing.",
    )  # fmt: skip
    assert found[tested, "Were the measures that matter worked out?"][0] == "probably no"
    assert found[tested, "Was it untouched by the use of scores?"][0] == "no"
    assert found[tested, "Were they other people, at a later time?"][0] == "probably no"


@pytest.mark.parametrize("written", [card_text, card_page])
def test_a_demonstration_says_so_before_anything_else(about, written):
    invented, real = (written(card_of(about | {"demonstration": one}, contract())) for one in (True, False))
    assert "Demonstration only" in invented.partition("Specification")[0]
    assert "Demonstration only" not in real


def test_a_recalibrated_version_says_of_which_with_the_test(about):
    card = card_of(about | {"recalibration": RECALIBRATION}, contract())
    for text in (card_text(card), unescape(card_page(card))):
        assert "A recalibration of version 1" in text.partition("Specification")[0]
        assert "The closed test" in text
        assert "The same people under version 1 and under this one" in text
        assert "1,235 people never fitted on" in text
    assert card.warnings[-1].startswith("A recalibration")


def test_weak_groups_are_those_whose_whole_interval_lies_too_far(about):
    rows = about["calibration"]["subgroups"]["rows"]
    for row in rows:
        row |= {"ratio": 1.0, "low": 0.9, "high": 1.1}
    for row in (*about["calibration"]["cluster"]["rows"], *about["evaluation"]["equity"]["rows"]):
        row |= {"ratio": 1.0, "low": 0.9, "high": 1.1, "c_statistic_high": 0.99}
    assert "None measured" in words(weak(about))
    rows[0] |= {"ratio": 1.6, "low": 1.3, "high": 1.9}
    rows[1] |= {"ratio": 0.6, "low": 0.5, "high": 0.7}
    rows[2] |= {"ratio": None, "low": None, "high": None}
    sex = next(row for row in about["evaluation"]["equity"]["rows"] if row["characteristic"] == "sex")
    sex |= {"c_statistic": 0.6, "c_statistic_low": 0.5, "c_statistic_high": 0.7}
    said = words(weak(about))
    assert said.count("predicts too little") == said.count("predicts too much") == said.count("ranked less well") == 1
    about["evaluation"] |= {"within_age": {"c_statistic": 0.65}}
    age = next(row for row in about["evaluation"]["equity"]["rows"] if row["characteristic"] == "age")
    age |= {"c_statistic": 0.64, "c_statistic_low": 0.6, "c_statistic_high": 0.68}
    assert words(weak(about)) == said
    age |= {"c_statistic_high": 0.649}
    assert words(weak(about)).count("ranked less well") == 2
    assert f"Too small to say: {rows[2]['characteristic']} {rows[2]['group']}." in said


def test_a_figure_that_is_withheld_is_told_from_one_that_there_is_not(about):
    rows = about["calibration"]["cluster"]["rows"]
    rows[0] |= {"ratio": None, "low": None, "high": None, "shrunken": None, "note": "withheld"}
    rows[1] |= {"ratio": None, "low": 0.0, "high": 3.0, "note": "fewer than 5 expected"}
    lines = card_text(card_of(about, contract())).splitlines()
    assert any(line.endswith("| \\* | \\* | withheld |") for line in lines)
    assert any("| – | " in line and line.endswith("| fewer than 5 expected |") for line in lines)


def test_no_exact_count_stands_on_the_card(full):
    """Counts of people and rows behind the card that are no multiple of 5 are on it nowhere, in Markdown or on the page."""
    counts = {23904, 623, 50593, 50539, 39233, 18424, *exact_counts(exact_measures())}
    wanted = {one for one in counts if one > 99 and one % 5} - {len(contract().names)}
    assert len(wanted) > 30
    for text in (card_text(full), card_page(full)):
        numbers = {int(one.replace(",", "")) for one in re.findall(r"(?<![\d.,\w-])\d[\d,]*(?![\d.]*\d)", shown_words(text))}
        assert not wanted & numbers


def exact_counts(found):
    if isinstance(found, dict):
        own = {int(found[name]) for name in ("people", "events", "listed", "seen", "found") if name in found}
        return own.union(*(exact_counts(one) for one in found.values()))
    return set().union(*map(exact_counts, found)) if isinstance(found, list | tuple) else set()


def shown_words(text):
    """The words of a card, without style, hashes and places on charts."""
    bare = re.sub(r"<style>.*?</style>|`[0-9a-f]{16}`|<code>[0-9a-f]{16}</code>", " ", text, flags=re.DOTALL)
    return re.sub(r"<[^>]*>", " ", bare)


def test_names_from_a_site_are_no_marks(full):
    text, page = card_text(full), card_page(full)
    assert "Ash &lt;b> \\| \\*Elm\\*" in text
    assert "Ash &lt;b&gt; | *Elm*" in page
    lines = [line for line in text.splitlines() if line.startswith("| Ash")]
    assert lines
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in lines} == {7}


def test_no_file_and_no_place_of_a_machine_is_named(full):
    for text in (card_text(full), card_page(full)):
        assert "secret_name" not in text
        assert not re.search(r"(?<![\w.])/(home|tmp|work|var|Users)/|file:|https?:", text)


def test_the_page_fetches_nothing_and_every_chart_is_told(full):
    page = card_page(full)
    assert "default-src 'none'" in page
    assert not re.search(r"<(script|link rel=\"stylesheet|img|iframe)|url\(|@import", page)
    charts = [block for section in full.sections for block in section.blocks if isinstance(block, Chart)]
    assert [chart.kind for chart in charts] == ["lines", "lines", "dots", "dots", "dots"]
    assert page.count("<svg") == page.count('role="img"') == len(charts)
    assert len(re.findall(r'<svg[^>]*(aria-label="[^"]+"|aria-labelledby="[^"]+")', page)) == len(charts)


def test_markdown_and_page_hold_the_same_words(full):
    text, page = card_text(full), " ".join(unescape(card_page(full)).split())
    for section in full.sections:
        for block in section.blocks:
            if isinstance(block, Table):
                assert f"*{block.title}*" in text
                assert f"<caption>{block.title}</caption>" in page
    assert all(name in text and f">{name}<" in page for name in contract().names)


def test_the_same_version_gives_the_same_bytes(about, full):
    again = card_of(about, contract())
    assert (card_text(again), card_page(again)) == (card_text(full), card_page(full))


def test_prose_lists_and_headings_are_written_plainly():
    blocks = (Heading("One"), Prose("Type `a * b` *now*.", warning=True), Bullets(("x", "y")))
    text = card_text(Card("m", "It.", "here", (), (Section("S", blocks),), "All."))
    assert text.endswith("## S\n\n### One\n\n**Type `a * b` \\*now\\*.**\n\n- x\n- y\n")


def test_the_card_opens_with_what_a_reader_with_a_minute_should_know(about):
    told = dict(glance(Described(about, contract())).rows)
    figures = about["figures"]
    assert f"c-statistic {figures['c_statistic']:.3f} (" in told["How well it ranks people"]
    assert f"observed over expected {figures['observed_expected']:.2f} (" in told["Whether risks are right"]
    about["figures"] |= {"ppv_at_k": 0.4, "sensitivity_at_k": 0.05}
    told = dict(glance(Described(about, contract())).rows)
    assert "had the outcome; they were 5 in 100 of all who had it" in told["What a list finds"]
    about["figures"]["ppv_at_k"] = None
    assert "too few to tell" in dict(glance(Described(about, contract())).rows)["What a list finds"]


def test_at_a_glance_names_the_groups_that_are_served_worse(about):
    row = about["calibration"]["subgroups"]["rows"][0]
    row |= {"ratio": 2.0, "low": 1.8, "high": 2.2}
    told = dict(glance(Described(about, contract())).rows)["Who is served worse"]
    assert f"{row['characteristic']} {row['group']}: predicts too little" in told
    del about["calibration"]
    assert "not known" in dict(glance(Described(about, contract())).rows)["Who is served worse"]


def test_at_a_glance_and_ethics_name_the_same_groups_short_of_places(about):
    about["evaluation"]["equity"]["rows"][0] |= {"characteristic": "sex", "group": "male", "list_to_events": 0.76}
    told = dict(glance(Described(about, contract())).rows)["Who is served worse"]
    ranking, _, places = told.partition("In places on the list, less than four fifths of its share of the outcome: ")
    assert ranking.startswith("in risks and ranking: ")
    assert "sex male (0.76)" in places
    assert any(
        "sex male (0.76)" in block.words for block in ethics(Described(about, contract())).blocks if isinstance(block, Prose)
    )


def test_the_card_says_where_chance_explains_all_differences_between_clusters(about):
    for spread, said in ((0.0, True), (0.2, False)):
        about["calibration"]["cluster"]["spread"] = spread
        assert (Prose(CHANCE) in groups(Described(about, contract()))) is said


def test_the_approvals_of_a_real_site_stand_on_its_card(about):
    about["governance"] = {
        "controller": "An Integrated Care Board",
        "purpose": "Risk stratification for case finding",
        "approval": "Board, IG-1, until 2027-03-31",
        "legal_bases": {"hes_apc": "Article 9(2)(h)"},
    }
    text = card_text(card_of(about, contract()))
    for words in ("An Integrated Care Board, the data controller", "Board, IG-1, until 2027-03-31", "Article 9(2)(h)"):
        assert words in text
    assert "legal basis of hes_apc" in text
