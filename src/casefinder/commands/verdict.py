"""Whether a version is better than the one in use, and by how much, in three lines: order, calibration, use."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from casefinder.commands.modelling import threshold_of
from casefinder.disclosure import DEFAULT
from casefinder.engines import Workspace
from casefinder.evaluation.calibration import observed_expected
from casefinder.modelling.compared import C_STATISTIC, ICI, Pair, net_benefit_words, pairs, same_people

NOT_COMPARED = "not compared with version {first}: no people on whom both were tested, or too few of them"


def verdict(workspace: Workspace, model: str, first: int, second: int, settings: Mapping[str, Any]) -> list[str]:
    """Return three lines on the second version beside the first, on the same people, on whom neither was fitted.

    Args:
        workspace: where both versions lie.
        model: name of the model.
        first: the version in use.
        second: the version that might take its place.
        settings: the second's own, as its bundle holds them.

    Returns:
        Order of people, calibration, and net benefit at the model's threshold, each with the difference and its interval of
        95 %; one line alone where the two cannot be compared.
    """
    both = same_people(workspace, model, first, second)
    if both is None:
        return [NOT_COMPARED.format(first=first)]
    threshold = threshold_of(settings)
    found = {one.measure: one for one in pairs(both, threshold, float(settings["list_share"]))}
    return [
        f"order: {_line(found[C_STATISTIC], first, second, more_is_better=True)}",
        f"calibration: {_line(found[ICI], first, second, more_is_better=False)}; observed / expected {_ratios(both, first)}",
        f"use: {_line(found[net_benefit_words(threshold)], first, second, more_is_better=True)}",
    ]


def _line(pair: Pair, first: int, second: int, more_is_better: bool) -> str:
    """Return one measure in words: which version is better, both values, and the difference with its interval."""
    low, high = pair.difference.interval
    if low <= 0 <= high:
        which = f"versions {second} and {first} are not clearly different"
    else:
        which = f"version {second} is {'better' if (low > 0) == more_is_better else 'worse'} than version {first}"
    values = f"{pair.measure} {pair.second:.4f} beside {pair.first:.4f}"
    return f"{which}: {values}, {pair.difference.value:+.4f} ({low:+.4f} to {high:+.4f})"


def _ratios(both: pd.DataFrame, first: int) -> str:
    """Return observed over expected of both, withheld where few had the outcome."""
    events = int((both["outcome"] * (both["weight"] > 0)).sum())
    if DEFAULT.count(events) is None:
        return "withheld"
    told = []
    for which in ("second", "first"):
        one = observed_expected(both["outcome"], both[f"risk_{which}"], both["weight"])
        told.append(f"{one.ratio:.2f} ({one.low:.2f} to {one.high:.2f})")
    return f"{told[0]} beside {told[1]}"
