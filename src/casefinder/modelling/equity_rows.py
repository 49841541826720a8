"""Every group of every characteristic: how well its risks rank people, and who gets on the list against who has the need.

No threshold is changed for any group: figures are shown, and people decide.
"""

from typing import Any, Final

import pandas as pd

from casefinder.config.model import ModelSettings
from casefinder.evaluation import by_subgroup, places
from casefinder.modelling.subgroups import characteristics

SHARES: Final = {
    "share_of_people": "share_of_people",
    "share_of_outcomes": "share_of_events",
    "share_of_list": "share_of_list",
    "list_to_outcomes": "list_to_events",
}
"""Measures of who gets on the list, as ``by_subgroup`` and as the record name them; no limits are kept."""
WITH_LIMITS: Final = ("ppv", "sensitivity", "c_statistic", "calibration_slope")

Row = dict[str, Any]


def equity_rows(people: pd.DataFrame, k: int, settings: ModelSettings) -> list[Row]:
    """Return one row a characteristic and group.

    Args:
        people: the people tested.
        k: people on one list over everyone, by raw score; it stays as it is in each resample.
        settings: of the model.

    Returns:
        Rows with ``characteristic``, ``group``, ``people``, ``events``, ``listed`` (on the list), ``seen`` (of them followed
        up), ``found`` (with the outcome), ``share_of_people``, ``share_of_events``, ``share_of_list``, ``list_to_events``
        (below 1 the list under-serves the group), and with ``_low`` and ``_high`` by bootstrap ``ppv``, ``sensitivity`` and,
        from 20 people with and without the outcome on, ``c_statistic`` and ``calibration_slope``; None otherwise.
    """
    place = places(people["raw_score"], k)
    groups = characteristics(people)
    if not groups:
        return []
    table = by_subgroup(
        people["outcome"], people["risk"], groups, listed=place, weight=people["weight"],
        replicates=settings.evaluation.replicates, seed=settings.seed, gaps=False,
    )  # fmt: skip
    counts = pd.DataFrame({"listed": place, "seen": place * (people["weight"] > 0).to_numpy()})
    counts["found"] = counts["seen"] * people["outcome"].to_numpy()
    found = []
    for (characteristic, group), rows in table.groupby(["characteristic", "group"], sort=False):
        member = (groups[str(characteristic)] == group).to_numpy()
        about: Row = {"characteristic": characteristic, "group": group}
        sizes = {name: int(rows[name].iloc[0]) for name in ("people", "events")}
        found.append(
            about
            | sizes
            | {str(name): float(count) for name, count in counts[member].sum().items()}
            | _figures(rows.set_index("measure"))
        )
    return found


def _figures(measures: pd.DataFrame) -> Row:
    row: Row = {name: measures.at[measure, "value"] for measure, name in SHARES.items()}
    for name in WITH_LIMITS:
        known = name in measures.index
        for end, column in (("", "value"), ("_low", "low"), ("_high", "high")):
            row[name + end] = measures.at[name, column] if known else None
    return row
