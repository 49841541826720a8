"""The looks that all pages of figures share: their templates, and their style, which begins alike on every page."""

import datetime as dt
from functools import cache
from pathlib import Path
from typing import Final

from jinja2 import Environment
from markupsafe import Markup

from casefinder.dates import plain
from casefinder.disclosure import DEFAULT
from casefinder.pages import templates

_TEMPLATES: Final = Path(__file__).parent / "templates"
_SHARED: Final = "base.css"


@cache
def environment() -> Environment:
    """Return what fills the templates of pages of figures."""
    return templates(
        _TEMPLATES,
        plain=lambda date: plain(dt.date.fromisoformat(date) if isinstance(date, str) else date),
        capital=lambda text: text[:1].upper() + text[1:],
        disclosed=_in_words,
    )


def _in_words(text: str) -> str:
    """Return a text about how counts are disclosed, with the rule in force in the place of ``WITHHELD`` and ``NEAREST``."""
    return text.replace("WITHHELD", DEFAULT.withheld).replace("NEAREST", f"{DEFAULT.base}")


def style_sheet(*names: str) -> Markup:
    """Return the style of a page: what all share, then its own files, in order."""
    return Markup("".join((_TEMPLATES / name).read_text(encoding="utf-8") for name in (_SHARED, *names)))


def script_of(name: str) -> Markup:
    """Return the script of a page."""
    return Markup((_TEMPLATES / name).read_text(encoding="utf-8"))
