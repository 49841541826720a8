"""What a service's report says in words, from disclosed tables: the finding, its limits, items of RECORD and TARGET."""

import math
from collections.abc import Iterator
from typing import Any, Final

from casefinder.dates import plain, to_date
from casefinder.disclosure import DEFAULT, WITHHELD, DisclosedTable, shown
from casefinder.reports.services.tables import CONTROLS, HIGH, LOW, RATIO, TREATED
from casefinder.services.evaluated import Evaluated
from casefinder.services.measures import MEASURES, MORTALITY

LEAST_CONTROLS: Final = 5


def summary(found: Evaluated, effects: DisclosedTable) -> tuple[str, ...]:
    """Return the report in short, the finding first; where use rose, the first line says so."""
    rows = list(effects.records())
    primary = rows[found.effects["is_primary"].tolist().index(True)]
    return (
        f"{_finding(found, primary)}{_increased(found, rows)}",
        *_despite(found),
        _mortality([row for row, exact in zip(rows, found.effects["outcome"], strict=True) if exact == MORTALITY.name][-1]),
        _absolute(primary, found),
        _assumes(found),
        _power(found),
    )


def _finding(found: Evaluated, row: dict[str, Any]) -> str:
    words, low, high = found.primary["words"], row[LOW], row[HIGH]
    if not isinstance(low, int | float) or not isinstance(high, int | float):
        return f"Too few {words} happened in one of the arms for a comparison to be shown."
    interval = f"ratio {row[RATIO]:.2f}, 95 % interval {low:.2f} to {high:.2f}"
    if low > 1:
        return f"Those served had MORE {words} than people like them: {interval}."
    if high < 1:
        return f"Those served had fewer {words} than people like them: {interval}."
    return f"No difference in {words} could be shown; whatever lies inside the interval is possible: {interval}."


def _increased(found: Evaluated, rows: list[dict[str, Any]]) -> str:
    """Return which other use of care rose, where any did."""
    more = []
    for exact, row in zip(found.effects.to_dict("records"), rows, strict=True):
        of = MEASURES.get(exact["outcome"])
        hopes_for_less = of is not None and of.fewer_is_better and of.name not in ("death", found.protocol.primary)
        if hopes_for_less and isinstance(row[LOW], int | float) and row[LOW] > 1:
            more.append(f"{exact['words']} ({row[RATIO]:.2f}, {row[LOW]:.2f} to {row[HIGH]:.2f})")
    return f" They had MORE {', '.join(dict.fromkeys(more))} (exploratory)." if more else ""


def _despite(found: Evaluated) -> Iterator[str]:
    manifest = found.signed.manifest
    if not manifest["is_fit"]:
        yield f"The design was judged not fit to proceed and was signed off all the same, because: {manifest['despite']}"
        yield f"Why not fit: {'; '.join(manifest['why_not'])}."
    if manifest["after_effects_were_seen"]:
        yield "Effects of this service had been looked at before this design was signed off, so it is not blind to them."


def _mortality(row: dict[str, Any]) -> str:
    if WITHHELD in (row[TREATED], row[CONTROLS]):
        return f"Deaths first: too few people died {row['How']} in one of the arms for figures to be shown."
    return (
        f"Deaths first: {row['How']} {_figure(row[TREATED])} in 100 of those served died and {_figure(row[CONTROLS])} in "
        f"100 of their controls; difference {_figure(row['Difference'])} ({_figure(row['Difference, low'])} to "
        f"{_figure(row['Difference, high'])}). Who lives longer has longer to be admitted."
    )


def _figure(cell: Any) -> str:
    if cell is None:
        return "not defined"
    return cell if isinstance(cell, str) else f"{cell:g}"


def _absolute(row: dict[str, Any], found: Evaluated) -> str:
    return (
        f"In absolute terms, {row['Unit']}: {_figure(row[TREATED])} {found.primary['words']} among those served, "
        f"{_figure(row[CONTROLS])} among their controls; difference {_figure(row['Difference'])} "
        f"({_figure(row['Difference, low'])} to {_figure(row['Difference, high'])})."
    )


def _assumes(found: Evaluated) -> str:
    figures, controls = found.doubts.figures, int(found.doubts.figures["negative_controls"])
    told = ""
    if not math.isnan(figures["e_value"]) and _may_show(found):
        told = (
            f" An unrecorded factor would have to go with both service and outcome by a ratio of {figures['e_value']:.2f} "
            f"each to explain the estimate away, and {figures['e_value_limit']:.2f} to bring its interval to 1."
        )
    noun = "negative control" if controls == 1 else "negative controls"
    few = f" {controls} {noun} had enough events, too few to tell." if controls < LEAST_CONTROLS else ""
    return (
        "Every interval assumes recorded selection: that nothing unrecorded decided who was taken on and also their "
        f"outcome. It says nothing of how wrong that is.{told}{few}"
    )


def _power(found: Evaluated) -> str:
    figures = found.figures
    below = figures["detectable_below"]
    if math.isnan(below):
        return "What the comparison could have shown cannot be worked out: the controls had no events."
    above = f"{figures['detectable_above']:.2f} or more"
    if not below > 0:
        return f"So few people would show no reduction with a probability of 0.8, however large; a rise only of {above}."
    return f"So many people would show, with a probability of 0.8, a ratio of {below:.2f} or less, or of {above}."


def notes(found: Evaluated) -> tuple[str, ...]:
    """Return how it was made and its limits in plain words."""
    manifest, protocol = found.signed.manifest, found.protocol
    first, last = (plain(to_date(int(day))) for day in manifest["landmarks"])
    lines = [
        f"Protocol {protocol.hash}. Design {manifest['design']} was signed off by {manifest['signed_by']} on "
        f"{manifest['signed_on']}; pairs and protocol were frozen then.",
        f"Served: {manifest['served_from']}. Time zero lies between {first} and {last}. Estimand: {manifest['estimand']}.",
        f"Run-up: emergency admissions in windows up to {protocol.run_up.days[-1]} days before time zero, "
        + (
            "as they happened, whenever the feed told them."
            if protocol.run_up.seen == "happened"
            else "as far as the feed had told them by then."
        ),
        f"Matching: {protocol.matching.method}, up to {protocol.matching.ratio} controls each, calipers of "
        f"{protocol.matching.caliper:g} standard deviations ({protocol.matching.spread.replace('_', ' ')}) on the logit of "
        f"each score; equal {', '.join(protocol.exact).replace('_', ' ')}. Those taken on later are controls until then. "
        f"Controls count as much as {shown(DEFAULT.count(round(manifest['effective_controls'])))} with equal weights.",
        "Intervals of rates are clustered on the matched set; those of shares come from matched sets drawn again; means "
        "count whoever was lost by the inverse probability of being followed.",
        "Limits. People were not put into arms by chance. Matching makes them alike in what is recorded: not in what their "
        "GP saw, in who cares for them at home, or in whether they wanted help. A feed that records less of one area makes "
        "it look better. People who moved away are followed until they left.",
        "Limits. One outcome was declared as primary. With many exploratory outcomes and subgroups some intervals leave out "
        "1 by chance alone: read them as questions.",
    ]  # fmt: skip
    if found.protocol.alternatives.replacement:
        lines.append(
            "With replacement a control may serve several people; its intervals are clustered on the person as well."
        )
    p = found.figures["hazards_alike_p"]
    if not math.isnan(p):
        lines.append(f"Deaths: p of the same hazard ratio in both halves of follow-up is {p:.2f}.")
    lines += [f"Not shown: {words}, because {why}." for words, why in found.left_out.items()]
    lines += [f"Design: {words}." for words in manifest["remarks"]]
    return tuple(lines)


def trial_rows(found: Evaluated) -> list[tuple[str, str]]:
    """Return the target trial beside what was done."""
    protocol, trial = found.protocol, found.protocol.trial
    return [
        ("Question", protocol.question), ("Eligibility", trial.eligibility), ("Strategies", trial.strategies),
        ("Assignment", "By chance in the trial; here by recorded selection, imitated by matching within risk sets."),
        ("Time zero", trial.start), ("Outcome", trial.outcome), ("Contrast", trial.contrast),
        ("Comparator", f"{protocol.comparator.area}: {protocol.comparator.justification}"),
        ("Primary outcome", MEASURES[protocol.primary].words), ("Covariates", ", ".join(protocol.covariates)),
        ("Negative controls", ", ".join(MEASURES[name].words for name in protocol.negative_controls)),
        ("Hash of the protocol", " ".join(protocol.hash[place : place + 8] for place in range(0, 64, 8))),
    ]  # fmt: skip


def item_rows(found: Evaluated) -> list[tuple[str, str]]:
    """Return items of RECORD (2015) and TARGET (2025), and where this report answers them."""
    people = shown(DEFAULT.count(int(found.figures["treated"])))
    return [
        ("RECORD 1: data, area and time in the abstract", "title, 'In short' and 'How it was made'"),
        ("RECORD 6: how people were found, codes used, linkage", "the flow; code lists are those of the site's record"),
        ("RECORD 7: definitions of exposure, outcome, confounders", "the target trial; docs/reference/features.md"),
        ("RECORD 12: access to data, cleaning, linkage", "the manifest of the record that the workspace keeps"),
        ("RECORD 13: selection of people", f"the flow; {people} matched people are followed"),
        (
            "RECORD 19: misclassification, unmeasured confounding, missing data, changing eligibility",
            "'How it was made', and how it could be wrong",
        ),
        ("RECORD 22: protocol, data, code", "the hash of the protocol; the version of the software in the manifest"),
        (
            "TARGET, the trial specified: eligibility, strategies, assignment, time zero, outcome, contrast",
            "the target trial, line by line",
        ),
        ("TARGET, the trial emulated: each of them with these data", "the target trial; 'How it was made'"),
        ("TARGET: immortal time", "both arms begin at the same time zero; nothing between a start and it counts"),
        ("TARGET: balance of baseline characteristics", "the matched at time zero, and standardised differences"),
        ("TARGET: absolute and relative effects with intervals", "what happened from time zero on"),
        ("TARGET: additional analyses", "how it could be wrong, and subgroups"),
    ]  # fmt: skip


def figure_rows(found: Evaluated) -> list[tuple[str, str]]:
    """Return E-values, gamma and what negative controls say, in words; nothing where the ratio itself is withheld."""
    figures = found.doubts.figures
    if not _may_show(found):
        return [("Figures of the primary ratio", "withheld, as the ratio is")]
    none = math.isnan(figures["gamma"])
    told = [
        ("E-value of the estimate", _told(figures["e_value"])),
        ("E-value of the limit nearest 1", _told(figures["e_value_limit"])),
        ("Largest gamma at which p stays below 0.05", "not even 1" if none else _told(figures["gamma"])),
        ("Negative controls that can be used", f"{figures['negative_controls']:.0f}"),
    ]  # fmt: skip
    if not math.isnan(figures["calibrated"]):
        low, high = _told(figures["calibrated_low"]), _told(figures["calibrated_high"])
        told += [
            ("Systematic error of the log ratio: mean", _told(figures["error_mean"])),
            ("Systematic error of the log ratio: spread", _told(figures["error_deviation"])),
            ("Ratio calibrated by negative controls", f"{_told(figures['calibrated'])} ({low} to {high})"),
        ]
    return told


def _may_show(found: Evaluated) -> bool:
    """Say whether enough people had the primary outcome for its ratio to be shown."""
    return DEFAULT.count(int(found.figures["behind"])) is not None


def _told(figure: float) -> str:
    return WITHHELD if math.isnan(figure) else f"{figure:.2f}"
