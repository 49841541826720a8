"""The section of a card on how good the model is: how it was tested, its figures, its lists, its curves, its stability."""

from typing import Any, Final

from casefinder.disclosure import WITHHELD, shown
from casefinder.modelling.list_rows import WORDS
from casefinder.reports.card.content import Block, Cells, Chart, Heading, Prose, Section, Table
from casefinder.reports.card.described import Described
from casefinder.reports.card.groups import groups
from casefinder.reports.card.words import (
    MEASURES,
    command,
    evaluation,
    measured,
    no_evaluation,
    other_words,
    refit,
    served_words,
    share,
    tested_at,
    unknown,
)
from casefinder.reports.comparison import figure
from casefinder.reports.evaluation_charts import Drawn, calibration_curve, decision_curve
from casefinder.reports.evaluation_tables import list_table, practice_words, stability_words

TITLE = "Evaluation and performance"
INTERVALS: Final = ("c_statistic", "average_precision", "brier", "ipa", "observed_expected", "calibration_slope")
BENEFITS: Final = ("model", "simple_rule", "treat_all")


def performance(one: Described) -> Section:
    """Return how good the model is on people it never saw, everywhere and in every group."""
    blocks = (*_process(one), *_figures(one), *_lists(one), *_curve(one), *_benefit(one), *groups(one), *_stability(one))
    return Section(TITLE, (*blocks, *_deployment(one)))


def _process(one: Described) -> list[Block]:
    about = one.about
    later = "at a later date, on people never trained on" if about["temporal"] else "at the same date, on other people"
    words = (
        f"Tested at {tested_at(about)}, {later}: {shown(about['figures'].get('people'))} people, of whom "
        f"{shown(about['figures'].get('events'))} had the outcome within {about['horizon_days']} days. All figures "
        "below are of these people. The model tested is the one served, with the calibration served. People who left "
        "early are weighted for."
    )
    elsewhere = unknown(command(f"validate {about['name']} --by cluster"), "no place was left out of this fit")
    return [
        Heading("Process"),
        Prose(words),
        Prose(f"What a new place may expect, and whether more people would help: {elsewhere}."),
        Prose(f"Beside other scores on the same people: {unknown(command('compare-models ' + str(about['name'])))}."),
    ]


def _figures(one: Described) -> list[Block]:
    about, found = one.about, evaluation(one.about)
    rows: list[Cells] = [
        (words, measured(about["figures"], name), measured(about["figures_of_other"], name))
        for name, (words, _) in MEASURES.items()
    ]
    rows.insert(
        0,
        ("share who have the outcome", *(share(about[name].get("prevalence")) for name in ("figures", "figures_of_other"))),
    )
    heading = ("on the test people (95 % interval)", f"served: {served_words(about)}", f"beside it: {other_words(about)}")
    blocks: list[Block] = [Heading("Figures"), Table("How good it is, everyone together", heading, rows)]
    if found is None:
        return [
            *blocks,
            Prose(
                f"Intervals over people and over practices, and the c-statistic within age bands: {no_evaluation(about)}."
            ),
        ]
    if found.get("within_age"):
        words = (
            f"Within age bands, where age cannot help, the c-statistic is {figure(found['within_age']['c_statistic'], 3)}."
        )
        blocks.append(Prose(words))
    return [*blocks, _intervals(found)]


def _intervals(found: Any) -> Table:
    by_measure = {row["measure"]: row for row in found["intervals"]["rows"]}
    practices = found["intervals"]["practices"]
    rows = []
    for name in INTERVALS:
        row = by_measure.get(name)
        if row:
            words, decimals = MEASURES[name]
            ends = [_between(row, place, decimals) for place in ("", "practice_")]
            rows.append((words.partition(":")[0].partition(";")[0], figure(row["value"], decimals), *ends))
    heading = ("measure", "value", "other people of these practices", f"other practices (there are {practices})")
    return Table(
        "95 % intervals by bootstrap: what other people, or other practices, would give", heading, rows, folded=True
    )


def _between(row: Any, place: str, decimals: int) -> str:
    low, high = row.get(f"{place}low"), row.get(f"{place}high")
    return "too few practices" if low is None else f"{low:.{decimals}f} to {high:.{decimals}f}"


def _lists(one: Described) -> list[Block]:
    found, heading = evaluation(one.about), Heading("What lists find")
    if found is None:
        return [heading, Prose(f"What lists of several lengths find: {no_evaluation(one.about)}.")]
    words = (
        "PPV is the share of people listed who had the outcome, sensitivity the share of people with the outcome who "
        "are listed, lift how many times the average. The rule beside the model is the simplest that a team could use: "
        f"{WORDS['simple_rule']}. Most outcomes happen to people on no list: a list is short by design."
    )
    new = found.get("new_to_team")
    known = (
        (
            f"New to the team: not on any of the {new['lists']} lists issued from {new['since']} to {new['until']}, nor "
            "decided on."
        )
        if new
        else "Share new to the team: not known, no list had been issued in the year before the test date."
    )
    return [heading, Prose(words), Table(*list_table(found)), *_prose(practice_words(found)), Prose(known)]


def _prose(words: str) -> list[Block]:
    return [Prose(words)] if words else []


def _chart(drawn: Drawn, title: str) -> Chart:
    return Chart("lines", title, f"{drawn.words[:1].upper()}{drawn.words[1:]}.", drawn.chart, drawn.across, drawn.up)


def _curve(one: Described) -> list[Block]:
    found, heading = evaluation(one.about), Heading("Calibration curve")
    if found is None:
        return [heading, Prose(f"The curve: {no_evaluation(one.about)}.")]
    drawn = calibration_curve(one.about)
    if drawn is None:
        return [heading, Prose("Too few people for a curve that may be shown.")]
    rows = [
        (f"{100 * row['risk']:g} in 100", share(row["observed"]), f"{share(row['low'])} to {share(row['high'])}")
        for row in found["curve"]["rows"]
    ]
    table = Table("Observed risk by risk given", ("risk given", "observed", "95 % interval"), rows, folded=True)
    return [heading, _chart(drawn, "Observed risk by the risk given, everyone tested"), table]


def _benefit(one: Described) -> list[Block]:
    found, heading = evaluation(one.about), Heading("Decision curve")
    if found is None:
        return [heading, Prose(f"Net benefit: {no_evaluation(one.about)}.")]
    rows = [
        (f"{100 * row['threshold']:g} in 100", shown(row["treated"]), *(_benefit_of(row, name) for name in BENEFITS), "0")
        for row in found["net_benefit"]["rows"]
    ]
    words = (
        "Net benefit counts people rightly put forward, less those wrongly put forward at the odds of the risk from "
        "which a team would discuss somebody. A model helps where its line is highest."
    )
    columns = (
        "risk from which",
        "people at or above",
        "this version",
        "the simple rule, as many people",
        "everybody",
        "nobody",
    )
    table = Table("Net benefit for each person tested", columns, rows, folded=True)
    drawn = decision_curve(one.about)
    title = "Net benefit by the risk from which somebody is put forward"
    chart = [_chart(drawn, title)] if drawn else []
    return [heading, Prose(words), *chart, table]


def _benefit_of(row: Any, name: str) -> str:
    if name not in row:
        return "not recorded"
    return WITHHELD if row[name] is None else f"{row[name]:.4f}"


def _stability(one: Described) -> list[Block]:
    found = evaluation(one.about)
    again = refit(one.about, "--refits 20")
    words = no_evaluation(one.about) if found is None else stability_words(found["stability"], again)
    if found is not None and found["stability"] is None:
        words = unknown(again, "no refits were asked for")
    return [Heading("Stability"), Prose(f"Would other people have given the same risks? {words[:1].upper()}{words[1:]}.")]


def _deployment(one: Described) -> list[Block]:
    before = (one.about.get("recalibration") or {}).get("before")
    blocks: list[Block] = [Heading("Performance in deployment")]
    if before:
        rows = [
            (words, measured(before, name), measured(one.about["figures"], name)) for name, (words, _) in MEASURES.items()
        ]
        title = f"The same people under version {one.about['recalibration']['of']} and under this one"
        blocks.append(Table(title, ("measure", "before", "after"), rows))
    words = unknown(command("monitor --as-of DATE"), "the card is written before the version is used")
    return [*blocks, Prose(f"How it does on lists: {words}. Monitoring tells of each outcome as it matures.")]
