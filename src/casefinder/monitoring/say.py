"""What monitoring says, in words and figures that may leave the workspace."""

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from casefinder.config.site import ServiceSettings
from casefinder.dates import plain
from casefinder.disclosure import DEFAULT, shown
from casefinder.monitoring.alarms import OVER, Alarms, Signal
from casefinder.monitoring.cusum import FOUND, LOOKS, Design
from casefinder.monitoring.feeds import Feed, Lateness, Month, Volume

MOST_NAMED: Final = 5
"""Practices or clusters named in a line."""


def feed_words(feed: Feed) -> list[str]:
    """Return what is wrong with a feed, the gravest first; empty where nothing is."""
    found = [_volume_words(feed.volume)] if feed.volume is not None and feed.volume.verdict else []
    if feed.line.state == "stale":
        since = plain(feed.line.latest) if feed.line.latest else ""
        found.append(f"nothing after {since}, longer than its source may take")
    if feed.line.state == "silent":
        found.append(silent_words(feed) if feed.silent else feed.line.words)
    return found


def silent_words(feed: Feed) -> str:
    """Return which practices a feed has stopped for."""
    noun = "practice has" if len(feed.silent) == 1 else "practices have"
    return f"{len(feed.silent)} {noun} stopped: {named(feed.silent)}"


def _volume_words(volume: Volume) -> str:
    way = volume.verdict
    months = volume.outside(way)
    latest = months[-1]
    what = "incomplete" if way < 0 else "more than usual"
    side = "below" if way < 0 else "above"
    return (
        f"{what}: {len(months)} of the last {len(volume.months)} complete months lie {side} their range "
        f"({month_words(latest)}: {shown(DEFAULT.count(latest.facts))}; usual: {range_words(volume)})"
    )


def month_words(month: Month) -> str:
    """Return the name of a month, such as Dec 2010."""
    return f"{month.month:%b %Y}"


def range_words(volume: Volume) -> str:
    """Return the range of a month of a feed, as it may be shown."""
    if volume.low is None or volume.high is None:
        return "not judged"
    low, high = (DEFAULT.count(max(0, round(one))) for one in (volume.low, volume.high))
    return f"{shown(low)} to {shown(high)}"


def late_words(lateness: Lateness | None) -> str:
    """Return how late a feed is coded."""
    if lateness is None:
        return "not judged"
    ending = ": later than before" if lateness.is_later else ""
    return (
        f"{100 * lateness.latest:.0f} in 100 late since {lateness.since:%b %Y}, {100 * lateness.before:.0f} before{ending}"
    )


def signal_words(signal: Signal, short: str) -> str:
    """Return an alarm in words."""
    ratio = DEFAULT.ratio(round(signal.observed), signal.expected)
    ending = f"(observed / expected {shown(ratio)}; signalled at the index date {plain(signal.look)})"
    return f"{way_words(signal.way, short)} {ending}"


def way_words(way: str, short: str) -> str:
    """Return which way risks are wrong."""
    return f"risks of {short} are too {'high' if way == OVER else 'low'}"


def named(names: Sequence[str]) -> str:
    """Return the first few names, and how many more there are.

    >>> named(["a", "b", "c", "d", "e", "f", "g"])
    'a, b, c, d, e and 2 more'
    """
    more = len(names) - MOST_NAMED
    return f"{', '.join(names[:MOST_NAMED])}{f' and {more} more' if more > 0 else ''}"


def ratio_shown(row: Mapping[Any, Any], name: str) -> str:
    """Return O/E, its limits, a slope or a c-statistic to two decimals; withheld where it rests on one to seven outcomes.

    >>> ratio_shown({"events": 40.0, "slope": 0.98765}, "slope"), ratio_shown({"events": 4.0, "slope": 1.0}, "slope")
    ('0.99', '*')
    """
    value = row[name]
    if value is None or math.isnan(value) or math.isinf(value):
        return "–"
    return shown(None) if few(row) else f"{value:.2f}"


def interval_shown(row: Mapping[Any, Any], low: str = "ratio_low", high: str = "ratio_high") -> str:
    """Return both limits; one mark where they are withheld or there are none.

    >>> interval_shown({"events": 4.0, "ratio_low": 0.5, "ratio_high": 2.0})
    '*'
    """
    least, most = ratio_shown(row, low), ratio_shown(row, high)
    return least if least == most and not least[0].isdigit() else f"{least} to {most}"


def few(row: Mapping[Any, Any]) -> bool:
    """Say whether so few had the outcome that their number is withheld."""
    return DEFAULT.count(round(row["events"])) is None


OTHER_PEOPLE: Final = (
    "Figures of clusters here are of everybody, a part of them at each monthly index date; those of the card and of the "
    "calibration page are of the people kept for the test, at one date. The two need not agree."
)
READ_BOTH: Final = (
    "Read the two together: with people who had a service, one that works looks like risks that are too high; without them, "
    "those left were chosen afterwards by who was offered it. Neither alone is right."
)


def without_shown(row: Mapping[Any, Any], name: str) -> str:
    """Return a measure without those who had a service; withheld where it would tell of one to seven of them.

    >>> few_served = {"events": 40.0, "slope": 0.98765, "served": 3, "served_events": 0}
    >>> without_shown(few_served, "slope"), without_shown({**few_served, "served": 30}, "slope")
    ('*', '0.99')
    """
    hidden = any(DEFAULT.count(int(row[count])) is None for count in ("served", "served_events"))
    return shown(None) if hidden else ratio_shown(row, name)


def services_words(services: ServiceSettings) -> str:
    """Return what counts as a service."""
    found = []
    if services.decisions:
        where = " and a place to which they were referred" if services.referred_only else ""
        found.append(f"a decision of a meeting ({', '.join(services.decisions)}){where}")
    if services.caseloads:
        found.append(f"the start of time on the caseload of {', '.join(services.caseloads)}")
    found += [f"the start of {kind.replace('_', ' ')}" for kind in services.stays]
    return f"A service is {'; or '.join(found)}, inside the outcome's window." if found else "Nothing counts as a service."


def count_shown(count: float) -> str:
    """Return a count as it may be shown."""
    return shown(DEFAULT.count(round(count)))


def design_words(design: Design, charts: int, looks: int) -> list[str]:
    """Return what the charts of a model are set for, and what they can find, after so many looks."""
    chart = "chart" if charts == 1 else f"{charts} charts"
    first = (
        f"The {chart}, one a cluster and one for all, look for risks {design.ratio:g} times too high or too low. "
        if charts > 1
        else f"The chart looks for risks {design.ratio:g} times too high or too low. "
    )
    false = (
        "At the limit used, and were every risk right, any of them would signal in "
        f"{100 * design.false_alarms:.1f} of 100 years (simulated; at most 5)."
    )
    powers = "; ".join(f"{ratio:g} times too high: {100 * power:.0f}" for ratio, power in design.power.items())
    smallest = (
        f"The smallest that is found within a year in {100 * FOUND:.0f} of 100 or more is {design.smallest:g} times."
        if design.smallest
        else f"None of these is found in {100 * FOUND:.0f} of 100."
    )
    found = (
        f"In a cluster of the middle size ({_expected_words(design.expected, looks)}), out of 100 years with the "
        f"risks of that cluster so wrong, the charts set for it find: {powers}. {smallest}"
    )
    return [first + false, found]


def _expected_words(expected: float, looks: int) -> str:
    """Return how many outcomes are expected in twelve looks, and in those there have been where they are fewer."""
    year = f"about {count_shown(expected)}"
    if looks >= LOOKS:
        return f"{year} outcomes expected in {LOOKS} monthly index dates, on average over all that have matured"
    matured = f"{looks} that {'has' if looks == 1 else 'have'} matured"
    return (
        f"about {count_shown(expected * looks / LOOKS)} outcomes expected in the {matured}, so {year} in {LOOKS} monthly "
        "index dates"
    )


def tenths(values: Any, limit: float) -> list[int]:
    """Return a chart's values in tenths of its limit, which tell nobody's count."""
    return [min(10, round(10 * float(value) / limit)) for value in values]


def standing(alarms: Alarms, cluster: str) -> str:
    """Return the state of a cluster's chart."""
    if alarms.design is None or all(chart.cluster != cluster for chart in alarms.charts):
        return ""
    found = next((one for one in alarms.standing if one.cluster == cluster), None)
    return f"ALARM: {found.way}" if found else "no alarm"


def look_words(looks: tuple[dt.date, ...], next_close: dt.date) -> str:
    """Return which index dates have matured, and which extracts the next waits for."""
    if not looks:
        return (
            f"No window has closed since the version was tested. The first is seen once extracts reach {plain(next_close)}."
        )
    span = plain(looks[0]) if len(looks) == 1 else f"{plain(looks[0])} to {plain(looks[-1])}"
    noun = "index date has" if len(looks) == 1 else "index dates have"
    return f"{len(looks)} monthly {noun} matured: {span}. The next is seen once extracts reach {plain(next_close)}."
