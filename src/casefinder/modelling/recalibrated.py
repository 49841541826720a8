"""What a bundle says of a version that is a recalibration of another: in words, and as it may leave the workspace."""

from collections.abc import Mapping
from typing import Any

from casefinder.disclosure import DEFAULT, Policy


def origin(about: Mapping[str, Any]) -> str:
    """Return which version was recalibrated and how; nothing where a version was fitted.

    >>> origin({"recalibration": {"of": 1, "method": "intercept", "clusters": None}})
    'recalibration of 1: intercept'
    >>> origin({"recalibration": {"of": 2, "method": "keep", "clusters": {"terms": {"Ash": 0.1}}}})
    'recalibration of 2: cluster terms'
    """
    record = about.get("recalibration")
    if not record:
        return ""
    parts = [record["method"]] if record["method"] != "keep" else []
    return f"recalibration of {record['of']}: {', '.join([*parts, *(['cluster terms'] if record['clusters'] else [])])}"


def disclosed_recalibration(record: Mapping[str, Any], policy: Policy = DEFAULT) -> dict[str, Any]:
    """Return what may leave the workspace of how a version was recalibrated; ``before`` is disclosed with other figures."""
    return {**record, "people": policy.count(record["people"]), "events": policy.count(record["events"])}
