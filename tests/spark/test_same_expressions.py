"""The expressions that read raw texts, on texts made to be difficult: both engines must see the same in each."""

import random

import ibis
import pyarrow as pa
import pytest

from casefinder.engines import add_days, add_months, month_start, year_start
from casefinder.sources._check import _number, clean_code, iso_date, month_date

TEXTS = 4000
PIECES = (
    *("0", "1", "2", "12", "31", "29", "02", "00", "13", "19", "20", "2024", "1905", "9999", "0001", "2023-02-29"),
    *(
        "-",
        "/",
        " ",
        "T",
        ".",
        "+",
        "e",
        "E",
        ":",
        "A",
        "I10X",
        "x",
        "z",
        "ß",
        "é",
        "ſ",
        "É",
        "AΣ",
        "İ",
        "Ǆ",
        "ﬁ",
        "\t",
        "\x0b",
        "\n",
        "\u0085",
        "\u2028",
    ),
    *(
        "2024-02-29",
        "29/02/2024",
        "20240229",
        "022024",
        "2024-13",
        "2024-02",
        "1e400",
        "1e-400",
        "9223372036854775807",
        "5e18",
    ),
)


@pytest.fixture(scope="module")
def texts():
    """Texts put together from pieces of dates, numbers and codes, none of them empty."""
    chance = random.Random(4)
    made = {"".join(chance.choice(PIECES) for _ in range(chance.randint(1, 5))).strip() for _ in range(TEXTS)}
    return pa.table({"text": sorted(made - {""})})


def on_both(on_duckdb, on_spark, rows, expressions):
    """Return what both engines make of each row, as dictionaries in the order of the text."""
    found = []
    for engine in (on_duckdb, on_spark):
        table = engine.register(rows)
        told = table.select(*rows.column_names, **{name: make(table) for name, make in expressions.items()})
        found.append(engine.fetch(told.order_by(*rows.column_names)).to_pylist())
    return found


TYPED = {
    "iso_date": lambda rows: iso_date(rows.text),
    "month_date": lambda rows: month_date(rows.text),
    "whole": lambda rows: _number(rows.text, whole=True),
    "number": lambda rows: _number(rows.text, whole=False),
    "icd10": lambda rows: clean_code("icd10", rows.text),
    "bnf": lambda rows: clean_code("bnf", rows.text),
    "folded": lambda rows: rows.text.lower().re_replace(r"\s+", " "),
    "coded": lambda rows: rows.text.re_search(r"^[EWSNLMZ]\d{8}$|^9"),
    "dot": lambda rows: rows.text.re_search(r"^.{3}$"),
}


@pytest.mark.parametrize("name", TYPED)
def test_a_text_is_read_alike(name, texts, on_duckdb, on_spark):
    duckdb, spark = on_both(on_duckdb, on_spark, texts, {name: TYPED[name]})
    assert any(row[name] is not None for row in duckdb)
    assert [(one, other) for one, other in zip(duckdb, spark, strict=True) if one != other] == []


def test_pounds_are_the_same_pence(on_duckdb, on_spark):
    chance = random.Random(5)
    amounts = pa.table({"text": sorted({f"{chance.uniform(0, 20_000):.{chance.randint(0, 4)}f}" for _ in range(TEXTS)})})
    pence = {"pence": lambda rows: (_number(rows.text, whole=False) * 100).round().cast("int64")}
    duckdb, spark = on_both(on_duckdb, on_spark, amounts, pence)
    assert duckdb == spark


def test_days_months_and_years_are_counted_alike(on_duckdb, on_spark):
    days = pa.table({"day": pa.array(range(-20_000, 40_000, 7), pa.int32()).cast(pa.date32())})
    counted = {
        "later": lambda rows: add_days(rows.day, 59),
        "earlier": lambda rows: add_days(rows.day, -365),
        "month_later": lambda rows: add_months(rows.day, 1),
        "month": lambda rows: month_start(rows.day),
        "year": lambda rows: year_start(rows.day),
        "weekday": lambda rows: rows.day.day_of_week.index(),
        "since": lambda rows: rows.day.delta(ibis.date("1970-01-01"), unit="day"),
        "written": lambda rows: rows.day.cast("string"),
    }
    duckdb, spark = on_both(on_duckdb, on_spark, days, counted)
    assert duckdb == spark


def test_people_stand_in_the_same_block(on_duckdb, on_spark):
    people = pa.table({"person": [f"person {number}" for number in range(1000)]})
    placed = []
    for engine in (on_duckdb, on_spark):
        table = engine.register(people)
        blocks = table.select("person", block=engine.block_of(table.person, 7)).order_by("person")
        placed.append(engine.fetch(blocks).to_pydict())
    assert placed[0] == placed[1]
    assert set(placed[0]["block"]) == set(range(7))


def test_halves_are_rounded_alike(on_duckdb, on_spark):
    numbers = pa.table({"number": [-2.5, -1.5, -0.5, 0.49, 0.5, 1.5, 2.5, 1e9 + 0.5, None]})
    whole = {
        "cast": lambda rows: rows.number.cast("int64"),
        "tried": lambda rows: rows.number.try_cast("int32"),
        "rounded": lambda rows: rows.number.round().cast("int64"),
    }
    duckdb, spark = on_both(on_duckdb, on_spark, numbers, whole)
    assert duckdb == spark
