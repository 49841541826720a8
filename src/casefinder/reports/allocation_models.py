"""The sections of an allocation report that say how good its models are and what they rest on."""

from collections.abc import Mapping
from typing import Final

import numpy as np
import pandas as pd

from casefinder.allocation.allocated import Choice
from casefinder.allocation.design import STEP_WORDS, USED_WORDS
from casefinder.allocation.fitted import Fitted
from casefinder.allocation.models import LINEAR
from casefinder.disclosure import Column, Count, ExactTable, FromShown, Label, Mean, ModelOutput, Money, disclosed
from casefinder.reports.published import Part

PRICE_STEP: Final = 100
"""Pounds to which the mean cost of a stay is told: a night's price over the fewest stays that are shown, and more."""
_HELD: Final[Mapping[str, str]] = {"people": "people held out", "practices": "whole practices held out"}


def ladder_part(fitted: Fitted, choice: Choice) -> Part:
    """Return the measures of every model that was fitted at the cap."""
    rows = fitted.measures[fitted.measures["cap"] == choice.cap].copy()
    rows["words"] = rows["model"].map(STEP_WORDS)
    rows["judged_on"] = rows["held_out"].map(_HELD)
    rows["mape_percent"], rows["within_percent"] = 100 * rows["practice_mape"], 100 * rows["practice_within_tenth"]

    def output(name: str, decimals: int) -> ModelOutput:
        return ModelOutput(name, "person_people", decimals)

    table = ExactTable(
        "models", f"The ladder of models, costs capped at {_cap(fitted, choice.cap)}", rows,
        (
            Column("Model", Label("words")), Column("Judged on", Label("judged_on")),
            Column("People", Count("person_people")),
            Column("R² of people", output("person_r2", 3)), Column("Mean absolute error, £", output("person_mae", 0)),
            Column("CPM", output("person_cpm", 3)),
            Column("R² of practices, 1 - SSE/SST", output("practice_r2", 3)),
            Column("R² of practices, squared correlation", output("practice_squared_correlation", 3)),
            Column("Mean error of practices, %", output("mape_percent", 1)),
            Column("Practices within 10 %, %", output("within_percent", 0)),
        ),
    )  # fmt: skip
    words = (
        "Each step has the columns of those before it. CPM is Cumming's prediction measure: 1 less the sum of absolute "
        "errors over that of the mean. Every practice counts alike.",
        f"Shares rest on {USED_WORDS[choice.model]}. The parsimonious model took, beside age and sex: "
        f"{', '.join(fitted.about['coded']['parsimonious']) or 'nothing'}.",
    )
    return Part("How good the models are", disclosed(table), words)


def _cap(fitted: Fitted, words: str) -> str:
    found = next(one for one in fitted.about["caps"] if one["words"] == words)
    if found["pounds"] is None:
        return "nothing"
    return f"£{100 * round(float(found['pounds']) / 100):,} ({words})" if words.endswith("%") else f"£{float(words):,.0f}"


def ratio_part(fitted: Fitted, choice: Choice) -> Part:
    """Return the predictive ratios of groups of people held out, for the model used and beside it age and sex."""
    table = fitted.ratios[fitted.ratios["cap"] == choice.cap]
    keys = ["by", "group"]
    own = table[table["model"] == choice.model]
    plain = table[table["model"] == "age_sex"][[*keys, "ratio"]].rename(columns={"ratio": "plain_ratio"})
    tenths = own["by"] == "tenth of predicted cost"
    rows = own.merge(plain, on=keys, how="left", validate="one_to_one")
    rows.loc[tenths.to_numpy(), "plain_ratio"] = np.nan
    rows["words"] = rows["by"] + ": " + rows["group"]
    shown = ExactTable(
        "ratios", "Predicted over actual cost of groups of people held out", rows,
        (
            Column("Group", Label("words")), Column("People", Count("people")),
            Column("Predicted over actual", ModelOutput("ratio", "people", 2)),
            Column("By age and sex alone", ModelOutput("plain_ratio", "people", 2)),
        ),
    )  # fmt: skip
    words = ("Above 1 the group is over-predicted, below 1 it gets less than it costs. Nobody here was fitted on.",)
    return Part("Who is predicted too much or too little", disclosed(shown), words)


def coefficient_part(fitted: Fitted, choice: Choice, between: np.ndarray | None) -> Part:
    """Return what each column adds to the need of a person, in pounds a year, by the linear model used."""
    names, place = fitted.about["columns"], LINEAR.index(choice.model)
    value = fitted.coefficients[fitted.cap(choice.cap), place]
    whole = fitted.moments.over(np.ones(len(fitted.moments.weight)))
    people = np.round(np.diag(whole.xx[0])).astype(int)
    supply = {name.replace("_", " "): name for name in fitted.about["counts"]["supply_mean"]}
    low, high = (value, value) if between is None else between
    rows = pd.DataFrame({"words": names, "pounds": value, "people": people, "low": low, "high": high})
    is_supply = rows["words"].isin(supply)
    spread = fitted.about["counts"]["supply_spread"]
    rows["unit"] = [
        f"a standard deviation more ({spread[supply[name]]:.3g}); held at the mean" if name in supply else "has it"
        for name in rows["words"]
    ]
    rows.loc[is_supply, "people"] = int(fitted.about["counts"]["fitted_on"])
    rows = rows[rows["pounds"] != 0]
    table = ExactTable(
        "coefficients", "What adds to need", rows,
        (
            Column("Of a person", Label("words")), Column("When the person", Label("unit")),
            Column("Person-years", Count("people")), Column("£ a year", ModelOutput("pounds", "people", 0)),
            Column("Low", ModelOutput("low", "people", 0)), Column("High", ModelOutput("high", "people", 0)),
        ),
    )  # fmt: skip
    words = (
        "Weighted least squares: the parts add up. Age and sex hold the level, everything else is added. A figure is what "
        "goes with the column, all others being equal, not what it causes. Low and high: 95 in 100 draws of practices.",
    )
    return Part("What adds to need", disclosed(table), words)


def caps_part(fitted: Fitted) -> Part:
    """Return what each cap takes away."""
    rows = pd.DataFrame(fitted.about["caps"])
    rows["told"] = ["no cap" if one == "none" else one for one in rows["words"]]
    rows["percent"] = 100 * rows["share_removed"]
    rows["hundreds"] = 100 * (rows["pounds"].astype(float) / 100).round()
    table = ExactTable(
        "caps", "Caps on the yearly cost of a person", rows,
        (
            Column("Cap", Label("told")), Column("£ a year", ModelOutput("hundreds", "people", 0)),
            Column("People capped", Count("people")), Column("Money above it, %", ModelOutput("percent", "people", 1)),
            Column("Money above it", Money("removed", "people")),
        ),
    )  # fmt: skip
    words = (
        "Money above the cap is no part of need here; it has to be met from a pooled line. The first cap was asked for.",
    )
    return Part("What the caps take away", disclosed(table), words)


def price_part(fitted: Fitted) -> Part:
    """Return what was done in the year, and what it cost."""
    table = ExactTable(
        "prices", f"Activity of the year at the price list: {fitted.about['edition']}", fitted.activities,
        (
            Column("Activity", Label("activity")), Column("Units", Count("units")),
            Column("Mean cost, £", Mean("pounds", "units", step=PRICE_STEP)),
            Column("Cost, £", FromShown(("Units", "Mean cost, £"), lambda units, mean: units * mean, 0)),
        ),
    )  # fmt: skip
    return Part("What was paid for", disclosed(table))
