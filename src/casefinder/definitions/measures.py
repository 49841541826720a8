"""The closed set of measures that a feature, a cohort rule or an outcome may use.

A measure says which facts it looks at (``Select``), over which days (``Window``) and what it makes of them. The kernel in
``histories`` interprets measures; it knows no feature by name. In a lookback a measure sees only what was visible on the
index date; in a horizon it sees what happened from day 0 on, whenever it became known.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from casefinder.dates import EVER, Window
from casefinder.tables import FACT_KINDS, METHODS, POINT_KINDS, STAY_KINDS

KINDS = {**POINT_KINDS, **STAY_KINDS, **FACT_KINDS}


@dataclass(frozen=True)
class Select:
    """Which facts a measure looks at. Every part that is given must hold.

    ``codes`` names a code list (``name`` or ``name:group``) whose own systems apply; ``prefixes`` picks codes by their
    beginning; ``methods`` and ``positions`` pick how a stay began, and main (1) or other (2) diagnoses.
    """

    kinds: tuple[str, ...]
    codes: str = ""
    prefixes: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    positions: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        unknown = [kind for kind in self.kinds if kind not in KINDS]
        unknown += [method for method in self.methods if method not in METHODS]
        if unknown or not self.kinds:
            raise ValueError(f"a selection names kinds and methods of the contract; not {unknown or 'none'}")


def select(*kinds: str, **rest: object) -> Select:
    """Return a selection, with the kinds as plain arguments."""
    return Select(kinds, **rest)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Count:
    """How many facts, or stays that began. ``min_nights`` counts only stays known to have lasted so long."""

    of: Select
    over: Window
    min_nights: int = 0


@dataclass(frozen=True)
class CountDays:
    """On how many different days."""

    of: Select
    over: Window


@dataclass(frozen=True)
class Distinct:
    """How many different codes, cut to their first ``length`` characters where given."""

    of: Select
    over: Window
    length: int = 0


@dataclass(frozen=True)
class Total:
    """The sum of values, or of costs in pence. A stay's cost counts only once its end is known."""

    of: Select
    over: Window
    what: Literal["value", "cost"] = "value"


@dataclass(frozen=True)
class DaysSince:
    """Days from the latest or the first fact, or from the latest known end of a stay, to the index date."""

    of: Select
    over: Window = EVER
    which: Literal["latest", "first", "end"] = "latest"


@dataclass(frozen=True)
class Latest:
    """The latest value recorded."""

    of: Select
    over: Window


@dataclass(frozen=True)
class Highest:
    """The highest value recorded."""

    of: Select
    over: Window


@dataclass(frozen=True)
class Change:
    """The latest value less the earliest in the window; unknown unless recorded on two days."""

    of: Select
    over: Window


@dataclass(frozen=True)
class Weighed:
    """The sum of the weights of the code list's groups that occur, each group once."""

    of: Select
    over: Window

    def __post_init__(self) -> None:
        if not self.of.codes:
            raise ValueError("a weighed measure needs a code list with groups and weights")


@dataclass(frozen=True)
class DaysWithin:
    """Days spent inside the stays, those that overlap counted once; an end not yet known reads as still open."""

    of: Select
    over: Window


@dataclass(frozen=True)
class Longest:
    """The most days of any one stay that began in the window, up to the index date while it is open."""

    of: Select
    over: Window


@dataclass(frozen=True)
class Inside:
    """1 if inside such a stay on the index date, else 0."""

    of: Select
    over: Window = EVER


@dataclass(frozen=True)
class Returns:
    """How many stays began within ``within`` days of the known end of an earlier stay of the same selection."""

    of: Select
    over: Window
    within: int = 30


@dataclass(frozen=True)
class Category:
    """The number of the latest category: position in ``categories``, each with the codes that stand for it.

    With a code list, the categories are its groups. With no categories, the number of the concept itself, which the caller
    turns back into its code. ``inside`` looks only at stays that hold the index date.
    """

    of: Select
    categories: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    over: Window = EVER
    inside: bool = False


@dataclass(frozen=True)
class AgeYears:
    """Age in completed months, divided by twelve."""

    of: Select = Select(("birth",))
    over: Window = EVER


@dataclass(frozen=True)
class DaysUntil:
    """Days from the index date to the first fact or stay in a horizon; ``min_nights`` as in ``Count``."""

    of: Select
    over: Window
    min_nights: int = 0


Measure = (
    Count
    | CountDays
    | Distinct
    | Total
    | DaysSince
    | Latest
    | Highest
    | Change
    | Weighed
    | DaysWithin
    | Longest
    | Inside
    | Returns
    | Category
    | AgeYears
    | DaysUntil
)
"""Everything the kernel can be asked for."""
