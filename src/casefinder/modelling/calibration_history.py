"""Calibration by cluster or practice of one version or of all, oldest first, as it may be shown outside the workspace."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from casefinder.disclosure import DEFAULT, Policy
from casefinder.engines import Version, Workspace
from casefinder.errors import ModelError, WorkspaceError
from casefinder.modelling.bundle import read_bundle
from casefinder.modelling.by_group import read_calibration
from casefinder.modelling.disclosed_groups import WITHHELD, disclosed_calibration
from casefinder.modelling.serving import serving

EVERYONE: Final = "Everyone"


@dataclass(frozen=True)
class ShownVersion:
    """Disclosed calibration of one version.

    Attributes:
        version: its number.
        index_date: the date at which it was tested.
        serves: whether it scores the weekly list.
        about: what its bundle says of itself.
        table: rows by group, as ``disclosed_calibration`` gives them, with the pooling's figures where there are any.
    """

    version: int
    index_date: str
    serves: bool
    about: Mapping[str, Any]
    table: Mapping[str, Any]

    @property
    def rows(self) -> list[Mapping[str, Any]]:
        """One row a group."""
        return list(self.table["rows"])

    @property
    def everyone(self) -> dict[str, Any]:
        """The row of everyone together."""
        figures = self.about["figures"]
        ends = {"ratio": "", "low": "_low", "high": "_high"}
        ratios = {name: figures.get(f"observed_expected{end}") for name, end in ends.items()}
        counts = {name: figures.get(name) for name in ("people", "events")}
        return {"group": EVERYONE, **counts, **ratios, "note": WITHHELD if ratios["ratio"] is None else ""}


def shown_versions(
    workspace: Workspace, model: str, by: str, versions: Iterable[Version], policy: Policy = DEFAULT
) -> tuple[list[ShownVersion], list[int]]:
    """Return versions as they may be shown, and the numbers of those of which nothing is held, or whose bundle is damaged.

    Args:
        workspace: where the versions lie.
        model: name of the model.
        by: ``cluster`` or ``practice``.
        versions: the versions wanted.
        policy: what may leave the workspace.
    """
    served, found, gone = serving(workspace, model), [], []
    for one in versions:
        try:
            tables = disclosed_calibration(read_calibration(workspace, model, one), policy)
            about = read_bundle(one / "bundle").about
        except (WorkspaceError, ModelError):
            gone.append(one.number)
            continue
        serves = served is not None and served.number == one.number
        found.append(ShownVersion(one.number, tables["index_date"], serves, about, tables[by]))
    return found, gone
