"""The tables of a service's report, each column with its kind: exact figures go in, what may leave comes out.

Rates and ratios of matched people are weighted estimates, shown with no more decimals than their number of people bears, and
withheld where fewer than eight people in either arm stand behind them.
"""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Final

import numpy as np
import pandas as pd

from casefinder.disclosure import (
    Column,
    Count,
    DisclosedTable,
    ExactTable,
    Label,
    Mean,
    ModelOutput,
    Rate,
    disclosed,
)
from casefinder.services.designed import FIRST
from casefinder.services.evaluated import Evaluated
from casefinder.services.kept import SignedOff
from casefinder.services.shares import had_in_arms, having, is_yes_no, resting_on

MANY: Final = 1000
"""From so many treated people on, rates are shown with a decimal."""
TREATED, CONTROLS = "Treated", "Controls"
STARTED_LATER: Final = "controls who started later, followed until then"
INVITED_LATER: Final = "controls whom a later list invited, and who stay controls"
LEFT_OUT: Final = "Left out at this step"
RATIO, LOW, HIGH = "Ratio", "Ratio, low", "Ratio, high"


def flow_table(signed: SignedOff, figures: Mapping[str, float] | None = None) -> DisclosedTable:
    """Return the flow from everyone served to everyone matched, how many each step leaves out, and why.

    Args:
        signed: a design, signed off or not.
        figures: how follow-up ended; None where nobody has been followed up.
    """
    manifest, steps = signed.manifest, [(words, int(number)) for words, number in signed.manifest["flow"]]
    rows: list[dict[str, Any]] = [{"step": words, "people": number} for words, number in steps]
    for row, (before, after) in zip(rows[1:], pairwise(number for _, number in steps), strict=True):
        row["out"] = before - after
    rows += [{"step": f"left out of the eligible: {words}", "people": number} for words, number in manifest["rules"].items()]
    rows.append({"step": "candidates for controls, at one landmark or more", "people": manifest["candidate_people"]})
    if figures is not None:
        rows += [{"step": words, "people": int(figures[name])} for words, name in _ended(signed)]
    columns = (Column("Step", Label("step")), Column("People", Count("people")), Column(LEFT_OUT, Count("out")))
    table = pd.DataFrame(rows, columns=["step", "people", "out"]).astype({"out": float})
    return disclosed(ExactTable("flow", "From everyone served to everyone matched", table, columns))


def _ended(signed: SignedOff) -> tuple[tuple[str, str], ...]:
    """Return words and name of each figure of how follow-up ended."""
    return (
        ("matched controls", "controls"),
        (INVITED_LATER if signed.is_randomised else STARTED_LATER, "controls_who_started"),
        ("treated who died in follow-up", "died_treated"), ("controls who died in follow-up", "died_control"),
        ("treated who left and were followed until then", "lost_treated"),
        ("controls who left and were followed until then", "lost_control"),
    )  # fmt: skip


def table_one(signed: SignedOff) -> tuple[DisclosedTable, DisclosedTable]:
    """Return means and shares of treated and controls at time zero."""
    members, balance = _matched(signed), signed.table("balance")
    arms = members["treated"].to_numpy(dtype=bool), members["weight"].to_numpy(dtype=float)
    treated = arms[0]
    people = int(treated.sum()), int((~treated).sum())
    means, shares = [], []
    for row in balance[balance["is_main"]].to_dict("records"):
        column = members[row["name"]].to_numpy(dtype=float)
        told: dict[str, Any] = {"words": row["words"], "treated": people[0], "control": people[1]}
        if is_yes_no(column):
            had = had_in_arms(column, *arms)
            shares.append(told | {"had_treated": had[0], "had_control": had[1]})
        else:
            mean = float(column[treated].mean()), float(np.average(column[~treated], weights=arms[1][~treated]))
            means.append(told | {"sum_treated": mean[0] * people[0], "sum_control": mean[1] * people[1]})
    first = ExactTable(
        "table-one-means", "The matched at time zero: means", _frame(means, ("sum_treated", "sum_control")),
        (
            Column("What", Label("words")), Column(TREATED, Mean("sum_treated", "treated", 1)),
            Column(CONTROLS, Mean("sum_control", "control", 1)),
        ),
    )  # fmt: skip
    second = ExactTable(
        "table-one-shares", "The matched at time zero: in 100 people", _frame(shares, ("had_treated", "had_control")),
        (
            Column("What", Label("words")), Column(TREATED, Rate("had_treated", "treated", 100, 0)),
            Column(CONTROLS, Rate("had_control", "control", 100, 0)),
        ),
    )  # fmt: skip
    return disclosed(first), disclosed(second)


def _matched(signed: SignedOff) -> pd.DataFrame:
    members = signed.members()
    return members[members["design"] == FIRST]


def _frame(rows: list[dict[str, Any]], more: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["words", "treated", "control", *more])


def balance_table(signed: SignedOff) -> DisclosedTable:
    """Return the balance of every covariate before and after matching; of a yes/no column where its shares are shown."""
    members, table = _matched(signed), signed.table("balance")
    treated, weight = members["treated"], members["weight"]
    table = table[table["is_main"]].assign(people=int(treated.sum()))
    table["behind"] = [
        resting_on(*had_in_arms(members[name], treated, weight)) if is_yes_no(members[name]) else int(treated.sum())
        for name in table["name"]
    ]
    table = finite(table, "smd_before", "smd_after", "variance_ratio_after", "ks_after")
    return disclosed(
        ExactTable(
            "balance", "Standardised differences before and after matching", table,
            (
                Column("What", Label("words")), Column("SMD before", ModelOutput("smd_before", "behind", 2)),
                Column("SMD after", ModelOutput("smd_after", "behind", 2)),
                Column("Variance ratio after", ModelOutput("variance_ratio_after", "behind", 2)),
                Column("KS after", ModelOutput("ks_after", "behind", 2)),
                Column("Target", ModelOutput("target", "people", 2)),
            ),
        )
    )  # fmt: skip


def unmatched_table(signed: SignedOff) -> DisclosedTable | None:
    """Return who has nobody comparable, against those who have; None where everybody has."""
    table = signed.table("unmatched")
    if table.empty:
        return None
    members = _matched(signed)
    treated, weight = members["treated"].to_numpy(dtype=bool), members["weight"]
    matched = int(treated.sum())
    without = int(dict(signed.manifest["flow"])["eligible at their time zero"]) - matched

    def behind(name: str, share_without: float, share_matched: float) -> int:
        if not is_yes_no(members[name]):
            return without
        had = having(share_without, without), having(share_matched, matched)
        return resting_on(without, *had, *had_in_arms(members[name], treated, weight))

    table = finite(table, "smd")
    table["behind"] = [behind(*row) for row in table[["name", "unmatched", "matched"]].itertuples(index=False)]
    columns = (Column("What", Label("words")), Column("SMD", ModelOutput("smd", "behind", 2)))
    title = "Treated people with nobody comparable, against those with a control"
    return disclosed(ExactTable("unmatched", title, table, columns, "Above 0: more of it in those without a control."))


def decimals(found: Evaluated) -> int:
    """Return with how many decimals rates are shown."""
    return 1 if found.figures["treated"] >= MANY else 0


def effect_table(found: Evaluated) -> DisclosedTable:
    """Return the effects: absolute figures first, then ratios."""
    effects = finite(found.effects, "ratio", "ratio_low", "ratio_high")
    table = effects.assign(behind=_behind(effects["behind_treated"], effects["behind_control"]))
    places = decimals(found)

    def rate(name: str) -> ModelOutput:
        return ModelOutput(name, "behind", places)

    return disclosed(
        ExactTable(
            "effects", "What happened from time zero on", table,
            (
                Column("Outcome", Label("words")), Column("How", Label("way")), Column("Unit", Label("unit")),
                Column(TREATED, rate("treated")), Column(CONTROLS, rate("control")),
                Column("Difference", rate("difference")), Column("Difference, low", rate("difference_low")),
                Column("Difference, high", rate("difference_high")),
                Column(RATIO, ModelOutput("ratio", "behind", 2)), Column(LOW, ModelOutput("ratio_low", "behind", 2)),
                Column(HIGH, ModelOutput("ratio_high", "behind", 2)), Column("Treated people", Count("people_treated")),
                Column("Control people", Count("people_control")),
            ),
            "Limits hold 95 in 100. The primary outcome is the one that was declared; every other is exploratory.",
        )
    )  # fmt: skip


def _behind(one: pd.Series, other: pd.Series) -> np.ndarray:
    """Return the count that a figure of both arms rests on: the smaller that is not zero, so that 1 to 7 withhold it."""
    counts = np.stack([one.to_numpy(dtype=np.int64), other.to_numpy(dtype=np.int64)])
    some = np.where(counts > 0, counts, counts.max(axis=0))
    return np.asarray(some.min(axis=0))


def ratio_table(name: str, title: str, table: pd.DataFrame, heading: str, note: str = "") -> DisclosedTable:
    """Return ratios with their limits, a row each; ``behind`` people stand behind each."""
    columns = (
        Column(heading, Label("what")), Column(RATIO, ModelOutput("ratio", "behind", 2)),
        Column(LOW, ModelOutput("low", "behind", 2)), Column(HIGH, ModelOutput("high", "behind", 2)),
    )  # fmt: skip
    return disclosed(ExactTable(name, title, finite(table, "ratio", "low", "high"), columns, note))


def finite(table: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """Return a table in which a ratio over nothing is not defined, rather than infinite."""
    changed = {name: table[name].where(np.isfinite(table[name].astype(float)), np.nan) for name in columns}
    return table.assign(**changed)


def trap_table(found: Evaluated) -> DisclosedTable:
    """Return the three comparisons side by side with a sentence each."""
    table = finite(found.trap, "ratio", "low", "high")
    columns = (
        Column("Comparison", Label("comparison")), Column(RATIO, ModelOutput("ratio", "behind", 2)),
        Column(LOW, ModelOutput("low", "behind", 2)), Column(HIGH, ModelOutput("high", "behind", 2)),
        Column("What it says", Label("says")),
    )  # fmt: skip
    return disclosed(ExactTable("trap", "Comparisons of which one is an estimate of the effect", table, columns))


def monthly_table(found: Evaluated) -> DisclosedTable:
    """Return rates of emergency admission around time zero, both arms side by side."""
    table = found.monthly.copy()
    table["rate"] = np.where(
        table["years"] > 0, 100 * table["events"] / table["years"].where(table["years"] > 0, 1.0), np.nan
    )
    wide = table.pivot(index="span", columns="treated", values=["rate", "plain_events"])
    rows = pd.DataFrame(
        {
            "span": [_span(int(one), int(found.figures["span_days"])) for one in wide.index],
            "treated": wide[("rate", True)].to_numpy(dtype=float), "control": wide[("rate", False)].to_numpy(dtype=float),
            "events_treated": wide[("plain_events", True)].to_numpy(dtype=float),
            "events_control": wide[("plain_events", False)].to_numpy(dtype=float),
        }
    )  # fmt: skip
    columns = (
        Column("Days from time zero", Label("span")), Column(TREATED, ModelOutput("treated", "events_treated", 0)),
        Column(CONTROLS, ModelOutput("control", "events_control", 0)),
    )  # fmt: skip
    return disclosed(ExactTable("around-time-zero", "Emergency admissions per 100 people a year", rows, columns))


def _span(number: int, days: int) -> str:
    first = number * days
    return f"{-first} to {1 - first - days} before" if number < 0 else f"{first} to {first + days - 1} after"


def cut_table(rows: pd.DataFrame) -> DisclosedTable:
    """Return the discontinuity at the cut of lists, a row each bandwidth."""
    table = finite(rows, "ratio", "low", "high")

    def rate(name: str) -> ModelOutput:
        return ModelOutput(name, "behind", 0)

    columns = (
        Column("Who", Label("what")), Column("Above the cut", rate("above")), Column("Below it", rate("below")),
        Column("Difference", rate("difference")), Column("Difference, low", rate("difference_low")),
        Column("Difference, high", rate("difference_high")), Column(RATIO, ModelOutput("ratio", "behind", 2)),
        Column(LOW, ModelOutput("low", "behind", 2)), Column(HIGH, ModelOutput("high", "behind", 2)),
        Column("People above", Count("people_above")), Column("People below", Count("people_below")),
    )  # fmt: skip
    title = "The primary outcome at the cut of the lists, per 100 people a year"
    return disclosed(
        ExactTable("at-the-cut", title, table, columns, "Limits hold 95 in 100, and are clustered on the list.")
    )


def jumps_table(about: Mapping[str, Any]) -> DisclosedTable:
    """Return the jump at the cut of everything that was settled before it."""
    table = pd.DataFrame(about["jumps"], columns=["words", "above", "below", "value", "low", "high"])
    table["people"] = min(about["above"], about["below"])
    columns = (
        Column("What", Label("words")), Column("Difference at the cut", ModelOutput("value", "people", 2)),
        Column("Low", ModelOutput("low", "people", 2)), Column("High", ModelOutput("high", "people", 2)),
    )  # fmt: skip
    return disclosed(ExactTable("jumps", "Differences at the cut in what was settled before", table, columns))


def rollout_table(rows: pd.DataFrame) -> DisclosedTable:
    """Return difference-in-differences over practices: figures of whole practices, with how many there are."""
    table = finite(rows, "ratio", "low", "high")
    table["told"] = [f"{one.served} of {one.practices}" for one in table.itertuples()]
    columns = (
        Column("Figure", Label("what")), Column("Value", ModelOutput("ratio", "events", 2)),
        Column("Low", ModelOutput("low", "events", 2)), Column("High", ModelOutput("high", "events", 2)),
        Column("p", ModelOutput("p", "events", 3)), Column("Practices served", Label("told")),
    )  # fmt: skip
    return disclosed(ExactTable("over-practices", "Difference-in-differences over practices", table, columns))


def bounds_table(found: Evaluated) -> DisclosedTable:
    """Return Rosenbaum's bounds."""
    table = found.doubts.bounds.assign(behind=int(found.figures["behind"]))
    columns = (
        Column("Gamma", Label("words")), Column("p, smallest", ModelOutput("low", "behind", 3)),
        Column("p, largest", ModelOutput("high", "behind", 3)),
    )  # fmt: skip
    table["words"] = [f"{one:g}" for one in table["gamma"]]
    return disclosed(
        ExactTable("bounds", "By how much matched people may differ in their odds of being treated", table, columns)
    )


def words_table(name: str, title: str, rows: list[tuple[str, str]], first: str, second: str) -> DisclosedTable:
    """Return a table of words."""
    table = pd.DataFrame(rows, columns=["one", "other"])
    return disclosed(ExactTable(name, title, table, (Column(first, Label("one")), Column(second, Label("other")))))
