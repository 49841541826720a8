"""The report of an allocation: distances from target, need and shares, the ladder of models, predictive ratios, prices."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import pandas as pd

from casefinder.allocation.allocated import ABOVE, BELOW, Allocated, Choice
from casefinder.allocation.areas import Areas
from casefinder.allocation.design import USED_WORDS
from casefinder.allocation.fitted import Fitted
from casefinder.allocation.models import LINEAR
from casefinder.dates import plain
from casefinder.disclosure import (
    DEFAULT,
    Column,
    Count,
    DisclosedTable,
    ExactTable,
    Label,
    ModelOutput,
    Money,
    disclosed,
    shown,
)
from casefinder.reports.allocation_chart import distance_chart
from casefinder.reports.allocation_models import caps_part, coefficient_part, ladder_part, price_part, ratio_part
from casefinder.reports.map_chart import map_chart
from casefinder.reports.published import Part, Publication

FEW_PRACTICES: Final = 20
"""With fewer, practices drawn again stand for too little."""


@dataclass(frozen=True)
class Setting:
    """What the page says of where its figures come from.

    ``by`` says what gets a share (practice, cluster, place, group); ``current`` where today's budgets come from, empty for
    none; ``reconciled`` whether published list sizes were given; ``empty`` the practices without anybody. ``areas`` are
    drawn as a map where there are some; ``codes`` names the area of each group.
    """

    by: str
    current: str
    reconciled: bool
    empty: tuple[str, ...]
    site: str
    demonstration: bool
    extract_date: dt.date
    as_of: dt.date
    fitted_from: dt.date
    areas: Areas | None = None
    codes: Mapping[str, str] = field(default_factory=dict)


def allocation_publication(fitted: Fitted, choice: Choice, found: Allocated, setting: Setting) -> Publication:
    """Return the report for commissioners."""
    exact = _percent(found.table)
    need = disclosed(_need_table(exact, setting))
    parts = [Part("Need, shares and targets", need, _need_words(choice, setting))]
    distance = None
    if setting.current:
        distance = disclosed(_distance_table(exact, setting))
        parts.insert(0, Part("Distance from target", distance, _distance_words(found, choice, setting),
                             distance_chart(distance, (ABOVE, BELOW))))  # fmt: skip
    if setting.areas is not None:
        parts.append(_map_part(exact, setting, setting.areas))
    if found.pace is not None:
        parts.append(Part("Pace of change: a step of policy", disclosed(_pace_table(exact, setting)), _pace_words(choice)))
    parts.append(ladder_part(fitted, choice))
    parts.append(ratio_part(fitted, choice))
    if choice.model in LINEAR:
        parts.append(_coding_part(exact, setting))
        parts.append(coefficient_part(fitted, choice, found.coefficients))
    parts += [caps_part(fitted), price_part(fitted)]
    return Publication(
        name="-".join(filter(None, [f"allocation-{setting.by}-{setting.as_of}", choice.slug])),
        title=f"Fair shares by need, {plain(setting.as_of)}",
        about=(
            f"by {setting.by}; cost of the year from {plain(setting.fitted_from)}; need predicted from "
            f"{USED_WORDS[choice.model]}"
        ),
        summary=_summary(fitted, choice, found, setting, distance),
        parts=tuple(parts),
        notes=_notes(fitted, choice, found, setting),
        made=setting.extract_date,
        site=setting.site,
        demonstration=setting.demonstration,
        find=setting.by,
    )


def _percent(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with per cents and per heads, which are what is shown."""
    found = table.copy()
    found["listed"] = found["people"].round().astype(int)
    found["on_list"] = (found["people"] + found["not_scored"] - found["beyond"]).round().astype(int)
    # By rounded people: beside a target to the thousand, need over people to the pound would tell how many they are exactly.
    found["a_head"] = found["need"] / [DEFAULT.count(one) or 1 for one in found["on_list"]]
    for name in (
        "need_share",
        "share",
        "coded_part",
        "coding",
        *(one for one in map(str, found) if one.startswith("distance")),
        "growth",
    ):
        if name in found:
            found[f"{name}_percent"] = 100 * found[name]
    found["not_scored"], found["beyond"] = found["not_scored"].round().astype(int), found["beyond"].round().astype(int)
    return found


def _first(setting: Setting) -> Column:
    return Column(setting.by.capitalize(), Label("group"))


def _people(setting: Setting) -> Column:
    """Return the column of people: of the published list where there is one, which everybody knows to the person.

    Scored people beside it would be the list less those not scored: two rounded counts and an exact one tell small numbers.
    """
    return Column("People on the published list" if setting.reconciled else "People", Count("on_list"))


def _distance_table(exact: pd.DataFrame, setting: Setting) -> ExactTable:
    def percent(name: str) -> ModelOutput:
        return ModelOutput(f"{name}_percent", "listed", 1)

    return ExactTable(
        "distance", f"Distance of today's budget from the target, by {setting.by}", exact,
        (
            _first(setting), _people(setting),
            Column("Today's budget", Money("current", "listed")),
            Column("In proportion to the pot", Money("current_in_pot", "listed")),
            Column("Target", Money("target", "listed")),
            Column("Distance, %", percent("distance")),
            Column("Model, low %", percent("distance_low")), Column("Model, high %", percent("distance_high")),
            Column("Chance, low %", percent("distance_chance_low")),
            Column("Chance, high %", percent("distance_chance_high")),
            Column("Reading", Label("verdict")),
        ),
    )  # fmt: skip


def _need_table(exact: pd.DataFrame, setting: Setting) -> ExactTable:
    reconciled = (
        (Column("Listed and not scored", Count("not_scored")), Column("Scored beyond the list", Count("beyond")),
         Column("Need of those not scored, £ a year", Money("need_not_scored", "not_scored")))
        if setting.reconciled
        else ()
    )  # fmt: skip
    return ExactTable(
        "need", f"Need and shares by {setting.by}", exact,
        (
            _first(setting), _people(setting), *reconciled,
            Column("Need, £ a head a year", ModelOutput("a_head", "listed", 0)),
            Column("Share of need, %", ModelOutput("need_share_percent", "listed", 2)),
            Column("Share of the pot, %", ModelOutput("share_percent", "listed", 2)),
            Column("Target", Money("target", "listed")),
            Column("Target, low", Money("target_low", "listed")), Column("Target, high", Money("target_high", "listed")),
            Column("By chance, low", Money("chance_low", "listed")),
            Column("By chance, high", Money("chance_high", "listed")),
        ),
    )  # fmt: skip


def _map_part(exact: pd.DataFrame, setting: Setting, areas: Areas) -> Part:
    """Return the map of shares of need, and beside it the table that it is drawn from."""
    heading, decimals = "Share of need, %", 2
    table = disclosed(
        ExactTable(
            "map", f"Need by {setting.by}, as on the map", exact,
            (
                _first(setting), Column(heading, ModelOutput("need_share_percent", "listed", decimals)),
                Column("Need, £ a head a year", ModelOutput("a_head", "listed", 0)),
            ),
        )
    )  # fmt: skip
    figures = dict(zip(table.column(table.headings[0]), table.column(heading), strict=True))
    shown = {setting.codes[name]: (name, cell) for name, cell in figures.items() if isinstance(name, str)}
    title = f"Map of need by {setting.by}"
    return Part(title, table, (), map_chart(areas.outlines, shown, title, heading, decimals))


def _coding_part(exact: pd.DataFrame, setting: Setting) -> Part:
    """Return how far targets rest on how much illness is coded."""
    table = ExactTable(
        "coding", f"How far targets rest on coding, by {setting.by}", exact,
        (
            _first(setting), Column("Of need, from coded illness, %", ModelOutput("coded_part_percent", "listed", 0)),
            Column("Target if a tenth more illness were coded, %", ModelOutput("coding_percent", "listed", 1)),
        ),
    )  # fmt: skip
    words = (
        "A practice that codes more illness in the same people gets a higher target. The last column is by how much, if it "
        "coded a tenth more and no other practice did.",
    )
    return Part("How far targets rest on coding", disclosed(table), words)


def _pace_table(exact: pd.DataFrame, setting: Setting) -> ExactTable:
    return ExactTable(
        "pace", f"Next budgets under the pace of change, by {setting.by}", exact,
        (
            _first(setting), Column("Today's budget", Money("current", "listed")),
            Column("Target", Money("target", "listed")), Column("Next budget", Money("next_budget", "listed")),
            Column("Growth, %", ModelOutput("growth_percent", "listed", 1)), Column("Step", Label("step")),
        ),
    )  # fmt: skip


def _summary(
    fitted: Fitted, choice: Choice, found: Allocated, setting: Setting, distance: DisclosedTable | None
) -> tuple[str, ...]:
    groups = len(found.table)
    lines = []
    if groups == 1:
        lines.append(f"There is one {setting.by}, which gets all of it: nothing is shared here.")
    elif distance is not None:
        readings = distance.column("Reading")
        above, below = readings.count(ABOVE), readings.count(BELOW)
        lines.append(
            f"Of {_counted(groups, setting.by)}, {above} stand clearly above and {below} clearly below their target; "
            f"for the other {groups - above - below} an interval of the distance includes zero."
        )
    table = found.table
    counted = shown(DEFAULT.count(round(float((table["people"] + table["not_scored"] - table["beyond"]).sum()))))
    lines.append(
        f"£{choice.pot:,.0f} is shared among {_counted(groups, setting.by)} with {counted} people on their lists on "
        f"{plain(setting.as_of)}, by what their people are predicted to need in a year."
    )
    one = _headline(fitted, choice)
    if one is not None:
        lines.append(f"{_explained(float(one['practice_r2']))} {_within_tenth(float(one['practice_within_tenth']))}")
    practices = int((fitted.moments.people > 0).sum())
    if practices < FEW_PRACTICES:
        lines.append(
            f"The model rests on {practices} practices. With fewer than about {FEW_PRACTICES} its interval is too narrow, "
            "and what it explains of practices never seen says little."
        )
    return tuple(lines)


def _explained(r2: float) -> str:
    """Return what share of the differences between practices is explained, in words (1 - SSE/SST)."""
    if r2 <= 0:
        return "On practices that the model never saw it predicts cost a head no better than one mean for all would."
    return f"On practices that the model never saw it explains {100 * r2:.0f} % of the differences in cost a head."


def _within_tenth(share: float) -> str:
    return f"For {100 * share:.0f} % of them the prediction lies within 10 % of the actual cost."


def _headline(fitted: Fitted, choice: Choice) -> pd.Series | None:
    table = fitted.measures
    found = table[(table["cap"] == choice.cap) & (table["model"] == choice.model) & (table["held_out"] == "practices")]
    return None if found.empty else found.iloc[0]


def _counted(groups: int, by: str) -> str:
    return f"{groups} {by}" if groups == 1 else f"{groups} {by}s"


def _distance_words(found: Allocated, choice: Choice, setting: Setting) -> tuple[str, ...]:
    brought = (
        f"Today's budgets are {setting.current}. They add up to £{_thousands(found.current_total or 0.0)} and are brought "
        f"to the pot of £{choice.pot:,.0f} in proportion first, so a distance compares shares: 0 is fair, above 0 is more."
    )
    intervals = (
        "The model's interval comes from practices drawn again. The interval of chance says by how much the cost of a list "
        "of this size and make-up strays from its need in a single year by chance alone. A distance is called clear only "
        "where neither reaches zero. 95 in 100 draws lie within each."
    )
    if choice.model not in LINEAR:
        intervals += " This model is not fitted on practices drawn again, so only chance is shown."
    return brought, intervals


def _thousands(pounds: float) -> str:
    return f"{DEFAULT.pounds * round(pounds / DEFAULT.pounds):,}"


def _need_words(choice: Choice, setting: Setting) -> tuple[str, ...]:
    unmet = (
        f"{100 * choice.unmet_need:g} % of the pot goes by deprivation instead of predicted cost: a person in the most "
        f"deprived tenth counts {choice.unmet_need_ratio:g} times one in the least deprived."
        if choice.unmet_need
        else "No adjustment for unmet need was asked for: cost counts care that was given, not care that was needed."
    )
    if not setting.reconciled:
        listed = (
            "No published list sizes were given: people who opted out or could not be linked count for nobody, so a "
            "practice with many of them gets too little. Give them with --list-sizes."
        )
    else:
        listed = (
            "People on the published list who could not be scored enter at the mean need of their age and sex, in columns "
            "of their own."
        )
    return unmet, listed


def _pace_words(choice: Choice) -> tuple[str, ...]:
    ceiling = "" if choice.ceiling is None else f", and ends at {100 * choice.ceiling:+g} % at most"
    if choice.floor is None:
        return ()
    return (
        f"Everybody begins at today's budget {100 * choice.floor:+g} %{ceiling}. The rest of the pot goes to those whose "
        "target is higher than that, all by the same part of the way there, and nobody is taken past it. With a floor below "
        "0, somebody close to their target can so get less than today. This is a choice of policy, not a finding.",
    )


def _notes(fitted: Fitted, choice: Choice, found: Allocated, setting: Setting) -> tuple[str, ...]:
    counts, about = fitted.about["counts"], fitted.about

    def told(name: str) -> str:
        return shown(DEFAULT.count(int(counts[name])))

    lines = [
        f"Cost is activity at one price list ({about['edition']}), in the year from {plain(setting.fitted_from)}; it is "
        f"brought to a whole year and weighted by the part seen. {told('fitted_on')} people were fitted on, of whom "
        f"{told('part_of_a_year')} were seen for part of the year and {told('died')} died in it; all of them stay in. "
        f"{told('no_day_seen')} had left before the year began.",
        "Need and supply are estimated together, and supply (travel time to hospital, care-home beds, appointments in "
        "general practice) is held at its mean in prediction, so nobody is paid for having more of it. No feature that a "
        "practice can change by treating, testing or referring more is used. Ethnic group is not used.",
        "Illnesses are counted as they are coded. Coding more raises a practice's need: compare coding before comparing "
        "shares.",
    ]
    if counts["negative_cost"]:
        lines.append(f"{told('negative_cost')} people had a cost below zero in sum, which counts as zero.")
    if found.negative:
        lines.append(
            f"{shown(DEFAULT.count(found.negative))} people have a predicted need below zero; their practice keeps it."
        )
    if counts["supply_not_known"]:
        lines.append(f"{told('supply_not_known')} people live where supply is not known; they count as at its mean.")
    if setting.empty:
        lines.append(f"Practices with nobody on their list get no share: {', '.join(setting.empty)}.")
    return (*lines, *about["remarks"])
