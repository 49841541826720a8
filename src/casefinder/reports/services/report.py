"""The report of a service's evaluation, in the order in which it should be read."""

import datetime as dt
from collections.abc import Mapping
from typing import Final

from casefinder.config.service import ServiceProtocol
from casefinder.dates import plain, to_date
from casefinder.disclosure import DisclosedTable
from casefinder.reports.published import Part, Publication
from casefinder.reports.services import methods, tables, words
from casefinder.reports.services.charts import around_chart, flow_chart, forest, love_plot
from casefinder.services.evaluated import Evaluated
from casefinder.services.judged import overlap_words
from casefinder.services.kept import SignedOff

_UNRECORDED: Final = (
    "A factor that nobody recorded is drawn for everyone, as often and as strongly as each line says, and adjusted for. "
    "A line that crosses 1 names a factor that would change the reading."
)
JUMPS: Final = (
    "None of these can have been changed by the list. About one interval in twenty leaves out 0 by chance alone; more say "
    "that the two sides differed before."
)
BALANCE_BY_CHANCE: Final = (
    "Who was invited was drawn by chance. What differs between the arms differs by chance too: it is in the intervals, and "
    "the adjusted figure allows for it."
)


def service_publication(found: Evaluated) -> Publication:
    """Return the report for commissioners."""
    effects = tables.effect_table(found)
    first, last = (plain(to_date(int(day))) for day in found.signed.manifest["landmarks"])
    return Publication(
        name=f"service-{found.protocol.name.replace('_', '-')}",
        title=found.protocol.title,
        about=f"{found.protocol.question} Time zero from {first} to {last}, then {found.protocol.horizon_days} days.",
        summary=words.summary(found, effects),
        parts=(
            *_design(found.signed, found.figures),
            *_findings(found, effects),
            *_cut(found),
            *_rollout(found),
            *_doubts(found),
            *_protocol(found),
        ),
        notes=methods.notes(found),
        made=found.extract_date,
        site=found.site,
        demonstration=found.demonstration,
        find="line",
    )


def design_publication(made: SignedOff, protocol: ServiceProtocol, site: str, demonstration: bool) -> Publication:
    """Return what there is to look at before a design is signed off: no outcome is in it.

    Args:
        made: the design, not signed off yet.
        protocol: that it was made of.
        site: name of the site.
        demonstration: whether its people are invented.
    """
    manifest = made.manifest
    first, last = (plain(to_date(int(day))) for day in manifest["landmarks"])
    return Publication(
        name=f"design-{protocol.name.replace('_', '-')}",
        title=f"Design: {protocol.title}",
        about=f"{protocol.question} Time zero from {first} to {last}, then {protocol.horizon_days} days.",
        summary=(manifest["verdict"], f"Estimand: {manifest['estimand']}.", words.expected_power(made)),
        parts=tuple(_design(made)),
        notes=(
            "Nothing that happened from a person's time zero on was read for this page.",
            *(f"Design: {one}." for one in manifest["remarks"]),
        ),
        made=dt.date.fromisoformat(manifest["extract_date"]),
        site=site,
        demonstration=demonstration,
        find="line",
    )


def _design(signed: SignedOff, figures: Mapping[str, float] | None = None) -> list[Part]:
    flow, balance = tables.flow_table(signed, figures), tables.balance_table(signed)
    means, shares = tables.table_one(signed)
    manifest = signed.manifest
    verdict = (
        manifest["verdict"],
        BALANCE_BY_CHANCE
        if signed.is_randomised
        else f"{overlap_words(manifest)}; its c-statistic is {manifest['overlap']['c_statistic']:.2f}.",
    )
    parts = [
        Part("Who was served, and who was matched", flow, (), flow_chart(flow, len(manifest["flow"]))),
        Part("The matched at time zero: means", means),
        Part("The matched at time zero: shares", shares),
        Part("How alike they are", balance, verdict, love_plot(balance)),
    ]
    unmatched = tables.unmatched_table(signed)
    if unmatched is not None:
        parts.append(Part("Who has nobody comparable", unmatched, (f"So the estimand is {manifest['estimand']}.",)))
    return parts


def _findings(found: Evaluated, effects: DisclosedTable) -> list[Part]:
    around, trapped = tables.monthly_table(found), tables.trap_table(found)
    bold = (f"{found.primary['words']}, as declared",)
    return [
        Part("What happened", effects, (), forest(effects, ("Outcome", "How"), "Ratios, treated over controls", bold)),
        Part("Before and after time zero", around, (), around_chart(around)),
        Part(
            "Two comparisons, one estimate" if found.protocol.is_randomised else "Three comparisons, one estimate",
            trapped,
            (),
            forest(trapped, ("Comparison",), "The same outcome, compared in several ways"),
        ),
    ]


def _cut(found: Evaluated) -> list[Part]:
    if found.cut is None or found.cut.empty:
        return []
    about = found.signed.manifest["cut"]
    return [
        Part("At the cut of the lists", tables.cut_table(found.cut), methods.cut_words(found)),
        Part("What was settled before the cut", tables.jumps_table(about), (JUMPS,)),
    ]


def _rollout(found: Evaluated) -> list[Part]:
    if found.rollout is None:
        return []
    words = (
        "Everyone on the lists of the practices that took the service up, against those of all others, before and after. "
        "Right only where practices differ in a stable level: look at the trend and at the start that never was first.",
    )
    return [Part("Over practices, before and after", tables.rollout_table(found.rollout), words)]


def _doubts(found: Evaluated) -> list[Part]:
    own = found.doubts
    others = tables.ratio_table(
        "other-designs", "The primary outcome, matched and counted in other ways", own.others, "Design"
    )
    parts = [
        Part("Other designs", others, (), forest(others, ("Design",), "The primary outcome by design", ("as declared",)))
    ]
    if not own.controls.empty:
        title = "What the service cannot have changed; a ratio of 1 is right"
        controls = tables.ratio_table("negative-controls", title, own.controls, "Negative control")
        parts.append(Part("Negative controls", controls, (), forest(controls, ("Negative control",), "Negative controls")))
    figures = tables.words_table("doubts", "How wrong it could be", words.figure_rows(found), "Figure", "Value")
    parts.append(Part("How wrong it could be", figures))
    if not own.bounds.empty:
        parts.append(Part("Rosenbaum's bounds", tables.bounds_table(found)))
    if not own.unrecorded.empty:
        unrecorded = tables.ratio_table("unrecorded", "The ratio, had a factor been recorded", own.unrecorded, "Factor")
        parts.append(Part("Something unrecorded", unrecorded, (_UNRECORDED,)))
    if not own.subgroups.empty:
        groups = tables.ratio_table("subgroups", "Subgroups of the treated, exploratory", own.subgroups, "Subgroup")
        parts.append(Part("Subgroups, exploratory", groups, (), forest(groups, ("Subgroup",), "Subgroups, exploratory")))
    return parts


def _protocol(found: Evaluated) -> list[Part]:
    trial = tables.words_table(
        "protocol", "The target trial, and what was done", methods.trial_rows(found), "Element", "Here"
    )
    items = tables.words_table(
        "items", "Items of RECORD and TARGET", methods.item_rows(found), "Item", "Where it is answered"
    )
    return [Part("Protocol", trial), Part("Reporting items", items)]
