"""The part of a card on places and groups: where risks are right, who gets on the list, which groups do worse."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from casefinder.config.model import GateSettings
from casefinder.disclosure import WITHHELD, shown
from casefinder.modelling.disclosed_groups import WITHHELD as ROW_WITHHELD
from casefinder.reports.card.content import Block, Bullets, Chart, Heading, Prose, Table
from casefinder.reports.card.described import Described
from casefinder.reports.card.words import NOT_KNOWN, About, evaluation, listed, no_evaluation, refit, unknown
from casefinder.reports.comparison import NONE
from casefinder.reports.dot_chart import Line, dot_chart
from casefinder.reports.evaluation_tables import equity_table

HEADING: Final = (
    "group", "people", "with the outcome", "observed / expected (95 % interval)", "shrunken (95 % interval)", "note",
)  # fmt: skip
READING: Final = (
    "Observed over expected: above 1 the model predicts too little, below 1 too much. Shrunken is each group's odds "
    "ratio against the average group, drawn towards 1 as far as its size demands. Limits are those of the rounded "
    "count. A group's figure mixes unmeasured need, coding, access and care: it says where risks are wrong, not who "
    "gives good care. No rank is given."
)
CHANCE: Final = "Chance explains all differences between clusters here, so every shrunken figure of a cluster is 1.00."
SHORT: Final = 0.8
"""A group whose share of the list is less than this of its share of the outcome is named."""
_LEAST, _MOST = 0.7, 1.3
_NO_TABLES: Final = {"subgroups": {"rows": ()}}

Row = Mapping[str, Any]


def groups(one: Described) -> list[Block]:
    """Return calibration by cluster, practice and characteristic, and who gets on the list."""
    tables = one.about.get("calibration")
    if not tables:
        words = unknown(refit(one.about), "this version was written before it was worked out")
        blocks: list[Block] = [
            Heading("Calibration by cluster and practice"),
            Prose(f"By cluster, practice and group: {words}."),
        ]
    else:
        blocks = [
            Heading("Calibration by cluster and practice"),
            Prose(READING),
            *_places(tables),
            *_characteristics(tables),
        ]
    return [*blocks, *_equity(one)]


def _places(tables: Mapping[str, Any]) -> list[Block]:
    cluster, practice = tables["cluster"]["rows"], tables["practice"]["rows"]
    shown_rows = [("GP cluster", cluster)]
    found: list[Block] = [*_chart(shown_rows, "Observed over expected by GP cluster")]
    if tables["cluster"].get("spread") == 0:
        found.append(Prose(CHANCE))
    found.append(Table("By GP cluster", HEADING, [_place(row) for row in cluster]))
    found.append(Table("By practice", HEADING, [_place(row) for row in practice], folded=True))
    return found


def _characteristics(tables: Mapping[str, Any]) -> list[Block]:
    rows = tables["subgroups"]["rows"]
    if not rows:
        return [Prose(f"By characteristic: {NOT_KNOWN}, none was recorded.")]
    names = dict.fromkeys(row["characteristic"] for row in rows)
    panels = [(name, [row for row in rows if row["characteristic"] == name]) for name in names]
    return _chart(panels, "Observed over expected by characteristic")


def _chart(panels: Sequence[tuple[str, Sequence[Row]]], title: str) -> list[Block]:
    lines = [(name, [_line(row) for row in rows]) for name, rows in panels]
    if not any(line.value is not None for _, group in lines for line in group):
        return []
    about = "Dots with 95 % intervals; at the line through 1 the model is right. The tables hold the same figures."
    return [Chart("dots", title, about, dot_chart(lines, _LEAST, _MOST, 1.0), "observed over expected")]


def _line(row: Row) -> Line:
    return Line(str(row["group"]), row["note"] or _ratio(row), row["ratio"], row["low"], row["high"], "model")


def _place(row: Row) -> tuple[str, ...]:
    shrunken = WITHHELD if row.get("shrunken") is None else f"{row['shrunken']:.2f}{_limits(row, 'shrunken_')}"
    return (str(row["group"]), shown(row["people"]), shown(row["events"]), _ratio(row), shrunken, row["note"])


def _ratio(row: Row) -> str:
    if row["ratio"] is None:
        return WITHHELD if row["note"] in ("", ROW_WITHHELD) else NONE
    return f"{row['ratio']:.2f}{_limits(row)}"


def _limits(row: Row, before: str = "") -> str:
    low, high = row.get(f"{before}low"), row.get(f"{before}high")
    return "" if low is None or high is None else f" ({low:.2f} to {high:.2f})"


def _equity(one: Described) -> list[Block]:
    found, heading = evaluation(one.about), Heading("Breakdown by group, and who gets on the list")
    if found is None:
        return [heading, Prose(f"Who gets on the list against who has the need: {no_evaluation(one.about)}.")]
    words = (
        "A group is under-served where its share of the list lies below its share of the outcome. No threshold is "
        "moved for any group: figures are shown, and people decide. Within an age band, c-statistics are lower than "
        "over all ages, because age itself no longer helps. Groups whose risks or ranking are clearly "
        "worse stand under Caveats."
    )
    return [heading, Prose(words), Table(*equity_table(found, one.about.get("calibration") or _NO_TABLES))]


def weak(about: About) -> list[Block]:
    """Return the groups for whom the model clearly does worse, and those too small to say."""
    tables = about.get("calibration")
    if not tables:
        return [Prose(f"Weak groups: {unknown(refit(about))}.")]
    gates, found = _gates(about), weak_groups(about)
    nobody = Prose(
        "None measured: no group has clearly worse risks or ranking. Who is short of places on the list is told under "
        "Ethical considerations."
    )
    blocks: list[Block] = [Bullets(tuple(found))] if found else [nobody]
    return [*blocks, Prose(_small(tables["subgroups"]["rows"])), Prose(_rule(gates))]


def weak_groups(about: About) -> list[str] | None:
    """Return the groups for whom the model clearly does worse, in words; None where nobody looked."""
    tables = about.get("calibration")
    return [*_off(tables, _gates(about)), *_ranked_worse(about)] if tables else None


def short_of_places(about: About) -> list[str] | None:
    """Return the groups whose share of the list is far below their share of the outcome; None where nobody looked."""
    found = evaluation(about)
    if found is None or not found["equity"]["rows"]:
        return None
    return [
        f"{name_of(row)} ({row['list_to_events']:.2f})"
        for row in found["equity"]["rows"]
        if row.get("list_to_events") is not None and row["list_to_events"] < SHORT
    ]


def _gates(about: About) -> GateSettings:
    return GateSettings(**about["settings"].get("gates", {}))


def _small(rows: Sequence[Row]) -> str:
    if not rows:
        return "Groups of people: not known, no characteristic was recorded."
    small = [name_of(row) for row in rows if row["ratio"] is None]
    return f"Too small to say: {listed(small)}." if small else "No group was too small to say."


def _rule(gates: GateSettings) -> str:
    low, high = 1 / gates.group_ratio, gates.group_ratio
    return (
        f"A group is named where its whole interval of observed over expected lies above {high:g} or below {low:.2g}, a "
        f"cluster where it lies outside {gates.cluster_band[0]:g} to {gates.cluster_band[1]:g}, and a group whose "
        "c-statistic lies clearly below that of everyone; of an age band, below that within bands. Of many groups a few "
        "will look so by chance."
    )


def _off(tables: Mapping[str, Any], gates: GateSettings) -> list[str]:
    """Return the groups whose whole interval of observed over expected is too far from 1."""
    bands = [("subgroups", (1 / gates.group_ratio, gates.group_ratio)), ("cluster", gates.cluster_band)]
    return [
        f"{name_of(row)}: predicts too {'little' if row['low'] > high else 'much'}, observed over expected {_ratio(row)}"
        for table, (low, high) in bands
        for row in tables[table]["rows"]
        if row["ratio"] is not None and row["low"] is not None and (row["low"] > high or row["high"] < low)
    ]


def _ranked_worse(about: About) -> list[str]:
    """Return the groups whose c-statistic is clearly below that of everyone: its interval ends before the other begins.

    Within an age band age no longer helps, so a band is held against the c-statistic within bands.
    """
    found, everyone = evaluation(about), about["figures"].get("c_statistic_low")
    if found is None or everyone is None:
        return []
    bands = min(everyone, (found.get("within_age") or {}).get("c_statistic") or everyone)
    return [
        f"{name_of(row)}: ranked less well, c-statistic {row['c_statistic']:.3f} "
        f"({row['c_statistic_low']:.3f} to {row['c_statistic_high']:.3f})"
        for row in found["equity"]["rows"]
        if row.get("c_statistic") is not None
        and row["c_statistic_high"] is not None
        and row["c_statistic_high"] < (bands if row["characteristic"] == "age" else everyone)
    ]


def name_of(row: Row) -> str:
    """Return what a group is called.

    >>> name_of({"characteristic": "sex", "group": "male"}), name_of({"group": "North"})
    ('sex male', 'GP cluster North')
    """
    return f"{row.get('characteristic', 'GP cluster')} {row['group']}"
