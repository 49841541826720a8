"""A comparison of practices for commissioners: words, funnel, charts over time and tables, all of disclosed figures."""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any, Final

from markupsafe import Markup

from casefinder.comparison.funnel import LEVELS
from casefinder.disclosure import DEFAULT, WITHHELD, DisclosedTable, ExactTable, Policy, disclosed
from casefinder.practices.comparing import CHANGE, QUIET_YEARS, WITHIN, Compared
from casefinder.reports.funnel_chart import Curve, Point, funnel_chart
from casefinder.reports.months_chart import MonthLine, months_chart
from casefinder.reports.practices.tables import (
    EXPECTED,
    NO_SIGNAL,
    NOT_JUDGED,
    POSITION,
    PRACTICE,
    RATIO,
    SIGNAL,
    curve_limits,
    month_table,
    month_words,
    over_time_table,
    practice_table,
    share_table,
)
from casefinder.reports.practices.words import method_words, summary_words
from casefinder.reports.published import Chart, Part, Publication
from casefinder.reports.published.content import text
from casefinder.reports.styles import environment

_DRAWN: Final = 2
"""Values that a line needs to be drawn."""
_FEW_A_MONTH: Final = "In some months so few were observed that their number is withheld, so no limits are worked out."
_CASE_MIX_WORDS: Final = (
    "Where two practices have few people alike, their ratios do not compare with each other: look here before you try.",
)


def practice_report(
    found: Compared, case_mix: ExactTable, manifest: Mapping[str, Any], policy: Policy = DEFAULT
) -> Publication:
    """Return the report of one measure.

    Args:
        found: the exact comparison.
        case_mix: the people of each practice, as ``case_mix_table`` makes it.
        manifest: of the histories: ``site``, ``demonstration``, ``extract_date``.
        policy: how figures are disclosed.
    """
    measure, year = found.measure, found.year
    return Publication(
        name=f"practices-{measure.name}-{year.slug}",
        title=f"Practices against expectation: {measure.title.lower() if measure.title[1].islower() else measure.title}",
        about=year.told,
        summary=summary_words(found, policy),
        parts=tuple(_parts(found, case_mix, policy)),
        notes=method_words(found, policy),
        made=dt.date.fromisoformat(str(manifest["extract_date"])),
        site=str(manifest["site"]),
        demonstration=bool(manifest["demonstration"]),
    )


def _parts(found: Compared, case_mix: ExactTable, policy: Policy) -> Iterator[Part]:
    main, over_time = disclosed(practice_table(found, policy), policy), disclosed(over_time_table(found, policy), policy)
    months = disclosed(month_table(found, int(found.practices["people"].sum()), policy), policy)
    yield Part("Practices against expectation", main, (_funnel_words(found),), _funnel(found, main))
    yield Part("Over the year", over_time, (_time_words(),), _over_time(found, over_time))
    if found.share is not None:
        share = disclosed(share_table(found, found.share, policy), policy)
        yield Part(f"As a share of {found.measure.trial_words}", share, (_share_words(found),))
    words = (_FEW_A_MONTH,) if NOT_JUDGED in months.column(SIGNAL) else ()
    yield Part("All practices, month by month", months, words, _months(found, months))
    yield Part("The people of each practice", disclosed(case_mix, policy), _CASE_MIX_WORDS)


def _funnel_words(found: Compared) -> str:
    own = "" if not found.funnel.tau2 else " Dashed lines are the limits by chance alone."
    return (
        f"{found.measure.meaning} A point is a practice; the lines are limits of 95 % (thin) and 99.8 % (thick) around what "
        f"is expected; they allow for chance and for ordinary variation between practices.{own} A filled point lies outside."
    )


def _funnel(found: Compared, table: DisclosedTable) -> Chart | None:
    """Return the funnel, drawn from the table: a practice whose ratio is withheld has no point."""
    points = [_point(table, row) for row in table.records() if isinstance(row[RATIO], float)]
    if not points:
        return None
    curves = [
        Curve("wider" if level == max(LEVELS) else "", f"{100 * level:g} %", curve_limits(found, level)) for level in LEVELS
    ]
    if found.funnel.tau2:
        curves.append(Curve("chance", "chance alone", curve_limits(found, LEVELS[0], chance=True)))
    title = f"Funnel plot of {found.measure.title.lower()}, {found.year.words}"
    missing = len(table.rows) - len(points)
    left_out = f" {missing} without a figure to show {'has' if missing == 1 else 'have'} no point." if missing else ""
    unit = "Pounds expected" if found.measure.is_money else "Expected"
    svg = _svg("funnel.svg.j2", chart=funnel_chart(points, curves), title=title, across=unit)
    return Chart(title, f"{title}. Points are drawn from the rounded figures of the table.{left_out}", svg)


def _point(table: DisclosedTable, row: Mapping[str, Any]) -> Point:
    kinds = dict(zip(table.headings, table.kinds, strict=True))
    told = ", ".join(f"{heading.lower()} {text(row[heading], kinds[heading])}" for heading in (RATIO, EXPECTED))
    outside = row[POSITION] not in (WITHIN, WITHHELD)
    return Point(row[PRACTICE], float(row[EXPECTED]), row[RATIO], f"{told}, {row[POSITION]}", outside)


def _time_words() -> str:
    return (
        "The lines are for the eye (VLAD): expected less observed, added up. What signals is decided by charts (Poisson "
        f"CUSUM) that look for {CHANGE:g} times as many as expected, or as many times fewer; their limits come from how "
        "long a chart runs without any change: with all practices and both sides together, one false signal in "
        f"{QUIET_YEARS} years. A line stands out where a chart signalled. Nothing is said of months in which the count so "
        "far is withheld."
    )


def _share_words(found: Compared) -> str:
    return (
        f"Each of the {found.measure.trial_words} has its own chance, by age, sex, deprivation and the person's conditions. "
        f"Charts of single outcomes (Bernoulli CUSUM, Steiner 2000) look for odds {CHANGE:g} times as high or as low; their "
        f"limits come from how long a chart runs without any change, and all of them together signal falsely once in "
        f"{QUIET_YEARS} years. Their path is not drawn: each step of it would tell an exact count."
    )


def _over_time(found: Compared, table: DisclosedTable) -> Chart | None:
    quiet = (NO_SIGNAL, WITHHELD)
    lines = [
        MonthLine(str(row[0]), [one if isinstance(one, int) else None for one in row[2:]], row[1] not in quiet)
        for row in table.rows
    ]
    if all(sum(value is not None for value in line.values) < _DRAWN for line in lines):
        return None
    title = f"Expected less observed {found.measure.title.lower()} over {found.year.words}"
    short = [words[:3] for words in month_words(found)]
    svg = _svg("months.svg.j2", chart=months_chart(lines, short), title=title, up="Expected less observed")
    return Chart(
        title, f"{title}: above 0, {found.measure.fewer} than expected. Drawn from the rounded figures of the table.", svg
    )


def _months(found: Compared, table: DisclosedTable) -> Chart | None:
    place = 1 if found.measure.is_money else 2
    heading = table.headings[place]
    if sum(isinstance(one, int | float) for one in table.column(heading)) < _DRAWN:
        return None
    values = {name: [one if isinstance(one, int | float) else None for one in table.column(name)]
              for name in (heading, "Mean", "Low", "High")}  # fmt: skip
    lines = [MonthLine(name, own, name == heading, told=True) for name, own in values.items() if own != [None] * len(own)]
    title = f"{found.measure.title} by month, all practices together"
    short = [words[:3] for words in month_words(found)]
    svg = _svg("months.svg.j2", chart=months_chart(lines, short, from_zero=True), title=title, up=heading)
    return Chart(title, f"{title}, with the limits of statistical process control.", svg)


def _svg(template: str, **given: Any) -> Markup:
    return Markup(environment().get_template(template).render(**given))
