"""Definitions are frozen records: what a measure, a feature, an outcome or an extract means, in words and for the engine.

Choices live in YAML; meaning lives here. A definition knows how to be computed and how to be said.
"""

from casefinder.definitions.catalogue import catalogue
from casefinder.definitions.extracts import Extract, RawColumn, Rule, ends_before
from casefinder.definitions.features import Absent, Derived, Family, Feature, Need, Theme
from casefinder.definitions.measures import (
    AgeYears,
    Category,
    Change,
    Count,
    CountDays,
    DaysSince,
    DaysUntil,
    DaysWithin,
    Distinct,
    Highest,
    Inside,
    Latest,
    Longest,
    Measure,
    Returns,
    Select,
    Total,
    Weighed,
)
from casefinder.definitions.outcomes import Outcome

__all__ = [
    "Absent",
    "AgeYears",
    "Category",
    "Change",
    "Count",
    "CountDays",
    "DaysSince",
    "DaysUntil",
    "DaysWithin",
    "Derived",
    "Distinct",
    "Extract",
    "Family",
    "Feature",
    "Highest",
    "Inside",
    "Latest",
    "Longest",
    "Measure",
    "Need",
    "Outcome",
    "RawColumn",
    "Returns",
    "Rule",
    "Select",
    "Theme",
    "Total",
    "Weighed",
    "catalogue",
    "ends_before",
]
