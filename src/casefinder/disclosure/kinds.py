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

_IDENTIFIER: Final = re.compile(
    r"\b\d{3}[ -]?\d{3}[ -]?\d{4}\b|\b(?=[a-z]*\d)[0-9a-hjkmnp-tv-z]{12}\b|\b[a-z]{1,2}\d[a-z\d]? ?\d[abd-hjlnp-uw-z]{2}\b",
    re.IGNORECASE,
)
"""An NHS number, 12 characters as a pseudonym has them with a digit among them, or a postcode."""
_LETTERS: Final = re.compile(r"\b[a-hjkmnp-tv-z]{12}\b")
"""12 letters as a pseudonym without a digit has them: of a hundred, one has none."""
_NO_WORD: Final = re.compile(r"[^aey]{5}|^(?:[^aey]*[aey]){0,2}[^aey]*$")
"""What no English word of those letters has: five consonants in a row, or fewer than three vowels in twelve letters."""


def holds_identifier(words: str) -> bool:
    """Say whether words hold what looks like a person's NHS number, postcode or pseudonym.

    >>> [holds_identifier(words) for words in ("9990000018", "hjkmnpqrstvw", "LS1 4AP", "arrangements strengthened")]
    [True, True, True, False]
    """
    return bool(_IDENTIFIER.search(words)) or any(_NO_WORD.search(one) for one in _LETTERS.findall(words))


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
            ValueError: a number, or words that hold what looks like a person's identifier (``holds_identifier``).
        """
        (words,) = values
        if _missing(words):
            return None
        if not isinstance(words, str):
            raise ValueError(f"column '{self.of}' is declared as words and holds a {type(words).__name__}")
        if holds_identifier(words):
            raise ValueError(f"column '{self.of}' is declared as words and holds what looks like a person's identifier")
        return words


@dataclass(frozen=True)
class Judgement:
    """Words that follow from counts, such as where a practice stands: withheld where one of the counts is 1 to 7.

    Beside an expected count they would bound the count that is withheld. Words of ``always`` follow from what is expected
    alone.
    """

    of: str
    counts: tuple[str, ...]
    always: tuple[str, ...] = ()

    @property
    def needs(self) -> tuple[str, ...]:
        """The column of words, and the exact counts."""
        return (self.of, *self.counts)

    def cell(self, values: tuple[Any, ...], policy: Policy) -> Cell:
        """Return the words.

        Raises:
            ValueError: as ``Label``.
        """
        words = Label(self.of).cell(values[:1], policy)
        return WITHHELD if words not in self.always and _few(values[1:], policy) else words


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
class Shortfall:
    """Expected less observed up to some month of a year, from figures as they are shown.

    The year's expected count as it is shown (``Expected``) times the ``part`` of it that falls up to then, to the nearest 5,
    less the rounded count ``so_far``; so it tells that rounded count and nothing more. What is expected of the months alone,
    over the ratio so far, would not do: month by month it would tell which count was rounded. Withheld where the year's
    count, the one so far or one of ``had`` is 1 to 7.
    """

    so_far: str
    part: str
    observed: str
    expected: str
    had: tuple[str, ...] = ()

    @property
    def needs(self) -> tuple[str, ...]:
        """The count and the part so far, the count and what was expected of the year, and the people who had it."""
        return (self.so_far, self.part, self.observed, self.expected, *self.had)

    def cell(self, values: tuple[Any, ...], policy: Policy) -> Cell:
        """Return the difference; not defined where none is expected."""
        if _missing(*values) or values[3] <= 0:
            return None
        seen, year = _whole(self.so_far, values[0]), _whole(self.observed, values[2])
        count = policy.count(seen)
        if count is None or _few((year, *values[4:]), policy):
            return WITHHELD
        return policy.base * round(policy.expected(year, float(values[3])) * float(values[1]) / policy.base) - count


@dataclass(frozen=True)
class Mean:
    """A mean over people of something that is no count, such as pounds; withheld over 1 to 7 people.

    A mean of what comes in whole parts, such as nights at a price that is known, is a fraction that tells the number beneath
    it if it is given closely. Where ``step`` is above 0, means are to the nearest so much, and those of less than five steps
    to two figures.
    """

    total: str
    people: str
    decimals: int = 0
    step: int = 0

    @property
    def needs(self) -> tuple[str, ...]:
        """The total and the exact number of people."""
        return (self.total, self.people)

    def cell(self, values: tuple[Any, ...], policy: Policy) -> Cell:
        """Return the mean; not defined without people."""
        if _missing(*values) or not values[1]:
            return None
        mean = policy.mean(float(values[0]), _whole(self.people, values[1]))
        if mean is None:
            return WITHHELD
        if not self.step:
            return round(mean, self.decimals) + 0.0
        least = 5 * self.step
        return round(self.step * round(mean / self.step) if mean >= least else float(f"{mean:.2g}"), self.decimals)


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
        return None if None in values else round(float(self.how(*values)), self.decimals) + 0.0


Kind = Label | Judgement | Count | Rate | Expected | Ratio | RatioLimit | Shortfall | Mean | Money | ModelOutput | FromShown
"""Every kind of figure. A column without one cannot be published."""
_NAMES: Final[dict[type, str]] = {
    Label: "words",
    Judgement: "words that follow from a count",
    Count: "count",
    Rate: "rate of rounded counts",
    Expected: "expected count",
    Ratio: "ratio",
    RatioLimit: "limit of a ratio",
    Shortfall: "expected less observed",
    Mean: "mean",
    Money: "money",
    ModelOutput: "model output",
    FromShown: "from shown figures",
}


def name_of(kind: Kind) -> str:
    """Return the name of a kind as pages and workbooks give it beside a column.

    >>> name_of(RatioLimit("seen", "due", lambda count: (0.0, 1.0)))
    'limit of a ratio'
    """
    return _NAMES[type(kind)]


def _few(counts: tuple[Any, ...], policy: Policy) -> bool:
    """Say whether one of the counts behind a figure, where they are given, is too small to show it."""
    return any(policy.count(_whole("people", one)) is None for one in counts)


def _whole(name: str, value: Any) -> int:
    """Return an exact count as a whole number.

    Raises:
        ValueError: it is not whole, or is negative.
    """
    count = int(value)
    if count != value or count < 0:
        raise ValueError(f"column '{name}' is declared as a count and holds a number that is not one")
    return count
