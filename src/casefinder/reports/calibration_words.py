"""Calibration by group in words: where the version that scores the list is wrong, and whether it is better."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from casefinder.modelling.calibration_history import EVERYONE, ShownVersion
from casefinder.reports.calibration_chart import group_lines

STATES: Final = {
    "low": "predicts too little, beyond the band",
    "rather low": "predicts too little",
    "right": "is right, within the band",
    "wide": "is not shown to be wrong, nor right: wide interval",
    "rather high": "predicts too much",
    "high": "predicts too much, beyond the band",
    "unknown": "cannot be told",
}
STEADY: Final = 0.02
"""A change of observed over expected smaller than this, on the log scale, is called the same."""


def state(row: Mapping[str, Any], band: tuple[float, float]) -> str:
    """Return how a group stands: by its whole interval, so chance alone is called neither wrong nor right.

    >>> [state({"low": low, "high": high}, (0.8, 1.25)) for low, high in ((1.3, 1.6), (0.9, 1.1), (0.7, 1.1))]
    ['low', 'right', 'wide']
    """
    low, high = row["low"], row["high"]
    if low is None or high is None:
        return "unknown"
    if low > 1:
        return "low" if low > band[1] else "rather low"
    if high < 1:
        return "high" if high < band[0] else "rather high"
    return "right" if band[0] <= low and high <= band[1] else "wide"


def change(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return whether the last of several versions is nearer to 1 than the one before it.

    >>> change([{"ratio": 0.8}, {"ratio": 0.95}])
    'nearer to 1 (0.80, then 0.95)'
    """
    known = [row["ratio"] for row in rows if row["ratio"]]
    if len(known) < 2 or rows[-1]["ratio"] is None:
        return ""
    before, now = known[-2:]
    moved = abs(math.log(now)) - abs(math.log(before))
    words = "the same" if abs(moved) < STEADY else "nearer to 1" if moved < 0 else "further from 1"
    return f"{words} ({before:.2f}, then {now:.2f})"


def spoken_of(versions: Sequence[ShownVersion]) -> ShownVersion:
    """Return the version of which the words speak: the one that scores the list, else the newest shown."""
    return next((one for one in versions if one.serves), versions[-1])


def called(one: ShownVersion) -> str:
    """Return what a version is called in a sentence: its number, and whether it scores the list."""
    return f"version {one.version}, {'which scores the list' if one.serves else 'while none shown here scores the list'},"


def glance(versions: Sequence[ShownVersion], band: tuple[float, float]) -> list[dict[str, Any]]:
    """Return a line a group: how it stands in the version spoken of, and how that has changed since the one before it."""
    found, spoken = [], spoken_of(versions)
    for panel in group_lines([one for one in versions if one.version <= spoken.version]):
        rows = [line["row"] for line in panel["lines"]]
        latest = panel["lines"][-1]
        if latest["version"] != spoken.version:
            continue
        how = state(rows[-1], band)
        told = {"name": panel["name"], "cluster": panel["cluster"], "state": how, "words": STATES[how]}
        found.append(told | {"figure": latest["figure"], "change": change(rows)})
    return found


def summary(lines: Sequence[Mapping[str, Any]], by: str, who: str = "the model") -> str:
    """Return the whole in one sentence about ``who``, as ``called`` names it.

    >>> lines = [{"name": name, "state": state} for name, state in (("Everyone", "right"), ("A", "low"), ("B", "right"))]
    >>> summary(lines, "cluster")
    'Of 2 clusters, the model is right in 1; it predicts too little in A.'
    """
    groups = [one for one in lines if one["name"] != EVERYONE]
    counted = {how: sum(one["state"] == how for one in groups) for how in STATES}
    parts = [f"Of {len(groups)} {by}s, {who} is right in {counted['right']}"]
    if counted["wide"]:
        parts.append(f"not shown to be wrong in {counted['wide']}, where the interval is too wide to call it right")
    for words, states in (("too little", ("low", "rather low")), ("too much", ("high", "rather high"))):
        names = [one["name"] for one in groups if one["state"] in states]
        if names:
            parts.append(f"it predicts {words} in {', '.join(names)}")
    if counted["unknown"]:
        parts.append(f"in {counted['unknown']} it cannot be told, because people are few")
    return "; ".join(parts) + "."


def chance_words(versions: Sequence[ShownVersion], by: str) -> str:
    """Return in which versions chance explains all differences, so that every shrunken figure is 1; empty where in none."""
    even = [str(one.version) for one in versions if one.table.get("spread") == 0]
    if not even:
        return ""
    where = f"version{'s' if len(even) > 1 else ''} {' and '.join(even) if len(even) < 3 else ', '.join(even)}"
    return f"In {where} chance explains all differences between {by}s, so every shrunken figure there is 1.00."
