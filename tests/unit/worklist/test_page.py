"""The page of a list: everything that a meeting needs, nothing from outside, nothing that a value could smuggle in."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from casefinder.worklist.page import _environment, page_bytes

EMPTY = {"meta", "link", "input", "path", "rect", "circle", "br"}


class Outline(HTMLParser):
    """Keeps headings, texts by element, attributes, and whether every element is closed."""

    def __init__(self, text):
        super().__init__()
        self.headings, self.open, self.attributes, self.texts = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.attributes += [(tag, name, value) for name, value in attrs]
        if re.fullmatch("h[1-6]", tag):
            self.headings.append([int(tag[1]), ""])
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.attributes += [(tag, name, value) for name, value in attrs]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, text):
        if not {"style", "script"} & set(self.open):
            self.texts.append(text)
            if self.open and any(re.fullmatch("h[1-6]", tag) for tag in self.open):
                self.headings[-1][1] += text

    @property
    def words(self):
        return " ".join(" ".join(self.texts).split())


def outline(made):
    return Outline(page_bytes(made).decode("utf-8"))


@pytest.fixture(scope="module")
def page(named):
    return outline(named)


def test_headings_stand_in_order_and_every_element_is_closed(page, cluster):
    for one in (page, outline(cluster)):
        assert one.open == []
        levels = [level for level, _text in one.headings]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after <= before + 1 for before, after in pairwise(levels))


def test_ids_are_unique_and_links_lead_somewhere(page):
    ids = [value for _tag, name, value in page.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    targets = {value[1:] for _tag, name, value in page.attributes if name == "href" and value.startswith("#")}
    named = {one for _tag, name, value in page.attributes if name == "aria-labelledby" for one in value.split()}
    assert targets | named <= set(ids)


def test_what_leads_to_a_person_is_told_truly_with_names_and_without(page, practice):
    for one in (page, outline(practice)):
        assert "Each person's name or pseudonym leads to their reasons and year." in one.words


def test_nothing_comes_from_outside(cluster):
    text = page_bytes(cluster).decode("utf-8")
    assert "http" not in text.replace("http-equiv", "")
    assert "//" not in re.sub(r"<script>.*?</script>", "", text, flags=re.S)
    assert not re.search(r"\bsrc=|@import|url\(", text)
    assert "default-src 'none'" in text


def test_every_person_has_what_a_meeting_asks_for(page):
    for words in (
        "About 74 in 100 people like this are admitted to hospital as an emergency within 12 months.",
        "Beside it, a move into a care home: about 16 in 100 people like this move into a care home within 12 months",
        "Beside it, a move into a care home: not in this model's group.",
        "88 years, female · Mill Surgery (Y00001)",
        "89 years, sex not known",
        "Very high risk",
        "New on this list",
        "May be worth reviewing 3 kinds of high-risk medicine",
        "What is not known No kidney function test in the last 2 years Ethnic group not recorded",
        "What lowers it No emergency admission before last year",
        "Reasons explain the score. They do not say what to do.",
    ):
        assert words in page.words


def test_shares_of_reasons_are_shares_of_everything_that_raises_the_score(page, named):
    shares = [value for theme, value in named.people[0].shares.items() if theme and value > 0]
    percent = round(100 * named.people[0].shares[named.people[0].themes[0]] / sum(shares))
    assert f"{percent} % of what raises the score" in page.words
    assert ("rect", "width", str(percent)) in page.attributes


def test_the_top_says_until_when_who_and_what_is_late(page):
    assert "Do not use after 15 Apr 2026" in page.words
    assert (
        "15 people on this list (15 asked for). Since the list of 4 Mar 2026: 4 new, 5 up, 3 down, 3 same, 4 left."
        in page.words
    )
    assert "Records that are late: Prescriptions (out of date: nothing after 31 Dec 2025" in page.words
    assert "Not supplied: 111 calls, Ambulance, Mental health." in page.words


def test_until_when_is_in_the_foot_of_every_printed_page(named):
    text = page_bytes(named).decode("utf-8")
    assert '@bottom-left { content: "Do\\000020not\\000020use\\000020after\\00002015\\000020Apr\\0000202026" }' in text


def test_freshness_is_said_in_words_and_by_a_sign(page):
    assert "Prescriptions ! Out of date Nothing after 31 Dec 2025: 91 days before this list" in page.words
    assert "Hospital stays ✓ Up to date To 14 Feb 2026" in page.words
    assert "111 calls – Not supplied Not supplied: it counts neither for nor against anyone" in page.words


def test_removed_left_and_how_it_was_made_are_there(page):
    for words in (
        "Removed by rule These people would have stood on the list",
        "On the end-of-life register",
        "Left since the last list These people were on the list of 4 Mar 2026 and are not on this one.",
        "Risk fell",
        "Model emergency_admission@3 (ranks this list)",
        "0.78 (0.77 to 0.79)",
        "about 78 times in 100; 50 would be chance",
        "PRISM: Snooks and colleagues, BMJ Quality & Safety 2019; 28: 697), emergency admissions rose by about 1 %",
        "never be used to refuse care",
        "Known weak point: The council's data hold only care that it provides or arranges",
        "People discussed in the last 6 weeks are left out.",
        "Younger than 18 6,988 31,870",
    ):
        assert words in page.words


def test_a_meeting_of_practices_sees_the_stamp_the_shares_and_each_practice(cluster):
    words = outline(cluster).words
    assert "Warning: Demonstration only" in words
    assert "Warning: Use with care: hospital stays are out of date" in words
    assert "By risk, with a floor for each practice (used for this list) 15 3 6.1" in words
    assert "15 people on this list (20 asked for; no one else could be listed)." in words
    assert "Bridge Health Centre" in words


def test_a_first_list_marks_nobody_as_new(first_list):
    words = outline(first_list).words
    assert "This is the first list, so there is nothing to compare it with." in words
    assert "New on this list" not in words
    assert "New people only" not in words


def test_an_empty_list_says_so(practice):
    words = outline(replace(practice, people=(), k=15)).words
    assert "0 people on this list (15 asked for; no one else could be listed)." in words
    assert "Nobody is on this list." in words


def test_nhs_numbers_are_grouped_to_the_eye_and_copied_whole(named):
    number = named.people[0].identifier
    gap = '<span class="gap"> </span>'
    grouped = f'<span class="number">{number[:3]}{gap}{number[3:6]}{gap}{number[6:]}</span>'
    text = page_bytes(named).decode("utf-8")
    assert text.count(grouped) == 2
    assert ".number .gap { user-select: none;" in text


HOSTILE = "</style></script><script>alert(1)</script><img src=x onerror=alert(1)>\"'&{{ 1 }}"


def test_values_stay_words(cluster):
    people = tuple(
        replace(one, raising=(HOSTILE,), themes=(HOSTILE,), practice_name=HOSTILE, review=(HOSTILE,), flags=HOSTILE)
        for one in cluster.people
    )  # fmt: skip
    made = replace(cluster, people=people, title=HOSTILE, site=HOSTILE, stamp=HOSTILE, notes=(HOSTILE,), rules=(HOSTILE,))
    text = page_bytes(made).decode("utf-8")
    assert text.count("<script>") == text.count("</script>") == text.count("</style>") == 1
    assert "<img" not in text
    assert outline(made).open == []


def test_templates_escape_by_themselves():
    assert _environment().from_string("{{ words }}").render(words="<b>") == "&lt;b&gt;"
