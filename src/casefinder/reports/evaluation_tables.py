"""What lists find, and equity by group, as tables for the screen or a card. Every figure is a disclosed one."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from casefinder.disclosure import WITHHELD, shown
from casefinder.modelling.disclosed_groups import WITHHELD as ROW_WITHHELD
from casefinder.modelling.disclosed_measures import OF_LIST_WITHHELD
from casefinder.modelling.list_rows import WORDS
from casefinder.reports.comparison import NONE, figure, with_limits

Table = tuple[str, list[str], list[list[str]]]
"""Title, heading and lines."""
Row = Mapping[str, Any]
LISTS_HEADING: Final = (
    "list", "by", "people on it", "PPV", "sensitivity", "lift", "number needed to review", "no admission in 2 years",
    "new to the team",
)  # fmt: skip
EQUITY_HEADING: Final = (
    "group", "people", "share of people", "of the list", "of the outcome", "O/E", "c-statistic", "slope", "PPV",
    "sensitivity",
)  # fmt: skip
_SHARES: Final = ("share_of_people", "share_of_list", "share_of_events")


def list_table(evaluation: Row, limits: bool = True) -> Table:
    """Return one line a length and score: lists over everyone, then the lists of single practices together.

    Args:
        evaluation: ``about["evaluation"]`` of a bundle.
        limits: give intervals too.
    """
    lines = [
        [f"top {100 * row['share']:g} in 100", _score(row), shown(row["k"]), *_yield(row, limits),
         _of_list(row, "no_recent_admission"), _new(evaluation, row)]
        for row in _by_length(evaluation["lists"]["rows"], "share")
    ]  # fmt: skip
    lines += [
        [_practice_list(row), _score(row), shown(row["listed"]), *_yield(row, limits), NONE, NONE]
        for row in _by_length(evaluation["practice_lists"]["rows"], "stands_for")
    ]
    return "What lists find among the people tested", list(LISTS_HEADING), lines


def _practice_list(row: Row) -> str:
    return f"top {row['k']} tested in each practice (as deep as its top {row['stands_for']})"


def practice_words(evaluation: Row) -> str:
    """Return in a sentence how long the lists of single practices are; empty where there are none."""
    lengths = sorted({(row["k"], row["stands_for"]) for row in evaluation["practice_lists"]["rows"]})
    if not lengths:
        return ""
    depths = ", and the ".join(f"top {k} tested go as deep as the top {whole} of everyone" for k, whole in lengths)
    return (
        f"Only a part of each practice's people are tested, so in each practice the {depths}: the first stands for the list "
        "that a practice gets, the last is as long among those tested. A line holds the lists of all practices together."
    )


def rule_words() -> str:
    """Return what the simple rule of the table is."""
    return f"the simple rule: {WORDS['simple_rule']}"


def _score(row: Row) -> str:
    return str(row["score"]).replace("_", " ")


def _by_length(rows: Sequence[Row], length: str) -> list[Row]:
    """Return rows with scores side by side at each length."""
    return sorted(rows, key=lambda row: (row[length], list(WORDS).index(row["score"])))


def _yield(row: Row, limits: bool) -> list[str]:
    if row["note"]:
        return [WITHHELD] * 4
    found = [_limited(row, name, 2, limits) for name in ("ppv", "sensitivity")]
    return [*found, figure(row["lift"], 1), figure(row["number_needed_to_review"], 1)]


def _limited(row: Row, name: str, places: int, limits: bool) -> str:
    return with_limits(row, name, places) if limits else figure(row[name], places)


def _of_list(row: Row, name: str) -> str:
    return WITHHELD if row[name] is None else figure(row[name], 2)


def _new(evaluation: Row, row: Row) -> str:
    return NONE if evaluation["new_to_team"] is None else _of_list(row, "new_to_team")


def equity_table(evaluation: Row, calibration: Row, limits: bool = True) -> Table:
    """Return one line a group of each characteristic: who gets on the list against who has the need, and if risks are right.

    Args:
        evaluation: ``about["evaluation"]`` of a bundle.
        calibration: ``about["calibration"]`` of the same, for observed over expected.
        limits: give intervals too.
    """
    ratios = {(row["characteristic"], row["group"]): row for row in calibration["subgroups"]["rows"]}
    lines = [
        _group(row, ratios.get((row["characteristic"], row["group"]), {}), limits) for row in evaluation["equity"]["rows"]
    ]
    share = evaluation["equity"]["share"]
    top = f", on a list of the top {100 * share:g} in 100" if share else ""
    return f"Groups among the people tested{top}", list(EQUITY_HEADING), lines


def _group(row: Row, ratio: Row, limits: bool) -> list[str]:
    shares = [WITHHELD if row[name] is None else f"{row[name]:.2f}" for name in _SHARES]
    over = {"ratio": ratio.get("ratio"), "ratio_low": ratio.get("low"), "ratio_high": ratio.get("high")}
    few = row["note"] == ROW_WITHHELD
    cells = [
        _cell(over, "ratio", 2, limits, few),
        *(_cell(row, name, places, limits, few) for name, places in (("c_statistic", 3), ("calibration_slope", 2))),
        *(_cell(row, name, 2, limits, few or OF_LIST_WITHHELD in row["note"]) for name in ("ppv", "sensitivity")),
    ]
    return [f"{row['characteristic']}: {row['group']}", shown(row["people"]), *shares, *cells]


def _cell(row: Row, name: str, places: int, limits: bool, withheld: bool) -> str:
    """Return a figure, or why there is none: withheld, or too few to measure."""
    return WITHHELD if row[name] is None and withheld else _limited(row, name, places, limits)


def stability_words(stability: Row | None, refit: str) -> str:
    """Return how stable risks and lists are, in a sentence, or the command that finds it out."""
    if stability is None:
        return f"stability is not computed; to refit on other samples of people, type: {refit}"
    overlap = f"{100 * stability['overlap_mean']:.0f} in 100 (least {100 * stability['overlap_least']:.0f})"
    return (
        f"over {stability['refits']} refits on other samples of people, risks move by {stability['mean_error']:.3f} on "
        f"average, for 1 in 20 people by {stability['centile_95_error']:.3f} or more; of all who stand on either list, "
        f"{overlap} stand on both"
    )
