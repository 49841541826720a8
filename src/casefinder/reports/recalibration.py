"""How a version was recalibrated, in words and tables: for the screen and for the card."""

from collections.abc import Mapping
from typing import Any, Final

from casefinder.disclosure import shown

CHANGES: Final = {
    "keep": "nothing",
    "intercept": "every risk by one step on the log odds",
    "intercept and slope": "also how far risks are spread",
    "refit": "the model itself",
}
"""What each update changes."""

TEST_HEADING: Final = ("model", "what it changes", "chi-squared", "degrees", "p", "beside the fullest")


def rows_of_test(record: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Return the closed test as rows of a table, the least change first."""
    rows: list[tuple[str, ...]] = []
    for one in record["tests"]:
        verdict = "fits worse" if one["rejected"] else "fits no worse"
        figures = (f"{one['statistic']:.2f}", str(one["degrees"]), p_words(one["p"]))
        rows.append((one["update"], CHANGES[one["update"]], *figures, verdict))
    return [*rows, ("refit", CHANGES["refit"], "", "", "", "the fullest")]


def p_words(p: float) -> str:
    """Return a p-value as it is read.

    >>> p_words(0.00002), p_words(0.0412)
    ('below 0.001', '0.041')
    """
    return "below 0.001" if p < 0.001 else f"{p:.3f}"


def words_of_test(record: Mapping[str, Any]) -> list[str]:
    """Return what the closed test was made on and what it found, a line each."""
    dates = record["index_dates"]
    where = f"index date {dates[0]}" if len(dates) == 1 else f"{len(dates)} index dates from {dates[0]} to {dates[-1]}"
    found = [
        f"{shown(record['people'])} people never fitted on, {shown(record['events'])} with the outcome, at {where}",
        f"the simplest that fits no worse at level {record['level']:g}: {record['chosen']}",
    ]
    if len(dates) > 1:
        found.append("a person may stand at several dates; the tests allow for it, and a person counts once")
    if record["overlap_days"]:
        found.append(
            f"{record['overlap_days']} days of the first outcome window were seen when the version was calibrated, "
            "which draws the test towards keep"
        )
    if record["forced"]:
        found.append(f"asked for all the same: {record['method']}")
    return found


def update_words(record: Mapping[str, Any]) -> str:
    """Return what was done to the log odds that the former version gives."""
    a, b = record["made"]["a"], record["made"]["b"]
    if (a, b) == (0, 1):
        return "log odds as they were"
    return f"log odds {a:+.3f}" if b == 1 else f"log odds times {b:.3f}, {a:+.3f}"


def cluster_words(terms: Mapping[str, Any]) -> str:
    """Return how far clusters differ and how many have a term."""
    low, high = terms["spread_low"], terms["spread_high"]
    words = f"spread between clusters {terms['spread']:.3f} on the log odds ({low:.3f} to {high:.3f})"
    few = f"; {terms['withheld']} have none because their counts may not be told" if terms["withheld"] else ""
    return f"{words}; {len(terms['terms'])} clusters have a term{few}"
