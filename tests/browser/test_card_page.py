"""The card of a version in a real browser: nothing fetched, no complaint, readable on a phone, whole on paper."""

from itertools import pairwise

import pytest
from tests.unit.reports.card_about import contract, full_about

from casefinder.reports.card import SECTIONS, card_of, card_page

pytestmark = pytest.mark.browser
UNFOLD = "document.querySelectorAll('details').forEach(one => one.open = true)"


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp("card")
    path = folder / "card.html"
    path.write_text(card_page(card_of(full_about(folder), contract())), encoding="utf-8")
    return path.as_uri()


def test_nothing_is_fetched_and_nothing_is_wrong(open_page, address):
    watched = open_page(address)
    watched.page.evaluate(UNFOLD)
    watched.page.wait_for_load_state("networkidle")
    assert [url for url in watched.requests if not url.startswith("data:")] == [address]
    assert watched.complaints == []
    assert watched.page.locator("header.top").evaluate("one => getComputedStyle(one).backgroundColor") == "rgb(0, 94, 184)"


def test_it_can_be_read_by_its_headings_tables_and_regions(open_page, address):
    page = open_page(address).page
    levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(one => Number(one.tagName[1]))")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert page.locator("h2").all_text_contents() == list(SECTIONS)
    assert page.locator("nav a").count() == len(SECTIONS)
    assert page.evaluate("[...document.querySelectorAll('nav a')].every(one => document.querySelector(one.hash))")
    assert page.locator("table").count() == page.locator("table > caption").count() > 20
    names = page.evaluate("[...document.querySelectorAll('[role=region]')].map(one => one.getAttribute('aria-label'))")
    assert len(names) == len(set(names))
    assert page.locator("details[open]").count() == 0


@pytest.mark.parametrize("width", [360, 1280])
def test_no_window_is_scrolled_sideways(open_page, address, width):
    page = open_page(address, width=width).page
    page.evaluate(UNFOLD)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_every_mark_lies_inside_its_chart(open_page, address):
    page = open_page(address).page
    places = page.evaluate("""[...document.querySelectorAll('figure svg')].map(chart => {
        const box = chart.getBoundingClientRect();
        const marks = [...chart.querySelectorAll('circle, line, polyline, polygon, text')];
        return [marks.length, marks.filter(one => {
            const own = one.getBoundingClientRect();
            return own.left < box.left - 1 || own.right > box.right + 1
                || own.top < box.top - 1 || own.bottom > box.bottom + 1;
        }).map(one => one.outerHTML)];
    })""")
    assert len(places) == 5
    assert all(marks > 10 for marks, _ in places)
    assert [outside for _, outside in places] == [[]] * 5


def test_folded_tables_are_on_paper(open_page, address):
    page = open_page(address).page
    cell = page.locator("details tbody td", has_text="days since the latest: emergency admission").first
    assert not cell.evaluate("one => one.checkVisibility()")
    page.emulate_media(media="print")
    assert cell.evaluate("one => one.checkVisibility() && one.getBoundingClientRect().height > 5")


def test_a_chart_wider_than_the_screen_scrolls_to_its_end_and_shows_that_it_does(open_page, address):
    page = open_page(address, width=600).page
    region = page.locator("figure .wide", has=page.locator("svg .question")).first
    assert region.evaluate("one => one.scrollWidth > one.clientWidth && getComputedStyle(one).overflowX == 'auto'")
    assert "gradient" in region.evaluate("one => getComputedStyle(one).backgroundImage")
    region.evaluate("one => one.scrollTo(one.scrollWidth, 0)")
    chart, frame = region.locator("svg").bounding_box(), region.bounding_box()
    assert chart["x"] + chart["width"] <= frame["x"] + frame["width"] + 1
