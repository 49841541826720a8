"""What kind of figure a column holds, and so how it may be shown.

A kind names the columns of the exact table that it is worked out from, in ``needs``. Its ``cell`` gets those values, in that
order, and returns what may be shown: a word, a number, ``WITHHELD``, or None where the figure is not defined. Counts may be
missing (NaN): the cell is then not defined.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from casefinder.disclosure.policy import WITHHELD, Policy

Cell = str | int | float | None
"""What stands in a disclosed table: words or ``WITHHELD``, a number, or None where nothing is defined."""

_IDENTIFIER: Final = re.compile(r"\b(?:\d{3}[ -]?\d{3}[ -]?\d{4}|(?=[a-z]*\d)[0-9a-hjkmnp-tv-z]{12})\b", re.IGNORECASE)
"""An NHS number, or 12 characters as a pseudonym has them."""


def _star(figure: float | None) -> Cell:
    return WITHHELD if figure is None else figure


def _missing(*values: Any) -> bool:
    return any(value is None or (isinstance(value, float) and math.isnan(value)) for value in values)


@dataclass(frozen=True)
class Label:
    """Words: a practice, an area, a month, a judgement in words. Never a number, and never anything about one person."""

    of: str

    @property
    def needs(self) -> tuple[str, ...]:
        """The column of words."""
        return (self.of,)

    def cell(self, values: tuple[Any, ...], policy: Policy) -> Cell:
        """Return the words.

        Raises:
            ValueError: a number, or words that hold an NHS number or a pseudonym.
        """
        (words,) = values
        if _missing(words):
            return None
        if not isinstance(words, str):
            raise ValueError(f"column '{self.of}' is declared as words and holds a {type(words).__name__}")
        if _IDENTIFIER.search(words):
            raise ValueError(f"column '{self.of}' is declared as words and holds what looks like a person's identifier")
        return words


@dataclass(frozen=True)
class Count:
    """A count of people or events: 1 to 7 withheld, others to the nearest 5.

    ``had`` names the count of people who had them, where one person can have many at once, such as days: where those are
    1 to 7, the count is withheld too.
    """

    of: str
    had: str = ""

    @property
    def needs(self) -> tuple[str, ...]:
        """The exact count, and the people who had it."""
        return (self.of, self.had) if self.had else (self.of,)

    def cell(self, values: tuple[Any, ...], policy: Policy) -> Cell:
        """Return the rounded count."""
        if _missing(*values):
            return None
        return WITHHELD if _few(values[1:], policy) else _star(policy.count(_whole(self.of, values[0])))


@dataclass(frozen=True)
class Rate:
    """Events for so many people, from rounded counts; a percentage is a rate for each 100."""

    events: str
    people: str
    per: int = 1000
    decimals: int = 1

    @property
    def needs(self) -> tuple[str, ...]:
        """Both exact counts."""
        return (self.events, self.people)

    def cell(self, values: tuple[Any, ...], policy: Policy) -> Cell:
        """Return the rate; not defined without people."""
        if _missing(*values):
            return None
        events, people = (_whole(name, value) for name, value in zip(self.needs, values, strict=True))
        if not people:
            return None
        return _star(policy.rate(events, people, self.per, self.decimals))


class _AgainstExpected:
    """What rests on an observed count, on what was expected, and where it is given on how many people ``had`` it."""

    observed: str
    expected: str
    had: str

    @property
    def needs(self) -> tuple[str, ...]:
        """The exact count, what was expected, and the people who had it."""
        return tuple(filter(None, (self.observed, self.expected, self.had)))


@dataclass(frozen=True)
class Expected:
    """An expected count, to the nearest 5 and so that it tells nothing more of the observed count (``Policy.expected``)."""

    observed: str
    expected: str

    @property
    def needs(self) -> tuple[str, ...]:
        """The exact count and what was expected."""
        return (self.observed, self.expected)

    def cell(self, values: tuple[Any, ...], policy: Policy) -> Cell:
        """Return the expected count; not defined where none is expected."""
        if _missing(*values) or values[1] <= 0:
            return None
        return policy.expected(_whole(self.observed, values[0]), float(values[1]))


@dataclass(frozen=True)
class Ratio(_AgainstExpected):
    """Observed over expected, to two decimals; withheld where 1 to 7 were observed, or 1 to 7 people ``had`` them."""

    observed: str
    expected: str
    had: str = ""
    decimals: ClassVar[int] = 2

    def cell(self, values: tuple[Any, ...], policy: Policy) -> Cell:
        """Return the ratio; not defined where none is expected."""
        if _missing(*values) or values[1] <= 0:
            return None
        if _few(values[2:], policy):
            return WITHHELD
        return _star(policy.ratio(_whole(self.observed, values[0]), float(values[1])))


@dataclass(frozen=True)
class RatioLimit(_AgainstExpected):
    """A limit of observed over expected, to two decimals, that gives no count away.

    ``limits`` returns the limits of a count. They are taken of the rounded count and carried to the scale of the ratio: the
    limits of the exact count, over the ratio, would tell which count it was.
    """

    observed: str
    expected: str
    limits: Callable[[int], tuple[float, float]]
    upper: bool = False
    had: str = ""
    decimals: ClassVar[int] = 2

    def cell(self, values: tuple[Any, ...], policy: Policy) -> Cell:
        """Return the limit; not defined where none is expected."""
        if _missing(*values) or values[1] <= 0:
            return None
        observed, expected = _whole(self.observed, values[0]), float(values[1])
        count, ratio = policy.count(observed), policy.ratio(observed, expected)
        if count is None or ratio is None or _few(values[2:], policy):
            return WITHHELD
        limit = self.limits(count)[self.upper]
        return round(limit * ratio / count if count else limit / expected, 2)


@dataclass(frozen=True)
class Shortfall(_AgainstExpected):
    """Expected less observed, each as it is shown (``Expected``, ``Count``); withheld where 1 to 7 were observed."""

    observed: str
    expected: str
    had: str = ""

    def cell(self, values: tuple[Any, ...], policy: Policy) -> Cell:
        """Return the difference; not defined where none is expected."""
        if _missing(*values) or values[1] <= 0:
            return None
        observed = _whole(self.observed, values[0])
        count = policy.count(observed)
        return WITHHELD if count is None or _few(values[2:], policy) else policy.expected(observed, float(values[1])) - count


@dataclass(frozen=True)
class Mean:
    """A mean over people of something that is no count, such as pounds; withheld over 1 to 7 people."""

    total: str
    people: str
    decimals: int = 0

    @property
    def needs(self) -> tuple[str, ...]:
        """The total and the exact number of people."""
        return (self.total, self.people)

    def cell(self, values: tuple[Any, ...], policy: Policy) -> Cell:
        """Return the mean; not defined without people."""
        if _missing(*values) or not values[1]:
            return None
        mean = policy.mean(float(values[0]), _whole(self.people, values[1]))
        return WITHHELD if mean is None else round(mean, self.decimals)


@dataclass(frozen=True)
class Money:
    """Pounds spent on people, to the nearest thousand; withheld where they are 1 to 7."""

    pounds: str
    people: str

    @property
    def needs(self) -> tuple[str, ...]:
        """The sum and the exact number of people."""
        return (self.pounds, self.people)

    def cell(self, values: tuple[Any, ...], policy: Policy) -> Cell:
        """Return the sum."""
        return None if _missing(*values) else _star(policy.money(float(values[0]), _whole(self.people, values[1])))


@dataclass(frozen=True)
class ModelOutput:
    """A figure that a model gives, or a standardised rate: a need weight, a share, a target, a distance from it.

    ``rests_on`` names the exact count that stands behind it, people or events: it is withheld where that is 1 to 7. Give
    no more decimals than readers need. A count that was observed, or a ratio of one, is never a model's output.
    """

    of: str
    rests_on: str
    decimals: int

    @property
    def needs(self) -> tuple[str, ...]:
        """The figure and the count behind it."""
        return (self.of, self.rests_on)

    def cell(self, values: tuple[Any, ...], policy: Policy) -> Cell:
        """Return the rounded figure."""
        if _missing(*values):
            return None
        if policy.count(_whole(self.rests_on, values[1])) is None:
            return WITHHELD
        figure = round(float(values[0]), self.decimals) + 0.0
        return figure if self.decimals > 0 else int(figure)


@dataclass(frozen=True)
class FromShown:
    """A figure worked out from what other columns of the same table show, by their headings; so it can tell nothing more."""

    shown: tuple[str, ...]
    how: Callable[..., float]
    decimals: int = 2

    @property
    def needs(self) -> tuple[str, ...]:
        """No column of the exact table."""
        return ()

    def cell(self, values: tuple[Any, ...], policy: Policy) -> Cell:
        """Return the figure: withheld where one of the cells is, not defined where one is not."""
        if WITHHELD in values:
            return WITHHELD
        return None if None in values else round(float(self.how(*values)), self.decimals)


Kind = Label | Count | Rate | Expected | Ratio | RatioLimit | Shortfall | Mean | Money | ModelOutput | FromShown
"""Every kind of figure. A column without one cannot be published."""


def _few(people: tuple[Any, ...], policy: Policy) -> bool:
    """Say whether the people behind a figure, where they are given, are too few to show it."""
    return any(policy.count(_whole("people", one)) is None for one in people)


def _whole(name: str, value: Any) -> int:
    """Return an exact count as a whole number.

    Raises:
        ValueError: it is not whole, or is negative.
    """
    count = int(value)
    if count != value or count < 0:
        raise ValueError(f"column '{name}' is declared as a count and holds a number that is not one")
    return count
