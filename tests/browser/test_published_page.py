"""A report for commissioners in a real browser: found by name and by key, charts saved, nothing fetched."""

import datetime as dt
import re

import pandas as pd
import pytest
from markupsafe import Markup

from casefinder.comparison import limits_around_one
from casefinder.disclosure import Column, Count, ExactTable, Expected, Label, ModelOutput, Ratio, disclosed
from casefinder.reports.funnel_chart import Curve, Point, funnel_chart
from casefinder.reports.map_chart import map_chart
from casefinder.reports.months_chart import MonthLine, months_chart
from casefinder.reports.published import Chart, Part, Publication, publish
from casefinder.reports.styles import environment

pytestmark = pytest.mark.browser

NAMES = ["Ash Lane", "Bridge Road", "Cross Street", "Dale View"]
EXACT = pd.DataFrame({"practice": NAMES, "seen": [33, 80, 120, 61], "due": [41.2, 75.0, 101.5, 64.4]})
COLUMNS = (
    Column("Practice", Label("practice")),
    Column("Observed", Count("seen")),
    Column("Expected", Expected("seen", "due")),
    Column("Ratio", Ratio("seen", "due")),
)
FOCUSED = "document.activeElement.getAttribute('data-name')"


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    table = disclosed(ExactTable("by-practice", "By practice", EXACT, COLUMNS))
    points = [Point(row["Practice"], row["Expected"], row["Ratio"], "told", row["Ratio"] > 1.1) for row in table.records()]
    curve = Curve("", "95 %", lambda expected: tuple(side.tolist() for side in limits_around_one(expected, 0.95)))
    drawn = environment().get_template("funnel.svg.j2").render(
        chart=funnel_chart(points, [curve]), title="A funnel", across="Expected"
    )  # fmt: skip
    chart = Chart("A funnel", "What it shows.", Markup(drawn))
    made = Publication(
        "drawn-2024", "Drawn", "2024", ("In short.",), (Part("Practices", table, (), chart),), ("How.",),
        dt.date(2025, 3, 1), "Somewhere", True,
    )  # fmt: skip
    return publish(made, tmp_path_factory.mktemp("published"))[0].as_uri()


def marked(page):
    return page.evaluate("[...document.querySelectorAll('.found')].map(one => one.tagName + ' ' + one.dataset.name)")


def test_a_practice_is_found_by_a_part_of_its_name(open_page, address):
    page = open_page(address).page
    page.fill("#find", "cross")
    assert sorted(marked(page)) == ["TR Cross Street", "circle Cross Street"]
    assert page.inner_text("#found") == "Cross Street is marked."
    page.click("button[type=reset]")
    page.wait_for_function("!document.querySelector('.found')")


def test_points_are_walked_with_the_arrow_keys(open_page, address):
    page = open_page(address).page
    page.locator(".point").first.focus()
    first = page.evaluate(FOCUSED)
    page.keyboard.press("ArrowRight")
    second = page.evaluate(FOCUSED)
    page.keyboard.press("ArrowLeft")
    assert (first, second) == ("Ash Lane", "Dale View")
    assert page.evaluate(FOCUSED) == first
    assert page.evaluate("[...document.querySelectorAll('.point')].filter(one => one.tabIndex === 0).length") == 1


@pytest.mark.parametrize(("kind", "begins"), [("svg", b"<svg"), ("png", b"\x89PNG")])
def test_a_chart_is_saved_whole(open_page, address, kind, begins, tmp_path):
    page = open_page(address).page
    with page.expect_download() as caught:
        page.click(f"[data-save={kind}]")
    path = tmp_path / "saved"
    caught.value.save_as(path)
    assert caught.value.suggested_filename == f"drawn-2024-by-practice.{kind}"
    assert path.read_bytes().startswith(begins)
    if kind == "svg":
        text = path.read_text(encoding="utf-8")
        assert text.count("<circle") == 4
        assert "class=" not in text
        assert "stroke=" in text


SHARES = pd.DataFrame({"practice": NAMES[:3], "share": [20.0, 30.0, 50.0], "people": [900, 1300, 4]})


@pytest.fixture(scope="module")
def map_address(tmp_path_factory):
    columns = (Column("Practice", Label("practice")), Column("Share, %", ModelOutput("share", "people", 1)))
    table = disclosed(ExactTable("map", "Shares", SHARES, columns))
    square = [(0.0, 51.0), (0.1, 51.0), (0.1, 51.1), (0.0, 51.1), (0.0, 51.0)]
    outlines = {str(place): [tuple((x + 0.1 * place, y) for x, y in square)] for place in range(4)}
    shown = {str(place): (name, share) for place, (name, share) in enumerate(table.rows)}
    chart = map_chart(outlines, shown, "A map", "Share, %", 1)
    made = Publication(
        "mapped-2024", "Mapped", "2024", ("In short.",), (Part("Map", table, (), chart),), ("How.",),
        dt.date(2025, 3, 1), "Somewhere", True,
    )  # fmt: skip
    return publish(made, tmp_path_factory.mktemp("mapped"))[0].as_uri()


def test_areas_of_a_map_are_walked_found_and_saved_with_their_shades(open_page, map_address, tmp_path):
    watched = open_page(map_address)
    page = watched.page
    page.locator(".point").first.focus()
    seen = [page.evaluate("document.activeElement.getAttribute('aria-label')")]
    for _ in range(3):
        page.keyboard.press("ArrowRight")
        seen.append(page.evaluate("document.activeElement.getAttribute('aria-label')"))
    assert sorted(seen) == ["3: no share", "Ash Lane: Share, % 20.0", "Bridge Road: Share, % 30.0", "Cross Street: withheld"]
    page.fill("#find", "bridge")
    assert sorted(marked(page)) == ["TR Bridge Road", "path Bridge Road"]
    page.click("button[type=reset]")
    page.wait_for_function("!document.querySelector('.found')")
    with page.expect_download() as caught:
        page.click("[data-save=svg]")
    caught.value.save_as(tmp_path / "map.svg")
    text = (tmp_path / "map.svg").read_text(encoding="utf-8")
    assert text.count("<path") == 4
    assert {"rgb(215, 230, 242)", "rgb(20, 72, 124)"} <= set(re.findall(r'fill="(rgb[^"]*)"', text))
    assert 'id="hatched"' in text
    assert watched.complaints == []


def test_lines_over_months_are_walked_with_the_arrow_keys(open_page, tmp_path):
    lines = [MonthLine("Ash Lane", [5, 10, None]), MonthLine("Bridge Road", [-5, None, -15], outside=True)]
    drawn = (
        environment()
        .get_template("months.svg.j2")
        .render(chart=months_chart(lines, ["Jan", "Feb", "Mar"]), title="Lines", up="Expected less observed")
    )
    table = disclosed(ExactTable("over-time", "Over time", EXACT, COLUMNS[:1]))
    part = Part("Lines", table, (), Chart("Lines", "Lines.", Markup(drawn)))
    made = Publication("lines", "Lines", "2024", ("In short.",), (part,), ("How.",), dt.date(2025, 3, 1), "Somewhere", True)
    page = open_page(publish(made, tmp_path)[0].as_uri()).page
    page.locator(".path").first.focus()
    seen = [page.evaluate("document.activeElement.getAttribute('aria-label')")]
    page.keyboard.press("ArrowRight")
    seen.append(page.evaluate("document.activeElement.getAttribute('aria-label')"))
    assert seen == ["Ash Lane: 10 at the end", "Bridge Road: -15 at the end, stands out"]
    page.fill("#find", "ash")
    assert sorted(marked(page)) == ["TR Ash Lane", "polyline Ash Lane"]


def test_nothing_is_fetched_and_nothing_complained_about(open_page, address):
    watched = open_page(address)
    watched.page.fill("#find", "a")
    assert [one for one in watched.requests if one != address and not one.startswith("data:")] == []
    assert watched.complaints == []


def test_a_narrow_screen_scrolls_inside_the_regions_only(open_page, address):
    page = open_page(address, width=400).page
    assert page.evaluate("document.documentElement.scrollWidth") <= 400


def test_without_script_tables_stand_and_nothing_dead_is_offered(open_page, address):
    page = open_page(address, java_script_enabled=False).page
    assert page.locator("tbody tr").count() == 4
    assert not page.locator("#finder").is_visible()
    assert not page.locator(".save").is_visible()
