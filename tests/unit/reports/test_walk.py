"""The walk over what is published finds what it is there to find: each spoilt file fails it."""

import datetime as dt

import openpyxl
import pandas as pd
import pytest
from tests.published import walk

from casefinder.disclosure import Column, Count, ExactTable, Expected, Judgement, Label, Rate, Ratio, disclosed
from casefinder.reports.published import Part, Publication, publish

EXACT = pd.DataFrame(
    {
        "practice": ["Ash Lane (A00001)", "Bridge Road (A00002)", "Cross Street (A00003)"], "people": [4013, 3998, 5021],
        "observed": [33, 3, 58], "expected": [31.7, 9.2, 40.0], "where": ["within", "below the limits", "above the limits"],
    }
)  # fmt: skip
COLUMNS = (
    Column("Practice", Label("practice")),
    Column("People", Count("people")),
    Column("Events", Count("observed")),
    Column("For each 1,000 people", Rate("observed", "people")),
    Column("Expected", Expected("observed", "expected")),
    Column("Observed / expected", Ratio("observed", "expected")),
    Column("Against expectation", Judgement("where", ("observed",))),
)
PERSON = "7q0zb4n2xkta"


@pytest.fixture
def made(tmp_path):
    table = disclosed(ExactTable("by-practice", "By practice", EXACT, COLUMNS))
    summary = ("1 of 2 practices differs; by luck alone about 0.1 would.",)
    publication = Publication("drawn", "Drawn", "2024", summary, (Part("Practices", table),), ("How.",),
                              dt.date(2025, 3, 1), "Somewhere", True)  # fmt: skip
    publish(publication, tmp_path)
    return tmp_path


def spoil(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text, old
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_sound_report_passes(made):
    (tables,) = walk(made, {PERSON}).values()
    assert [cell for row in tables[0].rows for cell in row].count("*") == 4


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<td>35</td>", "<td>33</td>"),  # an exact count
        ("<td>*</td>", "<td>3</td>"),  # a small one
        ("<td>8.7</td>", "<td>8.2</td>"),  # a rate of exact counts
        ("<td>1.04</td>", "<td>1.041</td>"),  # a ratio to three decimals
        ("<td>35</td><td>8.7</td><td>35</td>", "<td>35</td><td>8.7</td><td>30</td>"),  # an expected count rounded by itself
        ('<td class="words">*</td>', '<td class="words">below the limits</td>'),  # what follows from a withheld count
        (' data-kind="count"', ' data-kind=""'),  # a column without a kind
        ("differs;", "differs, 3 people;"),  # a count in words
        ("<p>2024</p>", f"<p>2024</p><p>{PERSON}</p>"),  # a person
        ("<p>2024</p>", "<p>2024</p><p>LS1 4AP</p>"),  # a postcode
        ("</title>", " 3</title>"),  # a count in the title of the page
        ('aria-label="By practice"', 'aria-label="By practice, 3"'),  # a count that is read out
    ],
)
def test_a_spoilt_page_fails(made, old, new):
    spoil(made / "drawn.html", old, new)
    with pytest.raises(AssertionError):
        walk(made, {PERSON})


def test_a_spoilt_table_fails(made):
    spoil(made / "drawn-by-practice.csv", ",35,", ",33,")
    with pytest.raises(AssertionError):
        walk(made)


def test_a_file_more_fails(made):
    (made / "drawn-exact.csv").write_text("1\n", encoding="utf-8")
    with pytest.raises(AssertionError, match="published beside a page"):
        walk(made)


def _hidden(book):
    book.create_sheet("Exact").sheet_state = "hidden"


def _hidden_row(book):
    book.worksheets[1].row_dimensions[5].hidden = True


def _beside(book):
    book.worksheets[1]["A30"] = "33 events"


def _property(book):
    book.properties.description = "33 events"


def _comment(book):
    book.worksheets[1]["B5"].comment = openpyxl.comments.Comment("33", "somebody")


def _cell(book):
    book.worksheets[1]["C5"] = 33


@pytest.mark.parametrize("change", [_hidden, _hidden_row, _beside, _property, _comment, _cell])
def test_a_spoilt_workbook_fails(made, change):
    book = openpyxl.load_workbook(made / "drawn.xlsx")
    change(book)
    book.save(made / "drawn.xlsx")
    with pytest.raises(AssertionError):
        walk(made)


def test_a_workbook_that_was_only_saved_again_passes(made):
    openpyxl.load_workbook(made / "drawn.xlsx").save(made / "drawn.xlsx")
    walk(made)
