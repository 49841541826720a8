"""The one way out for figures: a policy for single ones, and tables whose every column declares its kind.

A report for commissioners is made of ``ExactTable``, which stays inside, and ``disclosed``, whose table may leave.
"""

from casefinder.disclosure.kinds import (
    Cell,
    Count,
    Expected,
    FromShown,
    Judgement,
    Kind,
    Label,
    Mean,
    ModelOutput,
    Money,
    Rate,
    Ratio,
    RatioLimit,
    Shortfall,
    holds_identifier,
    name_of,
)
from casefinder.disclosure.policy import DEFAULT, NHS, WITHHELD, Policy, enforce, laxer, shown
from casefinder.disclosure.tables import Column, DisclosedTable, ExactTable, disclosed

__all__ = [
    "DEFAULT",
    "NHS",
    "WITHHELD",
    "Cell",
    "Column",
    "Count",
    "DisclosedTable",
    "ExactTable",
    "Expected",
    "FromShown",
    "Judgement",
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
    "enforce",
    "holds_identifier",
    "laxer",
    "name_of",
    "shown",
]
