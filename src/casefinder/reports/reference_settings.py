"""The page of settings: every line that a site, governance or model file may hold."""

import datetime as dt
from collections.abc import Iterator
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from casefinder.config import Governance, ModelSettings, Site
from casefinder.config._yaml import Settings
from casefinder.config.service import ServiceProtocol
from casefinder.reports.reference_page import code, first_line, page, section, table

_SIMPLE = {str: "text", int: "whole number", float: "number", bool: "true or false", dt.date: "date"}
_LIMITS = {
    "ge": "at least {}",
    "gt": "above {}",
    "le": "at most {}",
    "lt": "below {}",
    "min_length": "length at least {}",
    "max_length": "length at most {}",
    "pattern": "written as `{}`",
}
_FILES: tuple[tuple[str, str, type[Settings]], ...] = (
    ("Site file", "`site.yaml`, given to commands with `--site`.", Site),
    ("Governance file", "`governance.yaml`, beside the site file; a demonstration needs none.", Governance),
    ("Model file", "One file a model: shipped under `configs/models/`, or `models/` beside the site file.", ModelSettings),
    (
        "Protocol of a service",
        "One file a service, in `services` beside the site file; `casefinder service new` writes one.",
        ServiceProtocol,
    ),
)


def settings_page() -> str:
    """Return the page."""
    return page(
        "Settings",
        "Files are YAML. A name that casefinder does not know is an error, and every problem of a file is told at once.",
        *[_file(title, about, record) for title, about, record in _FILES],
    )


def _file(title: str, about: str, record: type[Settings]) -> str:
    return section(title, about, *[_record(path, one) for path, one in records(record)])


def records(record: type[Settings], path: str = "") -> Iterator[tuple[str, type[Settings]]]:
    """Yield every record of settings inside one, itself first, each with its place in the file."""
    yield path, record
    for name, one in settings_of(record).items():
        inner, many = _inner(one.annotation)
        if inner:
            yield from records(inner, f"{path}{name}.{'NAME.' if many else ''}")


def settings_of(record: type[Settings]) -> dict[str, FieldInfo]:
    """Return the settings that a file may hold."""
    return {name: one for name, one in record.model_fields.items() if not one.exclude}


def _record(path: str, record: type[Settings]) -> str:
    rows = [
        (f"`{path}{name}`", _kind(one.annotation), _default(one), _limits(one), one.description or "")
        for name, one in settings_of(record).items()
    ]
    return "\n\n".join([first_line(record.__doc__), table(("Setting", "Type", "Default", "Limits", "Meaning"), rows)])


def _inner(annotation: Any) -> tuple[type[Settings] | None, bool]:
    """Return the record that a setting holds, and whether it holds several by name."""
    if isinstance(annotation, type) and issubclass(annotation, Settings):
        return annotation, False
    found = [one for one in get_args(annotation) if isinstance(one, type) and issubclass(one, Settings)]
    return (found[0], get_origin(annotation) is dict) if found else (None, False)


def _kind(annotation: Any) -> str:
    """Return the type of a setting in words."""
    inner, many = _inner(annotation)
    if inner:
        return "settings below, by name" if many else "settings below"
    parts = get_args(annotation)
    if get_origin(annotation) is Literal:
        return f"one of {code(parts)}"
    if get_origin(annotation) is tuple:
        return f"list: {_kind(parts[0])}"
    if get_origin(annotation) is dict:
        return f"{_kind(parts[1])}, by name"
    if get_origin(annotation) in (Union, UnionType):
        return " or ".join(_kind(one) for one in parts if one is not NoneType)
    return _SIMPLE[annotation]


def _default(one: FieldInfo) -> str:
    """Return the default of a setting; nothing for settings that have their own below."""
    if one.is_required():
        return "must be given"
    value = one.get_default(call_default_factory=True)
    if isinstance(value, Settings):
        return "as below"
    if value is None or value == "" or value == () or value == {}:
        return "empty"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{list(value)}`" if isinstance(value, tuple) else f"`{value}`"


def _limits(one: FieldInfo) -> str:
    """Return the limits of a setting in words."""
    found = [(words, getattr(limit, name, None)) for limit in one.metadata for name, words in _LIMITS.items()]
    return ", ".join(words.format(value) for words, value in found if value is not None)
