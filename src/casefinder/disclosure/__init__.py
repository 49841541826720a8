"""The one way out for figures: a policy for single ones, and tables whose every column declares its kind.

A report for commissioners is made of ``ExactTable``, which stays inside, and ``disclosed``, whose table may leave.
"""

from casefinder.disclosure.kinds import (
    Cell,
    Count,
    Expected,
    FromShown,
    Kind,
    Label,
    Mean,
    ModelOutput,
    Money,
    Rate,
    Ratio,
    RatioLimit,
    Shortfall,
)
from casefinder.disclosure.policy import DEFAULT, WITHHELD, Policy, shown
from casefinder.disclosure.tables import Column, DisclosedTable, ExactTable, disclosed

__all__ = [
    "DEFAULT",
    "WITHHELD",
    "Cell",
    "Column",
    "Count",
    "DisclosedTable",
    "ExactTable",
    "Expected",
    "FromShown",
    "Kind",
    "Label",
    "Mean",
    "ModelOutput",
    "Money",
    "Policy",
    "Rate",
    "Ratio",
    "RatioLimit",
    "Shortfall",
    "disclosed",
    "shown",
]
