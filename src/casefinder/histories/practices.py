"""The record behind histories, and the practices behind the concepts of its registrations."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from casefinder.engines import Version, Workspace
from casefinder.engines.files import read_frame
from casefinder.errors import WorkspaceError
from casefinder.histories.store import Histories


@dataclass(frozen=True)
class Practices:
    """Code and cluster of each practice concept."""

    code: Mapping[int, str]
    cluster: Mapping[str, str]

    def codes(self, concepts: np.ndarray) -> np.ndarray:
        """Return the practice code of each concept number, None for -1."""
        return np.array([self.code.get(int(one)) for one in concepts], dtype=object)

    def clusters(self, codes: np.ndarray) -> np.ndarray:
        """Return the cluster of each practice code, None where the site does not say."""
        return np.array([self.cluster.get(str(code)) for code in codes], dtype=object)


def record_of(workspace: Workspace, histories: Histories) -> Version:
    """Return the record that histories were written from.

    Raises:
        WorkspaceError: it was purged.
    """
    number = histories.version.manifest["record"]
    found = [one for one in workspace.versions("record") if one.number == number]
    if not found:
        raise WorkspaceError(
            f"The workspace no longer holds record {number}, from which its histories were written.",
            remedy="Link the extracts again: casefinder link --site FILE --workspace DIR",
        )
    return found[0]


def practices_of(record: Version, histories: Histories) -> Practices:
    """Return the practices of a record."""
    table = read_frame(record / "practices.parquet")
    concepts = histories.concepts.table
    code = concepts.loc[concepts["kind"] == "registration", "code"]
    cluster = dict(zip(table["practice_code"], table["gp_cluster"], strict=True))
    return Practices(dict(zip(code.index.tolist(), code.tolist(), strict=True)), cluster)
