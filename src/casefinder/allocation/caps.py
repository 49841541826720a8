"""The cap on a person's yearly cost: a centile, an amount in pounds, or none."""

from dataclasses import dataclass
from typing import Final

from casefinder.allocation.cost import cap_at, top_code
from casefinder.errors import ConfigError, Problem
from casefinder.evaluation.inputs import FloatArray

DEFAULT_CAP: Final = "99.5%"
USUAL: Final = ("99.5%", "99%", "99.9%", "none")
"""Caps at which the linear ladder is always fitted, so that one can be tried for another without fitting again."""


@dataclass(frozen=True)
class Cap:
    """A cap as it was asked for (``words``), in pounds, and what it took away."""

    words: str
    pounds: float | None
    people: int
    removed: float
    share_removed: float


def normal(words: str) -> str:
    """Return a cap as it is written everywhere: ``99.5%``, ``25000`` or ``none``.

    Raises:
        ConfigError: it is neither a centile, nor pounds, nor none.

    >>> normal("99.50 %"), normal("25,000"), normal("None")
    ('99.5%', '25000', 'none')
    """
    text = words.strip().lower().replace(",", "").replace("£", "")
    if text == "none":
        return text
    is_centile = text.endswith("%")
    try:
        number = float(text.removesuffix("%"))
    except ValueError:
        number = -1.0
    if not (0 < number <= 100 if is_centile else 0 < number < 1e12):
        problem = Problem("--cap", f"'{words}' is no cap; give a centile such as 99.5%, pounds such as 25000, or none")
        raise ConfigError("The cap cannot be used:", [problem])
    return f"{number:g}%" if is_centile else f"{number:.2f}".rstrip("0").rstrip(".")


def _level(words: str, yearly: FloatArray, weight: FloatArray) -> float | None:
    if words == "none":
        return None
    return cap_at(yearly, float(words[:-1]), weight) if words.endswith("%") else float(words)


def applied(words: str, yearly: FloatArray, weight: FloatArray) -> tuple[Cap, FloatArray]:
    """Return a cap with what it took away, and yearly costs (in pounds) with none above it."""
    level = _level(words, yearly, weight)
    found = top_code(yearly, level, weight)
    return Cap(words, level, found.people, found.removed, found.share_removed), found.amount
