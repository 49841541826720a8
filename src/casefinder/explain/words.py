"""Values put in words: numbers with their nouns, dates as people write them, risks as people out of a hundred."""

import datetime as dt
import math
from dataclasses import dataclass

from casefinder.dates import plain
from casefinder.definitions import Feature

_AFTER_HEAD = (" (", " of ", " for ", " with ", " at ", " to ", " in ", " that ", " judged ", " without ", " within ")
_IRREGULAR = {"day": "days", "specialty": "specialties", "diagnosis": "diagnoses", "entry": "entries"}


@dataclass(frozen=True)
class Number:
    """A number that takes a noun: ``f"{Number(3):emergency admission}"`` is "3 emergency admissions"."""

    value: float

    def __format__(self, noun: str) -> str:
        shown = number(self.value)
        return f"{shown} {noun if shown == '1' else plural(noun)}" if noun else shown

    def __str__(self) -> str:
        return number(self.value)


def number(value: float) -> str:
    """Return a number as people write it: whole where it is whole, else to one decimal (two below 1).

    >>> number(3.0), number(2.25), number(0.125), number(1.04)
    ('3', '2.2', '0.12', '1')
    """
    if abs(value - round(value)) < 1e-6:
        return f"{round(value):,}"
    return f"{value:,.1f}".removesuffix(".0") if abs(value) >= 1 else f"{value:.2f}"


def plural(noun: str) -> str:
    """Return the plural of a noun phrase: of its head, which stands before the first ``(``, ``of``, ``for``, ``with``, ...

    >>> plural("emergency admission for stroke"), plural("day with an entry for gout"), plural("day in hospital")
    ('emergency admissions for stroke', 'days with an entry for gout', 'days in hospital')
    """
    found = [place for between in _AFTER_HEAD if (place := noun.find(between)) >= 0]
    end = min(found, default=len(noun))
    return f"{_plural_word(noun[:end])}{noun[end:]}"


def _plural_word(phrase: str) -> str:
    *before, last = phrase.split(" ")
    ending = _IRREGULAR.get(last) or (f"{last[:-1]}ies" if last.endswith("y") and last[-2] not in "aeiou" else f"{last}s")
    return " ".join([*before, ending])


def said(feature: Feature, value: float, latest: dt.date | None, index_date: dt.date, currency: str = "£") -> str:
    """Return a feature's value in words."""
    shown = f"{value:+,.1f}".rstrip("0").rstrip(".")
    category = feature.categories[int(value)] if feature.categories else ""
    return feature.words.format(
        n=Number(value),
        signed=shown,
        years=str(math.floor(value)) if math.isfinite(value) else "",
        percent=f"{round(100 * value)} %",
        pounds=f"{currency}{round(value, -1):,.0f}",
        date=when(latest, index_date) if latest else "a date not known",
        category=category.replace("_", " "),
    )


def when(date: dt.date, index_date: dt.date) -> str:
    """Return a date in words, without the year where it lies within the last eleven months.

    >>> when(dt.date(2026, 2, 3), dt.date(2026, 4, 1)), when(dt.date(2024, 2, 3), dt.date(2026, 4, 1))
    ('3 Feb', '3 Feb 2024')
    """
    return f"{date.day} {date:%b}" if (index_date - date).days < 335 else plain(date)


def out_of_hundred(risk: float) -> str:
    """Return a risk as people out of a hundred.

    >>> out_of_hundred(0.384), out_of_hundred(0.004), out_of_hundred(0.997)
    ('about 38 in 100', 'fewer than 1 in 100', 'more than 99 in 100')
    """
    if risk < 0.01:
        return "fewer than 1 in 100"
    if risk > 0.99:
        return "more than 99 in 100"
    return f"about {round(100 * risk)} in 100"
