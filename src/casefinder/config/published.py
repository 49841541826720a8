"""What a site says of reports that leave: how counts are disclosed, and the areas on which maps are drawn."""

from typing import Literal

from pydantic import Field, model_validator

from casefinder.config._yaml import Settings
from casefinder.disclosure import NHS, Policy, laxer


class Disclosure(Settings):
    """How counts may leave the workspace: at least as strict as NHS England's rule for sub-national figures.

    It holds for whatever any command writes to share, prints or logs; never for a practice's own list.
    """

    withhold_up_to: int = Field(default=NHS.threshold, le=1000)
    """Counts from 1 to this are withheld; 7 or more."""
    round_to: int = Field(default=NHS.base, le=1000)
    """To what other counts are rounded; 5 or more, and small enough that no count that is shown would be rounded to 0."""
    round_pounds_to: int = Field(default=NHS.pounds, le=1_000_000)
    """To how many pounds money is rounded; 1000 or more."""

    @property
    def policy(self) -> Policy:
        """The policy in the words of disclosure control."""
        return Policy(self.withhold_up_to, self.round_to, self.round_pounds_to)

    @model_validator(mode="after")
    def _not_laxer(self) -> "Disclosure":
        names = {"threshold": "withhold_up_to", "base": "round_to", "pounds": "round_pounds_to"}
        told = [f"{names[name]} {words}" for name, words in laxer(self.policy).items()]
        if told:
            raise ValueError("; ".join(told))
        return self


class Areas(Settings):
    """Areas to draw maps of need on; there are no maps without them."""

    file: str
    """GeoJSON file of the areas in degrees of longitude and latitude (WGS 84), from the folder of the site file."""
    of: Literal["practice", "cluster", "place"] = "practice"
    """What each area belongs to. A map is drawn where an allocation is by the same."""
    code: str = "code"
    """Property of each area that names it: the practice's code, or the name of the cluster or place."""
