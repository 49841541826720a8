"""What engines spell differently, said once so that both mean the same.

Adding an interval to a date gives a timestamp in DuckDB and a date in Spark, while Ibis calls it a date either way; going
through a timestamp on purpose gives a date on both.
"""

import ibis


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
