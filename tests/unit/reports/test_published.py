"""A report for commissioners: workbook, page and CSV files hold what the disclosed tables hold, and nothing else."""

import csv
import datetime as dt
import io
import re

import openpyxl
import pandas as pd
import pytest
from markupsafe import Markup

from casefinder.disclosure import Column, Count, ExactTable, Label, Money, Ratio, disclosed
from casefinder.reports.published import Chart, Part, Publication, publish

EXACT = pd.DataFrame(
    {
        "practice": ["Ash Lane", "=Bridge & Co", "Cross Street"],
        "people": [1013, 4, 0],
        "observed": [33, 3, 0],
        "expected": [21.7, 2.2, 0.0],
        "pounds": [98765.4, 321.0, 0.0],
    }
)
COLUMNS = (
    Column("Practice", Label("practice")),
    Column("People", Count("people")),
    Column("Ratio", Ratio("observed", "expected")),
    Column("Spent", Money("pounds", "people")),
)
SVG = Markup('<svg viewBox="0 0 10 10" role="img" aria-label="A chart"><circle class="point" data-name="Ash Lane"/></svg>')


def publication(**changed):
    table = disclosed(ExactTable("by-practice", "By practice", EXACT, COLUMNS))
    made = {
        "name": "drawn-2024", "title": "Drawn", "about": "2024", "summary": ("One thing <b>.",),
        "parts": (Part("Practices", table, ("Words.",), Chart("A chart", "What it shows.", SVG)),), "notes": ("A note.",),
        "made": dt.date(2025, 3, 1), "site": "Somewhere", "demonstration": True,
    }  # fmt: skip
    return Publication(**(made | changed))


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return publish(publication(), tmp_path_factory.mktemp("published"))


def test_a_page_a_workbook_and_a_file_a_table(files):
    assert [path.name for path in files] == ["drawn-2024.html", "drawn-2024.xlsx", "drawn-2024-by-practice.csv"]
    assert sorted(path.name for path in files[0].parent.iterdir()) == sorted(path.name for path in files)


def test_the_same_report_gives_the_same_bytes(files, tmp_path):
    again = publish(publication(), tmp_path)
    assert [path.read_bytes() for path in again] == [path.read_bytes() for path in files]


def test_a_table_that_a_report_no_longer_has_is_removed_and_those_of_other_reports_stay(tmp_path):
    publish(publication(name="drawn-2024-more"), tmp_path)
    (tmp_path / "drawn-2024-gone.csv").write_text("old", encoding="utf-8")
    publish(publication(), tmp_path)
    assert not (tmp_path / "drawn-2024-gone.csv").exists()
    assert {path.name for path in tmp_path.glob("*.csv")} == {
        "drawn-2024-by-practice.csv",
        "drawn-2024-more-by-practice.csv",
    }


def test_the_csv_holds_disclosed_cells_and_guards_formulas(files):
    rows = list(csv.reader(io.StringIO(files[2].read_text(encoding="utf-8-sig"))))
    assert rows == [
        ["Practice", "People", "Ratio", "Spent"],
        ["Ash Lane", "1015", "1.52", "99000"],
        ["'=Bridge & Co", "*", "*", "*"],
        ["Cross Street", "0", "", "0"],
    ]


def test_the_workbook_holds_numbers_and_words(files):
    book = openpyxl.load_workbook(files[1])
    assert book.sheetnames == ["Summary", "By practice"]
    rows = [[cell.value for cell in row[:4]] for row in book["By practice"].iter_rows(min_row=4, max_row=7)]
    assert rows == [
        ["Practice", "People", "Ratio", "Spent"],
        ["Ash Lane", 1015, 1.52, 99000],
        ["'=Bridge & Co", "*", "*", "*"],
        ["Cross Street", 0, "–", 0],
    ]


def test_the_page_fetches_nothing_and_holds_its_tables(files):
    page = files[0].read_text(encoding="utf-8")
    assert not re.findall(r"(?:src|href)=\"(?!#|data:,)", page)
    assert "default-src 'none'" in page
    assert "One thing &lt;b&gt;." in page
    for words in ("1,015", "£99,000", "=Bridge &amp; Co", ">*<", ">–<"):
        assert words in page


def test_every_chart_stands_with_its_table_and_can_be_saved(files):
    page = files[0].read_text(encoding="utf-8")
    assert page.count("<figure") == page.count('data-save="svg"') == page.count('data-save="png"') == 1
    assert 'href="#by-practice-table"' in page
    assert 'id="by-practice-table" tabindex="0"' in page


@pytest.mark.parametrize("name", ["Drawn 2024", "../drawn", "", "by-practice"])
def test_names_of_files_are_plain_and_stand_once(name):
    with pytest.raises(ValueError, match="names of files"):
        publication(name=name)
