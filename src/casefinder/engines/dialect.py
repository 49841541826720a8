"""What DuckDB and Spark spell differently, all of it, said once so that both mean the same.

- Adding an interval to a date gives a timestamp in DuckDB and a date in Spark, while Ibis calls it a date either way; going
  through a timestamp on purpose gives a date on both (``add_days``, ``add_months``, ``month_start``, ``year_start``).
- A hexadecimal text becomes a number by a cast in DuckDB and by ``conv`` in Spark (``duck_block``, ``spark_block``). People
  are placed by SHA-256 because the engines' own ``hash()`` differ.
- In a regular expression of Spark (Java) five characters end a line for a dot, a dollar also stands before the last of
  them, and a vertical tab is white space; in DuckDB (RE2) only a line feed ends a line, a dollar is the end of the text, and
  a vertical tab is none (``SparkSpelling``).
- A capital I with a dot becomes one small letter in DuckDB and two signs in Spark, and a Greek S at a word's end another
  one in Spark (``SparkSpelling``). Upper case is asked of Latin letters only, since DuckDB leaves a sharp s as it is.
- A number with a fraction becomes a whole number by rounding in DuckDB, halves to the even one, and by cutting in Spark;
  ``try_cast`` in Spark takes the number just above the largest one for the largest (``SparkSpelling``).
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

    def visit_Cast(self, op: Any, *, arg: Any, to: Any) -> Any:
        """Return a cast that rounds where DuckDB rounds."""
        return super().visit_Cast(op, arg=self._rounded(op, arg), to=to)

    def visit_TryCast(self, op: Any, *, arg: Any, to: Any) -> Any:
        """Return a cast that rounds where DuckDB rounds, and gives nothing for what is too large."""
        found = super().visit_TryCast(op, arg=self._rounded(op, arg), to=to)
        return self.if_(arg < sge.convert(2.0**63), found, sge.null()) if _is_rounded(op) else found

    def _rounded(self, op: Any, arg: Any) -> Any:
        return self.f.anon.rint(arg) if _is_rounded(op) else arg

    def visit_Lowercase(self, op: Any, *, arg: Any) -> Any:
        """Return small letters, each capital letter one."""
        return self.f.lower(self.f.translate(arg, *map(sge.convert, _ONE_FOR_ONE)))

    def visit_RegexSearch(self, op: Any, *, arg: Any, pattern: Any) -> Any:
        """Return a search with the pattern as Java must be told it."""
        return super().visit_RegexSearch(op, arg=arg, pattern=_in_java(op.pattern))

    def visit_RegexReplace(self, op: Any, *, arg: Any, pattern: Any, replacement: Any) -> Any:
        """Return a replacement with the pattern as Java must be told it."""
        return super().visit_RegexReplace(op, arg=arg, pattern=_in_java(op.pattern), replacement=replacement)


_ONE_FOR_ONE = ("\u0130\u03a3", "i\u03c3")
"""Capital letters whose small one Spark takes otherwise, and what it is in DuckDB."""


def _is_rounded(op: ops.Cast | ops.TryCast) -> bool:
    """Say whether a cast is from a number with a fraction to a whole one."""
    return bool(op.arg.dtype.is_floating() and op.to.is_integer())


def _in_java(pattern: ops.Literal) -> sge.Expr:
    """Return a pattern that means in Java what it means in RE2."""
    text = re.sub(r"(?<!\\)\$", r"\\z", pattern.value).replace(r"\s", r"[\t\n\f\r ]")
    return sge.convert(f"(?d){text}")
