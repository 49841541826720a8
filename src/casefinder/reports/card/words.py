"""Words that the parts of a card share: what is not known and how to know it, figures, counts and dates."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from casefinder.disclosure import WITHHELD, shown
from casefinder.reports.comparison import figure, with_limits

About = Mapping[str, Any]
"""What a bundle says of itself: disclosed figures only. Bundles of earlier days lack some of it."""

NOT_KNOWN: Final = "not known"
KINDS: Final = {"trees": "gradient-boosted trees (LightGBM)", "logistic": "penalised logistic regression"}
PARTS: Final = {
    "fit": "fitted on", "stop": "to decide when to stop", "calibrate": "to calibrate on", "test": "tested on",
}  # fmt: skip
MEASURES: Final = {
    "c_statistic": ("c-statistic (AUROC): how well risks rank people; 0.5 is chance", 3),
    "average_precision": ("average precision; compare it with the share who have the outcome", 3),
    "brier": ("Brier score: mean squared error of the risks; 0 is perfect", 4),
    "ipa": ("index of prediction accuracy: 0 is no better than one risk for everybody", 3),
    "observed_expected": ("observed over expected; 1 is right, above 1 it predicts too little", 2),
    "calibration_in_the_large": ("calibration in the large, log odds; 0 is right", 2),
    "calibration_slope": ("calibration slope; 1 is right, below 1 risks are too extreme", 2),
    "ici": ("mean gap between risk and smoothed observed risk (ICI)", 3),
    "e50": ("half of people have a gap of at most (E50)", 3),
    "e90": ("9 in 10 people have a gap of at most (E90)", 3),
}
"""Measures of everyone tested in the order in which they are shown: their words, and decimals."""


def command(words: str) -> str:
    """Return a command as somebody types it; a card travels, so the folder of the workspace is left to whoever reads it."""
    return f"casefinder {words} --workspace DIR"


def unknown(typed: str = "", why: str = "") -> str:
    """Return that something is not known, why, and what to type to know it.

    >>> unknown(command("monitor --as-of DATE"))
    'not known; to know it, type `casefinder monitor --as-of DATE --workspace DIR`'
    """
    reason = f": {why}" if why else ""
    return f"{NOT_KNOWN}{reason}; to know it, type `{typed}`" if typed else f"{NOT_KNOWN}{reason}"


def refit(about: About, words: str = "") -> str:
    """Return the command that fits the model again."""
    return command(" ".join(["train", str(about["name"]), *([words] if words else [])]))


def served_words(about: About) -> str:
    """Return the kind of model that is served, in words."""
    return KINDS[about["served"]]


def other_words(about: About) -> str:
    """Return the kind of model that was fitted beside it, in words."""
    return KINDS["logistic" if about["served"] == "trees" else "trees"]


def resampling(about: About) -> str:
    """Return what was done about the share of rows with the outcome, as the end of a sentence."""
    found = about.get("sampling")
    if not found:
        return "no rows were drawn twice or left out to even out the share with the outcome"
    return (
        f"of the rows without the outcome, {100 * found['share_kept']:g} in 100 were fitted and stopped on, chosen by a "
        "hash of seed and person, and they weigh for those left out; rows calibrated and tested on are everyone's"
    )


def rows_of_regression(about: About) -> str:
    """Return on how many rows the regression was fitted where there were more than it may have in memory; else nothing."""
    found = about.get("logistic_rows")
    if not found:
        return ""
    return (
        f"The regression was fitted on {shown(found['fitted_on'])} of {shown(found['of'])} rows, since it holds them in "
        "memory: rows without the outcome were left out by a hash of seed and person, and the others weigh for them."
    )


def count(value: Any) -> str:
    """Return a count as it may be told, or that it is not known where nothing was recorded."""
    return shown(value)


def listed(names: Iterable[str], last: str = "and") -> str:
    """Return names as people list them.

    >>> listed(["a", "b", "c"]), listed(["a"]), listed([])
    ('a, b and c', 'a', 'none')
    """
    found = list(names)
    return f" {last} ".join([", ".join(found[:-1]), found[-1]] if len(found) > 1 else found) or "none"


def measured(figures: Mapping[str, Any], name: str) -> str:
    """Return one of ``MEASURES`` with its limits where it has them."""
    if name not in figures:
        return NOT_KNOWN
    return WITHHELD if figures[name] is None else with_limits(figures, name, MEASURES[name][1])


def share(value: float | None) -> str:
    """Return a share as people in 100; the mark of a withheld one.

    >>> share(0.128), share(None)
    ('12.8 in 100', '*')
    """
    return WITHHELD if value is None else f"{100 * value:.3g} in 100"


def evaluation(about: About) -> Mapping[str, Any] | None:
    """Return the record of measures; None where the version was written before there was one, or had too few people."""
    found: Mapping[str, Any] | None = about.get("evaluation")
    return None if not found or found.get("note") else found


def no_evaluation(about: About) -> str:
    """Return why there are no further measures, and what to type."""
    found = about.get("evaluation")
    if found and found.get("note"):
        return f"{NOT_KNOWN}: {found['note']}"
    return unknown(refit(about), "this version was written before it was worked out")


def rounded(value: Any, decimals: int) -> str:
    """Return a figure; a dash where there is none."""
    return figure(value, decimals)


def tested_at(about: About) -> str:
    """Return the date of the test."""
    return str(about["index_dates"]["test"][0])
