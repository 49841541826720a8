"""What a model says of itself outside the workspace: counts and ratios through the one door."""

from collections.abc import Mapping
from typing import Any

from casefinder.disclosure import DEFAULT, Policy
from casefinder.modelling.reach import Reach, disclosed_reach
from casefinder.modelling.recalibrated import disclosed_recalibration
from casefinder.modelling.sample_size import disclosed_sample_size

_COUNTS = ("people", "events", "k")
_FROM_COUNTS = ("prevalence", "ppv_at_k", "sensitivity_at_k", "lift_at_k")
"""Figures from which a count of people can be worked back."""
_RATIOS = ("observed_expected", "observed_expected_low", "observed_expected_high")


def disclosed(about: Mapping[str, Any], policy: Policy = DEFAULT) -> dict[str, Any]:
    """Return what a bundle, a card and MLflow may hold: counts rounded or withheld, ratios withheld where events are few."""
    found = dict(about)
    for name in ("figures", "figures_of_other"):
        if name in found:
            found[name] = disclosed_figures(found[name], policy)
    for name in ("rows", "events"):
        if name in found:
            found[name] = {part: policy.count(count) for part, count in found[name].items()}
    if "served_people" in found:
        found["served_people"] = disclosed_reach(Reach(**found["served_people"]), policy)
    if "hold_out" in found:
        found["hold_out"] = {name: policy.count(count) for name, count in found["hold_out"].items()}
    if "sampling" in found:
        left_out = {part: policy.count(count) for part, count in found["sampling"]["left_out"].items()}
        found["sampling"] = {**found["sampling"], "left_out": left_out}
    if "logistic_rows" in found:
        found["logistic_rows"] = {name: policy.count(count) for name, count in found["logistic_rows"].items()}
    if "sample_size" in found:
        found["sample_size"] = disclosed_sample_size(found["sample_size"], policy)
    if "recalibration" in found:
        before = disclosed_figures(found["recalibration"]["before"], policy)
        found["recalibration"] = {**disclosed_recalibration(found["recalibration"], policy), "before": before}
    if "attrition" in found:
        found["attrition"] = [
            {**one, "left_out": policy.count(one["left_out"]), "left": policy.count(one["left"])}
            for one in found["attrition"]
        ]
    if "censoring" in found:
        found["censoring"] = [
            {**one, "people": policy.count(one["people"]), "lost": policy.count(one["lost"])} for one in found["censoring"]
        ]
    return found


def disclosed_figures(figures: Mapping[str, Any], policy: Policy = DEFAULT) -> dict[str, Any]:
    """Return figures that may leave the workspace."""
    few = policy.count(int(figures.get("events", 0))) is None
    few_found = few or any(policy.count(max(one, 0)) is None for one in _behind_list(figures))
    found: dict[str, Any] = {}
    for name, value in figures.items():
        if name in _COUNTS:
            found[name] = policy.count(int(value))
        elif name in _RATIOS:
            found[name] = None if few or value is None else round(value, 2)
        elif name in _FROM_COUNTS:
            hidden = few or (few_found and name != "prevalence")
            found[name] = None if hidden or value is None else _two_figures(value)
        else:
            found[name] = value
    return found


def _behind_list(figures: Mapping[str, Any]) -> tuple[int, ...]:
    """Return the counts behind the figures of a list: with the outcome and on it, on it without, with it and not on it."""
    ppv = figures.get("ppv_at_k")
    k, events = (int(figures.get(name, 0)) for name in ("k", "events"))
    found = 0 if ppv is None else round(ppv * k)
    return found, k - found, events - found


def _two_figures(value: float) -> float:
    """Return a share to two decimals, or to two figures where it is smaller, so that no count can be worked back from it.

    >>> _two_figures(0.67561), _two_figures(0.00914), _two_figures(5.8731)
    (0.68, 0.0091, 5.87)
    """
    return round(value, 2) if value >= 0.1 else float(f"{value:.2g}")
