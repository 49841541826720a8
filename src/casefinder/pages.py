"""How pages are filled: templates with nothing missing and nothing fetched from anywhere, whoever writes them."""

import base64
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup


def templates(folder: Path, **filters: Callable[..., Any]) -> Environment:
    """Return what fills the templates of a folder; a name that was not given is an error, and all text is escaped."""
    found = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    found.filters.update(filters)
    return found


def policy(style: str, script: str = "") -> Markup:
    """Return a page's own rule for browsers: its own style and script, and nothing from anywhere else.

    >>> str(policy("p {}"))[:50]
    "default-src 'none'; style-src 'sha256-SNJDlN1Iy2mn"
    """
    allowed = {"style-src": style, **({"script-src": script} if script else {})}
    parts = [f"{name} 'sha256-{_digest(text)}'" for name, text in allowed.items()]
    return Markup("; ").join(
        map(Markup, ["default-src 'none'", *parts, "img-src data:", "base-uri 'none'", "form-action 'none'"])
    )


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
