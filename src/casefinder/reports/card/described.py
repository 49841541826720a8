"""What a card describes: what a bundle says of itself, and the contract of its features."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from casefinder.modelling.contract import FeatureContract
from casefinder.reports.card.words import About


@dataclass(frozen=True)
class Described:
    """A version, by what may leave the workspace."""

    about: About
    contract: FeatureContract

    @property
    def lineage(self) -> Mapping[str, Any]:
        """Where it comes from; empty for versions written before that was kept."""
        found: Mapping[str, Any] = self.about.get("lineage") or {}
        return found

    @property
    def governance(self) -> Mapping[str, Any]:
        """The approvals under which it was fitted; empty for a demonstration, and for versions written before."""
        found: Mapping[str, Any] = self.about.get("governance") or {}
        return found

    @property
    def has(self) -> frozenset[str]:
        """Names of its features."""
        return frozenset(self.contract.names)
