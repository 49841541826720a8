"""The disclosed record of measures as numbers by name, one each: what a registry keeps as metrics."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

_NAMED_BY: Final[Mapping[str, tuple[str, ...]]] = {
    "intervals": ("measure",),
    "curve": ("risk",),
    "lists": ("score", "share"),
    "practice_lists": ("score", "stands_for"),
    "net_benefit": ("threshold",),
    "equity": ("characteristic", "group"),
}
"""Columns that tell the rows of a table apart."""


def measure_metrics(about: Mapping[str, Any]) -> dict[str, float]:
    """Return every number of ``evaluation`` and ``sample_size``; what is withheld or not a number has no entry.

    Args:
        about: what a bundle says of itself; older ones have neither.

    >>> row = {"score": "model", "share": 0.01, "ppv": 0.5, "lift": None, "note": ""}
    >>> measure_metrics({"evaluation": {"lists": {"rows": [row]}, "replicates": 1000}})
    {'lists.model.0.01.ppv': 0.5, 'replicates': 1000.0}
    """
    found = dict(_numbers("", about.get("evaluation", {})))
    return found | dict(_numbers("sample_size.", about.get("sample_size", {})))


def _numbers(before: str, part: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    for name, value in part.items():
        if name == "rows":
            names = _NAMED_BY[before.rstrip(".")]
            for row in value:
                place = ".".join(_plain(row[one]) for one in names)
                yield from _numbers(f"{before}{place}.", {key: one for key, one in row.items() if key not in names})
        elif isinstance(value, Mapping):
            yield from _numbers(f"{before}{name}.", value)
        elif isinstance(value, int | float):
            yield f"{before}{name}", float(value)


def _plain(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
