"""What a version must show before it may be promoted: each gate says whether it is passed, and if not, by how much.

Gates are judged on exact figures in the workspace and told in disclosed ones: ratios to two decimals, counts rounded.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from casefinder.config.model import GateSettings
from casefinder.disclosure import DEFAULT, shown
from casefinder.modelling.by_group import groups_off
from casefinder.modelling.compared import Benefit


@dataclass(frozen=True)
class Gate:
    """One gate: what it asks, whether it is passed (None: it could not be judged and does not hold a version back), why."""

    name: str
    passed: bool | None
    words: str


def judged(
    gates: GateSettings,
    figures: Mapping[str, Any],
    tables: Mapping[str, Any],
    benefit: Benefit | None,
    missing: Sequence[str],
) -> tuple[Gate, ...]:
    """Return every gate of a version.

    Args:
        gates: what the model's file asks.
        figures: exact figures of the version, as ``figures`` gives them.
        tables: its exact calibration by group, as ``calibration_tables`` gives it.
        benefit: net benefit beside the champion's on the same people; None where the two cannot be compared.
        missing: sections that its card lacks.
    """
    events = int(figures["events"])
    if min(events, int(figures["people"]) - events) < gates.least_events:
        words = f"fewer than {gates.least_events} people tested with, or without, the outcome: too few to judge a version by"
        return (Gate("enough events", False, words), _card(gates, missing))
    enough = (
        f"{shown(DEFAULT.count(events))} people tested had the outcome; at least {gates.least_events} with and without it"
    )
    return (
        Gate("enough events", True, f"{enough} are asked for"),
        _band("observed over expected", round(figures["observed_expected"], 2), gates.observed_expected),
        _slope(figures.get("calibration_slope"), gates),
        _clusters(tables["cluster"]["rows"], gates),
        _benefit(benefit, gates),
        _groups(tables["subgroups"]["rows"], gates),
        _card(gates, missing),
    )


def failed(gates: Sequence[Gate]) -> list[Gate]:
    """Return the gates that hold a version back."""
    return [one for one in gates if one.passed is False]


def _slope(slope: float | None, gates: GateSettings) -> Gate:
    if slope is None:
        return Gate("calibration slope", False, "is not defined on the people tested")
    return _band("calibration slope", round(slope, 2), gates.slope)


def _band(name: str, value: float, band: tuple[float, float]) -> Gate:
    low, high = band
    if low <= value <= high:
        return Gate(name, True, f"{value:.2f}, within {low:g} to {high:g}")
    side, limit = ("below", low) if value < low else ("above", high)
    return Gate(name, False, f"{value:.2f}, {side} {limit:g} by {abs(value - limit):.2f}")


def _clusters(rows: Sequence[Mapping[str, Any]], gates: GateSettings) -> Gate:
    low, high = gates.cluster_band
    off = groups_off(rows, gates.cluster_band)
    share, band = len(off) / len(rows), f"{low:g} to {high:g}"
    words = f"{len(off)} of {len(rows)} with the whole interval outside {band}"
    if share <= gates.clusters_off:
        return Gate("calibration by cluster", True, f"{words}; at most {100 * gates.clusters_off:g} in 100 may be")
    more = f"{100 * share:.0f} in 100, {100 * (share - gates.clusters_off):.0f} more than may be"
    return Gate("calibration by cluster", False, f"{words}: {more} ({', '.join(off)})")


def _benefit(benefit: Benefit | None, gates: GateSettings) -> Gate:
    name = f"net benefit at {gates.threshold:g}"
    if benefit is None:
        return Gate(name, None, "not compared: there is no champion, or no people on whom both were tested")
    candidate, champion = round(benefit.candidate, 4), round(benefit.champion, 4)
    words = f"{candidate:.4f} beside the champion's {champion:.4f} on the same people"
    fall = round(champion - candidate, 4)
    if fall <= gates.net_benefit_margin:
        return Gate(name, True, words)
    over = fall - gates.net_benefit_margin
    return Gate(
        name, False, f"{words}: below by {fall:.4f}, {over:.4f} more than the margin of {gates.net_benefit_margin:g}"
    )


def _groups(rows: Sequence[Mapping[str, Any]], gates: GateSettings) -> Gate:
    measured = [row for row in rows if row["ratio"] is not None and row["low"] is not None]
    missed = [row for row in measured if row["low"] > gates.group_ratio]
    name = "no group with missed need"
    if not measured:
        return Gate(name, None, "not judged: characteristics were not recorded, or groups are too small")
    if not missed:
        words = f"no interval of {len(measured)} groups measured lies above {gates.group_ratio:g}"
        return Gate(name, True, f"{words}; {len(rows) - len(measured)} groups too small to measure")
    told = [
        f"{row['characteristic']} {row['group']}: {row['ratio']:.2f}, from {row['low']:.2f}, "
        f"above {gates.group_ratio:g} by {row['low'] - gates.group_ratio:.2f}"
        for row in missed
    ]
    return Gate(name, False, "; ".join(told))


def _card(gates: GateSettings, missing: Sequence[str]) -> Gate:
    if not missing:
        return Gate("card complete", True, "every section is there")
    words = f"lacks {', '.join(missing)}"
    return Gate("card complete", False if gates.card_complete else None, words)
