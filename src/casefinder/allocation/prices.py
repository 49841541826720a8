"""The price list: does it price everything that was done, and is it of the right year?

One national price a unit, so that local prices never look like need. Activity is counted in the year that is fitted on, of
the people on the lists; an activity that took place and has no price would count as no need at all.
"""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pandas as pd

from casefinder.dates import Window, add_months
from casefinder.definitions import Count, Measure, Total
from casefinder.definitions.measures import Select, select
from casefinder.disclosure import DEFAULT, shown
from casefinder.errors import ConfigError, Problem


@dataclass(frozen=True)
class Activity:
    """Something that is paid for: what it is called, which facts it is, and the lines of the price list that price it.

    ``own_cost``: the feed may tell the cost itself, so a missing price is no gap while there are costs.
    """

    words: str
    of: Select
    prices: tuple[str, ...]
    own_cost: bool = False


def _stay(words: str, name: str, *methods: str, nights: bool = True) -> Activity:
    prices = (f"{name}_admission", f"{name}_bed_day") if nights else (name,)
    return Activity(words, select("hospital", methods=methods), prices)


ACTIVITIES: Final[Mapping[str, Activity]] = {
    "emergency_stays": _stay("emergency stays", "emergency", "emergency", "emergency_transfer"),
    "elective_stays": _stay("planned stays", "elective", "elective"),
    "day_cases": _stay("day cases", "day_case", "day_case", nights=False),
    "regular_attendances": _stay("regular day attendances", "regular_attendance", "regular", nights=False),
    "maternity_stays": _stay("maternity stays", "maternity", "maternity"),
    "other_stays": _stay("other hospital stays", "other", "transfer", "other"),
    **{
        f"ae_{code}": Activity(
            f"A&E attendances, department type {code}", select("ae_attendance", prefixes=(code,)), (f"ae_attendance_{code}",)
        )
        for code in ("01", "02", "03", "04", "99")
    },
    "calls_111": Activity("calls to NHS 111", select("call_111"), ("call_111",)),
    "ambulance_conveyed": Activity(
        "ambulance responses, taken to hospital", select("ambulance", prefixes=("conveyed",)), ("ambulance_conveyed",)
    ),
    "ambulance_not_conveyed": Activity(
        "ambulance responses, not taken", select("ambulance", prefixes=("not_conveyed",)), ("ambulance_not_conveyed",)
    ),
    "outpatient_first": Activity(
        "first outpatient attendances", select("outpatient", positions=(1,)), ("outpatient_first",)
    ),
    "outpatient_follow_up": Activity(
        "later outpatient attendances", select("outpatient", positions=(2,)), ("outpatient_follow_up",)
    ),
    "items": Activity("prescribed items", select("prescription"), ("prescription_item",), own_cost=True),
    "gp_contacts": Activity(
        "contacts with general practice", select("gp_contact"), ("gp_contact", "practice_nurse_contact")
    ),
    "community_contacts": Activity("community contacts", select("community_contact"), ("community_contact",)),
    "mental_health_contacts": Activity(
        "mental health contacts", select("mental_health_contact"), ("mental_health_contact",)
    ),
    "mental_health_stays": Activity(
        "stays on mental health wards", select("mental_health_stay"), ("mental_health_bed_day",)
    ),
}
"""Everything that the outcome ``cost`` adds up."""


def unit_measures(window: Window) -> dict[str, Measure]:
    """Return the measures that count units and pence of each activity in a horizon."""
    found: dict[str, Measure] = {}
    for name, one in ACTIVITIES.items():
        found |= {f"{name}_units": Count(one.of, window), f"{name}_pence": Total(one.of, window, "cost")}
    return found


@dataclass(frozen=True)
class Priced:
    """What was done and what it cost, an activity a row (``activity``, ``units``, ``pounds``), and what to say of prices."""

    activities: pd.DataFrame
    edition: str
    remarks: tuple[str, ...]


def check_prices(prices: pd.DataFrame, units: Mapping[str, float], fitted: dt.date, used: dt.date) -> Priced:
    """Return what was done at which prices.

    Args:
        prices: the price list of the record: ``activity``, ``price`` in pence, ``edition``.
        units: as ``unit_measures`` gives them, added up over people.
        fitted: first day of the year that is fitted on.
        used: the date of the lists.

    Raises:
        ConfigError: an activity took place and has no price, or the list mixes editions.
    """
    listed = dict(zip(prices["activity"], prices["price"], strict=True))
    rows, problems, remarks = [], [], list[str]()
    for name, one in ACTIVITIES.items():
        count, pence = units[f"{name}_units"], units[f"{name}_pence"]
        rows.append({"activity": one.words, "units": int(count), "pounds": pence / 100})
        if not count:
            continue
        lacking = [price for price in one.prices if price not in listed]
        told = shown(DEFAULT.count(int(count)))
        if pence == 0 and not lacking and all(listed[price] == 0 for price in one.prices):
            remarks.append(f"{one.words} are priced at 0: {told} of them count as no cost")
        elif lacking and (pence == 0 or (listed and not one.own_cost)):
            problems.append(Problem(", ".join(lacking), f"no price, and {told} {one.words} took place in the year"))
    editions = sorted(set(prices["edition"].dropna()))
    if len(editions) > 1:
        problems.append(Problem("EDITION", f"the list mixes {len(editions)} editions: {'; '.join(editions)}"))
    if problems:
        remedy = (
            "Complete the price list of the source 'activity_costs' (a price of 0 says that it is free), and link again."
        )
        raise ConfigError("The price list cannot be used for allocation:", problems, remedy)
    edition = editions[0] if editions else "no price list: costs are those of the feeds"
    return Priced(pd.DataFrame(rows), edition, (*remarks, *_year_remarks(edition, fitted, used)))


def _year_remarks(edition: str, fitted: dt.date, used: dt.date) -> list[str]:
    """Say where the edition names no year, or one that is neither of the year fitted on nor of the date of the lists."""
    named = re.search(r"\b(20\d\d)(?:\s?[/-]\s?(\d\d|20\d\d))?\b", edition)
    if not named:
        return [f"the price list ('{edition}') names no year"]
    first = int(named[1])
    last = first + 1 if named[2] else first
    if {one.year for one in (fitted, add_months(fitted, 11), used)} & {first, last}:
        return []
    words = (
        f"the price list is of {named[0]}, and the costs are of the year from {fitted}: shares hold as far as prices of "
        "different activities have kept their proportions"
    )
    return [words]
