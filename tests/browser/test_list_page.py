"""The page of a list in a real browser: nothing fetched, no complaint, without script, by keyboard, on a phone, on paper."""

import re
import zlib
from itertools import pairwise

import pytest

pytestmark = pytest.mark.browser

BOTH = pytest.mark.parametrize("name", ["named", "cluster", "first"])


@BOTH
def test_nothing_is_fetched_and_nothing_is_wrong(open_page, pages, name):
    watched = open_page(pages[name])
    watched.page.wait_for_load_state("networkidle")
    assert [url for url in watched.requests if not url.startswith("data:")] == [pages[name]]
    assert watched.complaints == []


def test_the_page_forbids_its_own_requests(open_page, pages):
    watched = open_page(pages["named"])
    watched.page.evaluate("fetch('https://example.org/').catch(() => null)")
    watched.page.evaluate("document.body.appendChild(Object.assign(new Image(), {src: 'https://example.org/a.png'}))")
    watched.page.wait_for_timeout(200)
    assert any("Content Security Policy" in words for words in watched.complaints)
    answered = watched.page.evaluate("performance.getEntriesByType('resource').filter(one => one.responseStatus > 0).length")
    assert answered == 0


@BOTH
def test_everything_is_there_without_script(open_page, pages, name):
    page = open_page(pages[name], java_script_enabled=False).page
    assert page.locator("article.person:visible").count() == 15
    assert page.locator("#filters").is_hidden()
    assert page.locator("#glance tbody tr:visible").count() == 15
    page.get_by_role("link", name="How this list was made").click()
    assert page.locator("#how-heading").is_visible()


@BOTH
def test_headings_step_down_one_at_a_time(open_page, pages, name):
    page = open_page(pages[name]).page
    levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(one => Number(one.tagName[1]))")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_the_keyboard_goes_from_top_to_bottom_and_shows_where_it_is(open_page, pages):
    page = open_page(pages["cluster"]).page
    places, names = [], []
    for _press in range(14):
        page.keyboard.press("Tab")
        found = page.evaluate(
            """() => { const one = document.activeElement, box = one.getBoundingClientRect(), look = getComputedStyle(one);
            return {name: one.id || one.textContent.trim(), top: box.top + scrollY, width: box.width,
                    seen: look.outlineStyle !== 'none' && parseFloat(look.outlineWidth) >= 2}; }"""
        )
        assert found["seen"], found["name"]
        places.append(found["top"])
        names.append(found["name"])
    assert names[0] == "Skip to the people on this list"
    last = names.index("How this list was made")
    assert names[last + 1 : last + 5] == ["filter-practice", "filter-band", "filter-new", "Show everyone"]
    assert all(after >= before - 40 for before, after in pairwise(places[1:]))


def test_the_skip_link_leads_to_the_people(open_page, pages):
    page = open_page(pages["named"]).page
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "people"


def test_filters_show_fewer_people_and_say_how_many(open_page, pages, lists):
    from playwright.sync_api import expect

    page = open_page(pages["cluster"]).page
    made = lists.cluster_list()
    page.get_by_role("combobox", name="Practice").select_option("Y00002")
    here = [one for one in made.people if one.practice_code == "Y00002"]
    assert page.locator("article.person:visible").count() == len(here) == 5
    assert page.locator("#glance tbody tr:visible").count() == 5
    assert page.get_by_role("status").inner_text() == "Showing 5 of 15 people."
    page.get_by_label("New people only").check()
    assert page.locator("article.person:visible").count() == sum(one.change == "new" for one in here)
    page.get_by_role("button", name="Show everyone").click()
    # Waiting for an expression to hold would need eval, which the page's own policy forbids.
    expect(page.locator("article.person:not([hidden])")).to_have_count(15)
    assert page.get_by_role("status").inner_text() == ""
    page.get_by_role("combobox", name="Risk band").select_option("very high")
    assert page.locator("article.person:visible").count() == sum(one.band == "very high" for one in made.people)


def test_a_practice_alone_has_no_filter_of_practices_and_a_first_list_none_of_new_people(open_page, pages):
    assert open_page(pages["named"]).page.locator("#filter-practice").count() == 0
    assert open_page(pages["first"]).page.locator("#filter-new").count() == 0


@BOTH
@pytest.mark.parametrize("width", [320, 400, 721, 900, 1025, 1280])
def test_nothing_runs_over_the_edge(open_page, pages, name, width):
    page = open_page(pages[name], width=width).page
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    over = page.evaluate(
        """width => [...document.querySelectorAll('main *')].filter(one => {
        const box = one.getBoundingClientRect();
        return box.width > 1 && box.right > width + 1; }).length""",
        width,
    )
    assert over == 0


def test_names_of_tables_persons_and_pictures_are_heard(open_page, pages):
    page = open_page(pages["named"]).page
    assert page.get_by_role("table", name="Everyone on the list, highest risk first").count() == 1
    assert page.get_by_role("article", name="Rank 1 NHS number 999 000 0379").count() == 1
    picture = page.get_by_role("img", name="The last 12 months, one row for each kind of care").first
    assert "3 emergency stays" in picture.locator("desc").text_content()
    assert page.get_by_role("columnheader", name="NHS number or pseudonym").count() >= 1
    assert page.get_by_role("rowheader", name="999 000 0379").count() == 1


def test_a_phone_keeps_the_roles_of_tables(open_page, pages):
    page = open_page(pages["named"], width=400).page
    assert page.get_by_role("rowheader", name="Hospital stays").count() == 1
    assert page.get_by_role("cell", name="Up to date").first.is_visible()


def test_an_nhs_number_is_copied_without_gaps(open_page, pages, lists):
    page = open_page(pages["named"]).page
    copied = page.evaluate(
        """() => { const range = document.createRange(); range.selectNodeContents(document.querySelector('#name-1 .number'));
        getSelection().removeAllRanges(); getSelection().addRange(range); return getSelection().toString(); }"""
    )
    assert copied == lists.named_list().people[0].identifier


@BOTH
def test_on_paper_no_person_is_split(open_page, pages, name):
    """The height of a sheet between its margins, at the width of one: no person is taller, and none may be broken."""
    page = open_page(pages[name], width=711, height=1032).page
    page.emulate_media(media="print")
    heights = page.evaluate(
        "[...document.querySelectorAll('article.person')].map(one => one.getBoundingClientRect().height)"
    )
    assert len(heights) == 15
    assert max(heights) < 1032
    assert page.evaluate("getComputedStyle(document.querySelector('article.person')).breakInside") == "avoid"


def test_on_paper_lines_to_write_on_appear_and_filters_go(open_page, pages):
    page = open_page(pages["named"]).page
    assert page.locator(".paper:visible").count() == 0
    page.emulate_media(media="print")
    assert page.locator(".paper:visible").count() == 15
    assert page.locator("nav:visible, form:visible, .skip:visible").count() == 0


@BOTH
def test_it_prints_on_a4(open_page, pages, name):
    content = open_page(pages[name]).page.pdf(prefer_css_page_size=True, print_background=True)
    boxes = {tuple(round(float(one)) for one in box.split()) for box in re.findall(rb"/MediaBox\s*\[([^\]]+)\]", content)}
    count = len(re.findall(rb"/Type\s*/Page\b(?!s)", content)) or _pages_in_streams(content)
    assert boxes in ({(0, 0, 595, 842)}, {(0, 0, 596, 842)}, {(0, 0, 595, 841)})
    assert 9 <= count <= 15


def _pages_in_streams(content):
    """Count pages where the browser keeps them in compressed objects."""
    found = 0
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", content, flags=re.S):
        try:
            found += len(re.findall(rb"/Type\s*/Page\b(?!s)", zlib.decompress(stream)))
        except zlib.error:
            continue
    return found
