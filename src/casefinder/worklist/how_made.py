"""How a list was made, in plain words: its use and limits, criteria, models with their figures, who was scored."""

import datetime as dt
import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

from casefinder.dates import plain
from casefinder.disclosure import DEFAULT, shown
from casefinder.explain.words import out_of_hundred
from casefinder.worklist.meeting import MeetingList
from casefinder.worklist.told import USE, Section, sentence

EVIDENCE: Final = (
    "A score is not an intervention. In the one large UK trial that gave risk scores to GP practices (PRISM: Snooks and "
    "colleagues, BMJ Quality & Safety 2019; 28: 697), emergency admissions rose by about 1 %. Whatever good comes from "
    "this list comes from what the team does next."
)


def how_made(made: MeetingList) -> tuple[Section, ...]:
    """Return how the list was made: its use and limits, criteria, models with their figures, who was scored."""
    return (
        Section("What this list is for", (*USE, EVIDENCE)),
        Section("Who is on it", _criteria(made)),
        *(_model_section(name, made) for name in made.models),
        Section(
            "Who was scored",
            ("Everyone in the record of this site, and how many were left after each rule of the model that ranks.",),
            ("Rule", "Left out", "People left"),
            tuple((sentence(str(row["rule"])), f"{row['left_out']:,}", f"{row['left']:,}") for row in made.attrition),
        ),
        Section("This list", _about(made)),
    )


def _criteria(made: MeetingList) -> tuple[str, ...]:
    first = made.models[made.ranked_by]
    return (
        f"The {made.k} people at highest risk of {first['short']}, by the score of the model {first['label']}, among those "
        "registered here whom no rule leaves out. Equal scores are put in order by a fixed draw.",
        *([f"The places of this meeting are shared {made.share_words}."] if made.share_words else []),
        *made.rules,
        *_invitation(made),
        *([f"Held out of this list so: {shown(DEFAULT.count(made.held_out))}."] if made.held_out is not None else []),
        "Reasons are what each part of the record adds to the score or takes from it. Nothing that is absent is ever a "
        "reason, and some sensitive entries count in the score and are never shown.",
        "Of the four ideas that raise a score most, those true of nearly everyone here (age, area, usual use of care) stand "
        "last. That something happened is never said to lower a risk.",
    )


def _invitation(made: MeetingList) -> Iterator[str]:
    """Yield how those invited were chosen, where places are fewer than people."""
    drawn = made.invitation
    if drawn is None:
        return
    yield (
        f"This meeting has places for {drawn.places} of {drawn.listed} people. Who is invited was drawn by chance, settled "
        f"by list and person alone (list {drawn.list_id}, seed {drawn.seed}), and is on record: nobody can draw again, and "
        "nobody should swap places, or what the invitation did can no longer be told."
    )
    yield (
        "Not to be drawn says nothing about a person. It must keep nobody from care that they need or ask for, now or later."
    )


def _about(made: MeetingList) -> tuple[str, ...]:
    return (
        f"List {made.list_id}, from the records of {made.site} as known on {plain(made.as_of)}.",
        f"Do not use it after {plain(made.do_not_use_after)}.",
        f"For {made.audience}.",
        *made.notes,
    )


def _model_section(name: str, made: MeetingList) -> Section:
    model = made.models[name]
    tested = dt.date.fromisoformat(str(model["test_date"]))
    role = "ranks this list" if name == made.ranked_by else "stands beside"
    words = [
        str(model["meaning"]),
        f"Fitted on the records of {model['site']}; tested on people it was not fitted on, scored on {plain(tested)}.",
    ]
    if model.get("origin"):
        words.append(f"{sentence(str(model['origin']))}. Trees, scores and rank are those of that version.")
    if model.get("cluster_terms"):
        words.append(_cluster_words(model["cluster_terms"]))
    if model["demonstration"]:
        words.append("A demonstration model: not for anyone's care.")
    if model["caveat"]:
        words.append(f"Known weak point: {model['caveat']}")
    rows = tuple(figures_in_words(model["figures"], str(model["short"])))
    if not rows:
        words.append("No figures of a test are on file for this model.")
    return Section(
        f"Model {model['label']} ({role})", tuple(words), ("Figure", "Value", "In plain words") if rows else (), rows
    )


def _cluster_words(terms: Mapping[str, float]) -> str:
    """Return what the terms of GP clusters add to risks, apart from what the record adds."""
    told = ", ".join(f"{name} {math.exp(term):.2f}" for name, term in sorted(terms.items()))
    return (
        "Beside what the record adds to the score, the risk carries one term for the GP cluster, the same for all its "
        f"people: their odds are multiplied by it ({told}; any other cluster by 1). It is part of the risk, no reason, "
        "and changes nobody's place on a list."
    )


def figures_in_words(figures: Mapping[str, Any], short: str) -> Iterator[tuple[str, str, str]]:
    """Yield a model's test figures as name, value and what it means; figures that are not on file are left out.

    Args:
        figures: as the bundle holds them.
        short: the outcome as a noun, such as "an emergency admission".
    """
    if "people" in figures:
        share = f", {100 * figures['prevalence']:.1f} in 100" if figures.get("prevalence") is not None else ""
        events = _count(figures["events"])
        yield "People in the test", _count(figures["people"]), f"{sentence(short)} followed for {events} of them{share}."
    if (c := figures.get("c_statistic")) is not None:
        told = (
            f"Of two people, one for whom {short} followed and one for whom it did not, the model put the first higher "
            f"about {round(100 * c)} times in 100; 50 would be chance."
        )
        yield "c-statistic (AUROC)", _with_interval(figures, "c_statistic"), told
    if (ppv := figures.get("ppv_at_k")) is not None:
        told = f"Among the {_count(figures['k'])} people at highest risk, {short} followed for {out_of_hundred(ppv)}."
        yield "Found by a list (PPV)", f"{100 * ppv:.0f} %", told
    if (sensitivity := figures.get("sensitivity_at_k")) is not None:
        among = _count(figures["k"])
        told = f"Of all people for whom {short} followed, {out_of_hundred(sensitivity)} were among those {among}."
        yield "Share of all found (sensitivity)", f"{100 * sensitivity:.0f} %", told
    if figures.get("observed_expected") is not None:
        told = "How many it happened to, over how many the risks foretold: 1 is right; above 1, the risks are too low."
        yield "Observed over expected", _with_interval(figures, "observed_expected"), told
    if figures.get("calibration_slope") is not None:
        told = "Whether risks spread as they should: 1 is right; below 1, high risks are too high and low ones too low."
        yield "Calibration slope", _with_interval(figures, "calibration_slope"), told
    if (ici := figures.get("ici")) is not None:
        told = f"On average, a risk and what was observed at that risk differ by {100 * ici:.1f} in 100."
        yield "Calibration error (ICI)", f"{ici:.3f}", told


def _count(count: int | None) -> str:
    return f"few (a count from {DEFAULT.withheld} is withheld)" if count is None else f"{count:,}"


def _with_interval(figures: Mapping[str, Any], name: str) -> str:
    low, high = figures.get(f"{name}_low"), figures.get(f"{name}_high")
    interval = f" ({low:.2f} to {high:.2f})" if low is not None and high is not None else ""
    return f"{figures[name]:.2f}{interval}"
