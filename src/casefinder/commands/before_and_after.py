"""What recalibrating changed, in three lines, on people on whom neither the former version nor the new one was fitted."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from casefinder.commands.deployment import Deployment
from casefinder.commands.promoting import gate_settings
from casefinder.commands.reporter import Reporter
from casefinder.disclosure import DEFAULT, shown
from casefinder.engines import Version
from casefinder.evaluation.calibration import calibration_slope, observed_expected
from casefinder.modelling.bundle import Bundle
from casefinder.modelling.compared import net_benefit_pair, same_people
from casefinder.reports.recalibration import update_words


def tell_change(
    deployment: Deployment, former: Bundle, version: Version, record: Mapping[str, Any], reporter: Reporter
) -> None:
    """Tell what the test chose and what was done, calibration before and after, and the change of net benefit.

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
    both = same_people(deployment.workspace, former.name, first, second)
    events = 0 if both is None else int((both["outcome"] * (both["weight"] > 0)).sum())
    if both is None or DEFAULT.count(events) is None:
        reporter.say(f"not compared with version {first}: too few people on whom both were tested")
        return
    before, after = (_calibration(both, which) for which in ("first", "second"))
    people = shown(DEFAULT.count(len(both)))
    reporter.say(f"on {people} people on whom neither was fitted: before, {before}; after, {after}")
    pair = net_benefit_pair(both, gate_settings(deployment, former).threshold)
    low, high = pair.difference.interval
    change = f"{pair.difference.value:+.4f} ({low:+.4f} to {high:+.4f})"
    reporter.say(f"{pair.measure}: before {pair.first:.4f}, after {pair.second:.4f}, change {change}")


def _calibration(both: pd.DataFrame, which: str) -> str:
    """Return observed over expected and slope of one version, with intervals."""
    given = both["outcome"], both[f"risk_{which}"], both["weight"]
    ratio, slope = observed_expected(*given), calibration_slope(*given).slope
    words = f"observed / expected {ratio.ratio:.2f} ({ratio.low:.2f} to {ratio.high:.2f})"
    return f"{words}, slope {slope.value:.2f} ({slope.low:.2f} to {slope.high:.2f})"
