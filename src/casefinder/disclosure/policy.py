"""How a count, a ratio, a mean or a sum of money may be shown outside the practice.

The rule is NHS England's for sub-national figures from HES and ECDS since September 2018: a count from 1 to 7 is
withheld, any other is rounded to the nearest 5, zero stays. It needs no secondary suppression. A stricter site
declares a larger threshold or rounds more coarsely (``disclosure`` of the site file): ``enforce`` puts that in force for
whatever the process writes. It never applies to a practice's own list, which names people to those who may know them.
"""

from dataclasses import dataclass
from typing import Final

WITHHELD: Final = "*"
"""What stands where a figure is withheld."""


@dataclass(frozen=True)
class Policy:
    """How small a count may be, to what others are rounded, and to how many pounds money is."""

    threshold: int = 7
    base: int = 5
    pounds: int = 1000

    @property
    def withheld(self) -> str:
        """The counts that are withheld, in words.

        >>> Policy().withheld
        '1 to 7'
        """
        return f"1 to {self.threshold}"

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

    def rate(self, events: int, people: int, per: int = 1000, decimals: int = 1) -> float | None:
        """Return events for so many people, worked out from the rounded counts, or None where either is withheld.

        >>> Policy().rate(33, 1012), Policy().rate(3, 1012), Policy().rate(0, 1012)
        (34.7, None, 0.0)
        """
        shown_events, shown_people = self.count(events), self.count(people)
        if shown_events is None or not shown_people:
            return None
        return round(per * shown_events / shown_people, decimals)

    def expected(self, observed: int, expected: float) -> int:
        """Return an expected count that, beside the count and the ratio shown, tells nothing more of the exact count.

        Where the ratio is shown, it is the rounded count over that ratio. A plain rounding of what is expected would not do:
        25 expected at a ratio of 0.32 can only be 8 observed. It is never less than the base, so 0 never stands for some.

        >>> Policy().expected(8, 25.0), Policy().expected(3, 12.6), Policy().expected(0, 1.2)
        (30, 15, 5)
        """
        ratio = self.ratio(observed, expected)
        count = self.count(observed)
        implied = count / ratio if ratio and count else expected
        return max(self.base, self.base * round(implied / self.base))

    def money(self, pounds: float, people: int) -> int | None:
        """Return a sum of money to the nearest thousand pounds, or None where it was spent on too few people.

        >>> Policy().money(123_456.78, 40), Policy().money(123_456.78, 7), Policy().money(0.0, 0)
        (123000, None, 0)
        """
        if 0 < people <= self.threshold:
            return None
        return self.pounds * round(pounds / self.pounds)


NHS: Final = Policy()
"""The rule for sub-national figures. No site may have a laxer one."""


class _InForce(Policy):
    """The policy of the site that the process works for; the NHS's own until a site has been opened."""

    def __init__(self) -> None:
        object.__setattr__(self, "own", NHS)

    @property
    def threshold(self) -> int:
        """The largest count that is withheld."""
        return self._own.threshold

    @property
    def base(self) -> int:
        """To what other counts are rounded."""
        return self._own.base

    @property
    def pounds(self) -> int:
        """To how many pounds money is rounded."""
        return self._own.pounds

    @property
    def _own(self) -> Policy:
        own: Policy = vars(self)["own"]
        return own


DEFAULT: Final[Policy] = _InForce()
"""The policy in force: what holds wherever a caller names none."""


def enforce(policy: Policy) -> None:
    """Put a policy in force for everything that this process discloses from now on.

    Raises:
        ValueError: it is laxer than the NHS's own, or would show some as none.
    """
    problems = laxer(policy)
    if problems:
        raise ValueError("; ".join(problems.values()))
    object.__setattr__(DEFAULT, "own", policy)


def laxer(policy: Policy) -> dict[str, str]:
    """Return in words, by field, where a policy shows more than it may; nothing where it is as strict as the NHS's.

    >>> laxer(Policy(threshold=5))
    {'threshold': 'is laxer than the rule for NHS figures; give 7 or more'}
    >>> laxer(Policy(threshold=10, base=10))
    {}
    """
    told = {
        name: f"is laxer than the rule for NHS figures; give {getattr(NHS, name)} or more"
        for name in ("threshold", "base", "pounds")
        if getattr(policy, name) < getattr(NHS, name)
    }
    least = policy.base - policy.base // 2
    if not told and policy.threshold + 1 < least:
        told["threshold"] = f"is too small: counts from {policy.threshold + 1} to {least - 1} would be shown as 0"
    return told


def shown(figure: float | None) -> str:
    """Return a figure as it is printed: the withheld mark for None."""
    return WITHHELD if figure is None else f"{figure:,}"
