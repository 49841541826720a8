"""The page of calibration by cluster in a real browser: nothing fetched, no complaint, readable on a phone."""

from itertools import pairwise

import pytest

from casefinder.modelling.calibration_history import ShownVersion
from casefinder.reports.calibration_page import page_bytes

pytestmark = pytest.mark.browser

ABOUT = {
    "name": "small", "site": "Somewhere", "meaning": "The chance of it.", "demonstration": True, "temporal": False,
    "figures": {"people": 900, "events": 90, "observed_expected": 1.0, "observed_expected_low": 0.9,
                "observed_expected_high": 1.1},
}  # fmt: skip
CLUSTERS = {"Ash": (1.4, 1.28, 1.6), "Elm": (1.0, 0.9, 1.1), "Oak": (0.7, 0.1, 6.0), "Yew": (None, None, None)}


def version(number):
    rows = [
        {"group": name, "people": 300, "events": 30, "expected": 30, "ratio": ratio, "low": low, "high": high}
        | {"shrunken": ratio, "shrunken_low": low, "shrunken_high": high, "note": "" if ratio else "withheld"}
        for name, (ratio, low, high) in CLUSTERS.items()
    ]
    return ShownVersion(number, f"202{number}-01-01", number == 2, ABOUT, {"rows": rows, "spread": 0.2, "range": [0.7, 1.4]})


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    path = tmp_path_factory.mktemp("calibration") / "page.html"
    path.write_bytes(page_bytes([version(1), version(2), version(3)], "cluster", (0.8, 1.25)))
    return path.as_uri()


def test_nothing_is_fetched_and_nothing_is_wrong(open_page, address):
    watched = open_page(address)
    watched.page.wait_for_load_state("networkidle")
    assert [url for url in watched.requests if not url.startswith("data:")] == [address]
    assert watched.complaints == []


def test_the_style_is_allowed_by_the_page_itself(open_page, address):
    page = open_page(address).page
    assert page.locator("header.top").evaluate("one => getComputedStyle(one).backgroundColor") == "rgb(0, 94, 184)"


def test_headings_step_down_one_at_a_time(open_page, address):
    page = open_page(address).page
    levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(one => Number(one.tagName[1]))")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_a_phone_is_not_scrolled_sideways(open_page, address):
    page = open_page(address, width=360).page
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_every_mark_lies_inside_the_chart(open_page, address):
    page = open_page(address).page
    chart = page.locator("svg.forest").bounding_box()
    marks = page.locator("svg.forest :is(circle, line, path, text, rect)")
    assert page.locator("svg.forest circle").count() == 3 * (1 + 3)
    for number in range(marks.count()):
        box = marks.nth(number).bounding_box()
        assert box["x"] >= chart["x"] - 1
        assert box["x"] + box["width"] <= chart["x"] + chart["width"] + 1
        assert box["y"] + box["height"] <= chart["y"] + chart["height"] + 1


def test_figures_do_not_run_into_one_another(open_page, address):
    page = open_page(address).page
    places = page.locator("svg.forest text.figure").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect().toJSON())"
    )
    assert len(places) == 3 * 5
    assert all(below["top"] >= above["bottom"] - 1 for above, below in pairwise(places))
