"""What DuckDB and Spark spell differently, all of it, said once so that both mean the same.

- Adding an interval to a date gives a timestamp in DuckDB and a date in Spark, while Ibis calls it a date either way; going
  through a timestamp on purpose gives a date on both (``add_days``, ``add_months``, ``month_start``, ``year_start``).
- A hexadecimal text becomes a number by a cast in DuckDB and by ``conv`` in Spark (``duck_block``, ``spark_block``). People
  are placed by SHA-256 because the engines' own ``hash()`` differ.
- In a regular expression of Spark (Java) five characters end a line for a dot, a dollar also stands before the last of
  them, and a vertical tab is white space; in DuckDB (RE2) only a line feed ends a line, a dollar is the end of the text, and
  a vertical tab is none (``SparkSpelling``).
"""

import re
from typing import Any

import ibis
import ibis.expr.operations as ops
import sqlglot.expressions as sge
from ibis.backends.sql.compilers.pyspark import PySparkCompiler


def add_days(date: ibis.Value, days: int) -> ibis.Value:
    """Return the date some days later."""
    return (date.cast("timestamp") + ibis.interval(days=days)).cast("date") if days else date


def add_months(date: ibis.Value, months: int) -> ibis.Value:
    """Return the date some months later."""
    return (date.cast("timestamp") + ibis.interval(months=months)).cast("date")


def month_start(date: ibis.Value) -> ibis.Value:
    """Return the first day of the month of a date."""
    return date.cast("timestamp").truncate("M").cast("date")


def year_start(date: ibis.Value) -> ibis.Value:
    """Return the first day of the year of a date."""
    return date.cast("timestamp").truncate("Y").cast("date")


def duck_block(person: ibis.Value, blocks: int) -> ibis.Value:
    """Return the block of each person on DuckDB: the first 28 bits of the SHA-256 of the id, modulo ``blocks``."""
    number = (ibis.literal("0x") + person.hexdigest("sha256").left(7)).cast("int64")
    return (number % blocks).cast("int32")


@ibis.udf.scalar.builtin  # type: ignore[untyped-decorator]
def conv(number: str, base: int, wanted: int) -> str:  # type: ignore[empty-body]
    """Return a number written in one base as it is written in another: a function of Spark."""


def spark_block(person: ibis.Value, blocks: int) -> ibis.Value:
    """Return what ``duck_block`` does, on Spark."""
    number = conv(person.hexdigest("sha256").left(7), 16, 10).cast("int64")
    return (number % blocks).cast("int32")


class SparkSpelling(PySparkCompiler):  # type: ignore[misc]
    """Ibis's compiler for Spark, with what Spark does otherwise than DuckDB put right."""

    def visit_RegexSearch(self, op: Any, *, arg: Any, pattern: Any) -> Any:
        """Return a search with the pattern as Java must be told it."""
        return super().visit_RegexSearch(op, arg=arg, pattern=_in_java(op.pattern))

    def visit_RegexReplace(self, op: Any, *, arg: Any, pattern: Any, replacement: Any) -> Any:
        """Return a replacement with the pattern as Java must be told it."""
        return super().visit_RegexReplace(op, arg=arg, pattern=_in_java(op.pattern), replacement=replacement)


def _in_java(pattern: ops.Literal) -> sge.Expr:
    """Return a pattern that means in Java what it means in RE2."""
    text = re.sub(r"(?<!\\)\$", r"\\z", pattern.value).replace(r"\s", r"[\t\n\f\r ]")
    return sge.convert(f"(?d){text}")
