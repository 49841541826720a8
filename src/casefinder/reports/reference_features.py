"""The page of features: what each one means, how it is worked out, and how it is said."""

import re
from collections.abc import Mapping
from dataclasses import fields
from typing import get_args

from casefinder.dates import EVER, Window
from casefinder.definitions import Absent, Derived, Feature, Inside, Measure, Need, Select
from casefinder.explain.words import plural
from casefinder.features import families
from casefinder.reports.reference_page import code, first_line, page, plain, section, table, yes
from casefinder.reports.reference_sources import fed_by

READING = """How to read the columns:

- **Words** are what a list says. *n* stands for the number, *date* for the day of the latest fact. A feature without words,
  or a sensitive one, is never spoken, though it counts in the score. Words after "not known" are said where nobody knows.
- **Theme** is the heading under which a reason stands.
- **Worked out** names the measure, the kinds of fact it looks at and what it asks of them. A derived feature is worked out
  from others. A feature that is no part of a model is there only for that.
- **Window** is in days before the index date, which is day 0. Only facts known before day 0 count.
- **Absent** is what nothing on record means: zero (none happened) or unknown (nobody knows). A feature is unknown for
  everyone where a site has none of its sources.
- **Review**: a team may be able to look at it again, so it can stand under "may be worth reviewing".
- **Need** is what the feature may say of need when money is shared. Barred: a practice can change it by treating, testing or
  referring more."""

_HEADING = ("Feature", "Meaning", "Words", "Theme", "Worked out", "Window", "Absent", "Review", "Need", "Sources")
_SLOTS = {"signed": "*+n*", "years": "*n*", "percent": "*n* %", "pounds": "£*n*", "date": "*date*", "category": "*category*"}
_HOW = {
    "ratio": "the first over the second",
    "difference": "the first less the second",
    "sum": "the sum",
    "weighted": "the weights of those above 0, added",
}


def features_page() -> str:
    """Return the page."""
    known = {feature.name: feature for family in families().values() for feature in family.features}
    models = sum(feature.model for feature in known.values())
    parts = [
        section(family.name, f"{family.meaning[0].upper()}{family.meaning[1:]}.",
                table(_HEADING, [_row(feature, known) for feature in family.features]))
        for family in families().values()
    ]  # fmt: skip
    about = f"{len(known)} features in {len(families())} families; {models} of them may be part of a model."
    return page("Features", about, READING, _measures(), *parts)


def _measures() -> str:
    rows = [(f"`{one.__name__}`", first_line(one.__doc__)) for one in get_args(Measure)]
    return section(
        "Measures",
        "What a feature, a cohort rule or an outcome may ask of a history.",
        table(("Measure", "What it gives"), rows),
    )


def _row(feature: Feature, known: Mapping[str, Feature]) -> tuple[str, ...]:
    kinds, windows = looked_at(feature, known)
    return (
        f"`{feature.name}`",
        feature.meaning,
        words(feature),
        feature.theme.value,
        _worked_out(feature),
        ", ".join(dict.fromkeys(span(one) for one in windows)),
        "zero" if feature.absent is Absent.ZERO else "unknown",
        yes(feature.review),
        "barred" if feature.need is Need.BARRED else feature.need.value,
        code(fed_by(kinds)),
    )


def looked_at(feature: Feature, known: Mapping[str, Feature]) -> tuple[tuple[str, ...], list[Window]]:
    """Return the kinds of fact and the windows of a feature; those of its inputs where it is derived from others."""
    measure = feature.measure
    if isinstance(measure, Derived):
        found = [looked_at(known[name], known) for name in measure.inputs]
        return tuple(dict.fromkeys(kind for kinds, _ in found for kind in kinds)), [one for _, each in found for one in each]
    return measure.of.kinds, [measure.over]


def span(window: Window) -> str:
    """Return a window in words.

    >>> span(Window(-365, 0)), span(Window(-730, -365)), span(Window(0, 365))
    ('365', '730 to 365', '0 to 364 after')
    """
    if window == EVER:
        return "ever"
    if not window.is_lookback:
        return f"{window.start} to {window.end - 1} after"
    return f"{-window.start}" if window.end == 0 else f"{-window.start} to {-window.end}"


def words(feature: Feature) -> str:
    """Return how a list says a feature, with marks in the place of values."""
    said = re.sub(r"\{n:([^}]+)\}", lambda found: f"*n* {plural(found[1])}", feature.words).replace("{n}", "*n*")
    for slot, mark in _SLOTS.items():
        said = said.replace(f"{{{slot}}}", mark)
    spoken = "never spoken: sensitive" if feature.sensitive else said or "never spoken"
    return f"{spoken}; not known: {feature.unknown_words}" if feature.unknown_words else spoken


def _worked_out(feature: Feature) -> str:
    measure = feature.measure
    part = "" if feature.model else "; no part of a model"
    if isinstance(measure, Derived):
        if len(measure.inputs) > 3:
            return f"derived: {_HOW[measure.how]}, of {len(measure.inputs)} features{part}"
        return f"derived: {_HOW[measure.how]} of {code(measure.inputs)}{part}"
    return f"`{type(measure).__name__}`{_options(measure)} of {selected(measure.of)}{part}"


def _options(measure: Measure) -> str:
    """Return the settings of a measure that differ from what it takes by itself."""
    changed = [
        f"{one.name} {getattr(measure, one.name)}".replace("_", " ")
        for one in fields(measure)
        if one.name not in ("of", "over", "categories") and getattr(measure, one.name) != one.default
    ]
    return f" ({', '.join(changed)})" if changed and not isinstance(measure, Inside) else ""


def selected(of: Select) -> str:
    """Return a selection of facts in words."""
    said = [
        code(of.kinds),
        f"codes of `{of.codes}`" if of.codes else "",
        f"codes that begin with {code(of.prefixes)}" if of.prefixes else "",
        f"method {code(of.methods)}" if of.methods else "",
        f"position {', '.join(map(str, of.positions))}" if of.positions else "",
    ]
    return plain("; ".join(part for part in said if part))
