"""Two versions beside one another in three lines, on the same people, on whom neither was fitted.

A version fitted anew is told by order of people, calibration and use; a recalibrated one, whose order is that of the version
it was made from, by what was done, calibration and use.
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from casefinder.commands.deployment import Deployment
from casefinder.commands.promoting import gate_settings
from casefinder.commands.reporter import Reporter
from casefinder.disclosure import DEFAULT, shown
from casefinder.engines import Version, Workspace
from casefinder.evaluation.calibration import calibration_slope, observed_expected
from casefinder.evaluation.intervals import Estimate
from casefinder.modelling.bundle import Bundle
from casefinder.modelling.compared import Pair, calibration_pair, net_benefit_pair, order_pair, same_people
from casefinder.reports.recalibration import update_words


def verdict(workspace: Workspace, model: str, first: int, second: int, threshold: float) -> list[str]:
    """Return three lines on a version beside the one in use.

    Args:
        workspace: where both versions lie.
        model: name of the model.
        first: the version in use.
        second: the version that might take its place.
        threshold: risk at which net benefit is taken.

    Returns:
        Order of people, calibration, and net benefit, each with the difference and its interval of 95 %; one line alone
        where the two cannot be compared.
    """
    both = _comparable(workspace, model, first, second)
    if both is None:
        return [_not_compared(first)]
    ratios = " beside ".join(_ratio(both, which) for which in ("second", "first"))
    return [
        f"order: {_line(order_pair(both), first, second, more_is_better=True)}",
        f"calibration: {_line(calibration_pair(both), first, second, more_is_better=False)}; observed / expected {ratios}",
        f"use: {_line(net_benefit_pair(both, threshold), first, second, more_is_better=True)}",
    ]


def tell_change(
    deployment: Deployment, former: Bundle, version: Version, record: Mapping[str, Any], reporter: Reporter
) -> None:
    """Tell what the closed test chose and what was done, calibration before and after, and the change of net benefit.

    Args:
        deployment: the site and its workspace.
        former: the version that was tested.
        version: the one made from it or in its place.
        record: what is kept of the test.
        reporter: takes the lines.
    """
    first, second = int(former.about["version"]), version.number
    done = "a new version was fitted" if record["method"] == "refit" else f"{record['method']} ({update_words(record)})"
    reporter.say(f"version {second}: the test chose {record['chosen']}; done: {done}")
    both = _comparable(deployment.workspace, former.name, first, second)
    if both is None:
        reporter.say(_not_compared(first))
        return
    before, after = (_calibration(both, which) for which in ("first", "second"))
    reporter.say(f"on {shown(DEFAULT.count(len(both)))} people on whom neither was fitted: before, {before}; after, {after}")
    pair = net_benefit_pair(both, gate_settings(deployment, former).threshold)
    change = _with_limits(pair.difference, "+.4f")
    reporter.say(f"{pair.measure}: before {pair.first:.4f}, after {pair.second:.4f}, change {change}")


def _comparable(workspace: Workspace, model: str, first: int, second: int) -> pd.DataFrame | None:
    """Return the people on whom both were tested; None where they, or those with the outcome, are too few to tell of."""
    both = same_people(workspace, model, first, second)
    if both is None:
        return None
    events = int((both["outcome"] * (both["weight"] > 0)).sum())
    return None if DEFAULT.count(events) is None else both


def _not_compared(first: int) -> str:
    return f"not compared with version {first}: no people on whom both were tested, or too few of them"


def _line(pair: Pair, first: int, second: int, more_is_better: bool) -> str:
    """Return one measure in words: which version is better, both values, and the difference with its interval."""
    low, high = pair.difference.interval
    if low <= 0 <= high:
        which = f"versions {second} and {first} are not clearly different"
    else:
        which = f"version {second} is {'better' if (low > 0) == more_is_better else 'worse'} than version {first}"
    values = f"{pair.measure} {pair.second:.4f} beside {pair.first:.4f}"
    return f"{which}: {values}, {_with_limits(pair.difference, '+.4f')}"


def _calibration(both: pd.DataFrame, which: str) -> str:
    """Return observed over expected and slope of one version, with intervals."""
    slope = calibration_slope(both["outcome"], both[f"risk_{which}"], both["weight"]).slope
    return f"observed / expected {_ratio(both, which)}, slope {_with_limits(slope, '.2f')}"


def _ratio(both: pd.DataFrame, which: str) -> str:
    one = observed_expected(both["outcome"], both[f"risk_{which}"], both["weight"])
    return f"{one.ratio:.2f} ({one.low:.2f} to {one.high:.2f})"


def _with_limits(one: Estimate, form: str) -> str:
    return f"{one.value:{form}} ({one.low:{form}} to {one.high:{form}})"
