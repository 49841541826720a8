"""The page of a model beside other scores in a real browser: its table fits a desk, and scrolls on a narrow screen."""

import pytest

from casefinder.reports.comparison import comparison_page

pytestmark = pytest.mark.browser

WIDTHS = "[...document.querySelectorAll('.wide')].map(one => [one.scrollWidth, one.clientWidth])"
ABOUT = {"name": "small", "version": 1, "meaning": "The chance of it.", "site": "Somewhere", "demonstration": True,
         "temporal": True, "index_date": "1 Jan 2025", "list_share": 0.01}  # fmt: skip
LIMITED = ("c_statistic", "ppv_at_k", "sensitivity_at_k", "observed_expected", "calibration_slope")
QUESTION = "An emergency admission within 365 days, of people with none in the two years before"


def row(score, words):
    ends = {"": 0.751, "_low": 0.702, "_high": 0.808}
    limits = {f"{name}{end}": value for name in LIMITED for end, value in ends.items()}
    limits |= {f"difference{end}": -value for end, value in ends.items()}
    figures = {"average_precision": 0.333, "net_benefit": -0.0123, "ici": 0.012, "k": 25, "people": 2320, "events": 235}
    return {"question": QUESTION, "score": score, "words": words} | figures | limits


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    path = tmp_path_factory.mktemp("comparison") / "page.html"
    rows = [row("model", "the model, boosted trees"), row("frailty", "Hospital Frailty Risk Score")]
    path.write_bytes(comparison_page(rows, ABOUT, ["one thing"]))
    return path.as_uri()


def test_the_whole_table_fits_a_desk(open_page, address):
    page = open_page(address, width=1280).page
    assert all(whole <= seen for whole, seen in page.evaluate(WIDTHS))


def test_a_narrow_screen_scrolls_inside_the_regions_only(open_page, address):
    page = open_page(address, width=600).page
    assert page.evaluate("document.documentElement.scrollWidth") <= 600
    assert all(whole > seen for whole, seen in page.evaluate(WIDTHS))
    assert "gradient" in page.locator(".wide").last.evaluate("one => getComputedStyle(one).backgroundImage")
