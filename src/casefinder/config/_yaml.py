"""YAML into a frozen record, with every problem told at once and in the user's own words."""

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from casefinder.errors import ConfigError, Problem, one_of


class Settings(BaseModel):
    """A frozen record of settings; a name it does not know is a mistake. The text under a field is its meaning."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True, use_attribute_docstrings=True)


class _DatesAsText(yaml.SafeLoader):
    """Reads dates as text: the record says which settings are dates, and names those that are none, such as 30 February."""


_DatesAsText.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
AnySettings = TypeVar("AnySettings", bound=Settings)


def read_yaml(path: Path, what: str) -> dict[str, Any]:
    """Return the mapping written in a YAML file.

    Raises:
        ConfigError: the file is missing, is not YAML, or is not a mapping; ``what`` says what it should have been.
    """
    if not path.is_file():
        raise ConfigError(
            f"There is no {what} at {path}.", remedy="Check the path, or make a starter with: casefinder init DIR"
        )
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_DatesAsText)
    except UnicodeDecodeError:
        raise ConfigError(f"{path} is not UTF-8 text.", remedy="Save it as UTF-8 and try again.") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}" if mark else "somewhere"
        raise ConfigError(
            f"{path} is not valid YAML:", [Problem(where, str(getattr(error, "problem", "unreadable")))]
        ) from None
    if not isinstance(content, dict):
        raise ConfigError(f"{path} should hold 'name: value' lines and does not.")
    return content


def build(record: type[AnySettings], content: dict[str, Any], origin: str) -> AnySettings:
    """Return the record made from ``content``.

    Raises:
        ConfigError: listing every setting that cannot be used, with its path.
    """
    try:
        return record.model_validate(content)
    except ValidationError as error:
        problems = [_problem(one, record) for one in error.errors()]
        noun = "problem" if len(problems) == 1 else "problems"
        raise ConfigError(f"{origin} has {len(problems)} {noun}:", problems) from None


def _problem(one: Any, record: type[Settings]) -> Problem:
    """Put one of pydantic's errors in plain words."""
    path = ".".join(str(part) for part in one["loc"])
    if one["type"] == "extra_forbidden":
        return Problem(path, f"no such setting; {one_of(str(one['loc'][-1]), _known_names(record, one['loc']))}")
    if one["type"] == "missing":
        return Problem(path, "is missing")
    if one["type"].startswith("date"):
        return Problem(path, f"'{one['input']}' is not a date; write it as YYYY-MM-DD, such as 2026-04-01")
    return Problem(path, one["msg"].removeprefix("Value error, "))


def _known_names(record: type[BaseModel], location: tuple[Any, ...]) -> list[str]:
    """Return the settings that may stand at the place of an unknown one."""
    current: Any = record
    for part in location[:-1]:
        fields = getattr(current, "model_fields", {})
        if part in fields:
            current = _inner(fields[part].annotation)
    return list(getattr(current, "model_fields", {}))


def _inner(annotation: Any) -> Any:
    """Return the record inside an annotation such as ``dict[str, Record]`` or ``Record | None``."""
    arguments = getattr(annotation, "__args__", None)
    if not arguments:
        return annotation
    records = [one for one in arguments if isinstance(one, type) and issubclass(one, BaseModel)]
    return records[0] if records else annotation
