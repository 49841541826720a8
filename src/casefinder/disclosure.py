"""The one way out for a count, a ratio or a mean that leaves the practice.

The rule is NHS England's for sub-national figures from HES and ECDS since September 2018: a count from 1 to 7 is
withheld, any other is rounded to the nearest 5, zero stays. It needs no secondary suppression. A stricter site
declares a larger threshold. It never applies to a practice's own list, which names people to those who may know them.
"""

from dataclasses import dataclass
from typing import Final

WITHHELD: Final = "*"
"""What stands where a figure is withheld."""


@dataclass(frozen=True)
class Policy:
    """How small a count may be, and to what others are rounded."""

    threshold: int = 7
    base: int = 5

    def count(self, count: int) -> int | None:
        """Return a count that may be shown, or None where it is withheld.

        >>> [Policy().count(n) for n in (0, 1, 7, 8, 12, 13)]
        [0, None, None, 10, 10, 15]
        """
        if count < 0:
            raise ValueError(f"a count cannot be negative; got {count}")
        if 0 < count <= self.threshold:
            return None
        return self.base * ((count + self.base // 2) // self.base)

    def ratio(self, observed: int, expected: float) -> float | None:
        """Return observed over expected to two decimals, or None where the observed count is withheld.

        >>> Policy().ratio(30, 24.0), Policy().ratio(3, 24.0)
        (1.25, None)
        """
        if 0 < observed <= self.threshold or expected <= 0:
            return None
        return round(observed / expected, 2)

    def mean(self, total: float, people: int) -> float | None:
        """Return a mean to two decimals, or None where it is taken over too few people (or none).

        >>> Policy().mean(100.0, 40), Policy().mean(100.0, 7)
        (2.5, None)
        """
        if people <= self.threshold:
            return None
        return round(total / people, 2)

    def share(self, part: int, whole: int) -> float | None:
        """Return a percentage worked out from the rounded counts, or None where either is withheld.

        >>> Policy().share(20, 80), Policy().share(3, 80)
        (25.0, None)
        """
        shown_part, shown_whole = self.count(part), self.count(whole)
        if shown_part is None or not shown_whole:
            return None
        return round(100 * shown_part / shown_whole, 1)


DEFAULT: Final = Policy()


def shown(figure: float | None) -> str:
    """Return a figure as it is printed: the withheld mark for None."""
    return WITHHELD if figure is None else f"{figure:,}"
