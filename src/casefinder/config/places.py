"""Where data may lie: a folder of this machine, or one of a store that is reached by its URL.

``dbfs:/`` is the file system of Databricks, which Python sees as the folder /dbfs.
"""

import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator

from casefinder.errors import ConfigError, Problem

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):/")  # two letters or more: C:/ is a drive of Windows
_WELL_FORMED = {
    "s3": (re.compile(r"s3://[A-Za-z0-9._-]+(/.*)?"), "s3://BUCKET/FOLDER"),
    "s3a": (re.compile(r"s3a://[A-Za-z0-9._-]+(/.*)?"), "s3a://BUCKET/FOLDER"),
    "abfss": (
        re.compile(r"abfss://[A-Za-z0-9$-]+@[A-Za-z0-9.-]+(/.*)?"),
        "abfss://CONTAINER@ACCOUNT.dfs.core.windows.net/FOLDER",
    ),
    "dbfs": (re.compile(r"dbfs:/(?!/).+"), "dbfs:/FOLDER"),
}


def is_url(place: str) -> bool:
    """Say whether a place is named by a URL.

    >>> [is_url(place) for place in ("s3://bucket/raw", "dbfs:/raw", "raw", "/data/raw", "C:/raw")]
    [True, True, False, False, False]
    """
    return _SCHEME.match(place) is not None


def checked_place(place: str) -> str:
    """Return a place as it was given, a URL without a slash at its end.

    Raises:
        ValueError: it is the URL of something else, or holds more than a place, which may be a key and is not repeated.
    """
    found = _SCHEME.match(place)
    if found is None:
        return place
    scheme = found[1]
    if scheme not in _WELL_FORMED:
        raise ValueError(f"{scheme}: is not read; give a folder, or one of s3://, s3a://, abfss:// or dbfs:/")
    pattern, example = _WELL_FORMED[scheme]
    if "?" in place or not pattern.fullmatch(place):
        raise ValueError(
            f"is not written as {example}; credentials come from the environment or the platform, never from a setting"
        )
    return place.rstrip("/")


def given_place(place: str) -> str:
    """Return a place that a command or the environment names.

    Raises:
        ConfigError: it is the URL of something else, or holds more than a place.
    """
    try:
        return checked_place(place)
    except ValueError as error:
        raise ConfigError("There is no such place for data:", [Problem("--data or CASEFINDER_DATA", str(error))]) from None


def beside(folder: Path, place: str) -> str:
    """Return a place of a site file: a folder counts from the folder of the file."""
    return place if is_url(place) else str(folder / place)


Place = Annotated[str, AfterValidator(checked_place)]
"""A folder, or the URL of one."""
