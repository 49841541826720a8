"""What an outcome is: the event, who could have it, and what to say about how well it is recorded."""

from collections.abc import Callable
from dataclasses import dataclass

from casefinder.dates import Window
from casefinder.definitions.measures import Measure


@dataclass(frozen=True)
class Outcome:
    """Something that may happen within a horizon from the index date.

    ``event`` makes the measure for a horizon: days until the first event, or an amount. ``with_death`` counts death within
    the horizon as the outcome too. ``source_kinds`` are the kinds whose feeds must reach the end of the horizon before the
    outcome may be used.
    """

    name: str
    meaning: str
    event: Callable[[Window], Measure]
    source_kinds: tuple[str, ...]
    with_death: bool = False
    is_amount: bool = False
    caveat: str = ""
    short: str = ""
